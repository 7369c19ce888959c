"""What the assistant tells of a turn: how long it took and how it ended, and not a word of it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from recado.contracts import Event
from recado.model import Identifier, Language


class AssistantTurn(Event):
    """The assistant took a turn.

    `depth` is that of a financial question that was answered from bills, `stages` has the
    milliseconds of each stage, `failed` the stages that the turn went on without.
    """

    turn_id: Identifier
    conversation_id: Identifier | None
    language: Language
    by_voice: bool
    depth: Literal["simple", "traditional", "complex"] | None
    stages: dict[str, int]
    first_audio_ms: int | None = Field(description="None where nothing was spoken.")
    failed: tuple[str, ...]
    ended_at: datetime
