"""A restored ledger holds what it held, and has forgotten what was sent since (docs/backup.md)."""

import boto3
import pytest

from recado import clock
from recado.contracts import Control, QueueReady
from recado.ledger.home import Home
from recado.ledger.progress import Status
from recado.model import Lane
from tests.integration.conftest import forget_collaborators

from .conftest import CAMPAIGN, Operator, person

PEOPLE = 120


@pytest.fixture
def restored(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """A campaign was planned, backed up, sent to everybody; now the suite uses the backup."""
    dynamodb, table = boto3.client("dynamodb"), operator.suite.outputs["CampaignsTable"]
    operator.launch([person(number) for number in range(PEOPLE)])
    messages = operator.pump.take(Lane.BILLING)
    backup = dynamodb.create_backup(TableName=table, BackupName="planned")["BackupDetails"]
    operator.pump.deliver(Lane.BILLING, messages)
    operator.pump.run()
    assert operator.accepted == (PEOPLE, 0)
    dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=backup["BackupArn"])
    operator.suite.outputs["CampaignsTable"] = "restored"
    monkeypatch.setenv("CAMPAIGNS_TABLE", "restored")
    monkeypatch.setenv("STALLED_SECONDS", "0")
    forget_collaborators()
    return operator


def test_a_campaign_can_be_read_from_a_restored_table(restored: Operator) -> None:
    assert restored.progress.status is Status.RUNNING
    assert restored.counts == {"pending": PEOPLE} == restored.recount()


def test_what_a_restored_table_believes_to_be_under_way_is_paused_and_sent_to_nobody(
    restored: Operator,
) -> None:
    for _ in range(3):
        restored.minute()
    restored.pump.run()
    assert restored.accepted == (PEOPLE, 0)
    assert restored.progress.status is Status.PAUSED
    assert restored.progress.reason.startswith("restored from a backup: ")
    assert restored.counts == {"pending": PEOPLE} == restored.recount()


def test_senders_that_wake_before_the_schedule_send_nothing_from_a_snapshot(
    restored: Operator,
) -> None:
    restored.command(QueueReady(campaign_id=CAMPAIGN, first=0))
    restored.pump.run("plan")
    assert restored.progress.status is Status.RUNNING
    delivered = restored.pump.delivered
    restored.pump.run(Lane.BILLING)
    assert restored.pump.delivered - delivered == 3
    assert restored.accepted == (PEOPLE, 0)
    assert restored.counts == {"pending": PEOPLE}


def test_staff_who_compared_may_resume_and_then_nothing_pauses_it_again(
    restored: Operator,
) -> None:
    restored.minute()
    restored.order(Control.RESUME)
    restored.minute()
    restored.pump.run()
    assert restored.progress.status is Status.COMPLETED
    assert restored.accepted == (2 * PEOPLE, PEOPLE)


def test_staff_who_compared_may_cancel_and_nobody_is_written_to_twice(restored: Operator) -> None:
    restored.minute()
    restored.order(Control.CANCEL)
    restored.minute()
    restored.pump.run()
    assert restored.accepted == (PEOPLE, 0)
    assert restored.counts == {"cancelled": PEOPLE} == restored.recount()


def test_a_campaign_the_snapshot_never_heard_of_waits_when_it_is_handed_over_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    dynamodb, table = boto3.client("dynamodb"), operator.suite.outputs["CampaignsTable"]
    Home(table, dynamodb).found()
    backup = dynamodb.create_backup(TableName=table, BackupName="empty")["BackupDetails"]
    plan = operator.plan(operator.upload([person(number) for number in range(PEOPLE)]))
    operator.command(plan)
    operator.pump.run()
    assert operator.accepted == (PEOPLE, 0)
    dynamodb.restore_table_from_backup(TargetTableName="restored", BackupArn=backup["BackupArn"])
    operator.suite.outputs["CampaignsTable"] = "restored"
    monkeypatch.setenv("CAMPAIGNS_TABLE", "restored")
    forget_collaborators()
    operator.command(plan)
    operator.pump.run()
    operator.minute()
    operator.pump.run()
    assert operator.accepted == (PEOPLE, 0)
    assert operator.progress.status is Status.PAUSED


def test_a_fresh_table_is_at_home_with_its_first_campaign(operator: Operator) -> None:
    home = Home(operator.suite.outputs["CampaignsTable"], boto3.client("dynamodb"))
    assert not home.is_here()
    operator.launch([person(0)])
    assert home.is_here()
    assert home.restored_at is None


def test_a_home_that_was_founded_is_not_founded_anew(operator: Operator) -> None:
    table, dynamodb = operator.suite.outputs["CampaignsTable"], boto3.client("dynamodb")
    Home(table, dynamodb).move_in(clock.now())
    home = Home(table, dynamodb)
    home.found()
    assert home.is_here()
    assert home.restored_at is not None
