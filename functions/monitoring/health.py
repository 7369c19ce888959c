"""The use case of health: look at every queue, and note what was seen for whoever asks."""

from dataclasses import dataclass
from datetime import datetime

from monitoring.gateway import CloudWatch, NoCloudWatch
from recado.figures.board import HealthBoard
from recado.figures.health import Health
from recado.figures.queues import QueueLooker


@dataclass(frozen=True)
class Checking:
    """Looks at queues by what they are called here and by SQS."""

    queues: dict[str, str]
    looker: QueueLooker
    cloudwatch: CloudWatch | NoCloudWatch
    board: HealthBoard

    def check(self, unknown: int, now: datetime) -> Health:
        """Look, note and return it; `unknown` recipients have an unknown outcome."""
        oldest = self.cloudwatch.oldest(self.queues, now)
        seen = [
            self.looker.look(label, name).model_copy(update={"oldest_seconds": oldest.get(label)})
            for label, name in self.queues.items()
        ]
        health = Health(
            as_of=now,
            queues=tuple(seen),
            unknown_deliveries=unknown,
            errors=self.cloudwatch.errors(now),
        )
        self.board.note(health)
        return health
