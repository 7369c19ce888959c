"""A turn of a conversation by voice, from API Gateway: `docs/assistant.md` shows it by example.

No token is asked for: a conversation's own key opens it, and who has none begins a new one.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from assistant import collaborators
from assistant.requests import STATUSES, Assisted, NewTurn, view
from recado import clock, rest, settings
from recado.observability import logger, metrics

RESERVE_MS = 2_000
"""What is left of the function's time for keeping the turn and sending the answer."""
_NONE = "none"

api = rest.resolver(
    "Recado: assistant",
    "Maestro: customers speak or write, and hear and read the answer.",
    open_paths=("/v1/assist",),
    statuses=STATUSES,
)


@api.post("/v1/assist", tags=["assistant"])
def assist(new: NewTurn) -> Assisted:
    """Say or write something; the answer comes as text and as speech."""
    left = (api.lambda_context.get_remaining_time_in_millis() - RESERVE_MS) / 1000
    taking = collaborators.taking(_chat_url(api.current_event.raw_event))
    asked = new.asked(lambda: clock.now())
    return view(*collaborators.runner().run(taking.whole(asked, left)))


def _chat_url(event: dict[str, Any]) -> str:
    """Where chat is: the setting CHAT_URL, or the API that this request came through."""
    given = settings.text("CHAT_URL", _NONE)
    if given != _NONE:
        return given
    through, local = event["requestContext"], settings.text("API_ENDPOINT", _NONE)
    if local != _NONE:
        return f"{local}/_aws/execute-api/{through['apiId']}/{through['stage']}"
    region = settings.text("AWS_REGION")
    return f"https://{through['apiId']}.execute-api.{region}.amazonaws.com/{through['stage']}"


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway."""
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    answer = api.resolve(event, context)
    logger.info("request", method=event.get("httpMethod"), status=answer["statusCode"])
    return answer
