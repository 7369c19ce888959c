"""The page behind a confirmation link, without a login: the signed link is the permission.

    /s/<token>   GET shows what would be confirmed, POST confirms it

GET changes nothing: mail filters follow every link with it.
"""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit

from recado import clock
from recado.model import Language
from recado.observability import logger, metrics
from signup import collaborators, showing
from signup.domain.invitations import State
from signup.domain.tokens import BadToken, ExpiredToken
from signup.domain.words import masked

pages = APIGatewayRestResolver()


@pages.get("/s/<token>")
def ask(token: str) -> Response[str]:
    """Show what would be confirmed; change nothing."""
    invitation = collaborators.settling().to_confirm(token, clock.now())
    if invitation.standing(clock.now()) is not State.AWAITS_CONFIRMATION:
        return _page("done", invitation.language)
    assert invitation.applicant is not None  # noqa: S101 -- `to_confirm` saw it
    return _page("confirm", invitation.language, applicant=masked(invitation.applicant))


@pages.post("/s/<token>")
def confirm(token: str) -> Response[str]:
    """Confirm."""
    source = str(pages.current_event.request_context.identity.source_ip or "an unknown address")
    invitation = collaborators.settling().confirm(token, clock.now(), source)
    return _page("done", invitation.language)


def bad(error: BadToken) -> Response[str]:
    """Explain; never lead anywhere."""
    logger.info("bad link", kind=type(error).__name__)
    expired = isinstance(error, ExpiredToken)
    return _page(
        "expired" if expired else "bad",
        status=HTTPStatus.GONE if expired else HTTPStatus.NOT_FOUND,
    )


def unknown(_: NotFoundError) -> Response[str]:
    """Nothing of ours has this path."""
    return _page("bad", status=HTTPStatus.NOT_FOUND)


pages.exception_handler(BadToken)(bad)
pages.exception_handler(NotFoundError)(unknown)


def _page(
    name: str,
    language: Language = Language.PORTUGUESE,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **values: Any,
) -> Response[str]:
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        headers=dict(showing.PAGES.headers),
        body=showing.page(name, language, **values),
    )


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway; logs the method, and never the link."""
    metrics.add_metric(name="Visits", unit=MetricUnit.Count, value=1)
    answer = pages.resolve(event, context)
    logger.info("visit", method=event.get("httpMethod"), status=answer["statusCode"])
    return answer
