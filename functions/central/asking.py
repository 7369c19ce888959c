"""Campaigns that another service of the suite asks for, instead of staff."""

from datetime import datetime

from central.domain.campaigns import NewCampaign
from central.launching import Launching
from recado.auth import Caller, Role
from recado.bus import Bus
from recado.contracts import CampaignAsked, CampaignRefused
from recado.errors import Conflict, Rejected


class Asking:
    """Launches what services ask for by the same rules as what staff launch."""

    def __init__(self, launching: Launching, bus: Bus) -> None:
        self._launching = launching
        self._bus = bus

    def launch(self, asked: CampaignAsked, now: datetime) -> None:
        """Launch it once, however often it is asked for; tell the asker if it cannot be."""
        try:
            self._launching.draft_once(asked.campaign_id, _draft(asked), now, asked.by)
            self._launching.launch(asked.campaign_id, now, _caller(asked))
        except Conflict:
            return  # it was asked for before, and is under way
        except Rejected as refusal:
            self._bus.publish(
                CampaignRefused(campaign_id=asked.campaign_id, by=asked.by, reason=str(refusal))
            )


def _draft(asked: CampaignAsked) -> NewCampaign:
    return NewCampaign(
        name=asked.name,
        lane=asked.lane,
        template_id=asked.template_id,
        audience=asked.audience,
        starts_at=asked.starts_at,
        reply_to=asked.reply_to,
    )


def _caller(asked: CampaignAsked) -> Caller:
    return Caller(token_id=f"service-{asked.by}", label=asked.by, role=Role.ADMIN)
