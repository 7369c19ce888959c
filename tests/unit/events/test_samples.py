"""Every sample event has the shape AWS gives it, and carries what our services agreed on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventModel,
    APIGatewayWebSocketConnectEventModel,
    APIGatewayWebSocketDisconnectEventModel,
    EventBridgeModel,
    SqsModel,
)
from samtranslator.yaml_helper import yaml_parse

from assistant.requests import NewTurn
from central import events as central_events
from central import imports
from central.domain.customers import NewCustomer
from central.domain.invoices import NewInvoice
from central.routes.files import NewImport
from chat.api import Choice, NewConversation, NewMessage
from chat.domain.codes import CodeMail
from desk import events as desk_events
from desk.routes.organisation import ServerSettings
from marketing.domain import rules as ruling
from marketing.hearing import HEARD
from monitoring import events as monitoring_events
from recado.contracts import ChunkTask, campaign_command
from recado.conversation import FROM_DESK
from recado.hearing import fact_in
from samlocal.samples import choose, handlers
from sender.api import NewSuppression
from sender.domain.feedback import report
from sender.event_files import named_in
from signup import events as signup_events
from signup import inbound
from signup.domain.letters import Letter
from signup.inviting import NewInvitations

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events"
SAMPLES = sorted(EVENTS.glob("*/*.json"))

MESSAGES: dict[str, Callable[[str], Any]] = {
    "campaigns/worker": campaign_command.validate_json,
    "central/events": lambda body: fact_in(body, central_events.ASKED),
    "central/imports": imports.imports_in,
    "chat/events": lambda body: fact_in(body, FROM_DESK),
    "chat/mailer": CodeMail.model_validate_json,
    "desk/events": desk_events.heard_in,
    "marketing/events": lambda body: fact_in(body, HEARD),
    "monitoring/events": monitoring_events.entry_in,
    "sender/feedback": lambda body: reported(json.loads(body)),
    "sender/worker": ChunkTask.model_validate_json,
    "signup/events": lambda body: fact_in(body, signup_events.HEARD),
    "signup/inbound": inbound.files_in,
    "signup/mailer": Letter.model_validate_json,
}
"""What reads the body of a message, by service and trigger; raises when it cannot."""

BODIES: dict[str, Callable[[str], Any]] = {
    "assistant/api_turn": NewTurn.model_validate_json,
    "central/api_open_import": NewImport.model_validate_json,
    "central/api_register_customer": NewCustomer.model_validate_json,
    "central/api_register_invoice": NewInvoice.model_validate_json,
    "chat/api_begin": NewConversation.model_validate_json,
    "chat/api_choose": Choice.model_validate_json,
    "chat/api_say": NewMessage.model_validate_json,
    "desk/api_put_server": ServerSettings.model_validate_json,
    "marketing/api_save_rules": ruling.parse,
    "sender/api_suppress": NewSuppression.model_validate_json,
    "sender/pages_choose": parse_qs,
    "sender/pages_one_click": parse_qs,
    "signup/api_invite": NewInvitations.model_validate_json,
}
"""What reads a request's body; raises when it cannot. Other requests have none."""


def reported(message: dict[str, Any]) -> Any:
    """What a message of the feedback queue tells: files, or what became of a mail."""
    return named_in(message) if "Records" in message else report(message)


SOCKETS = {
    "CONNECT": APIGatewayWebSocketConnectEventModel,
    "DISCONNECT": APIGatewayWebSocketDisconnectEventModel,
}
"""What comes over a WebSocket; a frame needs somebody connected, who cannot be in a sample."""


def name_of(sample: Path) -> str:
    """Such as `sender/worker_chunk`."""
    return f"{sample.parent.name}/{sample.stem}"


def template() -> dict[str, Any]:
    """The template of the suite."""
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return parsed


@pytest.mark.parametrize("sample", SAMPLES, ids=name_of)
def test_a_sample_has_the_shape_of_its_source_and_carries_what_was_agreed(sample: Path) -> None:
    name, event = name_of(sample), json.loads(sample.read_text(encoding="utf-8"))
    if "Records" in event:
        SqsModel.model_validate(event)
        for record in event["Records"]:
            assert MESSAGES[name.partition("_")[0]](record["body"])
    elif "httpMethod" in event:
        APIGatewayProxyEventModel.model_validate(event)
        assert event["path"] == event["resource"].replace("+", "").format(
            **(event["pathParameters"] or {})
        )
        if event["body"] is not None:
            assert BODIES[name](event["body"])
    elif "connectionId" in event.get("requestContext", {}):
        SOCKETS[event["requestContext"]["eventType"]].model_validate(event)
    else:
        EventBridgeModel.model_validate(event)


def test_every_function_has_a_sample_and_every_sample_a_function() -> None:
    chosen = choose(handlers(template()), EVENTS)
    assert {sample.event for sample in chosen} == set(SAMPLES)


def test_the_example_of_variables_has_all_that_sam_cannot_find_out_and_nothing_else() -> None:
    example = json.loads((EVENTS / "env.json").read_text(encoding="utf-8"))
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = {
        name: resource["Properties"].get("Environment", {}).get("Variables", {})
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    for name, variables in own.items():
        given = example["Parameters"] | example.get(name, {})
        assert unknown_to_sam(shared | variables) <= given.keys(), name
        assert example.get(name, {}).keys() <= variables.keys(), name
    assert example.keys() <= {"Parameters"} | own.keys()
    assert example["Parameters"].keys() <= shared.keys()


def unknown_to_sam(variables: dict[str, Any]) -> set[str]:
    """Variables with a value from a nested stack."""
    return {name for name, value in variables.items() if "Fn::GetAtt" in json.dumps(value)}
