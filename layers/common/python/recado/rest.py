"""How every REST service of Recado answers: validated, authenticated, one shape of error.

A resolver made here denies by default: a route needs a caller that the resolver's guard admits,
unless it is listed as open. The guard is `StaffTokens` unless a service brings its own: a valid
token, for changing requests with the role admin unless the route asks for less with `@allow(...)`.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.api_gateway import BaseRouter, Router
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
)
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, OpenAPI

from recado import auth, correlation, errors, openapi
from recado.observability import logger
from recado.openapi import STATUS, Problem

RouteFunction = TypeVar("RouteFunction", bound=Callable[..., Any])
_ROLE = "_recado_role"


def allow(role: auth.Role) -> Callable[[RouteFunction], RouteFunction]:
    """Lets tokens with `role` (and those above it) call the decorated route."""

    def mark(function: RouteFunction) -> RouteFunction:
        setattr(function, _ROLE, role)
        return function

    return mark


class JsonOnly(OpenAPIRequestValidationMiddleware):
    """Powertools' validation of requests, for services whose bodies are JSON and nothing else.

    Without it a form without a boundary, or a body nested a thousand times, ends as a 500.
    """

    def _get_body(self, app: Any) -> dict[str, Any]:
        kind = app.current_event.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {"", openapi.JSON}:
            raise _bad_body(f"send it as {openapi.JSON}, not as {kind}")
        try:
            body: dict[str, Any] = self._parse_json_data(app)
        except RecursionError as error:
            raise _bad_body("is nested too deeply") from error
        except UnicodeDecodeError as error:
            raise _bad_body("is not UTF-8") from error
        except ValueError as error:
            raise _bad_body(f"cannot be read: {error}") from error
        return body


class Guard(Protocol):
    """Who may call a service's routes; `bearer` says what to send in `Authorization`."""

    @property
    def bearer(self) -> str: ...

    def admit(self, api: "Resolver") -> None:
        """Let the request through, with what its route needs to know of the caller.

        Raises:
            RecadoError: it may not go through.
        """
        ...

    def role_needed(self, function: Callable[..., Any], method: str) -> auth.Role:
        """What the caller of a route has to be; VIEWER where it is anybody who is admitted."""
        ...


class StaffTokens:
    """Staff, with tokens that have roles."""

    bearer = "`Authorization: Bearer rcd_…`"

    def admit(self, api: "Resolver") -> None:
        """Admit who has a token with the role that the route needs."""
        event = api.current_event
        caller = auth.authenticate(event.headers.get("Authorization"), auth.tokens())
        auth.require(caller, self.role_needed(api.context["_route"].func, event.http_method))
        api.append_context(caller=caller)  # type: ignore[no-untyped-call]
        logger.append_keys(caller=caller.token_id)

    def role_needed(self, function: Callable[..., Any], method: str) -> auth.Role:
        """What a token has to be allowed to call a route's function."""
        declared: auth.Role | None = getattr(function, _ROLE, None)
        if declared is not None:
            return declared
        return auth.Role.VIEWER if method.upper() in {"GET", "HEAD"} else auth.Role.ADMIN


class Resolver(APIGatewayRestResolver):
    """A resolver for JSON, whose OpenAPI says all that its routes may answer."""

    def __init__(
        self,
        open_paths: tuple[str, ...],
        guard: Guard,
        statuses: Mapping[type[errors.RecadoError], HTTPStatus],
    ) -> None:
        super().__init__(enable_validation=True, cors=CORSConfig(allow_origin="*"))
        self._request_validation_middleware = JsonOnly()  # type: ignore[no-untyped-call]
        self.open_paths = open_paths
        self.guard = guard
        self.statuses = statuses

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer a request; a path's control characters are shown, so that no pattern skips them.

        A regular expression's `$` matches before a line break at the end of a path, too.
        """
        path = event["path"]
        if not path.isprintable():
            event = event | {"path": quote(path, safe="/")}
        followed = correlation.adopt(correlation.of_request(event))
        answer = super().resolve(event, context)
        if followed:
            answer.setdefault("multiValueHeaders", {})[correlation.HEADER] = [followed]
        return answer

    def get_openapi_schema(self, **settings: Any) -> OpenAPI:
        """Powertools' description, completed by `recado.openapi`."""
        return openapi.complete(super().get_openapi_schema(**settings), self._described())

    def _described(self) -> Iterator[openapi.Route]:
        for route in (*self._dynamic_routes, *self._static_routes):
            is_open = route.openapi_path in self.open_paths
            yield openapi.Route(
                path=route.openapi_path,
                method=route.method.lower(),
                summary=(route.func.__doc__ or "").partition("\n")[0],
                role=None if is_open else self.guard.role_needed(route.func, route.method),
                others=self.statuses,
            )


def resolver(
    title: str,
    description: str,
    *,
    open_paths: tuple[str, ...] = (),
    guard: Guard | None = None,
    statuses: Mapping[type[errors.RecadoError], HTTPStatus] | None = None,
) -> Resolver:
    """A REST resolver of this house; `open_paths` are the routes that need no caller admitted.

    Without a `guard` callers are staff. `statuses` are those of the service's own errors.
    """
    keeper = guard or StaffTokens()
    own = statuses or {}
    api = Resolver(open_paths, keeper, own)
    api.configure_openapi(
        title=title,
        version="1.0.0",
        description=description,
        security_schemes={"token": HTTPBearer(description=keeper.bearer)},
        security=[{"token": []}],
    )

    def problem(error: errors.RecadoError) -> Response[str]:
        return _problem(error, STATUS | dict(own))

    def authenticated(app: APIGatewayRestResolver, proceed: NextMiddleware) -> Response[Any]:
        admit()
        return proceed(app)

    def admit() -> None:
        event = api.current_event
        logger.remove_keys(["caller"])
        if event.http_method == "OPTIONS" or event.path.removesuffix("/") in open_paths:
            return
        keeper.admit(api)

    def invalid(error: RequestValidationError) -> Response[str]:
        """Powertools validates before it asks who calls; a stranger shall learn nothing by that."""
        try:
            admit()
        except errors.RecadoError as refusal:
            return problem(refusal)
        return problem(_first_fault(error))

    def unknown(_: NotFoundError) -> Response[str]:
        event = api.current_event
        return problem(errors.NotFound(f"there is no {event.http_method} {event.path}"))

    api.use(middlewares=[authenticated])
    api.exception_handler(errors.RecadoError)(problem)
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


def nothing() -> Response[str]:
    """The answer that something was done, with no content.

    Its body is an empty text, because not every API Gateway takes none at all for an answer.
    """
    return Response(status_code=HTTPStatus.NO_CONTENT, body="")


def _bad_body(what: str) -> RequestValidationError:
    return RequestValidationError([{"type": "body", "loc": ("body",), "msg": what, "input": {}}])


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


def _problem(
    error: errors.RecadoError, statuses: Mapping[type[errors.RecadoError], HTTPStatus]
) -> Response[str]:
    known = (statuses[kind] for kind in type(error).__mro__ if kind in statuses)
    status = next(known, HTTPStatus.INTERNAL_SERVER_ERROR)
    body = Problem(
        error=type(error).__name__,
        message=_readable(str(error)),
        field=_readable(getattr(error, "field", "")),
    )
    return Response(status_code=status, content_type=openapi.JSON, body=body.model_dump_json())


def _readable(text: str) -> str:
    """Text that may quote what was sent, with `?` for halves of characters (lone surrogates)."""
    return text.encode("utf-8", "replace").decode()


__all__ = [
    "STATUS",
    "Guard",
    "Problem",
    "Resolver",
    "ServiceError",
    "StaffTokens",
    "allow",
    "caller_of",
    "nothing",
    "resolver",
    "router",
]
