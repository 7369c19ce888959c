"""The routes of the API, one module a noun; each parses, calls one use case and answers."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from recado.model import IDENTIFIER

Id = Annotated[str, Path(pattern=IDENTIFIER)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many items, at most.")]
Cursor = Annotated[
    str | None, Query(description="The `cursor` of the page before; none for the first page.")
]
PAGE = 50
