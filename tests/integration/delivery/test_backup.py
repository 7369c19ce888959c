"""A restored ledger holds what it held, and has forgotten what was sent since (docs/backup.md)."""

import boto3
import pytest

from recado.contracts import Control
from recado.ledger.progress import Status
from tests.integration.conftest import forget_collaborators

from .conftest import Operator, person

PEOPLE = 120


@pytest.fixture
def restored(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """A campaign was planned, backed up, sent to everybody; now the suite uses the backup."""
    dynamodb, table = boto3.client("dynamodb"), operator.suite.outputs["CampaignsTable"]
    operator.launch([person(number) for number in range(PEOPLE)])
    backup = dynamodb.create_backup(TableName=table, BackupName="planned")["BackupDetails"]
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


def test_a_campaign_restored_as_running_would_be_sent_again(restored: Operator) -> None:
    restored.minute()
    restored.minute()
    restored.pump.run()
    assert restored.accepted == (2 * PEOPLE, PEOPLE)


def test_cancelled_before_anything_wakes_it_is_sent_to_nobody_twice(restored: Operator) -> None:
    restored.order(Control.CANCEL)
    restored.minute()
    restored.minute()
    restored.pump.run()
    assert restored.accepted == (PEOPLE, 0)
    assert restored.counts == {"cancelled": PEOPLE} == restored.recount()
