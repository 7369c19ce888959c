"""Many at once, in threads: one owner each, nobody over their cap, none waits for somebody free.

Every call to DynamoDB is atomic here, and the threads interleave between calls as they like (see
`spare_tables`): it shows that a decision made on what changed meanwhile is refused and made again.
"""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from desk.trying import ATTEMPTS
from recado.conversation import TicketAssigned
from recado.errors import Conflict, NotFound, Retryable
from tests.integration.desk.conftest import Told, World, person, requested, token_of, wrote

CLAIMERS, REQUESTS = 8, 40


def at_once(*jobs: Callable[[], None]) -> None:
    """Run all at the same time; whatever one raises is raised."""
    faults: list[BaseException] = []
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        gate.wait()
        try:
            job()
        except BaseException as error:  # noqa: BLE001
            faults.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def assignments(bus: Told) -> Counter[tuple[str, int]]:
    """How often chat was told of each assignment."""
    return Counter(
        (each.ticket_id, each.token) for each in bus.facts if isinstance(each, TicketAssigned)
    )


def test_claimers_that_race_never_share_a_ticket_and_leave_none_waiting(world: World) -> None:
    staff = [person(f"p{n}", server="ab"[n % 2]) for n in range(CLAIMERS)]
    world.open(*staff, servers={"a": 3, "b": 4})
    world.sign_in(*(each.id for each in staff))
    done: set[str] = set()

    def arrive() -> None:
        for number in range(REQUESTS):
            world.hearing.hear(requested(f"cnv_{number}", world.now))

    def work(name: str) -> Callable[[], None]:
        chance = random.Random(name)

        def shift() -> None:
            token = token_of(name)
            while len(done) < REQUESTS:
                try:
                    mine = world.desk.next_ticket(token)
                    if mine is None:
                        time.sleep(0.3)
                        continue
                    if chance.random() < 0.2:
                        world.desk.transfer(token, mine.id, mine.token, "technical", "outra vez")
                        continue
                    world.desk.close(token, mine.id, mine.token, "solved")
                    assert mine.id not in done, "closed by two"
                    done.add(mine.id)
                except Retryable:
                    continue

        return shift

    at_once(arrive, *(work(each.id) for each in staff))
    assert len(done) == REQUESTS
    assert max(assignments(world.bus).values()) == 1
    for number in range(REQUESTS):
        turns = world.turns(f"tkt_{number}-1")
        for earlier, later in itertools.pairwise(turns):
            assert earlier.released_at is not None
            assert earlier.released_at <= later.assigned_at
    assert world.floor().dockets == {}
    world.check()


def test_a_ticket_that_comes_while_an_attendant_becomes_free_is_never_left_waiting(
    world: World,
) -> None:
    """chatwoot #10583 in its smallest form, over and over."""
    world.open(person("ana"))
    world.sign_in("ana")
    world.request("cnv_0")
    for number in range(1, 12):
        (mine,) = world.mine("ana")
        arrival = requested(f"cnv_{number}", world.now)
        at_once(
            lambda: world.hearing.hear(arrival),  # noqa: B023
            lambda: world.desk.close(token_of("ana"), mine.id, mine.token, "solved"),  # noqa: B023
        )
        assert world.queue.asked == 0
        world.check()


def test_the_same_fact_delivered_twice_at_once_is_applied_once(world: World) -> None:
    fact, line = requested("cnv_1", world.now), wrote("cnv_1", 2, "alô?")
    at_once(*(lambda each=each: world.hearing.hear(each) for each in [fact, line] * 3))  # type: ignore[misc]
    assert world.bus.names("cnv_1") == ["TicketQueued"]
    assert len(world.bus.facts) == 1
    assert [each.text for each in world.papers.entries("tkt_1-1", 0)] == ["alô?"]


def test_a_lease_renewed_at_the_last_moment_keeps_the_ticket(world: World) -> None:
    """The supervisor decided on what it read before; the store refuses it."""
    world.open(person("ana"))
    world.sign_in("ana")
    world.request("cnv_1")
    world.later(91)
    renewed: list[bool] = []

    def heartbeat_first(operation: str) -> None:
        if operation == "transact_write_items" and not renewed:
            renewed.append(True)
            person_now = world.floor().desk.attendants["ana"]
            until = world.now + timedelta(seconds=90)
            world.store.renew(person_now.model_copy(update={"lease_until": until}))

    world.dynamodb.before = heartbeat_first
    world.office.sweep()
    world.dynamodb.before = lambda _: None
    assert renewed
    assert [each.token for each in world.mine("ana")] == [1]


def test_who_is_always_overtaken_leaves_the_rest_to_the_queue(world: World) -> None:
    world.open(person("ana"))
    world.request("cnv_1")
    taken = [0]

    def always_first(operation: str) -> None:
        if operation == "transact_write_items":
            taken[0] += 1
            world.dynamodb._client.update_item(
                TableName=world.table,
                Key={"pk": {"S": "DESK"}, "sk": {"S": "ticket#tkt_1-1"}},
                UpdateExpression="SET version = version + :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    world.dynamodb.before = always_first
    world.sign_in("ana")
    world.dynamodb.before = lambda _: None
    assert world.queue.asked == 1
    assert taken == [ATTEMPTS]
    assert len(world.slept) == ATTEMPTS


def test_two_who_close_the_same_ticket_at_once_end_it_once(world: World) -> None:
    world.open(person("ana"))
    world.sign_in("ana")
    ticket = world.request("cnv_1")

    def close() -> None:
        try:
            world.desk.close(token_of("ana"), ticket, 1, "solved")
        except (Conflict, NotFound):
            return

    at_once(close, close, close)
    assert world.bus.names("cnv_1").count("TicketClosed") == 1
    assert world.floor().handling["technical"].tickets == 1
    world.check()
