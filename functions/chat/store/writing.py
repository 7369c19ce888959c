"""A change of a conversation as one transaction."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chat.domain.codes import Asked
from chat.domain.draft import Draft, Received
from chat.domain.identification import CUSTOMER_WINDOW
from chat.store import keys
from recado import table

_NEW = "attribute_not_exists(pk)"
CODE_LIFE = timedelta(hours=1)
"""A code on its way is forgotten after this; it is of no use after ten minutes."""


def writes(table_name: str, draft: Draft, life: timedelta) -> list[keys.Write]:
    """Everything a draft writes, but for its facts."""
    return [
        {write: {"TableName": table_name} | request} for write, request in _requests(draft, life)
    ]


def _requests(draft: Draft, life: timedelta) -> Iterator[tuple[str, dict[str, Any]]]:
    yield _head(draft, life)
    expiry = keys.expiry(draft.at, life)
    for line in draft.lines:
        said = {"speaker": {"S": line.speaker}, "text": {"S": line.text}}
        at = {"at": {"S": line.at.isoformat()}}
        yield _put(draft, keys.numbered(keys.LINE, line.sequence), said | at | expiry)
    for message in draft.fresh:
        yield _put(draft, *_message(message, expiry), condition=_NEW)
    for message in draft.joined:
        yield _put(draft, *_message(message, expiry))
    if draft.early:
        state = {"state": {"S": draft.early.model_dump_json()}}
        yield _put(draft, keys.numbered(keys.EARLY, draft.early.number), state | expiry)
    if draft.parked:
        fact = draft.parked.event
        state = {"type": {"S": type(fact).__name__}, "state": {"S": fact.model_dump_json()}}
        sk = keys.numbered(keys.of_handover(fact.handover), fact.number)
        yield _put(draft, sk, state | expiry)
    for asked in draft.asked.values():
        yield _limit(asked, draft)
    for code in draft.codes:
        state = {"state": {"S": code.model_dump_json()}} | keys.expiry(draft.at, CODE_LIFE)
        yield "Put", {"Item": keys.listed(keys.CODES, code.id) | state}
    yield from _waiting_list(draft)


def _head(draft: Draft, life: timedelta) -> tuple[str, dict[str, Any]]:
    """The next state: of a new conversation version 1, else one more than was read."""
    version = draft.read.version
    state = draft.head.model_copy(update={"version": version + 1}).model_dump_json()
    item = {"version": {"N": str(version + 1)}, "state": {"S": state}}
    request: dict[str, Any] = {
        "Item": keys.key(draft.read.id, keys.HEAD) | item | keys.expiry(draft.at, life)
    }
    if version == 0:
        return "Put", request | {"ConditionExpression": _NEW}
    return "Put", request | {
        "ConditionExpression": "#version = :read",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":read": {"N": str(version)}},
    }


def _message(message: Received, expiry: table.Item) -> tuple[str, table.Item]:
    state = {"state": {"S": message.model_dump_json()}}
    return keys.MESSAGE + message.client_message_id, state | expiry


def _put(
    draft: Draft, sk: str, item: table.Item, condition: str = ""
) -> tuple[str, dict[str, Any]]:
    request: dict[str, Any] = {"Item": keys.key(draft.read.id, sk) | item}
    return "Put", request | ({"ConditionExpression": condition} if condition else {})


def _limit(asked: Asked, draft: Draft) -> tuple[str, dict[str, Any]]:
    """One more that was asked for, unless somebody else counted since it was read."""
    counted = asked.model_copy(update={"version": asked.version + 1})
    state = {"version": {"N": str(counted.version)}, "state": {"S": counted.model_dump_json()}}
    request: dict[str, Any] = {
        "Item": keys.asked(asked.digest) | state | keys.expiry(draft.at, CUSTOMER_WINDOW * 2)
    }
    if asked.version == 0:
        return "Put", request | {"ConditionExpression": _NEW}
    return "Put", request | {
        "ConditionExpression": "#version = :read",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":read": {"N": str(asked.version)}},
    }


def _waiting_list(draft: Draft) -> Iterator[tuple[str, dict[str, Any]]]:
    """A conversation stands on the list as long as the bot has to decide about a line."""
    key = keys.listed(keys.UNANSWERED, draft.read.id)
    if draft.head.unanswered and not draft.read.unanswered:
        yield "Put", {"Item": key | {"at": {"S": draft.at.isoformat()}}}
    elif draft.read.unanswered and not draft.head.unanswered:
        yield "Delete", {"Key": key}
