"""Least privilege: each function may do what it does, to what is its own, and nothing else.

Read from the template as SAM expands it, so that a role SAM would add by itself is seen too.
"""

import re
from typing import Any, NamedTuple

import pytest

from tests.unit.template.templates import (
    as_list,
    expanded_resources,
    functions,
    inserted,
    parsed,
    passed_to,
    resources,
    spelled,
)

FUNCTIONS = tuple(functions())
ROLES = resources("infra/access.yaml", "AWS::IAM::Role")
OF_ANOTHER_SERVICE = "ApiGatewayRole"
"""API Gateway's role for access logs; API Gateway demands the rights of AWS's managed policy."""

WITHOUT_RESOURCE = {
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "ses:GetAccount",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}
"""Actions for which IAM knows no resource (Service Authorization Reference)."""

ALLOWED_WILDCARDS = (
    r":log-group:\$\{\w+Log\}:\*$",  # the streams of one log group
    r"^\$\{Messaging\.Outputs\.FilesArn\}/[\w-]+/\*$",  # the files of one folder
    r":identity/\*@\$\{SenderDomain\}$",  # an address of the sender's own domain
    r":\$\{(Chat|Desk)Socket\}/v/POST/@connections/\*$",  # whoever is connected to one socket
    r":template/\*$",  # SendBulkEmail demands one; an inline template has no name
)

TAKE = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
}
WRITE = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
WORKERS = {"SenderTransactional", "SenderBilling", "SenderMarketing"}
LETTERS = {"ChatMailer", "CentralSchedule", "SignupMailer"}
"""Who sends single mails: codes, and reports to staff."""
WRITERS = {
    "CentralTable": {"CentralApi", "CentralEvents", "CentralImports", "CentralSchedule"},
    "CampaignsTable": {
        *("CampaignsWorker", "CampaignsSchedule", "SenderFeedback", "SenderPages", *WORKERS)
    },
    "AssistantTable": {"AssistantApi"},
    "ConversationsTable": {"ChatApi", "ChatEvents", "ChatSchedule", "ChatWebsocket"},
    "DeskTable": {"DeskApi", "DeskEvents", "DeskSchedule", "DeskWebsocket"},
    "MarketingTable": {"MarketingApi", "MarketingEvents", "MarketingSchedule"},
    "SignupTable": {
        *("SignupApi", "SignupEvents", "SignupInbound", "SignupMailer", "SignupPages"),
        "SignupSchedule",
    },
    "MonitoringTable": {"MonitoringEvents", "MonitoringSchedule"},
    "SuppressionTable": {"SenderFeedback", "SenderPages", "SenderApi", "SenderMarketing"},
}
"""docs/architecture.md: who writes which table. All others read at most."""

LISTS = {
    "AssistantTable": ["OUTGOING"],
    "ConversationsTable": ["UNANSWERED", "IDLE", "CODES", "OUTGOING"],
    "DeskTable": ["DESK", "OUTGOING", "TOKENS"],
    "MarketingTable": ["DUE", "ASKING", "JOURNEY", "SETTLE", "OUTGOING"],
    "SignupTable": ["AGAIN", "LETTERS", "OUTGOING"],
    "MonitoringTable": ["WATCHED"],
}
"""Partitions that are lists of what is still to be done; what is done leaves them."""

LOOKER = "MonitoringSchedule"
"""Looks at every queue and peeks at dead letters, and may take none of them out."""

COUNTS = {"CampaignsWorker": {"FeedbackQueue"}}
"""Who asks how much waits on a queue that does not wake them."""

CONNECTIONS = ["CONNECTION#*", "CONNECTED#*"]
"""Partitions of `recado.connections`: who has gone leaves them."""


class Right(NamedTuple):
    """One action on one resource."""

    action: str
    resource: str


def rights(function: str) -> set[Right]:
    """Everything a function may do; resources of other stacks as `${Stack.Outputs.Name}`."""
    arns = {
        name: spelled(value) for name, value in passed_to("Access").items() if name.endswith("Arn")
    }
    return {
        Right(action, inserted(spelled(resource), arns))
        for policy in ROLES[f"{function}Role"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def on(function: str, actions: set[str]) -> set[str]:
    return {right.resource for right in rights(function) if right.action in actions}


def queue(arn: Any) -> str:
    """The queue an ARN of messaging's outputs belongs to: `${Messaging.Outputs.PlanQueueArn}`."""
    found = re.fullmatch(r"\$\{Messaging\.Outputs\.(\w+)(?:Arn|Url)\}", spelled(arn))
    assert found, arn
    return found[1]


def test_sam_adds_no_role_and_no_policy() -> None:
    for kind in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        assert not expanded_resources(kind)


def test_every_function_has_a_role_and_a_name_of_its_own() -> None:
    expanded = expanded_resources("AWS::Lambda::Function")
    assert set(expanded) == set(FUNCTIONS)
    for name, function in expanded.items():
        assert spelled(function["Role"]) == f"${{Access.Outputs.{name}Role}}"
        assert spelled(function["FunctionName"]) == f"${{AWS::StackName}}-{name}"
    assert set(ROLES) == {f"{name}Role" for name in FUNCTIONS} | {OF_ANOTHER_SERVICE}


def test_no_role_of_a_function_takes_a_ready_made_policy() -> None:
    for name, role in ROLES.items():
        assert ("ManagedPolicyArns" in role) == (name == OF_ANOTHER_SERVICE), name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_lambda_may_take_the_role(function: str) -> None:
    (statement,) = ROLES[f"{function}Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_action_is_a_wildcard(function: str) -> None:
    for right in rights(function):
        assert "*" not in right.action, right


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_what_has_no_resource_is_allowed_on_every_resource(function: str) -> None:
    for right in rights(function):
        if right.resource == "*":
            assert right.action in WITHOUT_RESOURCE, right
        elif "*" in right.resource:
            assert any(re.search(each, right.resource) for each in ALLOWED_WILDCARDS), right


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_its_own_log_and_no_other(function: str) -> None:
    groups = resources("infra/access.yaml", "AWS::Logs::LogGroup")
    written = on(function, {"logs:CreateLogStream", "logs:PutLogEvents"})
    assert [each.rpartition("log-group:")[2] for each in written] == [f"${{{function}Log}}:*"]
    assert spelled(groups[f"{function}Log"]["LogGroupName"]) == f"/aws/lambda/${{Suite}}-{function}"


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - {LOOKER}))
def test_a_function_takes_messages_from_the_queue_that_wakes_it_and_no_other(
    function: str,
) -> None:
    mappings = expanded_resources("AWS::Lambda::EventSourceMapping").values()
    wakes = {
        spelled(mapping["EventSourceArn"])
        for mapping in mappings
        if mapping["FunctionName"] == {"Ref": function}
    }
    for action in TAKE - {"sqs:GetQueueAttributes"}:
        assert on(function, {action}) == wakes, action
    looked_at = {queue(arn) for arn in on(function, {"sqs:GetQueueAttributes"})}
    assert looked_at == {queue(arn) for arn in wakes} | COUNTS.get(function, set())


def test_who_looks_at_all_queues_reads_dead_letters_only_and_takes_nothing_out() -> None:
    looked_at = {queue(arn) for arn in on(LOOKER, {"sqs:GetQueueAttributes"})}
    received = {queue(arn) for arn in on(LOOKER, {"sqs:ReceiveMessage"})}
    assert received == {each for each in looked_at if each.endswith("Dead")}
    every = set(resources("infra/messaging.yaml", "AWS::SQS::Queue"))
    assert looked_at == every
    assert not on(LOOKER, {"sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_gives_up_messages_to_its_own_dead_letters_only(function: str) -> None:
    variables = functions()[function]["Environment"]["Variables"]
    named = {queue(variables["DEAD_LETTER_URL"])} if "DEAD_LETTER_URL" in variables else set()
    filled = {queue(arn) for arn in on(function, {"sqs:SendMessage"})}
    assert {each for each in filled if each.endswith("Dead")} == named


@pytest.mark.parametrize("function", sorted(WORKERS))
def test_a_lane_gives_chunks_back_to_itself_and_to_no_other_lane(function: str) -> None:
    filled = {queue(arn) for arn in on(function, {"sqs:SendMessage"})}
    lane = function.replace("Sender", "Send")
    assert filled == {"PlanQueue", lane, f"{lane}Dead"}


@pytest.mark.parametrize("table", WRITERS)
def test_a_table_is_written_by_the_services_that_own_it_and_no_other(table: str) -> None:
    arn = f"${{Data.Outputs.{table}Arn}}"
    assert {name for name in FUNCTIONS if arn in on(name, WRITE)} == WRITERS[table]


def test_marketing_writes_frequency_caps_and_no_suppressed_address() -> None:
    statements = [
        statement
        for policy in ROLES["SenderMarketingRole"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if set(as_list(statement["Action"])) & WRITE
        and spelled(statement["Resource"]) == "${SuppressionTableArn}"
    ]
    (caps,) = statements
    assert caps["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["cap#*"]}}


def test_nobody_deletes_or_scans() -> None:
    every = {right for name in FUNCTIONS for right in rights(name)}
    forbidden = {"dynamodb:Scan", "dynamodb:DeleteItem", "s3:DeleteObject", "sqs:PurgeQueue"}
    found = {right for right in every if right.action in forbidden}
    assert found == {
        Right("dynamodb:DeleteItem", f"${{Data.Outputs.{table}Arn}}") for table in LISTS
    }


@pytest.mark.parametrize("table", LISTS)
def test_only_what_stands_on_a_list_of_things_to_do_and_connections_are_deleted(table: str) -> None:
    deleting = [
        statement
        for role in ROLES.values()
        for policy in role.get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if "dynamodb:DeleteItem" in as_list(statement["Action"])
        and spelled(statement["Resource"]) == f"${{{table}Arn}}"
    ]
    assert deleting
    for statement in deleting:
        ((operator, keys),) = statement["Condition"].items()
        assert operator in {"ForAllValues:StringEquals", "ForAllValues:StringLike"}
        assert keys["dynamodb:LeadingKeys"] in (LISTS[table], CONNECTIONS)
        assert statement["Action"] == "dynamodb:DeleteItem"


def test_who_runs_the_bot_may_ask_the_language_model_that_was_named_and_nobody_else() -> None:
    policy = parsed("infra/access.yaml")["Resources"]["ChatLanguageModel"]
    assert policy["Condition"] == "WithLanguageModel"
    properties = policy["Properties"]
    assert [spelled(role) for role in properties["Roles"]] == [
        f"${{{name}Role}}" for name in ("ChatApi", "ChatEvents", "ChatSchedule", "ChatWebsocket")
    ]
    (statement,) = properties["PolicyDocument"]["Statement"]
    assert statement["Action"] == "bedrock:InvokeModel"
    assert spelled(statement["Resource"]).endswith("::foundation-model/${LanguageModel}")


def test_only_the_mailbox_check_reads_how_to_reach_the_mailbox() -> None:
    policy = parsed("infra/access.yaml")["Resources"]["SignupMailboxSecret"]
    assert policy["Condition"] == "WithSignupMailbox"
    assert [spelled(role) for role in policy["Properties"]["Roles"]] == ["${SignupScheduleRole}"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert spelled(statement["Resource"]) == "${SignupMailbox}"


def test_only_lanes_and_letters_are_mailed_and_only_from_the_senders_domain() -> None:
    send = {"ses:SendEmail", "ses:SendBulkEmail"}
    assert {name for name in FUNCTIONS if on(name, send)} == WORKERS | LETTERS
    for writer in sorted(LETTERS):
        assert not on(writer, {"ses:SendBulkEmail"})
    for worker in WORKERS | LETTERS:
        assert {arn.rpartition(":")[2] for arn in on(worker, {"ses:SendEmail"})} == {
            "identity/${SenderDomain}",
            "identity/*@${SenderDomain}",
            "configuration-set/${Suite}",
        }
