"""The suite's templates as the tests read them: parsed, and expanded as `sam deploy` would.

`python -m tests.unit.template.templates FOLDER` writes the expanded ones there, for checkov.
"""

import copy
import json
import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[3]
NESTED = ("access", "data", "mail", "messaging", "observability")
ALL = ("template.yaml", *(f"infra/{name}.yaml" for name in NESTED))


@cache
def parsed(name: str) -> dict[str, Any]:
    """A template with intrinsic functions in their long form: `{"Ref": "X"}`."""
    template: dict[str, Any] = yaml_parse((ROOT / name).read_text(encoding="utf-8"))
    return template


def resources(name: str, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a kind, by logical id."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in parsed(name)["Resources"].items()
        if resource["Type"] == kind
    }


def functions() -> dict[str, dict[str, Any]]:
    """The functions as template.yaml has them."""
    return resources("template.yaml", "AWS::Serverless::Function")


def sources(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What wakes functions: `(function, properties of the event)`."""
    for name, function in functions().items():
        for event in function.get("Events", {}).values():
            if event["Type"] == kind:
                yield name, event["Properties"]


@cache
def expanded() -> dict[str, Any]:
    """template.yaml as CloudFormation gets it: transformed by SAM, code in S3."""
    template = copy.deepcopy(parsed("template.yaml"))
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/functions"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/layer"
    loader = ManagedPolicyLoader(boto3.client("iam", region_name="us-east-1"))
    loader._policy_map = {}
    with mock.patch.dict(os.environ, AWS_DEFAULT_REGION="us-east-1"):
        made: dict[str, Any] = transform(template, {}, loader)
    return made


def expanded_resources(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a kind in the expanded template, by logical id."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in expanded()["Resources"].items()
        if resource["Type"] == kind
    }


def passed_to(stack: str) -> dict[str, Any]:
    """The parameters template.yaml gives a nested stack."""
    given: dict[str, Any] = parsed("template.yaml")["Resources"][stack]["Properties"]["Parameters"]
    return given


def spelled(value: Any) -> str:
    """`Ref`, `Sub` and `GetAtt` as one text: `${Name}`, `…${Name}…`, `${Name.Attribute}`."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::Sub": str(text)}:
            return text
        case {"Fn::GetAtt": [*path]}:
            return f"${{{'.'.join(path)}}}"
        case {"Fn::GetAtt": str(path)}:
            return f"${{{path}}}"
        case _:
            raise AssertionError(f"the tests cannot read {value!r}")


def inserted(text: str, values: dict[str, str]) -> str:
    """Replace `${Name}` by its value where there is one."""
    return re.sub(r"\$\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)


def as_list(value: Any) -> list[Any]:
    """What IAM lets be one or many, as many."""
    return value if isinstance(value, list) else [value]


def on_aws(value: Any) -> Any:
    """With every `Fn::If` decided as on AWS, where each condition of template.yaml holds."""
    match value:
        case {"Fn::If": ["OnAws" | "WithApiLogs" | "WithWebSockets", yes, _]}:
            return on_aws(yes)
        case dict():
            return {name: on_aws(each) for name, each in value.items()}
        case list():
            return [on_aws(each) for each in value]
        case _:
            return value


def write(folder: Path) -> None:
    """Write every template as AWS gets it: transformed, without anchors, its conditions decided."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ALL:
        template = on_aws(expanded() if name == "template.yaml" else parsed(name))
        text = json.dumps(template, indent=2, default=str)
        (folder / f"{Path(name).stem}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
