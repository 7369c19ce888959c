"""Monitoring's functions on moto, with facts from the bus and campaigns in the ledger."""

import json
import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from campaigns.store import CampaignStore
from monitoring import collaborators, events, schedule
from monitoring.recounting import Recount
from monitoring.sources import Sources
from recado import clock, table
from recado.contracts import Event, PlanCampaign, Segment, SegmentAudience
from recado.figures.board import FiguresBoard
from recado.figures.periods import Period
from recado.ledger.chunk import Chunk
from recado.ledger.progress import Status
from recado.ledger.states import Outcome, State
from recado.model import Lane, TemplateVersion
from recado.outgoing import Fact, Outgoing
from tests.factories import AT, TODAY, context, sqs_event
from tests.integration.conftest import Suite

QUEUES = ("PlanQueue", "MonitoringQueue")
PERIOD = Period(TODAY - timedelta(days=2), TODAY)
PLAN = PlanCampaign(
    campaign_id="cmp_1",
    name="Cobrança",
    lane=Lane.BILLING,
    template=TemplateVersion(id="overdue", version=1, bodies={}),
    from_address="Operadora <avisos@operadora.example>",
    audience=SegmentAudience(segment=Segment.OVERDUE),
    as_of=TODAY,
    starts_at=AT,
    launched_by="ana",
)


class Nobody:
    """A bus that loses everything."""

    def publish_raw(self, detail_type: str, detail: str) -> None:
        """It is lost."""


@dataclass
class Monitored:
    """Monitoring, and what other services do."""

    suite: Suite
    monkeypatch: pytest.MonkeyPatch

    def at(self, moment: datetime) -> None:
        """Turn the clock."""
        self.monkeypatch.setattr(clock, "now", lambda: moment)

    def happen(self, event: Event, at: datetime, service: str = "CONVERSATIONS_TABLE") -> str:
        """A service writes down a fact; returns it as the bus would bring it."""
        outgoing = Outgoing(self._table(service), table.client(), Nobody())
        table.transact(outgoing.writes([Fact.of(event, at)]))
        detail = event.model_dump(mode="json")
        return json.dumps({"detail-type": type(event).__name__, "detail": detail})

    def hear(self, *bodies: Any) -> Any:
        """The bus brings facts."""
        return events.handler(sqs_event(*bodies), context())

    def every_five_minutes(self) -> dict[str, int]:
        """The schedule."""
        return schedule.handler({}, context(240_000))

    def launch(self, people: int, plan: PlanCampaign = PLAN) -> Chunk:
        """A campaign with one chunk is taken up."""
        store = CampaignStore.from_env()
        store.create(plan, Status.RUNNING, clock.now())
        ids = tuple(f"C-{number}" for number in range(people))
        chunk = Chunk(plan.campaign_id, 0, ids, State.PENDING * people, 0, 0)
        store.add_page(store.get(plan.campaign_id), [chunk], None, {})
        return chunk

    def outcome(self, chunk: Chunk, state: State, places: range) -> Chunk:
        """What became of some recipients."""
        ledger = CampaignStore.from_env().ledger
        outcomes = {place: Outcome(state) for place in places}
        return ledger.record(chunk, outcomes, release=True)

    def figures(self, day: date = TODAY) -> Any:
        """The figures of a day."""
        return FiguresBoard.from_env().of(Period(day, day))[0]

    def recount(self) -> Recount:
        """What `recado report recount` runs."""
        return Recount(
            Sources(
                self._table("CAMPAIGNS_TABLE"),
                self._table("CONVERSATIONS_TABLE"),
                self._table("DESK_TABLE"),
                table.client(),
            ),
            collaborators.reconciling(),
            collaborators.book(),
            FiguresBoard.from_env(),
            collaborators.mail_watch(),
            collaborators.zone(),
        )

    def _table(self, setting: str) -> str:
        return os.environ[setting]


@pytest.fixture
def monitored(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Monitored:
    """Monitoring as its functions have it."""
    outputs = suite.outputs
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "monitoring")
    monkeypatch.setenv("DEAD_LETTER_URL", outputs["MonitoringQueueDeadUrl"])
    told = f"{outputs['ConversationsTable']},{outputs['DeskTable']}"
    monkeypatch.setenv("TOLD_TABLES", told)
    names = ",".join(f"{queue}={outputs[f'{queue}Name']}" for queue in QUEUES)
    monkeypatch.setenv("QUEUES", names)
    made = Monitored(suite, monkeypatch)
    made.at(AT)
    return made
