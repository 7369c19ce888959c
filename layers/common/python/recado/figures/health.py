"""How the suite is, as monitoring last saw it: every report and command shows the same."""

from datetime import datetime

from pydantic import Field

from recado.model import Frozen


class DeadLetter(Frozen):
    """A message that could not be handled; its body may name people and is not shown."""

    message_id: str
    reason: str
    about: str = Field(description="The fact's detail-type or the command's kind, if it has one.")
    since: datetime


class QueueHealth(Frozen):
    """A queue; `oldest_seconds` is CloudWatch's, `None` where there is none (local worlds)."""

    queue: str
    waiting: int
    in_work: int
    oldest_seconds: int | None = None
    dead: int = 0
    dead_letters: tuple[DeadLetter, ...] = Field(
        default=(), description="The first of them; a peek sees no more than ten."
    )


class ErrorRate(Frozen):
    """How often functions failed in the last hour, as CloudWatch counts."""

    invocations: int
    errors: int

    @property
    def share(self) -> float:
        """Errors an invocation."""
        return self.errors / self.invocations if self.invocations else 0.0


class Health(Frozen):
    """The state of the queues, of errors and of mail with an unknown outcome."""

    as_of: datetime
    queues: tuple[QueueHealth, ...]
    unknown_deliveries: int
    errors: ErrorRate | None = Field(
        default=None, description="None where there is no CloudWatch (local worlds)."
    )

    @property
    def troubles(self) -> list[str]:
        """What somebody should look at, a sentence each."""
        found = [
            f"{each.queue} has {each.dead} dead letters: see their reasons, then recado redrive"
            f" {each.queue}"
            for each in self.queues
            if each.dead
        ]
        if self.unknown_deliveries:
            found.append(
                f"{self.unknown_deliveries} recipients have an unknown outcome: SES's events or"
                " the class of mail will settle it"
            )
        return found
