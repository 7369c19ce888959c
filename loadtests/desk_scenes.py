"""Where a race is run: in a deployed world, or on DynamoDB Local with everything else in memory.

Fifty functions at once are more than two cores and an emulator carry. On DynamoDB Local the same
use cases race from threads for the same items, and its transactions conflict as AWS's do; what the
bus and the queue would do (repeat, reorder, deliver again what failed) is done in memory.
"""

import json
import queue
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import boto3
import yaml
from botocore.credentials import Credentials

from desk.attending import Attending
from desk.domain.kinds import Kind
from desk.domain.news import News, TicketGiven
from desk.domain.rules import Rules
from desk.domain.staff import Profile
from desk.hearing import Hearing
from desk.office import Office
from desk.store.floor import FloorStore
from desk.store.papers import PapersStore
from desk.store.staff import StaffStore
from loadtests.desk_feeding import KINDS
from loadtests.desk_stations import AtTheTable, OverHttp, Station
from loadtests.grounds import world_of_its_own
from operations import dynamodb_local, tokens
from operations.client import Api
from operations.errors import Trouble
from operations.local import FAKE_KEY, REGION
from operations.places import ROOT
from operations.simulator import Pace
from operations.world import World
from recado import wire
from recado.auth import Role
from recado.conversation import HandoverEvent
from recado.errors import Retryable
from recado.outgoing import Outgoing

LEASE_S = 20
SWEEP_S = 60
FIRST_REPLY_S = 60
BUFFER = 5_000
_LISTENERS = 4
"""As many as `DeskEvents` may run at once."""
_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Claimer:
    """An attendant of the run."""

    id: str
    server_id: str
    skills: tuple[str, ...]
    capacity: int


class Scene(Protocol):
    """A desk that is open for a race."""

    name: str

    def staff(
        self, claimers: Sequence[Claimer], servers: Mapping[str, int]
    ) -> Sequence[Station]: ...

    def tell(self, facts: Sequence[HandoverEvent]) -> None:
        """Put facts on the desk's queue, in this order."""

    def papers(self) -> PapersStore: ...


class Deployed:
    """The desk of a deployed world. Chat does not listen: it would only put aside facts about
    conversations it does not know."""

    name = "embedded world"

    def __init__(self, world: World) -> None:
        self._world = world
        self._outputs = world.outputs()
        self._sqs = world.client("sqs")
        _silence(world, self._outputs["ChatQueueArn"])

    def staff(self, claimers: Sequence[Claimer], servers: Mapping[str, int]) -> Sequence[Station]:
        admin = tokens.create(self._world, Role.ADMIN, "bench")
        with Api.at(self._world.api_url, admin, local=True) as api:
            rules = {"lease": f"PT{LEASE_S}S", "first_reply": f"PT{FIRST_REPLY_S}S"}
            api.put("/v1/desk/rules", rules)
            for kind in KINDS:
                api.put(f"/v1/desk/kinds/{kind}", {"buffer": BUFFER})
            for server, capacity in servers.items():
                api.put(f"/v1/desk/servers/{server}", {"capacity": capacity})
            return [self._hired(api, each) for each in claimers]

    def _hired(self, api: Api, claimer: Claimer) -> Station:
        token = tokens.create(self._world, Role.ATTENDANT, claimer.id)
        profile = {
            "name": claimer.id,
            "server_id": claimer.server_id,
            "skills": list(claimer.skills),
            "capacity": claimer.capacity,
            "token_id": token.split("_")[1],
        }
        api.put(f"/v1/desk/attendants/{claimer.id}", profile)
        return OverHttp(Api.at(self._world.api_url, token, local=True))

    def tell(self, facts: Sequence[HandoverEvent]) -> None:
        entries: Any = [
            {"Id": str(place), "MessageBody": _envelope(fact)} for place, fact in enumerate(facts)
        ]
        answer = self._sqs.send_message_batch(
            QueueUrl=self._outputs["DeskQueueUrl"], Entries=entries
        )
        if answer.get("Failed"):
            raise Trouble(f"the queue refused {len(answer['Failed'])} messages")

    def papers(self) -> PapersStore:
        return PapersStore(self._outputs["DeskTable"], self._world.client("dynamodb"), _KEPT)


@dataclass
class Surroundings:
    """What the desk speaks to, in memory: the bus, its queue, attendants' sockets."""

    bells: dict[str, threading.Event] = field(default_factory=dict)
    waiting: "queue.Queue[HandoverEvent | None]" = field(default_factory=queue.Queue)

    def publish_raw(self, *_: str) -> None:
        """Chat is not there."""

    def settle_later(self) -> None:
        threading.Timer(1.0, self.waiting.put, [None]).start()

    def hear(self, attendant_id: str, news: News) -> None:
        """As their socket would tell them."""
        if isinstance(news, TicketGiven):
            self.bells[attendant_id].set()


class OnTheTable:
    """The desk's use cases on DynamoDB Local, with listeners and a sweep of their own."""

    name = "DynamoDB Local"

    def __init__(self, dynamodb: Any, table_name: str) -> None:
        self._around = Surroundings()
        outgoing = Outgoing(table_name, dynamodb, self._around)
        self._papers = PapersStore(table_name, dynamodb, _KEPT)
        self._staff = StaffStore(table_name, dynamodb)
        floor = FloorStore(table_name, dynamodb, outgoing, self._papers, "UTC")
        around = (_now, time.sleep)
        self._office = Office(floor, outgoing, self._around, self._around, *around)
        self._attending = Attending(self._office, floor, self._papers, self._staff, *around)
        self._hearing = Hearing(self._office, floor, self._papers, *around)

    def staff(self, claimers: Sequence[Claimer], servers: Mapping[str, int]) -> Sequence[Station]:
        self._staff.put_rules(
            Rules(lease=timedelta(seconds=LEASE_S), first_reply=timedelta(seconds=FIRST_REPLY_S))
        )
        self._staff.put_kinds([Kind(id=kind, buffer=BUFFER) for kind in KINDS])
        for server, capacity in servers.items():
            self._staff.put_server(server, capacity)
        return [self._hired(each) for each in claimers]

    def _hired(self, claimer: Claimer) -> Station:
        profile = Profile(
            id=claimer.id,
            name=claimer.id,
            server_id=claimer.server_id,
            skills=frozenset(claimer.skills),
            capacity=claimer.capacity,
            token_id=secrets.token_hex(6),
        )
        self._staff.put_profile(profile, None)
        bell = self._around.bells[claimer.id] = threading.Event()
        return AtTheTable(self._attending, profile.token_id, bell)

    def tell(self, facts: Sequence[HandoverEvent]) -> None:
        for fact in facts:
            self._around.waiting.put(fact)

    def papers(self) -> PapersStore:
        return self._papers

    def listen(self, over: threading.Event) -> None:
        """Apply what is told; what fails comes again."""
        while not over.is_set():
            try:
                fact = self._around.waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            try:
                if fact is None:
                    self._office.settle()
                else:
                    self._hearing.hear(fact)
            except Retryable:
                threading.Timer(2.0, self._around.waiting.put, [fact]).start()

    def sweep(self, over: threading.Event) -> None:
        """What the schedule does every minute."""
        while not over.wait(SWEEP_S):
            try:
                self._office.sweep()
            except Retryable:
                continue


@contextmanager
def deployed() -> Iterator[Scene]:
    """A fresh embedded world."""
    with world_of_its_own(Pace()) as world:
        yield Deployed(world)


@contextmanager
def on_the_table() -> Iterator[Scene]:
    """A fresh DynamoDB Local."""
    over = threading.Event()
    with dynamodb_local.running() as endpoint:
        session = boto3.Session(FAKE_KEY, FAKE_KEY, region_name=REGION)
        _create(session.client("dynamodb", endpoint_url=endpoint))
        known = Credentials(FAKE_KEY, FAKE_KEY)
        scene = OnTheTable(wire.Wire.at(endpoint, REGION, known), _TABLE)
        jobs = [*[scene.listen] * _LISTENERS, scene.sweep]
        threads = [threading.Thread(target=job, args=[over]) for job in jobs]
        for thread in threads:
            thread.start()
        try:
            yield scene
        finally:
            over.set()
            for thread in threads:
                thread.join()


_TABLE = "DeskTable"


def _create(dynamodb: Any) -> None:
    """The desk's table, as `infra/data.yaml` has it."""
    text = (ROOT / "infra" / "data.yaml").read_text(encoding="utf-8")
    properties = yaml.load(text, Loader=_Loader)["Resources"][_TABLE]["Properties"]  # noqa: S506
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema")
    dynamodb.create_table(TableName=_TABLE, **{name: properties[name] for name in wanted})


class _Loader(yaml.SafeLoader):
    """YAML whose tags of CloudFormation are passed over."""


_Loader.add_multi_constructor("!", lambda *_: None)


def _now() -> datetime:
    return datetime.now(UTC)


def _envelope(fact: HandoverEvent) -> str:
    detail = fact.model_dump(mode="json")
    return json.dumps(
        {"detail-type": type(fact).__name__, "source": "recado.chat", "detail": detail}
    )


def _silence(world: World, queue_arn: str) -> None:
    """Let no function read this queue any more."""
    functions = world.client("lambda")
    mappings = functions.list_event_source_mappings(EventSourceArn=queue_arn)
    for mapping in mappings["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
