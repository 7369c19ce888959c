"""What a recipient can click, from API Gateway, without a login: the signed link is the permission.

    /u/<token>   GET shows a page, POST opts out of marketing (RFC 8058: one click, no question)
    /p/<token>   GET shows the preferences, POST saves them
    /c/<token>   GET and HEAD lead on to the link's target, which is in the token
    /o/<token>   GET and HEAD answer with an image of one pixel

GET changes nothing but counters: mail filters follow every link with it.
"""

from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit

from recado import clock, settings, table
from recado.errors import NotFound
from recado.frozen import FrozenAudience
from recado.ledger.engagement import EngagementBook
from recado.ledger.store import Ledger
from recado.linkkeys import keyring
from recado.links import BadLink, ExpiredLink, Purpose, Reference, sign
from recado.model import Language
from recado.observability import logger, metrics
from sender import showing
from sender.domain.visits import Visit
from sender.domain.words import language_for
from sender.store import SuppressionStore
from sender.visiting import Visiting

PIXEL = "GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
"""A GIF without a colour table: only bytes below 128, which API Gateway passes on as text."""
_PREFERENCES_LIFE_S = 86_400
_MAX_FORM = 2_000

pages = APIGatewayRestResolver()


@cache
def visiting() -> Visiting:
    return Visiting(
        ledger=Ledger(settings.text("CAMPAIGNS_TABLE"), table.client()),
        audience=FrozenAudience.from_env(),
        suppression=SuppressionStore.from_env(),
        engagement=EngagementBook.from_env(),
    )


@pages.get("/u/<token>")
def ask(token: str) -> Response[str]:
    """Ask for a confirmation; change nothing."""
    return _page("unsubscribe", preferences=_preferences_link(_who(token, Purpose.UNSUBSCRIBE)))


@pages.post("/u/<token>")
def unsubscribe(token: str) -> Response[str]:
    """Opt out, whatever the body says: nobody sends this by accident, and no wish may get lost."""
    who = _who(token, Purpose.UNSUBSCRIBE)
    visiting().unsubscribe(who, clock.now())
    return _page("unsubscribed", preferences=_preferences_link(who))


@pages.get("/p/<token>")
def preferences(token: str) -> Response[str]:
    """Show what a person gets."""
    return _preferences(_who(token, Purpose.PREFERENCES))


@pages.post("/p/<token>")
def choose(token: str) -> Response[str]:
    """Save what a person chose."""
    who = _who(token, Purpose.PREFERENCES)
    form = parse_qs((pages.current_event.decoded_body or "")[:_MAX_FORM])
    match form.get("marketing"):
        case ["yes"]:
            visiting().subscribe(who)
        case ["no"]:
            visiting().unsubscribe(who, clock.now())
        case _:
            return _preferences(who, said="unclear", status=HTTPStatus.BAD_REQUEST)
    return _preferences(who, said="saved")


@pages.route("/c/<token>", method=["GET", "HEAD"])
def click(token: str) -> Response[str]:
    """Lead on to where the link always led."""
    who = _who(token, Purpose.CLICK)
    visiting().clicked(who, _visit())
    return Response(
        status_code=HTTPStatus.FOUND,
        content_type="text/plain",
        headers={
            "Location": who.target,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
        body="",
    )


@pages.route("/o/<token>", method=["GET", "HEAD"])
def open_(token: str) -> Response[str]:
    """Answer with the pixel."""
    visiting().opened(_who(token, Purpose.OPEN), _visit())
    return Response(
        status_code=HTTPStatus.OK,
        content_type="image/gif",
        headers={"Cache-Control": "no-store"},
        body=PIXEL,
    )


def bad(error: BadLink) -> Response[str]:
    """Explain; never lead anywhere."""
    logger.info("bad link", kind=type(error).__name__)
    expired = isinstance(error, ExpiredLink)
    return _page(
        "expired" if expired else "bad",
        status=HTTPStatus.GONE if expired else HTTPStatus.NOT_FOUND,
    )


def gone(error: NotFound) -> Response[str]:
    """The link is ours, but its campaign's audience was removed."""
    logger.warning("audience gone", reason=str(error))
    return _page("expired", status=HTTPStatus.GONE)


def unknown(_: NotFoundError) -> Response[str]:
    """Nothing of ours has this path."""
    return _page("bad", status=HTTPStatus.NOT_FOUND)


pages.exception_handler(BadLink)(bad)
pages.exception_handler(NotFound)(gone)
pages.exception_handler(NotFoundError)(unknown)


def _who(token: str, purpose: Purpose) -> Reference:
    return keyring().verified(token, purpose, int(clock.now().timestamp()))


def _visit() -> Visit:
    event = pages.current_event
    headers = {name.lower(): value for name, value in (event.headers or {}).items()}
    return Visit(event.http_method, headers, int(clock.now().timestamp()))


def _preferences_link(who: Reference) -> str:
    expires = int(clock.now().timestamp()) + _PREFERENCES_LIFE_S
    return f"../{Purpose.PREFERENCES}/{sign(Purpose.PREFERENCES, who, expires, keyring().keys())}"


def _preferences(
    who: Reference, *, said: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response[str]:
    choice = visiting().preferences(who)
    return _page("preferences", status=status, said=said, choice=choice)


def _page(name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response[str]:
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        headers=dict(showing.PAGES.headers),
        body=showing.page(name, _language(), **values),
    )


def _language() -> Language:
    return language_for(pages.current_event.headers.get("accept-language", ""))


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway; logs which kind of link it was, and never the link."""
    metrics.add_metric(name="Visits", unit=MetricUnit.Count, value=1)
    answer = pages.resolve(event, context)
    logger.info(
        "visit",
        method=event.get("httpMethod"),
        link=event.get("resource"),
        status=answer["statusCode"],
    )
    return answer
