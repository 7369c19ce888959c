"""Customers on a WebSocket, from API Gateway: `docs/websocket.md` shows the frames.

Chalice stays in this file: it makes Lambda handlers of the three functions, and answers through the
world's own socket.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from chalice.app import Chalice, WebsocketDisconnectedError, WebsocketEvent

from chat import collaborators
from recado import clock
from recado.observability import logger, metrics
from recado.push import Session

app = Chalice("chat", configure_logs=False)
app.websocket_api.session = Session()


@app.on_ws_connect()
def connected(event: WebsocketEvent) -> None:
    """Let anybody connect: who it is, the first frame tells."""
    logger.info("connected", connection=event.connection_id)


@app.on_ws_message()
def said(event: WebsocketEvent) -> None:
    """Answer a frame."""
    try:
        for answer in collaborators.live().answer(event.connection_id, event.body, clock.now()):
            app.websocket_api.send(event.connection_id, answer.model_dump_json())
    except WebsocketDisconnectedError:
        logger.info("gone before the answer", connection=event.connection_id)


@app.on_ws_disconnect()
def gone(event: WebsocketEvent) -> None:
    """Forget the connection."""
    collaborators.live().gone(event.connection_id)


_BY_EVENT = {"CONNECT": connected, "MESSAGE": said, "DISCONNECT": gone}


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway's WebSocket."""
    metrics.add_metric(name="Frames", unit=MetricUnit.Count, value=1)
    answer: dict[str, Any] = _BY_EVENT[event["requestContext"]["eventType"]](event, context)
    return answer
