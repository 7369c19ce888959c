"""Frequency caps on the real table: two campaigns at once, redelivery, cost, and one journey."""

from collections import Counter
from collections.abc import Iterator
from itertools import count

import boto3
import pytest
from botocore.model import OperationModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recado import clock, table
from recado.contracts import PlanCampaign
from recado.ledger.progress import ProgressBoard
from recado.ledger.store import Ledger
from recado.model import Lane
from recado.settings import Misconfigured
from recado.templating import RenderedMail
from sender import worker
from sender.caps import CapStore
from sender.domain.caps import Cap
from sender.domain.mail import Mail
from sender.domain.suppression import Reason, Suppression
from sender.store import SuppressionStore
from tests.integration.conftest import Suite, forget_collaborators

from .conftest import CAMPAIGN, Operator, person

DAY = 20_000
_people = count()
_store: list[CapStore] = []


@pytest.fixture
def caps(suite: Suite) -> Iterator[CapStore]:
    """Two marketing mails in any three days, on the deployed table."""
    dynamodb = boto3.client("dynamodb")
    name = suite.outputs["SuppressionTable"]
    store = CapStore(name, dynamodb, SuppressionStore(name, dynamodb), Cap(2, 3))
    _store.append(store)
    yield store
    _store.pop()


def mail(address: str, position: int = 0) -> Mail:
    return Mail(position, address, RenderedMail("s", "h", "t"), {})


def read(caps: CapStore, *addresses: str) -> dict[str, table.Item]:
    return caps._beside.read(caps.keys(addresses))


def take(caps: CapStore, campaign: str, address: str, day: int) -> bool:
    """Whether a campaign may write to somebody on a day."""
    wanted = [(mail(address), "C-1")]
    return not caps.take(campaign, wanted, day, read(caps, address))


def test_the_third_campaign_in_the_window_is_refused_and_a_later_one_is_not(
    caps: CapStore,
) -> None:
    taken = [take(caps, f"cmp_{day}", "Ana@Example.com", DAY + day) for day in range(6)]
    assert taken == [True, True, False, True, True, False]


def test_a_campaign_that_comes_again_takes_no_second_turn(caps: CapStore) -> None:
    assert all(take(caps, "cmp_1", "ana@example.com", DAY) for _ in range(5))
    assert take(caps, "cmp_2", "ana@example.com", DAY)
    assert not take(caps, "cmp_3", "ana@example.com", DAY)


def test_who_read_before_another_campaign_wrote_decides_anew(caps: CapStore) -> None:
    before = read(caps, "ana@example.com")
    assert take(caps, "cmp_1", "ana@example.com", DAY)
    assert take(caps, "cmp_2", "ana@example.com", DAY)
    late = [(mail("ana@example.com", 0), "C-1"), (mail("bia@example.com", 1), "C-2")]
    assert caps.take("cmp_3", late, DAY, before) == {0}
    assert len(read(caps, "bia@example.com")) == 1


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["read", "take"]), st.integers(0, 4), st.integers(0, 1)),
        max_size=24,
    )
)
@pytest.mark.usefixtures("caps")
def test_campaigns_interleaved_in_any_way_never_exceed_the_cap(
    steps: list[tuple[str, int, int]],
) -> None:
    caps, address = _store[-1], f"c{next(_people)}@example.com"
    today = DAY
    seen = {campaign: read(caps, address) for campaign in range(5)}
    mailed: dict[int, int] = {}
    for step, campaign, passed in steps:
        today += passed
        if step == "read":
            seen[campaign] = read(caps, address)
            continue
        wanted = [(mail(address), "C-1")]
        if not caps.take(f"cmp_{campaign}", wanted, today, seen[campaign]):
            mailed[campaign] = today
        for day in mailed.values():
            window = range(day - caps.cap.days + 1, day + 1)
            assert sum(each in window for each in mailed.values()) <= caps.cap.most


def test_what_is_kept_of_a_person_goes_away_by_itself(caps: CapStore) -> None:
    take(caps, "cmp_1", "ana@example.com", DAY)
    (item,) = read(caps, "ana@example.com").values()
    assert int(item["expires_at"]["N"]) == (DAY + 5) * 86_400


def test_a_cap_that_is_no_cap_is_refused_by_name(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = SuppressionStore(suite.outputs["SuppressionTable"], boto3.client("dynamodb"))
    assert CapStore.from_env(beside) is None
    monkeypatch.setenv("MARKETING_CAP", "often")
    with pytest.raises(Misconfigured, match="MARKETING_CAP must be like 3/7d"):
        CapStore.from_env(beside)


def launch(operator: Operator, number: int, rows: list[object], lane: Lane) -> dict[str, int]:
    """Send one campaign to its end; its counts without zeros."""
    audience = operator.upload(rows, f"audiences/a{number}/people.ndjson")
    plan: PlanCampaign = operator.plan(audience, lane)
    plan = plan.model_copy(update={"campaign_id": f"{CAMPAIGN}_{number}"})
    operator.command(plan)
    operator.pump.run()
    progress = ProgressBoard(
        operator.suite.outputs["CampaignsTable"], boto3.client("dynamodb")
    ).get(plan.campaign_id)
    assert progress is not None
    assert sum(progress.counts.values()) == progress.total == len(rows)
    return {name: value for name, value in progress.counts.items() if value}


def test_marketing_stops_at_the_cap_with_a_reason_and_bills_do_not(operator: Operator) -> None:
    operator.monkeypatch.setenv("MARKETING_CAP", "2/7d")
    forget_collaborators()
    rows: list[object] = [person(number) for number in range(60)]
    assert launch(operator, 1, rows[:40], Lane.MARKETING) == {"sent": 40}
    assert launch(operator, 2, rows[20:], Lane.MARKETING) == {"sent": 40}
    assert launch(operator, 3, rows, Lane.MARKETING) == {"sent": 40, "suppressed": 20}
    assert launch(operator, 4, rows, Lane.BILLING) == {"sent": 60}
    ledger = Ledger(operator.suite.outputs["CampaignsTable"], boto3.client("dynamodb"))
    reasons = {
        reason for chunk in ledger.chunks(f"{CAMPAIGN}_3") for reason in chunk.reasons.values()
    }
    assert reasons == {"had 2 marketing mails in the last 7 days"}
    assert operator.ses.summary()["accepted"] == 180


def test_a_suppressed_person_takes_no_turn(operator: Operator) -> None:
    operator.monkeypatch.setenv("MARKETING_CAP", "1/7d")
    forget_collaborators()
    name = operator.suite.outputs["SuppressionTable"]
    suppression = SuppressionStore(name, boto3.client("dynamodb"))
    suppression.put(
        Suppression(
            email="c0@example.com",
            reason=Reason.COMPLAINT,
            lanes=Reason.COMPLAINT.lanes,
            detail="complaint: abuse",
            source="SES",
        ),
        clock.now(),
    )
    assert launch(operator, 1, [person(0), person(1)], Lane.MARKETING) == {
        "sent": 1,
        "suppressed": 1,
    }
    assert suppression.read(CapStore.keys(["c0@example.com"])) == {}
    assert len(suppression.read(CapStore.keys(["c1@example.com"]))) == 1


@pytest.mark.parametrize(("cap", "more"), [("", 0), ("2/7d", 1)])
def test_a_cap_costs_one_transaction_a_chunk_and_no_second_read(
    operator: Operator, cap: str, more: int
) -> None:
    operator.monkeypatch.setenv("MARKETING_CAP", cap)
    forget_collaborators()
    calls: Counter[str] = Counter()

    def count_call(model: OperationModel, **_: object) -> None:
        calls[model.name] += 1

    events = table.client().meta.events
    for name in ("BatchGetItem", "TransactWriteItems"):
        events.register(f"before-call.dynamodb.{name}", count_call)
    worker.delivery()
    operator.command(
        operator.plan(operator.upload([person(n) for n in range(100)]), Lane.MARKETING)
    )
    operator.pump.run("plan")
    calls.clear()
    operator.pump.run(Lane.MARKETING)
    assert operator.counts == {"sent": 100}
    assert calls == {"BatchGetItem": 2, "TransactWriteItems": 2 + 2 * more}
