"""DynamoDB's condition and update expressions, evaluated on items of attribute values.

Source: "Condition and filter expressions, operators, and functions" and "Update expressions",
DynamoDB developer guide. Only top-level attributes; what is not understood raises `Invalid`.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

Item = dict[str, Any]
Names = Mapping[str, str]
Test = Callable[[Item, Item], bool]
"""Decides about an item, given the expression's values."""
Operand = Callable[[Item, Item], Any]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[()=<>,+-]|[#:]?\w+)")
_COMPARATORS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b")


class Invalid(Exception):
    """An expression that this double does not understand."""


def holds(condition: str, names: Names, item: Item, values: Item) -> bool:
    """Whether a condition holds for an item (empty when there is none)."""
    return _test(condition, tuple(names.items()))(item, values)


def updated(expression: str, names: Names, item: Item, values: Item) -> Item:
    """The item after an update expression."""
    after = dict(item)
    for clause, body in _clauses(expression):
        if clause == "SET":
            for assignment in _split(body):
                target, _, source = assignment.partition("=")
                after[_name(target.strip(), names)] = _value(source.strip(), names, item, values)
        elif clause == "ADD":
            for addition in _split(body):
                target, _, amount = addition.strip().partition(" ")
                name = _name(target, names)
                after[name] = _added(item.get(name), values[amount.strip()])
        elif clause == "REMOVE":
            for target in _split(body):
                after.pop(_name(target.strip(), names), None)
        else:
            raise Invalid(f"{clause} in {expression!r}")
    return after


def comparable(value: Any) -> Any:
    """An attribute value as something Python compares; `None` when it is absent."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    return (kind, Decimal(content) if kind == "N" else content)


@lru_cache(maxsize=256)
def _test(condition: str, names: tuple[tuple[str, str], ...]) -> Test:
    tokens = _TOKEN.findall(condition)
    if "".join(tokens) != re.sub(r"\s", "", condition):
        raise Invalid(f"condition {condition!r}")
    parser = _Parser(tokens, dict(names))
    found = parser.either()
    if parser.tokens:
        raise Invalid(f"condition {condition!r}, from {parser.tokens[0]!r}")
    return found


class _Parser:
    """Recursive descent: or, and, not, parentheses, comparisons and functions."""

    def __init__(self, tokens: list[str], names: Names) -> None:
        self.tokens = tokens
        self._names = names

    def either(self) -> Test:
        sides = [self._both()]
        while self._next_is("OR"):
            sides.append(self._both())
        return lambda item, values: any(side(item, values) for side in sides)

    def _both(self) -> Test:
        sides = [self._one()]
        while self._next_is("AND"):
            sides.append(self._one())
        return lambda item, values: all(side(item, values) for side in sides)

    def _one(self) -> Test:
        if self._next_is("NOT"):
            inner = self._one()
            return lambda item, values: not inner(item, values)
        if self._next_is("("):
            inner = self.either()
            self._expect(")")
            return inner
        word = self._take()
        if self.tokens and self.tokens[0] == "(":
            return self._function(word)
        return self._comparison(self._operand(word))

    def _function(self, word: str) -> Test:
        self._expect("(")
        name = _name(self._take(), self._names)
        if word == "attribute_exists":
            self._expect(")")
            return lambda item, _: name in item
        if word == "attribute_not_exists":
            self._expect(")")
            return lambda item, _: name not in item
        if word == "begins_with":
            self._expect(",")
            prefix = self._take()
            self._expect(")")
            return lambda item, values: str(item.get(name, {}).get("S", "")).startswith(
                values[prefix]["S"]
            )
        raise Invalid(f"function {word}")

    def _comparison(self, left: Operand) -> Test:
        sign = self._take()
        if sign.upper() == "BETWEEN":
            low = self._operand(self._take())
            self._expect("AND")
            high = self._operand(self._take())
            return lambda item, values: (
                _compare(operator.ge, left(item, values), low(item, values))
                and _compare(operator.le, left(item, values), high(item, values))
            )
        if sign.upper() == "IN":
            self._expect("(")
            choices = [self._operand(self._take())]
            while self._next_is(","):
                choices.append(self._operand(self._take()))
            self._expect(")")
            return lambda item, values: any(
                left(item, values) == choice(item, values) for choice in choices
            )
        if sign not in _COMPARATORS:
            raise Invalid(f"comparator {sign!r}")
        compare, right = _COMPARATORS[sign], self._operand(self._take())
        return lambda item, values: _compare(compare, left(item, values), right(item, values))

    def _operand(self, word: str) -> Operand:
        if word.startswith(":"):
            return lambda _, values: comparable(values[word])
        name = _name(word, self._names)
        return lambda item, _: comparable(item.get(name))

    def _take(self) -> str:
        if not self.tokens:
            raise Invalid("the condition ends too early")
        return self.tokens.pop(0)

    def _next_is(self, word: str) -> bool:
        if self.tokens and self.tokens[0].upper() == word:
            self.tokens.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._next_is(word):
            raise Invalid(f"{word!r} is missing in a condition")


def _compare(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """Like DynamoDB: values that are absent or of another type equal nothing."""
    if left is None or right is None or left[0] != right[0]:
        return compare is operator.ne
    return compare(left[1], right[1])


@lru_cache(maxsize=256)
def _clauses(expression: str) -> tuple[tuple[str, str], ...]:
    first, *parts = _CLAUSE.split(expression)
    if first.strip() or not parts:
        raise Invalid(f"update {expression!r}")
    return tuple(zip(parts[::2], parts[1::2], strict=True))


@lru_cache(maxsize=256)
def _split(body: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r",(?![^(]*\))", body))


def _name(word: str, names: Names) -> str:
    return names[word] if word.startswith("#") else word


def _value(source: str, names: Names, item: Item, values: Item) -> Any:
    for sign, change in (("+", operator.add), ("-", operator.sub)):
        left, found, right = source.partition(sign)
        if found:
            numbers = (
                Decimal(_operand_value(side.strip(), names, item, values)["N"])
                for side in (left, right)
            )
            return {"N": str(change(*numbers))}
    return _operand_value(source, names, item, values)


def _operand_value(word: str, names: Names, item: Item, values: Item) -> Any:
    if word.startswith("if_not_exists("):
        name, _, other = word.removeprefix("if_not_exists(").removesuffix(")").partition(",")
        found = item.get(_name(name.strip(), names))
        return found if found is not None else _operand_value(other.strip(), names, item, values)
    if word.startswith(":"):
        return values[word]
    try:
        return item[_name(word, names)]
    except KeyError as error:
        raise Invalid(f"the item has no attribute {word}") from error


def _added(present: Any, amount: Any) -> Any:
    ((kind, value),) = amount.items()
    if kind == "N":
        return {"N": str(Decimal((present or {"N": "0"})["N"]) + Decimal(value))}
    if kind in {"SS", "NS"}:
        return {kind: sorted({*(present or {kind: []})[kind], *value})}
    raise Invalid(f"ADD of a {kind}")
