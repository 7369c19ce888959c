"""When the sender sees the last recipient of a campaign become terminal, it says so."""

from recado.contracts import CheckCompletion
from recado.ledger.progress import ProgressBoard, Status
from recado.queue import Outbox


def announce_end(board: ProgressBoard, commands: Outbox, campaign_id: str) -> None:
    """Tell `campaigns` when nothing of a campaign seems open any more."""
    if board.open(campaign_id) == 0 and board.status(campaign_id) is Status.RUNNING:
        commands.send([CheckCompletion(campaign_id=campaign_id)])
