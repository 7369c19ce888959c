"""How every REST service of Recado answers: validated, authenticated, one shape of error.

A resolver made here denies by default: a route needs a valid token unless it is listed as open,
and changing requests need the role admin unless the route asks for less with `@allow(...)`.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter, Router
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer
from pydantic import BaseModel

from recado import auth, errors
from recado.observability import logger

STATUS: dict[type[errors.RecadoError], HTTPStatus] = {
    errors.Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Retryable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Problem(BaseModel):
    """Every error's body."""

    error: str
    message: str
    field: str = ""


RouteFunction = TypeVar("RouteFunction", bound=Callable[..., Any])
_ROLE = "_recado_role"


def allow(role: auth.Role) -> Callable[[RouteFunction], RouteFunction]:
    """Lets tokens with `role` (and those above it) call the decorated route."""

    def mark(function: RouteFunction) -> RouteFunction:
        setattr(function, _ROLE, role)
        return function

    return mark


def resolver(
    title: str, description: str, *, open_paths: tuple[str, ...] = ()
) -> APIGatewayRestResolver:
    """A REST resolver of this house; `open_paths` are the routes that need no token."""
    api = APIGatewayRestResolver(enable_validation=True, cors=CORSConfig(allow_origin="*"))
    api.configure_openapi(
        title=title,
        version="1.0.0",
        description=description,
        security_schemes={"token": HTTPBearer(description="`Authorization: Bearer rcd_…`")},
        security=[{"token": []}],
    )

    def authenticated(app: APIGatewayRestResolver, proceed: NextMiddleware) -> Response[Any]:
        admit()
        return proceed(app)

    def admit() -> None:
        event = api.current_event
        logger.remove_keys(["caller"])
        if event.http_method == "OPTIONS" or event.path.removesuffix("/") in open_paths:
            return
        caller = auth.authenticate(event.headers.get("Authorization"), auth.tokens())
        auth.require(caller, _role_needed(api))
        api.append_context(caller=caller)  # type: ignore[no-untyped-call]
        logger.append_keys(caller=caller.token_id)

    def invalid(error: RequestValidationError) -> Response[str]:
        """Powertools validates before it asks who calls; a stranger shall learn nothing by that."""
        try:
            admit()
        except errors.RecadoError as refusal:
            return _problem(refusal)
        return _problem(_first_fault(error))

    def unknown(_: NotFoundError) -> Response[str]:
        event = api.current_event
        return _problem(errors.NotFound(f"there is no {event.http_method} {event.path}"))

    api.use(middlewares=[authenticated])
    api.exception_handler(errors.RecadoError)(_problem)
    api.exception_handler(RequestValidationError)(invalid)
    api.exception_handler(NotFoundError)(unknown)
    return api


def router() -> Router:
    """Routes of one noun, for a resolver to include."""
    return Router()  # type: ignore[no-untyped-call]


def caller_of(app: BaseRouter) -> auth.Caller:
    """Who sent the request that is being answered."""
    caller: auth.Caller = app.context["caller"]
    return caller


def _first_fault(error: RequestValidationError) -> errors.Rejected:
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"] if part != "body")
    if fault["type"] == "value_error":
        sentence = f"{field} {fault['ctx']['error']}".strip()
    elif fault["type"] == "missing":
        sentence = f"{field or 'the body'} is missing"
    else:
        sentence = f"{field or 'the body'}: {fault['msg']}"
    return errors.Rejected(sentence, field=field)


def _role_needed(app: APIGatewayRestResolver) -> auth.Role:
    route = app.context["_route"].func
    declared: auth.Role | None = getattr(route, _ROLE, None)
    if declared is not None:
        return declared
    reading = app.current_event.http_method in {"GET", "HEAD"}
    return auth.Role.VIEWER if reading else auth.Role.ADMIN


def _problem(error: errors.RecadoError) -> Response[str]:
    status = STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    body = Problem(
        error=type(error).__name__, message=str(error), field=getattr(error, "field", "")
    )
    return Response(
        status_code=status, content_type="application/json", body=body.model_dump_json()
    )


__all__ = ["STATUS", "Problem", "ServiceError", "allow", "caller_of", "resolver", "router"]
