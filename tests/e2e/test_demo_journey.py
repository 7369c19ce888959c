"""The demo's journey with a small operator: from two CSV files to delivered mail and a report."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from operations import journey, sample, uploads
from operations.watching import Standing, follow, follow_feedback
from tests.e2e.conftest import DeployedWorld

pytestmark = pytest.mark.e2e

CUSTOMERS = 200


@pytest.fixture(scope="module")
def operator() -> sample.Sample:
    return sample.make(CUSTOMERS, journey.today())


def _import(world: DeployedWorld, kind: str, file: Path) -> dict[str, int]:
    states = uploads.follow_import(world.api, uploads.start_import(world.api, kind, file), 60)
    last = list(states)[-1]
    assert last["status"] == "done", last
    return {name: last[name] for name in ("rows", "accepted", "unchanged", "rejected")}


def test_a_billing_campaign_reaches_every_overdue_customer_exactly_once(
    world: DeployedWorld, operator: sample.Sample, tmp_path: Path
) -> None:
    customers, invoices = operator.write(tmp_path)
    assert _import(world, "customers", customers) == _all_accepted(CUSTOMERS)
    assert _import(world, "invoices", invoices) == _all_accepted(3 * CUSTOMERS)

    assert journey.put_template(world.api) == 1
    campaign_id = journey.launch(world.api, journey.today())
    standing = list(follow(world.api, campaign_id, patience_s=90))[-1]
    standing = list(follow_feedback(world.api, campaign_id, patience_s=60))[-1]

    late = operator.overdue(journey.today())
    owing = [customer for customer in operator.customers if customer["id"] in late]
    expected = Counter(_fate(customer["email"]) for customer in owing)
    assert standing.status == "completed"
    assert {state: n for state, n in standing.counts.items() if n} == expected
    ledger = world.ledger(campaign_id)
    assert journey.contradictions(standing, ledger) == []
    assert ledger["unique_recipients"] == len(owing) == standing.total

    _check_report(world, operator, standing)
    _check_a_mail(world, campaign_id, owing[0], late[owing[0]["id"]])


def test_the_same_files_again_change_nothing(
    world: DeployedWorld, operator: sample.Sample, tmp_path: Path
) -> None:
    customers, invoices = operator.write(tmp_path)
    _import(world, "customers", customers)
    assert _import(world, "customers", customers) == _all_unchanged(CUSTOMERS)
    _import(world, "invoices", invoices)
    assert _import(world, "invoices", invoices) == _all_unchanged(3 * CUSTOMERS)


def test_the_api_refuses_whoever_brings_no_token(world: DeployedWorld) -> None:
    answer = httpx.get(f"{world.api.url}/v1/customers", trust_env=False, timeout=60)
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert "rcd_" in answer.json()["message"]


def _all_accepted(rows: int) -> dict[str, int]:
    return {"rows": rows, "accepted": rows, "unchanged": 0, "rejected": 0}


def _all_unchanged(rows: int) -> dict[str, int]:
    return {"rows": rows, "accepted": 0, "unchanged": rows, "rejected": 0}


def _fate(address: str) -> str:
    mailbox = address.partition("+")[0]
    return {"bounce": "bounced", "complaint": "complained"}.get(mailbox, "delivered")


def _check_report(world: DeployedWorld, operator: sample.Sample, standing: Standing) -> None:
    today = journey.today()
    report = world.api.get("/v1/reports/summary", month=f"{today:%Y-%m}")
    late = [bill for bills in operator.overdue(today).values() for bill in bills]
    issued = [bill for bill in operator.invoices if bill["issued_on"][:7] == f"{today:%Y-%m}"]
    assert report["customers"] == CUSTOMERS
    assert report["overdue"]["invoices"] == len(late)
    assert Decimal(report["overdue"]["amount"]) == _sum(late)
    assert report["billed"]["invoices"] == len(issued)
    assert Decimal(report["billed"]["amount"]) == _sum(issued)
    listed = [campaign for campaign in report["campaigns"] if campaign["name"] == standing.name]
    assert len(listed) == 1


def _sum(bills: list[sample.Row]) -> Decimal:
    return sum((Decimal(bill["amount"]) for bill in bills), Decimal(0))


def _check_a_mail(
    world: DeployedWorld, campaign_id: str, customer: sample.Row, bills: list[sample.Row]
) -> None:
    messages = f"{world.simulator_url}/_sim/messages"
    query = {"q": customer["email"], "tag": f"campaign:{campaign_id}"}
    [found] = httpx.get(messages, params=query, trust_env=False).json()["messages"]
    mail = httpx.get(f"{messages}/{found['message_id']}", trust_env=False).json()
    oldest = min(bills, key=lambda bill: (bill["due_on"], bill["id"]))
    assert customer["name"].split()[0] in mail["subject"]
    assert oldest["id"] in mail["html"]
    assert oldest["id"] in mail["text"]
