"""The open desk in the table: read at once, changed a step at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from desk.domain.attendants import Attendant
from desk.domain.dockets import Docket
from desk.domain.floor import Floor
from desk.domain.rules import Rules
from desk.domain.servers import Server
from desk.domain.steps import Claim, Release, Renewal, Step
from desk.store import ATTENDANT, DESK, HANDLING, SERVER, TICKET, desk_key
from desk.store.papers import PapersStore
from desk.store.reading import moment, ticks, to_docket, to_floor
from recado import settings, table, wire
from recado.outgoing import Fact, Outgoing

Write = dict[str, Any]
Writes = list[Write]
"""Items of a transaction."""
_MICROSECOND = timedelta(microseconds=1)


class Overtaken(Exception):
    """Somebody else changed what a step stands on: read again and decide again."""


class FloorStore:
    """What is open at the desk."""

    def __init__(
        self,
        table_name: str,
        dynamodb: table.DynamoDB,
        outgoing: Outgoing,
        papers: PapersStore,
        zone: str,
    ) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing
        self._papers = papers
        self._zone = zone

    @classmethod
    def from_env(cls, outgoing: Outgoing) -> "FloorStore":
        """The desk of the deployed suite."""
        zone = settings.text("TIME_ZONE", "America/Sao_Paulo")
        papers = PapersStore.from_env()
        return cls(settings.text("DESK_TABLE"), wire.client(), outgoing, papers, zone)

    def floor(self) -> Floor:
        """All that is open now, every write included that ended before."""
        items: list[table.Item] = []
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": DESK}},
            ConsistentRead=True,
        ):
            items += page
        return to_floor(items, self._zone)

    def docket(self, ticket_id: str) -> Docket | None:
        """An open ticket, if it is one."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=desk_key(f"{TICKET}{ticket_id}"), ConsistentRead=True
        ).get("Item")
        return to_docket(item) if item else None

    def take(self, step: Step, also: Sequence[dict[str, Any]] = ()) -> list[Fact]:
        """Write a step with what belongs to it, all or nothing; returns the facts to be told.

        Raises:
            Overtaken: the ticket, the attendant, the server or `also` is not as it was.
            Retryable: others kept touching the same items.
        """
        facts = [Fact.of(event, step.at) for event in step.tells]
        writes = [*self._ticket(step), *also, *self._outgoing.writes(facts)]
        if step.claim is not None:
            writes += self._claimed(step, step.claim)
        if step.release is not None:
            writes += self._released(step, step.release)
        if step.renewal is not None:
            writes.append(self._renewed(step.renewal))
        if step.record is not None:
            writes.append(self._papers.record(step.record))
        self.write(writes)
        return facts

    def write(self, writes: Writes) -> None:
        """Write all or nothing; raises as `take` does."""
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as error:
            raise Overtaken(str(error)) from error

    def sign_in(self, attendant: Attendant, rules: Rules) -> None:
        """Store an attendant's arrival as the policy has it.

        Raises:
            Overtaken: the attendant is gone from the desk.
        """
        self._update(
            f"{ATTENDANT}{attendant.id}",
            "SET lease_until = :until, lease = :lease, available = :yes, idle_since = :idle",
            "attribute_exists(pk)",
            {
                ":until": attendant.lease_until and ticks(attendant.lease_until),
                ":lease": rules.lease // _MICROSECOND,
                ":yes": True,
                ":idle": attendant.idle_since and ticks(attendant.idle_since),
            },
        )

    def sign_out(self, attendant_id: str) -> None:
        """End an attendant's lease; their tickets are taken back afterwards, one by one."""
        self._update(f"{ATTENDANT}{attendant_id}", "REMOVE lease_until", "attribute_exists(pk)", {})

    def renew(self, attendant: Attendant) -> None:
        """Store a lease that begins again after it had ended.

        Raises:
            Overtaken: they signed out meanwhile.
        """
        self._update(
            f"{ATTENDANT}{attendant.id}",
            "SET lease_until = :until",
            "attribute_exists(lease_until)",
            {":until": attendant.lease_until and ticks(attendant.lease_until)},
        )

    def beat(self, attendant_id: str, token_id: str, now: datetime) -> datetime | None:
        """Move the lease of an attendant who is there, in one write; `None` if they are not."""
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=desk_key(f"{ATTENDANT}{attendant_id}"),
                UpdateExpression="SET lease_until = :now + lease",
                ConditionExpression="lease_until > :now AND token_id = :token",
                ExpressionAttributeValues=table.to_item({":now": ticks(now), ":token": token_id}),
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if table.condition_failed(error):
                return None
            raise
        return moment(answer["Attributes"], "lease_until")

    def set_health(self, server: Server) -> None:
        """Store whether a server is up; one that was removed meanwhile stays removed."""
        try:
            self._update(
                f"{SERVER}{server.id}",
                "SET health = :health",
                "attribute_exists(pk)",
                {":health": server.health.value},
            )
        except Overtaken:
            return

    def add_handling(self, kind: str, seconds: float) -> None:
        """Count a closed ticket and how long its owner had it."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key=desk_key(f"{HANDLING}{kind}"),
            UpdateExpression="ADD tickets :one, seconds :seconds",
            ExpressionAttributeValues=table.to_item({":one": 1, ":seconds": round(seconds)}),
        )

    def _ticket(self, step: Step) -> Writes:
        if step.before is None and step.after is None:
            return []
        key = desk_key(f"{TICKET}{_ticket_id(step)}")
        change: dict[str, Any] = {"TableName": self._table} | self._as_it_was(step.before)
        if step.after is None:
            return [{"Delete": change | {"Key": key}}]
        docket = step.after
        values = {"version": docket.version, "docket": docket.model_dump_json()}
        return [{"Put": change | {"Item": key | table.to_item(values)}}]

    def _as_it_was(self, docket: Docket | None) -> dict[str, Any]:
        if docket is None:
            return {"ConditionExpression": "attribute_not_exists(pk)"}
        return {
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": table.to_item({":version": docket.version}),
        }

    def _claimed(self, step: Step, claim: Claim) -> Writes:
        attendant = self._change(
            f"{ATTENDANT}{claim.attendant_id}",
            "SET idle_since = :now ADD #load :one",
            "#load < #capacity AND lease_until > :now AND available = :yes"
            " AND server_id = :server AND contains(skills, :kind)",
            {
                ":now": ticks(claim.at),
                ":one": 1,
                ":yes": True,
                ":server": claim.server_id,
                ":kind": claim.kind,
            },
        )
        server = self._change(
            f"{SERVER}{claim.server_id}", "ADD #load :one", "#load < #capacity", {":one": 1}
        )
        return [attendant, server, self._papers.turn_begins(_ticket_id(step), claim)]

    def _released(self, step: Step, release: Release) -> Writes:
        update, condition = "ADD #load :less", "#load > :none"
        values: dict[str, Any] = {":less": -1, ":none": 0}
        if release.silenced:
            update = f"SET available = :no {update}"
            values[":no"] = False
        if release.only_if_gone:
            condition += " AND (attribute_not_exists(lease_until) OR lease_until <= :now)"
            values[":now"] = ticks(release.at)
        attendant = self._change(f"{ATTENDANT}{release.attendant_id}", update, condition, values)
        server = self._change(
            f"{SERVER}{release.server_id}",
            "ADD #load :less",
            "#load > :none",
            {":less": -1, ":none": 0},
        )
        return [attendant, server, self._papers.turn_ends(_ticket_id(step), release)]

    def _renewed(self, renewal: Renewal) -> dict[str, Any]:
        return self._change(
            f"{ATTENDANT}{renewal.attendant_id}",
            "SET lease_until = :until",
            "attribute_exists(lease_until)",
            {":until": ticks(renewal.until)},
        )

    def _change(
        self, sort: str, update: str, condition: str, values: dict[str, Any]
    ) -> dict[str, Any]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": desk_key(sort),
            "UpdateExpression": update,
            "ConditionExpression": condition,
        }
        words = update + condition
        names = {f"#{name}": name for name in ("load", "capacity") if f"#{name}" in words}
        if values:
            request["ExpressionAttributeValues"] = table.to_item(values)
        if names:
            request["ExpressionAttributeNames"] = names
        return {"Update": request}

    def _update(self, sort: str, update: str, condition: str, values: dict[str, Any]) -> None:
        try:
            self._dynamodb.update_item(**self._change(sort, update, condition, values)["Update"])
        except ClientError as error:
            if table.condition_failed(error):
                raise Overtaken(sort) from error
            raise


def _ticket_id(step: Step) -> str:
    docket = step.before or step.after
    return docket.ticket.id if docket else ""
