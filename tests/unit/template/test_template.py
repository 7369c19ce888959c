"""The templates keep to what MiniStack, LocalStack and AWS all understand, and lose nothing."""

import json
import re
import tomllib

import pytest

from tests.unit.template.templates import (
    ALL,
    NESTED,
    ROOT,
    expanded,
    functions,
    parsed,
    passed_to,
    resources,
    sources,
    spelled,
)

FUNCTIONS = functions()
QUEUES = resources("infra/messaging.yaml", "AWS::SQS::Queue")
SOCKETS = set(resources("template.yaml", "AWS::ApiGatewayV2::Api"))
ENVIRONMENTS = ("dev", "staging", "prod")


def alarms(metric: str) -> dict[str, str]:
    """The alarms on a metric: what each watches, by logical id."""
    return {
        name: spelled(alarm["Dimensions"][0]["Value"])
        for name, alarm in resources("infra/observability.yaml", "AWS::CloudWatch::Alarm").items()
        if alarm["MetricName"] == metric
    }


def test_every_handler_exists() -> None:
    for name, function in FUNCTIONS.items():
        module = function["Handler"].removesuffix(".handler").replace(".", "/")
        assert (ROOT / "functions" / f"{module}.py").is_file(), name


def test_methods_of_the_api_are_named() -> None:
    methods = {properties["Method"] for _, properties in sources("Api")}
    assert methods == {"GET", "HEAD", "POST", "PUT", "DELETE"}


def test_concurrency_is_a_literal_number_that_the_emulator_understands() -> None:
    found = list(sources("SQS"))
    assert found
    for name, properties in found:
        assert isinstance(properties["ScalingConfig"]["MaximumConcurrency"], int), name
        assert isinstance(properties["BatchSize"], int), name


def test_a_parameter_with_a_pattern_has_a_default_that_fits_it() -> None:
    parameters = parsed("template.yaml")["Parameters"]
    patterned = {name: each for name, each in parameters.items() if "AllowedPattern" in each}
    assert patterned
    for name, each in patterned.items():
        assert re.fullmatch(each["AllowedPattern"], each.get("Default", "")), name


def test_every_queue_reader_reports_single_failures_and_knows_its_dead_letters() -> None:
    for name, properties in sources("SQS"):
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert "DEAD_LETTER_URL" in FUNCTIONS[name]["Environment"]["Variables"], name


def test_every_queue_has_a_dead_letter_queue_and_encryption() -> None:
    for name, queue in QUEUES.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        if not name.endswith("Dead"):
            assert f"{name}Dead" in QUEUES


def test_tables_are_kept_encrypted_and_recoverable() -> None:
    for name, kept in parsed("infra/data.yaml")["Resources"].items():
        assert kept["DeletionPolicy"] == kept["UpdateReplacePolicy"] == "Retain", name
    for name, properties in resources("infra/data.yaml", "AWS::DynamoDB::Table").items():
        assert properties["SSESpecification"]["SSEEnabled"], name
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], name


def test_frequency_caps_are_forgotten_by_the_table_itself() -> None:
    suppression = resources("infra/data.yaml", "AWS::DynamoDB::Table")["SuppressionTable"]
    assert suppression["TimeToLiveSpecification"] == {
        "AttributeName": "expires_at",
        "Enabled": True,
    }


def test_files_and_the_stacks_that_hold_data_are_kept() -> None:
    kept = [parsed("template.yaml")["Resources"][name] for name in ("Data", "Messaging")]
    kept.append(parsed("infra/messaging.yaml")["Resources"]["Files"])
    for resource in kept:
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_ses_can_write_to_the_encrypted_topic() -> None:
    """With AWS's own key, `alias/aws/sns`, SES's events would be lost without a word."""
    topic = resources("infra/messaging.yaml", "AWS::SNS::Topic")["FeedbackTopic"]
    key = resources("infra/messaging.yaml", "AWS::KMS::Key")["FeedbackKey"]
    assert spelled(topic["KmsMasterKeyId"]) == "${FeedbackKey}"
    users = [each["Principal"].get("Service") for each in key["KeyPolicy"]["Statement"]]
    assert "ses.amazonaws.com" in users


def test_every_log_is_forgotten_after_the_same_time() -> None:
    for name, group in resources("infra/access.yaml", "AWS::Logs::LogGroup").items():
        assert spelled(group["RetentionInDays"]) == "${LogDays}", name


def test_every_function_is_traced_on_aws() -> None:
    tracing = parsed("template.yaml")["Globals"]["Function"]["Tracing"]
    assert tracing == {"Fn::If": ["OnAws", "Active", "PassThrough"]}


def test_the_time_limits_fit_together() -> None:
    """AWS asks for a visibility of six times the time limit; a lease has to outlive a sender."""
    parameters = parsed("template.yaml")["Parameters"]
    limit = parsed("template.yaml")["Globals"]["Function"]["Timeout"]
    assert parameters["VisibilitySeconds"]["Default"] >= 6 * limit
    assert parameters["LeaseSeconds"]["Default"] > limit
    assert parameters["UnknownSeconds"]["Default"] <= 900


def test_every_parameter_says_what_it_is_for() -> None:
    for name in ALL:
        for parameter, properties in parsed(name).get("Parameters", {}).items():
            assert properties["Description"], parameter


@pytest.mark.parametrize("name", NESTED)
def test_a_nested_stack_gets_every_parameter_it_has(name: str) -> None:
    wanted = parsed(f"infra/{name}.yaml").get("Parameters", {})
    assert set(passed_to(name.capitalize())) == set(wanted)


def test_what_only_aws_has_is_left_out_elsewhere() -> None:
    template = parsed("template.yaml")
    assert template["Conditions"]["OnAws"] == {"Fn::Equals": [{"Ref": "SesEndpoint"}, ""]}
    for name in ("Mail", "Observability"):
        assert template["Resources"][name]["Condition"] == "OnAws"


def test_a_world_without_websockets_has_nothing_of_them() -> None:
    template = parsed("template.yaml")
    assert template["Conditions"]["WithWebSockets"] == {"Fn::Equals": [{"Ref": "WebSockets"}, "on"]}
    woken = {
        name for name, each in FUNCTIONS.items() if each["Handler"].endswith("websocket.handler")
    }
    gateway = {
        name
        for name, each in template["Resources"].items()
        if each["Type"].startswith(("AWS::ApiGatewayV2::", "AWS::Lambda::Permission"))
    }
    assert len(woken) == len(SOCKETS) == 2
    for name in {*gateway, *woken}:
        assert template["Resources"][name]["Condition"] == "WithWebSockets", name


def test_every_frame_of_a_socket_goes_to_its_function() -> None:
    routes = resources("template.yaml", "AWS::ApiGatewayV2::Route").values()
    ways = resources("template.yaml", "AWS::ApiGatewayV2::Integration")
    for name in SOCKETS:
        mine = [route for route in routes if route["ApiId"] == {"Ref": name}]
        assert {route["RouteKey"] for route in mine} == {"$connect", "$default", "$disconnect"}
        integration = f"{name}Integration"
        assert {spelled(route["Target"]) for route in mine} == {f"integrations/${{{integration}}}"}
        function = f"${{{name.replace('Socket', 'Websocket')}.Arn}}"
        assert f"/functions/{function}/invocations" in spelled(ways[integration]["IntegrationUri"])


def test_every_queue_is_watched_for_dead_letters_and_for_waiting() -> None:
    dead = alarms("ApproximateNumberOfMessagesVisible")
    waiting = alarms("ApproximateAgeOfOldestMessage")
    given = {f"${{{name}}}": spelled(value) for name, value in passed_to("Observability").items()}
    watched = {given[each] for each in (*dead.values(), *waiting.values())}
    assert watched == {f"${{Messaging.Outputs.{name}Name}}" for name in QUEUES}


def test_an_alarm_tells_of_stuck_events_before_the_unknown_is_decided_without_them() -> None:
    (name,) = alarms("DeliveryToS3.DataFreshness")
    alarm = resources("infra/observability.yaml", "AWS::CloudWatch::Alarm")[name]
    decided = parsed("template.yaml")["Parameters"]["UnknownSeconds"]["Default"]
    assert alarm["Threshold"] + alarm["Period"] * alarm["EvaluationPeriods"] < decided


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_watched(metric: str) -> None:
    assert set(alarms(metric).values()) == {f"${{Suite}}-{name}" for name in FUNCTIONS}


def test_every_alarm_says_what_to_do_and_tells_the_topic() -> None:
    for name, alarm in resources("infra/observability.yaml", "AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": "Topic"}], name
        assert len(alarm["AlarmDescription"]) > 40, name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_has_its_own_account_and_only_parameters_that_exist(
    environment: str,
) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))[environment]
    assert config["deploy"]["parameters"]["profile"] == f"recado-{environment}"
    known = parsed("template.yaml")["Parameters"]
    for command in ("build", "deploy"):
        overrides = config[command]["parameters"]["parameter_overrides"]
        given = dict(re.findall(r"(\w+)=(\S+)", overrides))
        assert set(given) <= set(known)
        assert given["LambdaRuntime"] in known["LambdaRuntime"]["AllowedValues"]


def test_sam_can_expand_the_template() -> None:
    kinds = {resource["Type"] for resource in expanded()["Resources"].values()}
    assert {"AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"} <= kinds
    assert "ANY" not in json.dumps(expanded(), default=str)
