"""What Powertools leaves out of a service's OpenAPI: the errors, who needs no token, and what for.

Every route is completed here by rule, so that no route has to list its statuses by hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from aws_lambda_powertools.event_handler.openapi import models
from pydantic import BaseModel, Field

from recado import auth, errors

STATUS: dict[type[errors.RecadoError], HTTPStatus] = {
    errors.Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Retryable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How each kind of error reads in HTTP."""
JSON = "application/json"
_REFERENCE = "#/components/schemas/{model}"
_NOT_OURS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
"""Schemas that Powertools describes, and that no service of this house answers with."""


class Problem(BaseModel):
    """Every error's body."""

    error: str = Field(description="What kind of error it is: `Rejected`, `NotFound` …")
    message: str = Field(description="A sentence for the person who reads it.")
    field: str = Field(default="", description="What to mend, if it is one field.")


@dataclass(frozen=True)
class Route:
    """What the rules need to know of a route; `role` is `None` if it needs no token.

    `others` are errors of the service's own, which a route that takes a body may answer with.
    """

    path: str
    method: str
    summary: str
    role: auth.Role | None
    others: Mapping[type[errors.RecadoError], HTTPStatus] = field(default_factory=dict)

    def problems(self, *, takes_input: bool) -> Iterable[type[errors.RecadoError]]:
        """The kinds of error it may answer with, by status."""
        possible = {
            errors.Unauthenticated: self.role is not None,
            errors.Forbidden: self.role is not None and not auth.Role.VIEWER.includes(self.role),
            errors.NotFound: "{" in self.path,
            errors.Conflict: self.method != "get",
            errors.Rejected: takes_input,
            errors.Retryable: self.role is not None,
        }
        return sorted((kind for kind, may_be in possible.items() if may_be), key=STATUS.__getitem__)


def complete(document: models.OpenAPI, routes: Iterable[Route]) -> models.OpenAPI:
    """The same description with what the routes say in one sentence, and all they may answer."""
    paths = document.paths or {}
    for route in routes:
        item = paths.get(route.path)
        operation = getattr(item, route.method, None)
        if isinstance(operation, models.Operation):
            _complete(operation, route)
    if document.components is not None:
        _replace_schemas(document.components)
    return document


def _complete(operation: models.Operation, route: Route) -> None:
    operation.summary = route.summary
    if route.role is None:
        operation.security = []
    for parameter in operation.parameters or ():
        _never_null(parameter)
    takes_input = bool(operation.parameters or operation.requestBody)
    answers = {int(status): answer for status, answer in (operation.responses or {}).items()}
    del answers[HTTPStatus.UNPROCESSABLE_ENTITY]
    operation.responses = {
        status: _success(status, answer) for status, answer in answers.items()
    } | {int(STATUS[kind]): _refusal(kind) for kind in route.problems(takes_input=takes_input)}
    if operation.requestBody:
        operation.responses |= {
            int(status): _refusal(kind) for kind, status in route.others.items()
        }


def _never_null(parameter: models.Parameter | models.Reference) -> None:
    """A parameter that may be left out is no `null`: nobody could send one in a URL."""
    if not isinstance(parameter, models.Parameter) or not isinstance(
        parameter.schema_, models.Schema
    ):
        return
    choices = [
        choice for choice in parameter.schema_.anyOf or () if isinstance(choice, models.Schema)
    ]
    values = [choice for choice in choices if choice.type != "null"]
    if choices and len(values) == 1:
        parameter.schema_ = values[0]


def _success(
    status: int, answer: models.Response | models.Reference
) -> models.Response | models.Reference:
    if status == HTTPStatus.NO_CONTENT:
        return models.Response(description="Done; there is nothing to tell.")
    return answer


def _refusal(kind: type[errors.RecadoError]) -> models.Response:
    schema = models.Reference.model_validate({"$ref": _REFERENCE.format(model=Problem.__name__)})
    meaning = (kind.__doc__ or "").partition("\n")[0]
    return models.Response(
        description=f"`{kind.__name__}`: {meaning}",
        content={JSON: models.MediaType.model_validate({"schema": schema})},
    )


def _replace_schemas(components: models.Components) -> None:
    schemas: Mapping[str, models.Schema | models.Reference] = components.schemas or {}
    kept = {name: schema for name, schema in schemas.items() if name not in _NOT_OURS}
    ours = models.Schema.model_validate(Problem.model_json_schema(ref_template=_REFERENCE))
    components.schemas = dict(sorted((kept | {Problem.__name__: ours}).items()))
