"""Answers and flows as data: what staff edit, checked before it is used.

A document has a flow an intent. A flow is a list of steps that the bot walks through; a text is
Jinja2, in every language, rendered by `recado.templating`. A text may use what earlier steps of
its flow asked for, PUBLIC fields, and, only after an `identify` step, the customer's own.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from recado.errors import Rejected
from recado.intent import Intent
from recado.model import Frozen, Language, MailBody
from recado.templating import compile_body, fields_used

PUBLIC = frozenset({"operator", "outages"})
"""Fields any text may use: the operator's name, and the outages that staff announced."""

OF_THE_CUSTOMER = frozenset({"name", "plan", "city", "invoices", "overdue"})
"""Fields of an identified customer. `invoices` and `overdue` are lists of `id`, `amount`,
`due_on`."""

LISTS = frozenset({"invoices", "overdue", "outages"})
"""The fields a text may go through with `for`."""

_DEFAULT = Path(__file__).parent / "default_flows.json"
_FIELDS_OF_PHRASES = {"ask": frozenset({"first", "second"}), "wrong_code": frozenset({"tries"})}

Text = dict[Language, Annotated[str, StringConstraints(min_length=1, max_length=2000)]]
"""What the bot says, by language."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class AskFor(Frozen):
    """Ask for a piece of data and keep the reply under `field`."""

    do: Literal["ask"]
    field: Name
    text: Text


class Identify(Frozen):
    """Find out who is writing; skipped where that is known."""

    do: Literal["identify"]


class Say(Frozen):
    """Say something."""

    do: Literal["say"]
    text: Text


class CallAPerson(Frozen):
    """Hand over; `kind` of the request overrides the flow's own."""

    do: Literal["hand_over"]


Step = Annotated[AskFor | Identify | Say | CallAPerson, Field(discriminator="do")]


class Flow(Frozen):
    """What the bot does about an intent.

    `name` is how the bot calls it in "this or that?"; `kind` is the kind of request it becomes at
    the desk (kinds are the desk's data).
    """

    name: Text
    kind: Name
    steps: tuple[Step, ...] = Field(min_length=1)


class Phrases(Frozen):
    """What the bot says outside flows. `ask` has `first` and `second`, `wrong_code` has `tries`.

    `code_sent` is said whether or not a customer is known by the claim.
    """

    greet: Text
    ask: Text
    rephrase: Text
    scope: Text
    handing_over: Text
    who: Text
    code_sent: Text
    wrong_code: Text
    no_more_codes: Text


class FlowDocument(Frozen):
    """Everything staff can edit about the bot; a change is a new version."""

    version: int = Field(ge=1)
    phrases: Phrases
    flows: dict[Intent, Flow]

    @model_validator(mode="after")
    def _complete(self) -> "FlowDocument":
        if missing := sorted(set(Intent) - set(self.flows)):
            raise ValueError(f"flows: no flow for {', '.join(missing)}; add one for each intent")
        mistakes = [
            mistake
            for where, text, allowed in self._texts()
            for mistake in _mistakes_in_text(where, text, allowed)
        ]
        for intent, flow in self.flows.items():
            mistakes += _mistakes_at_end(f"flows.{intent}", flow)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    def _texts(self) -> Iterator[tuple[str, Text, frozenset[str]]]:
        """Every text with its place and the fields it may use."""
        for phrase, text in self.phrases:
            yield f"phrases.{phrase}", text, PUBLIC | _FIELDS_OF_PHRASES.get(phrase, frozenset())
        for intent, flow in self.flows.items():
            yield f"flows.{intent}.name", flow.name, frozenset()
            known = PUBLIC
            for number, step in enumerate(flow.steps):
                if isinstance(step, AskFor | Say):
                    yield f"flows.{intent}.steps.{number}.text", step.text, known
                if isinstance(step, AskFor):
                    known |= {step.field}
                elif isinstance(step, Identify):
                    known |= OF_THE_CUSTOMER


def parse(document: str | bytes) -> FlowDocument:
    """A flow document from its JSON.

    Raises:
        Rejected: it is not one; `field` is the place of the first mistake, the message has all.
    """
    try:
        return FlowDocument.model_validate_json(document)
    except ValidationError as error:
        mistakes = [_mistake(detail) for detail in error.errors(include_url=False)]
        raise Rejected("; ".join(mistakes), field=mistakes[0].split(":", 1)[0]) from error


@cache
def default_document() -> FlowDocument:
    """The flows the suite comes with, in pt-BR and English."""
    return parse(_DEFAULT.read_bytes())


def rendered(text: Text, language: Language, fields: Mapping[str, Any]) -> str:
    """A text for one customer.

    Raises:
        Rejected: a field is missing or does not fit its filter.
    """
    body = MailBody(subject="", html="", text=text[language])
    return compile_body(body, language, LISTS).render(fields).text.strip()


def _mistakes_in_text(where: str, text: Text, allowed: frozenset[str]) -> Iterator[str]:
    if absent := sorted(set(Language) - set(text)):
        yield f"{where}: not written in {', '.join(absent)}; add that language"
    for language, source in text.items():
        try:
            used = fields_used(MailBody(subject="", html="", text=source), LISTS)
        except Rejected as error:
            yield f"{where}.{language}: {error}"
            continue
        for name in sorted(used - allowed):
            yield f"{where}.{language}: {_refusal(name, allowed)}"


def _refusal(name: str, allowed: frozenset[str]) -> str:
    if name in OF_THE_CUSTOMER:
        return f"uses {name}, which is the customer's own; put an `identify` step before it"
    return f"uses {name}, which nothing fills; use {', '.join(sorted(allowed)) or 'no field'}"


def _mistakes_at_end(where: str, flow: Flow) -> Iterator[str]:
    *before, last = flow.steps
    early = [number for number, step in enumerate(before) if step.do == "hand_over"]
    if early:
        yield f"{where}.steps.{early[0]}: hands over before the last step; move it to the end"
    if last.do in {"ask", "identify"}:
        yield (
            f"{where}.steps.{len(before)}: the flow ends with a question; "
            "add a `say` or a `hand_over` step after it"
        )


def _mistake(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    said = str(detail["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
