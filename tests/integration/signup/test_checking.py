"""Reading the mailbox: nothing is skipped, nothing takes effect twice, nothing stops the rest."""

import pytest

from recado.errors import Retryable
from signup import collaborators, schedule
from signup.gateway import Disconnected
from signup.receiving import MAX_BYTES, Receiving
from tests.factories import context
from tests.integration.signup.conftest import World, reply


def facts(world: World) -> list[str]:
    """What signup told of the mails it read since last asked, in order of names."""
    of_mails = {"RegistrationReceived", "ReplySettled"}
    return sorted(kind for each in world.told() if (kind := each["detail-type"]) in of_mails)


def test_a_mail_is_read_once(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch)))
    world.check()
    assert "registered" not in world.check()
    assert world.mailbox.read == [1]


def test_a_new_uidvalidity_neither_skips_nor_repeats(world: World) -> None:
    batch = world.invite("ana@example.com", "bia@example.com")
    first, second = (row["reply_to"] for row in world.audience(batch))
    world.mailbox.drop(reply(first))
    world.check()
    world.mailbox.uidvalidity += 1
    world.mailbox.mails = {1: reply(second, sender="bia@example.com", number=2), 2: reply(first)}
    world.check()
    assert world.counts(batch) == {"received": 2}
    assert facts(world) == ["RegistrationReceived"] * 2 + ["ReplySettled"] * 2


def test_a_check_that_dies_after_writing_repeats_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch)))
    with monkeypatch.context() as dying:
        dying.setattr("signup.store.mailboxes.MailboxStore.advance", _dies)
        with pytest.raises(RuntimeError):
            world.check()
    world.check()
    assert world.mailbox.read == [1, 1]
    assert facts(world) == ["RegistrationReceived", "ReplySettled"]


def _dies(*_: object) -> None:
    raise RuntimeError("the process ends here")


def test_facts_and_letters_that_could_not_be_told_are_told_by_the_next_check(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch), {"Nome": "Ana Souza"}))
    with monkeypatch.context() as broken:
        broken.setattr("recado.queue.Queue.send", _refuses)
        world.check()
    assert world.letters() == []
    world.check()
    assert len(world.letters()) == 1


def _refuses(*_: object, **__: object) -> None:
    raise Retryable("SQS is away")


def test_one_bad_mail_never_stops_the_rest_and_is_put_aside_the_third_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = world.invite()
    world.mailbox.drop(b"From: x@example.com\r\nSubject: poison\r\n\r\n.")
    world.mailbox.drop(reply(world.address(batch)))
    receive = Receiving.receive

    def choked(self: Receiving, raw: bytes, *rest: object) -> object:
        if b"poison" in raw:
            raise ZeroDivisionError
        return receive(self, raw, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Receiving, "receive", choked)
    tally = world.check()
    assert (tally["registered"], tally["trouble"]) == (1, 1)
    for _ in range(3):
        world.check()
    (aside,) = world.ok("GET", "/v1/mailbox/review")["items"]
    assert "ZeroDivisionError" in aside["reason"]
    assert len(world.mailbox.review) == 1
    assert "trouble" not in world.check()


def test_a_mail_the_server_does_not_hand_out_holds_up_nothing_for_long(world: World) -> None:
    batch = world.invite()
    world.mailbox.broken.add(world.mailbox.drop(b"Subject: broken\r\n\r\n."))
    world.mailbox.drop(reply(world.address(batch)))
    with pytest.raises(Disconnected):
        world.check()
    with pytest.raises(Disconnected):
        world.check()
    assert world.state(batch) == "received"


def test_a_check_stops_in_time_and_the_next_goes_on(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch)))
    assert world.check(remaining_ms=schedule.RESERVE_MS)["left"] == 1
    assert world.mailbox.read == []
    assert world.check()["registered"] == 1


def test_two_checks_at_once_do_not_read_side_by_side(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch)))
    seen: list[dict[str, int]] = []
    mail = world.mailbox.mail

    def meanwhile(uid: int) -> bytes | None:
        seen.append(schedule.handler({}, context()))
        return mail(uid)

    world.mailbox.mail = meanwhile  # type: ignore[method-assign]
    assert world.check()["registered"] == 1
    assert [each["busy"] for each in seen] == [1]


def test_of_a_mail_that_is_too_large_only_the_headers_are_looked_at(world: World) -> None:
    world.mailbox.drop(b"Subject: large\r\n\r\n" + b"x" * MAX_BYTES)
    assert world.check()["review"] == 1
    assert world.mailbox.read == []
    (aside,) = world.ok("GET", "/v1/mailbox/review")["items"]
    assert str(MAX_BYTES) in aside["reason"]


def test_without_a_mailbox_the_check_does_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collaborators, "access", lambda: None)
    assert world.check() == {"swept": 0}
