"""Rules as data: what staff edit, checked before it is used.

A document holds all rules; a change is a new version. A rule says which interests call for it,
which customers it is for, what stops it, what is offered, how it is known to have worked, and
what follows.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from marketing.domain.steps import (
    MAX_SENDS,
    Instruction,
    Send,
    Step,
    compiled,
    mistakes,
    templates,
)
from recado.errors import Conflict, Rejected
from recado.intent import Intent
from recado.interests import Aspect, Mood
from recado.model import Frozen, Identifier, Language

MAX_RULES = 100
MAX_BYTES = 300_000
"""A version is one item of a table, which holds 400 KB."""
_DEFAULT = Path(__file__).parent / "default_rules.json"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_\-]{0,29}$")]
"""A rule's id, short enough to be part of its campaigns' ids."""
Text = dict[Language, Annotated[str, StringConstraints(min_length=1, max_length=200)]]


class Interested(Frozen):
    """So many conversations within so many days with an interest like this; empty means any."""

    intents: tuple[Intent, ...] = ()
    aspect: Aspect | None = None
    products: tuple[str, ...] = ()
    mood: Mood | None = None
    churn_risk: float = Field(default=0.0, ge=0, le=1, description="At least.")
    times: int = Field(default=1, ge=1, le=20, description="Conversations, not messages.")
    days: int = Field(default=30, ge=1, le=365)


class Who(Frozen):
    """Which customers a rule is for; empty means everybody."""

    plans: tuple[str, ...] = ()
    not_plans: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    overdue: bool | None = Field(default=None, description="Only who is, only who is not, or both.")


class Exclusion(StrEnum):
    """What stops a rule although its condition holds."""

    OPEN_TECHNICAL_TICKET = "open_technical_ticket"
    OVERDUE = "overdue"


class Goal(Frozen):
    """What counts as a success when the horizon is over."""

    kind: Literal["plan_is", "plan_changed", "still_customer", "paid"]
    plans: tuple[str, ...] = Field(default=(), description="For `plan_is`: any of these.")

    @model_validator(mode="after")
    def _complete(self) -> "Goal":
        if (self.kind == "plan_is") != bool(self.plans):
            raise ValueError("plans belong to the goal plan_is, and to no other")
        return self


class Rule(Frozen):
    """One rule. Of those that hold for a customer the one with the highest `priority` is taken."""

    id: Name
    name: Text
    enabled: bool
    when: Interested
    who: Who = Who()
    exclusions: tuple[Exclusion, ...] = (Exclusion.OPEN_TECHNICAL_TICKET, Exclusion.OVERDUE)
    template_id: Identifier
    priority: int = Field(ge=0, le=1000)
    cool_down_days: int = Field(
        ge=1, le=730, description="Until the same customer may get it again."
    )
    hold_out: int = Field(default=10, ge=0, le=50, description="Percent who get no mail.")
    goal: Goal
    horizon_days: int = Field(ge=1, le=365, description="When its success is looked at.")
    journey: tuple[Step, ...] = ()

    @property
    def line(self) -> tuple[Instruction, ...]:
        """The whole journey as a line; its first mail is the offer's own."""
        return compiled((Send(do="send", template_id=self.template_id), *self.journey))


class RuleDocument(Frozen):
    """All rules; one offer a customer in `days_between_offers`, whatever rule it is of."""

    version: int = Field(ge=1)
    days_between_offers: int = Field(default=14, ge=0, le=365)
    rules: tuple[Rule, ...] = Field(max_length=MAX_RULES)

    @model_validator(mode="after")
    def _usable(self) -> "RuleDocument":
        if found := list(self._mistakes()):
            raise ValueError("; ".join(found))
        return self

    def rule(self, name: str) -> Rule | None:
        """A rule by its id."""
        return next((rule for rule in self.rules if rule.id == name), None)

    def _mistakes(self) -> Iterator[str]:
        names = [rule.id for rule in self.rules]
        for number, rule in enumerate(self.rules):
            where = f"rules.{number}"
            if names.index(rule.id) != number:
                yield f"{where}.id: {rule.id} is another rule's too; give each its own"
            if absent := sorted(set(Language) - set(rule.name)):
                yield f"{where}.name: not written in {', '.join(absent)}; add that language"
            if rule.cool_down_days < rule.when.days:
                yield (
                    f"{where}.cool_down_days: shorter than when.days ({rule.when.days}), so one "
                    "conversation could lead to two offers; make it as long at least"
                )
            if Exclusion.OVERDUE in rule.exclusions and rule.who.overdue:
                yield f"{where}.exclusions: excludes who is overdue, and is for nobody else"
            yield from mistakes(rule.journey, f"{where}.journey")
            if 1 + len(list(templates(rule.journey))) > MAX_SENDS:
                yield f"{where}.journey: more than {MAX_SENDS} mails; take some out"


def parse(document: str | bytes) -> RuleDocument:
    """A document of rules from its JSON.

    Raises:
        Rejected: it is not one; `field` is the place of the first mistake, the message has all.
    """
    try:
        read = RuleDocument.model_validate_json(document)
    except ValidationError as error:
        found = [_mistake(detail) for detail in error.errors(include_url=False)]
        raise Rejected("; ".join(found), field=found[0].split(":", 1)[0]) from error
    if len(document) > MAX_BYTES:
        raise Rejected(f"the rules have {len(document)} bytes: at most {MAX_BYTES} fit")
    return read


@cache
def default_document() -> RuleDocument:
    """The examples the suite comes with; none is enabled, so nobody is written to by them."""
    return parse(_DEFAULT.read_bytes())


def next_version(latest: RuleDocument, edited: RuleDocument) -> RuleDocument | None:
    """The version to store, `None` if nothing was changed; `edited` has the version it was made of.

    Raises:
        Conflict: it was made of another version than the latest.
    """
    if edited.version != latest.version:
        raise Conflict(
            f"these rules were edited from version {edited.version}, the newest is "
            f"{latest.version}: read it with GET /v1/marketing/rules, mend that and save it"
        )
    if edited == latest:
        return None
    return edited.model_copy(update={"version": latest.version + 1})


def _mistake(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    said = str(detail["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
