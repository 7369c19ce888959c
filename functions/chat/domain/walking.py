"""Walking through a flow, a message of the customer at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import Field

from recado.flows import AskFor, CallAPerson, Flow, FlowDocument, Identify, rendered
from recado.intent import Intent
from recado.model import Frozen, Language


class Progress(Frozen):
    """Where a conversation is in a flow.

    `version` is of the document the flow began with: staff may change it while somebody is in it,
    and a step's number only means something in its own version.
    """

    intent: Intent
    version: int
    step: int = 0
    collected: dict[str, str] = Field(default_factory=dict)


class Wants(StrEnum):
    """What the flow waits for."""

    NOTHING = "nothing"
    """The flow is over."""
    DATA = "data"
    IDENTITY = "identity"
    PERSON = "person"


@dataclass(frozen=True)
class Turn:
    """What to say now, what to wait for, and where the flow is then."""

    says: tuple[str, ...]
    wants: Wants
    progress: Progress


def begun(document: FlowDocument, intent: Intent) -> Progress:
    """The start of an intent's flow."""
    return Progress(intent=intent, version=document.version)


def replied(document: FlowDocument, progress: Progress, reply: str) -> Progress:
    """Keep the reply to the question the flow stands at."""
    step = _flow(document, progress).steps[progress.step]
    if not isinstance(step, AskFor):
        return progress
    collected = {**progress.collected, step.field: reply.strip()}
    return progress.model_copy(update={"collected": collected, "step": progress.step + 1})


def walk(
    document: FlowDocument,
    progress: Progress,
    *,
    language: Language,
    public: Mapping[str, Any],
    customer: Mapping[str, Any] | None,
) -> Turn:
    """Go on until the flow waits for something or is over.

    `customer` has the fields of `flows.OF_THE_CUSTOMER`, None before identification.
    """
    says: list[str] = []
    flow = _flow(document, progress)
    fields = {**progress.collected, **(customer or {}), **public}
    for number in range(progress.step, len(flow.steps)):
        step = flow.steps[number]
        here = progress.model_copy(update={"step": number})
        if isinstance(step, CallAPerson):
            return Turn(tuple(says), Wants.PERSON, here)
        if isinstance(step, Identify):
            if customer is None:
                return Turn(tuple(says), Wants.IDENTITY, here)
            continue
        says.append(rendered(step.text, language, fields))
        if isinstance(step, AskFor):
            return Turn(tuple(says), Wants.DATA, here)
    over = progress.model_copy(update={"step": len(flow.steps)})
    return Turn(tuple(says), Wants.NOTHING, over)


def _flow(document: FlowDocument, progress: Progress) -> Flow:
    """The flow a conversation is in.

    Raises:
        ValueError: it began with another version of the document.
    """
    if progress.version != document.version:
        raise ValueError(
            f"the conversation is in version {progress.version} of the flows, "
            f"this is {document.version}: read that version, or begin the flow again"
        )
    return document.flows[progress.intent]
