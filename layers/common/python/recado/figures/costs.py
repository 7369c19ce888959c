"""What the figures cost, estimated: things counted, times what one takes, times list prices.

An estimate, and labelled so: no free tier, no storage, no idle polling, no tax. An e-mail's units
are those that `make bench ONLY=cost` meters (docs/bench.md); a chat's and a ticket's are counted
from their transactions, with 200 ms of a function of 512 MB for each request.
"""

import csv
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from recado.figures.names import Figures, Service
from recado.ledger.states import State

PRICES = Path(__file__).with_name("prices.csv")
Unit = tuple[str, str]
"""A service of AWS, and what it bills."""

ACCEPTED = (State.SENT, State.DELIVERED, State.UNDELIVERED, State.BOUNCED, State.COMPLAINED)
"""The states of recipients whose mail SES took, and bills."""

_REQUEST: dict[Unit, float] = {
    ("API Gateway", "request"): 1,
    ("Lambda", "request"): 1,
    ("Lambda", "GB-second"): 0.1,
}
AN_EMAIL: dict[Unit, float] = {
    ("SES", "e-mail"): 1,
    ("Firehose", "GB"): 2 * 5 / 2**20,
    ("DynamoDB", "write unit"): 0.27,
    ("DynamoDB", "read unit"): 1.05,
    ("Lambda", "GB-second"): 0.0016,
    ("S3", "PUT"): 0.0036,
    ("SQS", "request"): 0.016,
}
"""Its Send and Delivery events are a record of Firehose each, billed as 5 KB."""
A_MESSAGE: dict[Unit, float] = {
    **_REQUEST,
    ("DynamoDB", "write unit"): 14,
    ("DynamoDB", "read unit"): 6,
}
"""A customer's message: one transaction for it, one for the answer."""
A_TICKET: dict[Unit, float] = {
    ("API Gateway", "request"): 10,
    ("Lambda", "request"): 14,
    ("Lambda", "GB-second"): 1.4,
    ("DynamoDB", "write unit"): 60,
    ("DynamoDB", "read unit"): 80,
    ("EventBridge", "event"): 6,
    ("SQS", "request"): 18,
}
"""A request to a person: handed over, assigned, five replies, closed."""


@cache
def prices(file: Path = PRICES) -> Mapping[Unit, float]:
    """US dollars by service and unit."""
    with file.open(newline="", encoding="utf-8") as lines:
        return {(row["service"], row["unit"]): float(row["usd"]) for row in csv.DictReader(lines)}


def estimated(figures: Mapping[Service, Figures]) -> dict[Service, Decimal]:
    """US dollars by service, to the cent."""
    mail, chat, desk = (
        figures.get(each, {}) for each in (Service.MAIL, Service.CHAT, Service.DESK)
    )
    accepted = sum(mail.get(state.counter, 0) for state in ACCEPTED)
    return {
        Service.MAIL: _cost(accepted, AN_EMAIL),
        Service.CHAT: _cost(chat.get("messages", 0), A_MESSAGE),
        Service.DESK: _cost(desk.get("ended", 0), A_TICKET),
    }


def _cost(number: int, units: Mapping[Unit, float]) -> Decimal:
    each = sum(amount * prices()[unit] for unit, amount in units.items())
    return Decimal(number * each).quantize(Decimal("0.01"))
