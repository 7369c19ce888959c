"""The world the containers talk to: embedded, private to one run, and nothing else acts in it.

Its event source mappings and its schedule are off, so what is found in it at the end was done by
the functions in the containers. The token in the sample requests is an admin's.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from operations import stack
from operations.embedded import Embedded
from operations.places import ROOT, Places
from operations.ports import Ports, any_free
from recado import auth, clock
from samlocal.samples import Sample

HOME = ROOT / ".recado" / "samlocal"
_PARAMETERS = {
    "SignupMailbox": "none",  # it does not listen where containers are
    "StaleHours": "876000",  # the samples' campaign begins on the day it was written for
}
_SAMPLE_REQUEST = ROOT / "events" / "central" / "api_report.json"


@contextmanager
def stage() -> Iterator[Embedded]:
    """A deployed world while the block runs."""
    world = Embedded(Places(ROOT, HOME / "stage"), Ports(*any_free(3)))
    world.down()
    try:
        world.up()
        world.build()
        world.deploy(_PARAMETERS)
        _quieten(world)
        _admit_samples(world)
        yield world
    finally:
        world.down()
        shutil.rmtree(world.places.home, ignore_errors=True)


def deployed_variables(world: Embedded) -> dict[str, dict[str, str]]:
    """The environment variables of the functions as they were deployed, by logical id."""
    functions = world.client("lambda")
    names = stack.functions(world.client("cloudformation"))
    return {
        logical_id: functions.get_function_configuration(FunctionName=name)["Environment"][
            "Variables"
        ]
        for logical_id, name in names.items()
    }


def rehearse(world: Embedded, samples: Sequence[Sample]) -> None:
    """Let the world's own functions take these samples, so that others find what they need."""
    functions = world.client("lambda")
    names = stack.functions(world.client("cloudformation"))
    for sample in samples:
        functions.invoke(FunctionName=names[sample.function], Payload=sample.event.read_bytes())


def sample_token() -> str:
    """The token in the sample requests."""
    return _token(json.loads(_SAMPLE_REQUEST.read_text(encoding="utf-8")))


def _token(request: dict[str, Any]) -> str:
    return str(request["headers"]["Authorization"]).removeprefix("Bearer ")


def _quieten(world: Embedded) -> None:
    functions, events = world.client("lambda"), world.client("events")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    for rule in events.list_rules()["Rules"]:
        if "ScheduleExpression" in rule:
            events.disable_rule(Name=rule["Name"])


def _admit_samples(world: Embedded) -> None:
    _, token_id, secret = sample_token().split("_")
    record = auth.TokenRecord(
        id=token_id,
        label="sam local",
        role=auth.Role.ADMIN,
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=clock.now(),
    )
    auth.Tokens(world.outputs()["CentralTable"], world.client("dynamodb")).put(record)
