"""The ledger in DynamoDB. Key formats of the campaigns table, all under `pk CAMPAIGN#<id>`:

    sk PLAN             the command that launched it, with its own copy of the template; immutable
    sk META             status and planning checkpoint; in an experiment how many recipients are
                        planned for each variant, as `variant#<name>`
    sk COUNTS           how many recipients are in each state
    sk CHUNK#<number>   a chunk

The counters change in the same transaction as the chunks they count.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from recado import table
from recado.errors import NotFound
from recado.ledger.chunk import Chunk, Stage, take_in
from recado.ledger.states import Outcome, count, difference

TOTAL = "total"
VARIANT = "variant#"
LAST_CHUNK = 99_999_999


def partition(campaign_id: str) -> str:
    """The partition that holds everything of a campaign."""
    return f"CAMPAIGN#{campaign_id}"


def key(campaign_id: str, sort: str) -> table.Item:
    """The primary key of one item of a campaign."""
    return {"pk": {"S": partition(campaign_id)}, "sk": {"S": sort}}


def chunk_sort(number: int) -> str:
    """The sort key of a chunk."""
    return f"CHUNK#{number:08d}"


@dataclass(frozen=True)
class Claimed:
    """The chunk is ours until the lease ends."""

    chunk: Chunk


@dataclass(frozen=True)
class Busy:
    """Somebody else holds the chunk until `until` (milliseconds since 1970)."""

    until: int


@dataclass(frozen=True)
class Abandoned:
    """Whoever was sending the chunk is gone: what it had not recorded is unknown."""

    chunk: Chunk


@dataclass(frozen=True)
class Finished:
    """Nothing of the chunk is left to send."""


Claim = Claimed | Busy | Abandoned | Finished


class LostClaim(Exception):
    """Somebody else took the chunk over: do not send it."""


class Ledger:
    """Chunks and counters of all campaigns."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    def get(self, campaign_id: str, number: int) -> Chunk | None:
        """A chunk as it stands now."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=key(campaign_id, chunk_sort(number)), ConsistentRead=True
        ).get("Item")
        return to_chunk(item) if item else None

    def chunks(self, campaign_id: str, first: int = 0) -> Iterator[Chunk]:
        """Every chunk of a campaign from number `first` on, in order, read page by page."""
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": partition(campaign_id)},
                ":first": {"S": chunk_sort(first)},
                ":last": {"S": chunk_sort(LAST_CHUNK)},
            },
            ConsistentRead=True,
        ):
            yield from map(to_chunk, page)

    def chunks_from(self, campaign_id: str, number: int, limit: int) -> list[Chunk]:
        """At most `limit` chunks of a campaign in order, beginning with `number`."""
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": partition(campaign_id)},
                ":first": {"S": chunk_sort(number)},
                ":last": {"S": chunk_sort(LAST_CHUNK)},
            },
            Limit=limit,
        )
        return [to_chunk(item) for item in answer["Items"]]

    def counts(self, campaign_id: str) -> dict[str, int]:
        """Recipients by counter name, with `total`; empty before planning."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=key(campaign_id, "COUNTS"), ConsistentRead=True
        ).get("Item", {})
        return {name: int(value["N"]) for name, value in item.items() if "N" in value}

    def claim(self, campaign_id: str, number: int, token: str, now: int, lease: int) -> Claim:
        """Try to become the one who sends a chunk, for `lease` milliseconds from `now`.

        Raises:
            NotFound: the plan does not have this chunk (yet).
        """
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=key(campaign_id, chunk_sort(number)),
                UpdateExpression=(
                    "SET stage = :claimed, #token = :token, lease_until = :until"
                    " ADD attempt :one, version :one"
                ),
                ConditionExpression=("stage = :ready OR (stage = :claimed AND lease_until < :now)"),
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={
                    ":claimed": {"S": Stage.CLAIMED},
                    ":ready": {"S": Stage.READY},
                    ":token": {"S": token},
                    ":until": {"N": str(now + lease)},
                    ":now": {"N": str(now)},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            return _why_not(campaign_id, number, _stored(error), token, now)
        return Claimed(to_chunk(answer["Attributes"]))

    def begin(self, chunk: Chunk, now: int, lease: int) -> Chunk:
        """Say that mail of a claimed chunk is about to leave.

        Raises:
            LostClaim: the lease was over and somebody else took the chunk.
        """
        return self._holder_update(
            chunk,
            "SET stage = :next, lease_until = :until ADD version :one",
            {":next": {"S": Stage.SENDING}, ":until": {"N": str(now + lease)}, ":one": {"N": "1"}},
        )

    def give_back(self, chunk: Chunk) -> Chunk:
        """Return a claimed chunk of which nothing was sent; the attempt does not count.

        Raises:
            LostClaim: the lease was over and somebody else took the chunk.
        """
        return self._holder_update(
            chunk,
            "SET stage = :next, lease_until = :zero ADD version :one, attempt :less",
            {
                ":next": {"S": Stage.READY},
                ":zero": {"N": "0"},
                ":one": {"N": "1"},
                ":less": {"N": "-1"},
            },
        )

    def record(
        self, chunk: Chunk, outcomes: Mapping[int, Outcome], *, release: bool = True
    ) -> Chunk:
        """Write down outcomes and move the campaign's counters, all or nothing."""
        return self.change(chunk, lambda latest: take_in(latest, outcomes, release=release))

    def change(self, chunk: Chunk, decide: Callable[[Chunk], Chunk]) -> Chunk:
        """Apply a pure decision to a chunk, again on the newest version when others wrote first.

        Raises:
            NotFound: the chunk does not exist.
        """
        while True:
            after = decide(chunk)
            if after == chunk:
                return chunk
            try:
                table.transact(self._replacement(chunk, after), dynamodb=self._dynamodb)
            except table.TransactionRefused:
                chunk = self._latest(chunk)
            else:
                return replace(after, version=chunk.version + 1)

    def planned(self, chunks: list[Chunk]) -> list[dict[str, Any]]:
        """The writes that add new chunks of one campaign and count them; refused if one exists."""
        puts: list[dict[str, Any]] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": to_item(chunk),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for chunk in chunks
        ]
        states = "".join(chunk.states for chunk in chunks)
        return [*puts, self._counting(chunks[0].campaign_id, count(states) | {TOTAL: len(states)})]

    def _holder_update(self, chunk: Chunk, update: str, values: dict[str, Any]) -> Chunk:
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=key(chunk.campaign_id, chunk_sort(chunk.number)),
                UpdateExpression=update,
                ConditionExpression="stage = :claimed AND #token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues=values
                | {":claimed": {"S": Stage.CLAIMED}, ":token": {"S": chunk.token}},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            return _already(chunk, values[":next"]["S"], error)
        return to_chunk(answer["Attributes"])

    def _replacement(self, before: Chunk, after: Chunk) -> list[dict[str, Any]]:
        update: dict[str, Any] = {
            "Update": {
                "TableName": self._table,
                "Key": key(before.campaign_id, chunk_sort(before.number)),
                "UpdateExpression": (
                    "SET states = :states, reasons = :reasons, stage = :stage,"
                    " attempt = :attempt, lease_until = :until ADD version :one"
                ),
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {
                    ":states": {"S": after.states},
                    ":reasons": _reasons(after.reasons),
                    ":stage": {"S": after.stage},
                    ":attempt": {"N": str(after.attempt)},
                    ":until": {"N": str(after.lease_until)},
                    ":version": {"N": str(before.version)},
                    ":one": {"N": "1"},
                },
            }
        }
        moved = difference(before.states, after.states)
        return [update, self._counting(before.campaign_id, moved)] if moved else [update]

    def _counting(self, campaign_id: str, numbers: Mapping[str, int]) -> dict[str, Any]:
        additions = ", ".join(f"#{name} :{name}" for name in numbers)
        return {
            "Update": {
                "TableName": self._table,
                "Key": key(campaign_id, "COUNTS"),
                "UpdateExpression": f"ADD {additions}",
                "ExpressionAttributeNames": {f"#{name}": name for name in numbers},
                "ExpressionAttributeValues": {
                    f":{name}": {"N": str(number)} for name, number in numbers.items()
                },
            }
        }

    def _latest(self, chunk: Chunk) -> Chunk:
        latest = self.get(chunk.campaign_id, chunk.number)
        if latest is None:
            raise NotFound(f"campaign {chunk.campaign_id} has no chunk {chunk.number}")
        return latest


def _why_not(
    campaign_id: str, number: int, item: Mapping[str, Any] | None, token: str, now: int
) -> Claim:
    if not item:
        raise NotFound(f"campaign {campaign_id} has no chunk {number}")
    chunk = to_chunk(item)
    if chunk.stage is Stage.CLAIMED and chunk.token == token:
        return Claimed(chunk)  # the answer to our first try was lost on its way
    if chunk.stage is Stage.SENDING and chunk.lease_until < now:
        return Abandoned(chunk)
    if chunk.stage in {Stage.CLAIMED, Stage.SENDING}:
        return Busy(chunk.lease_until)
    return Finished()


def _stored(error: ClientError) -> Mapping[str, Any] | None:
    response: Mapping[str, Any] = error.response
    return response.get("Item")


def _already(chunk: Chunk, stage: str, error: ClientError) -> Chunk:
    item = _stored(error)
    stored = to_chunk(item) if item else None
    if stored and stored.token == chunk.token and stored.stage == stage:
        return stored
    raise LostClaim(f"{chunk.campaign_id} chunk {chunk.number}") from error


def _reasons(reasons: Mapping[int, str]) -> dict[str, Any]:
    return {"M": {str(position): {"S": reason} for position, reason in reasons.items()}}


def to_item(chunk: Chunk) -> table.Item:
    """A chunk as it is stored."""
    return {
        **key(chunk.campaign_id, chunk_sort(chunk.number)),
        "ids": {"S": " ".join(chunk.recipient_ids)},
        "states": {"S": chunk.states},
        "reasons": _reasons(chunk.reasons),
        "stage": {"S": chunk.stage},
        "page": {"N": str(chunk.page)},
        "start": {"N": str(chunk.start)},
        "attempt": {"N": str(chunk.attempt)},
        "token": {"S": chunk.token},
        "lease_until": {"N": str(chunk.lease_until)},
        "version": {"N": str(chunk.version)},
    }


def to_chunk(item: Mapping[str, Any]) -> Chunk:
    """A chunk from its stored item."""
    return Chunk(
        campaign_id=item["pk"]["S"].removeprefix("CAMPAIGN#"),
        number=int(item["sk"]["S"].removeprefix("CHUNK#")),
        recipient_ids=tuple(item["ids"]["S"].split(" ")),
        states=item["states"]["S"],
        reasons={int(position): reason["S"] for position, reason in item["reasons"]["M"].items()},
        stage=Stage(item["stage"]["S"]),
        page=int(item["page"]["N"]),
        start=int(item["start"]["N"]),
        attempt=int(item["attempt"]["N"]),
        token=item["token"]["S"],
        lease_until=int(item["lease_until"]["N"]),
        version=int(item["version"]["N"]),
    )
