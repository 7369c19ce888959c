"""Mail that means harm costs little time and memory, and nothing of it gets through."""

import re
import tracemalloc
from time import process_time

import pytest

from signup.domain import reading
from signup.domain.reading import Asked, Reply, Verdict
from tests.hostile_mail import DOMAIN, TRUSTED, Hostile, hostile_mail, mail

MAIL = hostile_mail()
PLANS = ("Fibra 300", "Fibra 500")
SECONDS = 5.0
"""Of processor time for one mail: five times what the slowest needs on a slow machine."""
MEGABYTES = 40
"""Above the mail itself, which is in memory already."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def read(raw: bytes) -> Reply:
    """Like `read`, without its last resort: what fails is to be seen here."""
    return reading._read(raw, TRUSTED, PLANS, DOMAIN)


def one_line_texts(reply: Reply) -> list[str]:
    answers = [reply.fields.field(asked) for asked in Asked]
    values = [answer.value for answer in answers if answer]
    return [*values, reply.subject, reply.sender, reply.message_id or "", *reply.tokens]


def test_there_are_two_hundred_of_them() -> None:
    assert len({hostile.name for hostile in MAIL}) == len(MAIL) >= 200


@pytest.mark.parametrize("hostile", MAIL, ids=[hostile.name for hostile in MAIL])
def test_hostile_mail_harms_nothing(hostile: Hostile) -> None:
    raw = hostile.raw()
    began = process_time()
    reply = read(raw)
    assert process_time() - began < SECONDS
    assert not any(_CONTROL.search(text) for text in one_line_texts(reply))
    assert not _CONTROL.search(reply.answer.replace("\n", ""))
    proved = reply.authentication is not None and reply.authentication.aligned
    assert not (hostile.forged and reply.verdict is Verdict.FORM and proved)
    assert len(reply.model_dump_json()) < 60_000


@pytest.mark.parametrize(
    "name",
    [
        "30 MB: of one line",
        "30 MB: attached before the text",
        "bomb: zip in zip in zip",
        "nested: 20,000 deep",
    ],
)
def test_memory_does_not_grow_with_the_mail(name: str) -> None:
    raw = next(hostile for hostile in MAIL if hostile.name == name).raw()
    tracemalloc.start()
    try:
        read(raw)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES * 1_000_000
    finally:
        tracemalloc.stop()


def test_a_form_behind_a_large_attachment_is_read() -> None:
    raw = next(each for each in MAIL if each.name == "30 MB: attached before the text").raw()
    reply = read(raw)
    assert reply.verdict is Verdict.FORM
    assert reply.fields.complete


@pytest.mark.parametrize(
    "hostile", [each for each in MAIL if each.name.startswith("loop: ")], ids=lambda each: each.name
)
def test_loops_are_never_forms(hostile: Hostile) -> None:
    assert read(hostile.raw()).verdict in {Verdict.LOOP, Verdict.AUTOMATIC}


def test_the_honest_mail_under_all_this_is_a_form() -> None:
    above = (
        b"Authentication-Results: "
        + TRUSTED.encode()
        + b"; spf=pass smtp.mailfrom=example.net; dkim=pass header.d=example.net; dmarc=pass\r\n"
    )
    reply = read(mail(above=above))
    assert reply.verdict is Verdict.FORM
    assert reply.fields.complete
    assert reply.authentication is not None
    assert reply.authentication.aligned


def test_even_a_mistake_of_ours_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "mail_of", lambda raw: raw[10**9])
    reply = reading.read(mail(), trusted=TRUSTED, plans=PLANS, reply_domain=DOMAIN)
    assert reply.verdict is Verdict.UNREADABLE
    assert reply.reason == "reading it failed with IndexError"
