"""What the bot says and does: its flows, version by version."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from central import collaborators
from central.domain import chat_flows
from recado import rest
from recado.auth import Role
from recado.flows import FlowDocument

router = rest.router()


class _DescribedOnly:
    """A body whose description is a flow document, but which the use case checks.

    Powertools would tell of one mistake only; staff shall see all, each with its place.
    """

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(FlowDocument.__pydantic_core_schema__)


Edited = Annotated[dict[str, Any], _DescribedOnly(), Body()]


@router.get("/v1/chat-flows", tags=["chat"])
@rest.allow(Role.ADMIN)
def newest_flows() -> FlowDocument:
    """Show the newest version of the bot's flows; version 1 is what Recado comes with."""
    return collaborators.flows().newest()


@router.get("/v1/chat-flows/<version>", tags=["chat"])
@rest.allow(Role.ADMIN)
def flows(version: Annotated[int, Path(ge=1)]) -> FlowDocument:
    """Show a version of the bot's flows."""
    return collaborators.flows().version(version)


@router.put("/v1/chat-flows", tags=["chat"])
def save(edited: Edited) -> FlowDocument:
    """Store edited flows as a new version; `version` is the one they were edited from."""
    return collaborators.flows().save(chat_flows.read(edited))
