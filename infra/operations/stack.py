"""The deployed stack: creating or updating it, and reading its outputs, nested ones included."""

import os
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from operations.errors import Trouble

NAME = os.environ.get("RECADO_STACK") or "recado"
"""`RECADO_STACK` chooses among several stacks of one account."""
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def deploy(cloudformation: Any, template_url: str, parameters: Mapping[str, str]) -> None:
    """Create the stack, or update it when it is there.

    Raises:
        Trouble: CloudFormation refused or rolled back; the problem names the resource and why.
    """
    request = {
        "StackName": NAME,
        "TemplateURL": template_url,
        "Capabilities": _CAPABILITIES,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    }
    exists = find(cloudformation) is not None
    operation = cloudformation.update_stack if exists else cloudformation.create_stack
    try:
        operation(**request)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return
        reason = error.response["Error"]["Message"]
        raise Trouble(f"the stack was refused: {reason}", "mend template.yaml") from error
    waiter = cloudformation.get_waiter(
        "stack_update_complete" if exists else "stack_create_complete"
    )
    try:
        waiter.wait(StackName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 180})
    except WaiterError as error:
        reason = _first_failure(cloudformation) or str(error)
        raise Trouble(f"the stack was not deployed: {reason}", "mend template.yaml") from error


def find(cloudformation: Any) -> dict[str, Any] | None:
    """The stack's description; `None` when there is no such stack."""
    try:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def outputs(cloudformation: Any) -> dict[str, str]:
    """The stack's outputs together with those of its nested stacks; its own win.

    Raises:
        Trouble: there is no such stack.
    """
    stack = find(cloudformation)
    if stack is None:
        raise Trouble(f"there is no stack {NAME!r} in this world", "recado deploy")
    resources = cloudformation.describe_stack_resources(StackName=NAME)["StackResources"]
    collected: dict[str, str] = {}
    for resource in resources:
        if resource["ResourceType"] == "AWS::CloudFormation::Stack":
            nested = resource["PhysicalResourceId"]
            collected |= _outputs(cloudformation.describe_stacks(StackName=nested)["Stacks"][0])
    return collected | _outputs(stack)


def functions(cloudformation: Any) -> dict[str, str]:
    """The functions' real names by logical id."""
    resources = cloudformation.describe_stack_resources(StackName=NAME)["StackResources"]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }


def _outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _first_failure(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    failures = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    return next(
        (
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in failures
        ),
        "",
    )
