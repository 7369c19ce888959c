"""What a template may say: a small language, so that no template can do harm when it is rendered.

Jinja2's sandbox keeps a template from reaching Python, not from taking its time or its memory
(`{{ 'a' * 10**9 }}`). So only what a mail needs is allowed: fields, texts and numbers, filters and
tests by name, arithmetic, `if` and `set`. Without loops, calls and attributes the cost of rendering
is known before it happens: each node of an expression handles at most the texts under it. Where the
suite itself fills lists, as in the bot's answers, a template may go through them one by one.
"""

import re

from jinja2 import nodes

from recado.errors import Rejected

MAX_DEPTH = 40
"""Levels of nesting; a mail's expressions have five."""
MAX_PIECES = 50
"""Texts and fields that one expression may join; a field has 20 kB at most."""
MAX_WORK = 1_000
"""Texts and fields that all expressions of a part may handle, those in between included."""

FILTERS = (
    frozenset({"date", "money", "default", "d", "capitalize", "lower", "title", "trim", "upper"})
    | {"abs", "count", "float", "int", "length", "round", "string"}
    | {"e", "escape", "truncate", "urlencode"}
)
TESTS = (
    frozenset({"boolean", "defined", "none", "number", "string", "undefined"})
    | {"divisibleby", "even", "odd"}
    | {"false", "true"}
)

_EXPRESSIONS = (
    nodes.Name,
    nodes.Const,
    nodes.TemplateData,
    nodes.List,
    nodes.Tuple,
    nodes.Concat,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Filter,
    nodes.Test,
    nodes.Keyword,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
)
_BLOCKS = (nodes.Template, nodes.Output, nodes.If)
_ONE_VALUE = "every field holds one value, so there is nothing to repeat"
_WHOLE = "a template stands by itself: write the text into it"
_REMEDIES: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.For: ("for", _ONE_VALUE),
    nodes.Macro: ("macro", _WHOLE),
    nodes.CallBlock: ("call", _WHOLE),
    nodes.Include: ("include", _WHOLE),
    nodes.Import: ("import", _WHOLE),
    nodes.FromImport: ("from … import", _WHOLE),
    nodes.Extends: ("extends", _WHOLE),
    nodes.Block: ("block", _WHOLE),
    nodes.FilterBlock: (
        "filter … endfilter",
        "write the filter behind the field: {{ name | upper }}",
    ),
    nodes.AssignBlock: ("set … endset", "write {% set greeting = ... %}"),
    nodes.With: ("with", "write {% set greeting = ... %}"),
    nodes.Scope: ("autoescape", "values are always escaped in the HTML"),
    nodes.Call: ("a call such as name()", "use a filter: {{ name | upper }}"),
    nodes.Getattr: (
        "a dot behind a name",
        "fields are plain values: use a filter, or another field",
    ),
    nodes.Getitem: ("[ ] behind a name", "fields are plain values: use truncate, or another field"),
    nodes.Pow: ("**", "put the number itself into a field"),
    nodes.Dict: ("{ }", "fields are plain values: use if … elif"),
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_LINE_BREAK = re.compile("[\r\n]")


def check(part: str, tree: nodes.Template, lists: frozenset[str] = frozenset()) -> None:
    """See that a template's part says nothing that could do harm.

    `lists` names the fields that hold a list, of which `for` may show each item's values.

    Raises:
        Rejected: it does; the message has the part, the line and what to write instead.
    """
    _Survey(part, lists).statement(tree, 0)


class _Survey:
    """One walk through a part. `_known` holds how many pieces each `set` name may stand for."""

    def __init__(self, part: str, lists: frozenset[str]) -> None:
        self._part = part
        self._lists = lists
        self._item: str | None = None
        self._work = 0
        self._known: dict[str, int] = {}

    def statement(self, node: nodes.Node, depth: int) -> None:
        self._check_depth(node, depth)
        if isinstance(node, nodes.Assign):
            self._assignment(node, depth)
        elif isinstance(node, nodes.For) and self._lists:
            self._loop(node, depth)
        elif isinstance(node, _BLOCKS):
            for child in node.iter_child_nodes():
                self.statement(child, depth + 1)
        else:
            self._pieces(node, depth)

    def _assignment(self, node: nodes.Assign, depth: int) -> None:
        if not isinstance(node.target, nodes.Name):
            raise self._refusal(node, "set takes one name: write {% set greeting = ... %}")
        name, pieces = node.target.name, self._pieces(node.node, depth + 1)
        self._known[name] = max(pieces, self._known.get(name, 1))

    def _loop(self, node: nodes.For, depth: int) -> None:
        plain = not (self._item or node.test or node.recursive or node.else_)
        over, item = node.iter, node.target
        if not (plain and isinstance(over, nodes.Name) and over.name in self._lists):
            known = " or ".join(sorted(self._lists))
            raise self._refusal(node, f"a loop goes once through {known}, not within another loop")
        if not isinstance(item, nodes.Name):
            raise self._refusal(node, f"give each item one name: {{% for item in {over.name} %}}")
        self._item = item.name
        for child in node.body:
            self.statement(child, depth + 1)
        self._item = None

    def _is_value_of_item(self, node: nodes.Node) -> bool:
        return (
            isinstance(node, nodes.Getattr)
            and isinstance(node.node, nodes.Name)
            and node.node.name == self._item
        )

    def _pieces(self, node: nodes.Node, depth: int) -> int:
        """At most how many texts and fields an expression's value is made of."""
        self._check_depth(node, depth)
        self._check_kind(node)
        below = sum(self._pieces(child, depth + 1) for child in node.iter_child_nodes())
        pieces = self._known.get(node.name, 1) if isinstance(node, nodes.Name) else max(1, below)
        self._work += 0 if isinstance(node, nodes.TemplateData) else pieces
        if pieces > MAX_PIECES:
            raise self._refusal(node, f"it joins more than {MAX_PIECES} texts: use fewer")
        if self._work > MAX_WORK:
            raise self._refusal(
                node, f"more than {MAX_WORK} fields and texts to work on: use fewer"
            )
        return pieces

    def _check_depth(self, node: nodes.Node, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._refusal(node, f"it is nested more than {MAX_DEPTH} deep: use fewer levels")

    def _check_kind(self, node: nodes.Node) -> None:
        if not (isinstance(node, _EXPRESSIONS) or self._is_value_of_item(node)):
            name, remedy = _REMEDIES.get(
                type(node), (type(node).__name__, "use fields, filters, if and set")
            )
            raise self._refusal(node, f"{name} is not part of Recado's templates: {remedy}")
        match node:
            case nodes.Const(value=str(text)) | nodes.TemplateData(data=text):
                self._check_text(node, text)
            case nodes.Filter() | nodes.Test():
                self._check_named(node)

    def _check_named(self, node: nodes.Filter | nodes.Test) -> None:
        is_filter = isinstance(node, nodes.Filter)
        kind, allowed = ("filter", FILTERS) if is_filter else ("test", TESTS)
        if node.name not in allowed:
            known = ", ".join(sorted(allowed))
            raise self._refusal(node, f"there is no {kind} {node.name}: use {known}")
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise self._refusal(node, f"{node.name} takes no * or **: write its values one by one")

    def _check_text(self, node: nodes.Node, text: str) -> None:
        if _CONTROL.search(text):
            raise self._refusal(node, "it holds a control character: remove it")
        if self._part == "subject" and _LINE_BREAK.search(text):
            raise self._refusal(node, "a subject is a header: write it on one line")

    def _refusal(self, node: nodes.Node, why: str) -> Rejected:
        return invalid(self._part, node.lineno or 1, why)


def invalid(part: str, line: int, why: str) -> Rejected:
    """The refusal of a template's part."""
    return Rejected(f"the template's {part} is not valid, line {line}: {why}", field=part)
