"""Facts on the EventBridge bus."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from recado import correlation, settings
from recado.contracts import Event
from recado.errors import Retryable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


def stamped(event: Event) -> Event:
    """The event with the id of what is worked for now, unless it has one."""
    if event.correlation_id is not None or correlation.current() is None:
        return event
    return event.model_copy(update={"correlation_id": correlation.current()})


class Bus:
    """The bus all services of one deployment share."""

    def __init__(self, name: str, source: str, events: "EventBridgeClient") -> None:
        self._name = name
        self._source = source
        self._events = events

    @classmethod
    def from_env(cls) -> "Bus":
        """The bus of the deployed suite, with the function's service as the source."""
        source = f"recado.{settings.text('POWERTOOLS_SERVICE_NAME')}"
        return cls(settings.text("BUS_NAME"), source, boto3.client("events"))

    def publish(self, event: Event) -> None:
        """Tell everyone a fact; its class name is the detail-type.

        Raises:
            Retryable: EventBridge did not take it.
        """
        self.publish_raw(type(event).__name__, stamped(event).model_dump_json())

    def publish_raw(self, detail_type: str, detail: str) -> None:
        """Tell everyone a fact that was written down before.

        Raises:
            Retryable: EventBridge did not take it.
        """
        answer = self._events.put_events(
            Entries=[
                {
                    "EventBusName": self._name,
                    "Source": self._source,
                    "DetailType": detail_type,
                    "Detail": detail,
                }
            ]
        )
        if answer["FailedEntryCount"]:
            raise Retryable(f"EventBridge refused {detail_type}: {answer['Entries']}")


@cache
def bus() -> Bus:
    """The process's bus."""
    return Bus.from_env()
