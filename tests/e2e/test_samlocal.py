"""`samlocal deploy`, the command LocalStack's own manual gives, as docs/running.md has it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from operations.local import REGION
from operations.localstack_setup import SAM_WRAPPER

from .conftest import DeployedWorld

STACK = "recado-by-samlocal"
PARTS = {"Access", "Data", "Messaging"}
"""The nested stacks that every world has."""


@pytest.fixture
def deployed(world: DeployedWorld, tmp_path: Path) -> Iterator[None]:
    """The whole template, under another name than the world's own stack."""
    local = world.local
    if local.name != "localstack":
        pytest.skip("samlocal is for LocalStack")
    world.client("s3").create_bucket(Bucket=STACK)
    settings = {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": local.endpoint,
        "DISABLE_DEPRECATION_NOTICE": "1",
        "HOME": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
        "PATH": os.environ["PATH"],
        "SAM_CLI_TELEMETRY": "0",
    }
    command = [
        str(SAM_WRAPPER.folder / "bin" / "samlocal"),
        "deploy",
        *("--template-file", str(local.artifacts.built)),
        *("--stack-name", STACK),
        *("--s3-bucket", STACK),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        "--no-confirm-changeset",
        "--parameter-overrides",
        f"LambdaRuntime={local.artifacts.runtime}",
        f"SesEndpoint={local.ses_url}",
        "FromAddress=recado@operadora.example",
    ]
    done = subprocess.run(  # noqa: S603
        command, cwd=tmp_path, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield
    world.client("cloudformation").delete_stack(StackName=STACK)


@pytest.mark.usefixtures("deployed")
def test_samlocal_deploys_the_whole_template_and_its_api_answers(world: DeployedWorld) -> None:
    cloudformation = world.client("cloudformation")
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    assert {resource["ResourceStatus"] for resource in resources} == {"CREATE_COMPLETE"}
    nested = {
        resource["LogicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::CloudFormation::Stack"
    }
    assert nested >= PARTS
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    address = f"{world.local.endpoint}/_aws/execute-api/{outputs['ApiId']}/v/v1/health"
    answer = httpx.get(address, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
