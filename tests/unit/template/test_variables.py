"""What functions are told in their environment fits what Lambda allows."""

import json
import re
from typing import Any

import pytest

from tests.unit.template.templates import functions, parsed

LIMIT = 4_096
"""Bytes of all variables together: "Lambda quotas", AWS Lambda developer guide."""
SUFFIX = "-1A2B3C4D5E6F"
NESTED = f"recado-staging-Messaging{SUFFIX}"
REGION = "ap-southeast-2"
ACCOUNT = "123456789012"


def written_out(path: str) -> str:
    """About what AWS makes of a reference, with a long name for the stack."""
    name = path.rpartition(".")[2]
    if name.endswith("Url"):
        return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{NESTED}-{name[:-3]}{SUFFIX}"
    if name.endswith(("Arn", "Keys", "Key", "Socket")):
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}{SUFFIX}-AbCdEf"
    if path.startswith("AWS::"):
        return REGION
    if path in parsed("template.yaml")["Parameters"]:
        return str(parsed("template.yaml")["Parameters"][path].get("Default", ""))[:64].ljust(12)
    return f"{NESTED}-{name}{SUFFIX}"


def texts(value: Any) -> list[str]:
    """What a variable may say; of two branches the longer one is meant."""
    match value:
        case {"Fn::If": [_, one, other]}:
            return [max((*texts(one), *texts(other)), key=len)]
        case {"Ref": "AWS::NoValue"}:
            return [""]
        case {"Ref": path}:
            return [written_out(path)]
        case {"Fn::GetAtt": path}:
            return [written_out(path if isinstance(path, str) else ".".join(path))]
        case {"Fn::Sub": text}:
            return [re.sub(r"\$\{([^}]+)\}", lambda found: written_out(found[1]), text)]
        case _:
            return [str(value)]


@pytest.mark.parametrize("function", sorted(functions()))
def test_a_functions_variables_fit_into_lambdas_limit(function: str) -> None:
    shared = parsed("template.yaml")["Globals"]["Function"]["Environment"]["Variables"]
    own = functions()[function].get("Environment", {}).get("Variables", {})
    told = {name: texts(value)[0] for name, value in (shared | own).items()}
    assert len(json.dumps(told).encode()) < LIMIT, sum(map(len, told))
