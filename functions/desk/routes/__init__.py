"""The routes of the desk's API: attendants' and admins'."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from recado.model import IDENTIFIER

Id = Annotated[str, Path(pattern=IDENTIFIER)]
TicketId = Annotated[str, Path(pattern=r"^tkt_[A-Za-z0-9_.\-]{1,80}$")]
