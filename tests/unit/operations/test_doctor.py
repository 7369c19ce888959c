"""The doctor: judgements on facts, and a whole examination of an account that is made up."""

from collections.abc import Sequence
from typing import Any

import dns.exception
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from operations import checkup
from operations.checkup import EVENT_TYPES, Destination, Identity, Level, Ses
from operations.commands import doctor
from operations.errors import Trouble

READY = Ses(
    production=True,
    sending_enabled=True,
    enforcement="HEALTHY",
    per_second=100,
    per_day=500_000,
    sent_today=0,
)
DOMAIN = "operator.example"
SIGNED = Identity(DOMAIN, verified=True, dkim="SUCCESS")
TOPIC = "arn:aws:sns:us-east-1:1:feedback"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/mail"


def changed(**facts: Any) -> Ses:
    return Ses(**{**vars(READY), **facts})


@pytest.mark.parametrize(
    ("finding", "level", "said"),
    [
        (checkup.stack("UPDATE_COMPLETE"), Level.OK, "update complete"),
        (checkup.stack("UPDATE_IN_PROGRESS"), Level.WARNING, "being changed"),
        (checkup.stack("ROLLBACK_COMPLETE"), Level.FAILED, "ROLLBACK_COMPLETE"),
        (checkup.sandbox(READY), Level.OK, "production"),
        (checkup.sandbox(changed(production=False)), Level.FAILED, "verified addresses only"),
        (checkup.sending(READY), Level.OK, "good standing"),
        (checkup.sending(changed(enforcement="PROBATION")), Level.WARNING, "under review"),
        (checkup.sending(changed(enforcement="SHUTDOWN")), Level.FAILED, "stopped"),
        (checkup.sending(changed(sending_enabled=False)), Level.FAILED, "stopped"),
        (checkup.quota(READY), Level.OK, "500,000 of 500,000 left today (a full day's quota takes"),
        (checkup.quota(changed(sent_today=460_000)), Level.WARNING, "40,000 of 500,000"),
        (checkup.quota(changed(sent_today=500_000)), Level.FAILED, "0 of 500,000"),
        (checkup.quota(changed(per_day=-1)), Level.OK, "no limit"),
        (checkup.identity(SIGNED, DOMAIN), Level.OK, "signs with DKIM"),
        (checkup.identity(None, DOMAIN), Level.FAILED, "does not know"),
        (
            checkup.identity(Identity(DOMAIN, verified=False, dkim="PENDING"), DOMAIN),
            Level.FAILED,
            "not verified (DKIM: pending)",
        ),
        (
            checkup.identity(Identity(DOMAIN, verified=True, dkim="FAILED"), DOMAIN),
            Level.WARNING,
            "not signed",
        ),
        (checkup.mail_from(SIGNED), Level.WARNING, "no MAIL FROM"),
        (
            checkup.mail_from(Identity(DOMAIN, True, "SUCCESS", f"bounce.{DOMAIN}", "PENDING")),
            Level.WARNING,
            "not in use (pending)",
        ),
        (
            checkup.mail_from(Identity(DOMAIN, True, "SUCCESS", f"bounce.{DOMAIN}", "SUCCESS")),
            Level.OK,
            f"bounce.{DOMAIN}",
        ),
        (checkup.concurrency(1_000, 28), Level.OK, "1,000 at once"),
        (checkup.concurrency(30, 28), Level.WARNING, "30 at once"),
        (checkup.concurrency(10, 28), Level.FAILED, "10 at once"),
        (checkup.dead_letters({"PlanQueue": 0}), Level.OK, "all 1 empty"),
        (
            checkup.dead_letters({"PlanQueue": 0, "SendBilling": 3}),
            Level.FAILED,
            "3 in SendBilling",
        ),
        (checkup.sender(f"Operator <recado@{DOMAIN}>", DOMAIN), Level.OK, DOMAIN),
        (checkup.sender("recado@other.example", DOMAIN), Level.FAILED, "other.example"),
    ],
)
def test_a_fact_is_judged(finding: checkup.Finding, level: Level, said: str) -> None:
    assert finding.level is level
    assert said in finding.what
    assert bool(finding.remedy) == (level is not Level.OK)


@pytest.mark.parametrize(
    ("domain", "records", "level", "said"),
    [
        (DOMAIN, None, Level.WARNING, "did not answer"),
        (DOMAIN, {}, Level.FAILED, "no record"),
        (DOMAIN, {DOMAIN: ["v=spf1 -all"]}, Level.FAILED, "no record"),
        (DOMAIN, {DOMAIN: ["v=DMARC1; p=none"]}, Level.WARNING, "only watches"),
        (DOMAIN, {DOMAIN: ["v=DMARC1;p=reject;rua=mailto:a@b.c"]}, Level.OK, ": reject"),
        (DOMAIN, {DOMAIN: ["v=DMARC1; p=reject"] * 2}, Level.FAILED, "2 records"),
        (DOMAIN, {DOMAIN: ["v=DMARC1; rua=mailto:a@b.c"]}, Level.FAILED, "names no policy"),
        (f"dev.{DOMAIN}", {DOMAIN: ["v=DMARC1; p=reject"]}, Level.OK, f"_dmarc.{DOMAIN}: reject"),
        (f"dev.{DOMAIN}", {DOMAIN: ["v=DMARC1; p=reject; sp=none"]}, Level.WARNING, "only watches"),
    ],
)
def test_a_dmarc_policy_holds_for_the_domain_and_below(
    domain: str, records: dict[str, list[str]] | None, level: Level, said: str
) -> None:
    finding = checkup.dmarc(records, domain)
    assert finding.level is level
    assert said in finding.what


@pytest.mark.parametrize(
    ("kinds", "level"),
    [
        (EVENT_TYPES, Level.OK),
        (EVENT_TYPES[1:], Level.FAILED),
        (("SEND", "DELIVERY", "BOUNCE", "COMPLAINT"), Level.WARNING),
    ],
)
def test_ses_has_to_report_what_settles_the_ledger(kinds: Sequence[str], level: Level) -> None:
    destinations = [Destination(True, TOPIC, kinds[2:]), Destination(True, STREAM, kinds[:2])]
    assert checkup.events(destinations, TOPIC, STREAM).level is level


def test_events_that_go_elsewhere_are_lost() -> None:
    elsewhere = [Destination(True, "other", EVENT_TYPES), Destination(False, TOPIC, EVENT_TYPES)]
    for destinations in (None, [], elsewhere):
        assert checkup.events(destinations, TOPIC, STREAM).level is Level.FAILED


def test_a_limit_of_bulk_calls_is_compared_with_the_send_rate() -> None:
    one_call = {"SendBulkEmail requests per second": 1.0, "Sending rate": 100.0}
    assert checkup.bulk(one_call, READY, "bulk").level is Level.FAILED
    assert checkup.bulk(one_call, changed(per_second=50), "bulk").level is Level.OK
    assert checkup.bulk(one_call, READY, "single").level is Level.OK


def test_a_limit_of_bulk_calls_that_is_not_listed_can_only_be_tried() -> None:
    finding = checkup.bulk({"Sending rate": 100.0}, READY, "bulk")
    assert finding.level is Level.WARNING
    assert "Transport=single" in finding.remedy


class Meta:
    region_name = "us-east-1"


class Pages:
    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Quotas": [{"QuotaName": "Sending rate", "Value": 100.0}]}]


class FakeAws:
    """Every AWS service of an account that is ready, in one object."""

    meta = Meta()

    def __init__(self, **refusals: str) -> None:
        self.refusals = refusals

    def __getattribute__(self, name: str) -> Any:
        refusals = object.__getattribute__(self, "refusals")
        if name in refusals:
            raise ClientError({"Error": {"Code": refusals[name], "Message": ""}}, name)
        return object.__getattribute__(self, name)

    def get_caller_identity(self) -> dict[str, Any]:
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ana"}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}

    def describe_stack_resources(self, **_: Any) -> dict[str, Any]:
        function = {
            "LogicalResourceId": "SenderBilling",
            "PhysicalResourceId": "recado-SenderBilling",
            "ResourceType": "AWS::Lambda::Function",
        }
        return {"StackResources": [function]}

    def get_account(self) -> dict[str, Any]:
        quota = {"MaxSendRate": 100.0, "Max24HourSend": 500_000.0, "SentLast24Hours": 0.0}
        return {"ProductionAccessEnabled": True, "SendingEnabled": True, "SendQuota": quota}

    def get_email_identity(self, **_: Any) -> dict[str, Any]:
        return {"VerifiedForSendingStatus": True, "DkimAttributes": {"Status": "SUCCESS"}}

    def get_configuration_set_event_destinations(self, **_: Any) -> dict[str, Any]:
        topic, stream = {"TopicArn": TOPIC}, {"DeliveryStreamArn": STREAM, "IamRoleArn": "role"}
        at_once = {"MatchingEventTypes": EVENT_TYPES[2:], "SnsDestination": topic}
        in_files = {"MatchingEventTypes": EVENT_TYPES[:2], "KinesisFirehoseDestination": stream}
        return {"EventDestinations": [{"Enabled": True, **one} for one in (at_once, in_files)]}

    def get_paginator(self, _name: str) -> Pages:
        return Pages()

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        return {"Environment": {"Variables": {"TRANSPORT": "bulk"}}}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"ConcurrentExecutions": 1_000}}

    def list_event_source_mappings(self, **_: Any) -> dict[str, Any]:
        return {"EventSourceMappings": [{"ScalingConfig": {"MaximumConcurrency": 6}}, {}]}

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"ApproximateNumberOfMessages": "0"}}


class Account:
    """A world with a stack in it."""

    name = "aws"
    api_url = ""
    inbox_url = None

    def __init__(self, aws: FakeAws, *, local: bool = False) -> None:
        self.aws = aws
        self.local = local

    def outputs(self) -> dict[str, str]:
        return {
            "FromAddress": f"Operator <recado@{DOMAIN}>",
            "SenderDomain": DOMAIN,
            "FeedbackTopic": TOPIC,
            "MailEventsArn": STREAM,
            "PlanQueueUrl": "plan",
            "PlanQueueDeadUrl": "dead",
        }

    def client(self, _service: str) -> Any:
        return self.aws


def answers(name: str) -> list[str]:
    return ["v=DMARC1; p=reject"]


def levels(here: Account, lookup: Any = answers) -> dict[str, Level]:
    return {name: finding.level for name, finding in doctor.examine(here, lookup)}


def test_an_account_that_is_ready_has_nothing_to_mend() -> None:
    found = levels(Account(FakeAws()))
    assert set(found.values()) == {Level.OK, Level.WARNING}
    warned = {name for name, level in found.items() if level is Level.WARNING}
    assert warned == {"MAIL FROM", "SendBulkEmail"}


def test_a_local_world_says_what_does_not_apply() -> None:
    found = levels(Account(FakeAws(), local=True))
    skipped = {name for name, level in found.items() if level is Level.SKIPPED}
    assert {"DMARC", "MAIL FROM", "SendBulkEmail"} <= skipped
    assert found["SES quota"] is Level.OK


def test_a_right_that_is_missing_hides_one_check_and_no_other() -> None:
    found = levels(Account(FakeAws(get_paginator="AccessDeniedException")))
    assert found["SendBulkEmail"] is Level.WARNING
    assert found["dead letters"] is Level.OK


def test_a_domain_that_ses_never_heard_of_is_told_so() -> None:
    found = levels(Account(FakeAws(get_email_identity="NotFoundException")))
    assert found["identity"] is Level.FAILED


def test_a_silent_dns_is_no_failure() -> None:
    def silent(name: str) -> list[str]:
        raise dns.exception.Timeout

    assert levels(Account(FakeAws()), silent)["DMARC"] is Level.WARNING


def test_without_credentials_nothing_more_is_asked() -> None:
    class Nobody(FakeAws):
        def get_caller_identity(self) -> dict[str, Any]:
            raise NoCredentialsError

    ((name, finding),) = doctor.examine(Account(Nobody()), answers)
    assert (name, finding.level) == ("credentials", Level.FAILED)
    assert "AWS_PROFILE" in finding.remedy


def test_without_a_stack_nothing_more_is_asked() -> None:
    class Empty(FakeAws):
        def describe_stacks(self, **_: Any) -> dict[str, Any]:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": "Stack does not exist"}}, "x"
            )

    found = list(doctor.examine(Account(Empty()), answers))
    assert [name for name, _ in found] == ["credentials", "stack"]
    assert "docs/aws.md" in found[-1][1].remedy


@pytest.mark.parametrize(("production", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_something_has_to_be_mended(
    production: bool,  # noqa: FBT001
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Sandbox(FakeAws):
        def get_account(self) -> dict[str, Any]:
            return super().get_account() | {"ProductionAccessEnabled": production}

    monkeypatch.setattr(doctor.world, "current", lambda: Account(Sandbox(), local=True))
    ended = 0
    try:
        doctor.doctor()
    except doctor.typer.Exit as exit_:
        ended = exit_.exit_code
    assert ended == code
    assert ("verified addresses only" in capsys.readouterr().out) == (not production)


def test_a_world_that_does_not_run_is_a_finding_with_its_remedy() -> None:
    class Down(Account):
        def client(self, _service: str) -> Any:
            raise Trouble("the embedded world is not running", "recado up --deploy")

    ((_, finding),) = doctor.examine(Down(FakeAws()), answers)
    assert finding.remedy == "recado up --deploy"
