"""The template keeps to what MiniStack, LocalStack and AWS all understand, and gives no more
rights than a function needs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[3]
TEMPLATES = ("template.yaml", "infra/data.yaml", "infra/messaging.yaml")
WITHOUT_RESOURCE = {"ses:GetAccount"}
"""Actions for which IAM knows no resource."""


def parsed(name: str) -> dict[str, Any]:
    template: dict[str, Any] = yaml_parse((ROOT / name).read_text(encoding="utf-8"))
    return template


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in parsed(name)["Resources"].items()
        if resource["Type"] == kind
    }


FUNCTIONS = resources("template.yaml", "AWS::Serverless::Function")


def sources(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, function in FUNCTIONS.items():
        for event in function.get("Events", {}).values():
            if event["Type"] == kind:
                yield name, event["Properties"]


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, function in FUNCTIONS.items():
        for policy in function["Policies"]:
            assert isinstance(policy, dict), f"{name} uses a ready-made policy: {policy}"
            for statement in policy["Statement"]:
                yield name, statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_handler_exists() -> None:
    for name, function in FUNCTIONS.items():
        module = function["Handler"].removesuffix(".handler").replace(".", "/")
        assert (ROOT / "functions" / f"{module}.py").is_file(), name


def test_no_policy_allows_an_action_by_wildcard() -> None:
    for name, statement in statements():
        assert not [each for each in as_list(statement["Action"]) if "*" in each], name


def test_only_what_has_no_resource_is_allowed_on_every_resource() -> None:
    for name, statement in statements():
        if "*" in as_list(statement["Resource"]):
            assert set(as_list(statement["Action"])) <= WITHOUT_RESOURCE, name


def test_methods_of_the_api_are_named() -> None:
    methods = {properties["Method"] for _, properties in sources("Api")}
    assert methods == {"GET", "POST", "PUT", "DELETE"}


def test_concurrency_is_a_literal_number_that_the_emulator_understands() -> None:
    found = list(sources("SQS"))
    assert len(found) == 6
    for name, properties in found:
        assert isinstance(properties["ScalingConfig"]["MaximumConcurrency"], int), name
        assert isinstance(properties["BatchSize"], int), name


def test_every_queue_reader_reports_single_failures_and_knows_its_dead_letters() -> None:
    for name, properties in sources("SQS"):
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert "DEAD_LETTER_URL" in FUNCTIONS[name]["Environment"]["Variables"], name


def test_every_queue_has_a_dead_letter_queue_and_encryption() -> None:
    queues = resources("infra/messaging.yaml", "AWS::SQS::Queue")
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        if not name.endswith("Dead"):
            assert f"{name}Dead" in queues


def test_tables_are_kept_encrypted_and_recoverable() -> None:
    for name, table in parsed("infra/data.yaml")["Resources"].items():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain", name
        properties = table["Properties"]
        assert properties["SSESpecification"]["SSEEnabled"], name
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], name


def test_the_time_limits_fit_together() -> None:
    """AWS asks for a visibility of six times the time limit; a lease has to outlive a sender."""
    parameters = parsed("template.yaml")["Parameters"]
    limit = parsed("template.yaml")["Globals"]["Function"]["Timeout"]
    assert parameters["VisibilitySeconds"]["Default"] >= 6 * limit
    assert parameters["LeaseSeconds"]["Default"] > limit
    assert parameters["UnknownSeconds"]["Default"] <= 900


def test_every_parameter_says_what_it_is_for() -> None:
    for name in TEMPLATES:
        for parameter, properties in parsed(name).get("Parameters", {}).items():
            assert properties["Description"], parameter


def packaged() -> dict[str, Any]:
    """The template as `sam package` leaves it: code in S3."""
    template = parsed("template.yaml")
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/functions"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/layer"
    return template


def test_sam_can_expand_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    loader = ManagedPolicyLoader(boto3.client("iam", region_name="us-east-1"))
    loader._policy_map = {}
    expanded = transform(packaged(), {}, loader)
    kinds = {resource["Type"] for resource in expanded["Resources"].values()}
    assert {"AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"} <= kinds
    assert "ANY" not in json.dumps(expanded, default=str)
