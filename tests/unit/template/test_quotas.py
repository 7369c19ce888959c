"""The suite fits what AWS allows at most; nothing local would say so before the first deployment.

Figures are those of "CloudFormation quotas", "IAM and AWS STS quotas", "Lambda quotas" and "Amazon
API Gateway quotas" that no request to AWS can raise, or that an account begins with.
"""

import json
import re
from typing import Any

import pytest

from tests.unit.template.templates import (
    ALL,
    expanded,
    expanded_resources,
    on_aws,
    parsed,
    resources,
)

TEMPLATE_BYTES, RESOURCES, PARAMETERS, OUTPUTS = 1_000_000, 500, 200, 200
INLINE_POLICIES = 10_240
"""Characters of a role's own policies together; white space is not counted."""
LAYERS = 5
PATHS = 300
"""Parts of paths of one REST API: `/a`, `/a/b` and `/a/{c}` are three."""
NAME = "recado-staging-Messaging-1A2B3C4D5E6F-CodeQueueDead-1A2B3C4D5E6F"
PSEUDO = {"Partition": "aws", "Region": "ap-southeast-2", "AccountId": "123456789012"}
ARN = f"arn:aws:secretsmanager:ap-southeast-2:123456789012:{NAME}"


def deployed(name: str) -> Any:
    """A template as CloudFormation gets it."""
    return on_aws(expanded() if name == "template.yaml" else parsed(name))


def written_out(path: str) -> str:
    """About what AWS makes of a reference, with long names."""
    name = path.removeprefix("AWS::")
    return PSEUDO.get(name) or (ARN if name.endswith("Arn") else NAME)


def spelled_out(value: Any) -> Any:
    """A policy with every reference written out."""
    match value:
        case {"Ref": path}:
            return written_out(path)
        case {"Fn::GetAtt": _}:
            return ARN
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: written_out(found[1]), text)
        case dict():
            return {key: spelled_out(each) for key, each in value.items()}
        case list():
            return [spelled_out(each) for each in value]
        case _:
            return value


@pytest.mark.parametrize("name", ALL)
def test_a_template_fits_into_cloudformation(name: str) -> None:
    template = deployed(name)
    assert len(json.dumps(template, default=str).encode()) < TEMPLATE_BYTES
    assert len(template["Resources"]) <= RESOURCES
    assert len(template.get("Parameters", {})) <= PARAMETERS
    assert len(template.get("Outputs", {})) <= OUTPUTS


@pytest.mark.parametrize("role", sorted(resources("infra/access.yaml", "AWS::IAM::Role")))
def test_what_a_role_may_do_fits_into_its_policies(role: str) -> None:
    policies = resources("infra/access.yaml", "AWS::IAM::Role")[role].get("Policies", [])
    written = [
        json.dumps(spelled_out(on_aws(policy["PolicyDocument"])), separators=(",", ":"))
        for policy in policies
    ]
    assert sum(map(len, written)) < INLINE_POLICIES


def test_a_function_has_no_more_layers_than_lambda_loads() -> None:
    found = expanded_resources("AWS::Lambda::Function")
    assert found
    for name, function in found.items():
        assert len(function.get("Layers", [])) <= LAYERS, name


def test_an_api_has_no_more_paths_than_api_gateway_serves() -> None:
    found = expanded_resources("AWS::ApiGateway::RestApi")
    assert found
    for name, api in found.items():
        parts = {
            tuple(path.strip("/").split("/")[:depth])
            for path in api["Body"]["paths"]
            for depth in range(1, path.count("/") + 1)
        }
        assert len(parts) <= PATHS, name
