"""Signed links: what goes in comes out, and nothing else is let through."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.errors import RecadoError
from recado.linkkeys import Keyring, parse
from recado.links import (
    ExpiredLink,
    ForgedLink,
    Keys,
    Purpose,
    Reference,
    UnknownKey,
    sign,
    verify,
)
from recado.settings import Misconfigured

NOW = 1_760_000_000
KEYS = Keys("k2", {"k1": b"an older secret", "k2": b"the present secret"})
WHO = Reference(
    "cmp_01JQ8Z8Y7X6W5V4T3S2R1Q0P9N", 12, 49, NOW, "B", "https://operadora.example/a?b=1"
)
LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=60)
WHOS = st.builds(
    Reference,
    campaign_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}", fullmatch=True),
    chunk=st.integers(0, 99_999_999),
    position=st.integers(0, 49),
    sent_at=st.integers(0, 2**32 - 1),
    variant=LINE,
    target=LINE,
)


@given(WHOS, st.sampled_from(Purpose), st.integers(1, 2**32 - 1))
def test_a_token_gives_back_what_it_was_made_for(
    who: Reference, purpose: Purpose, expires: int
) -> None:
    token = sign(purpose, who, expires, KEYS)
    assert verify(token, purpose, expires - 1, KEYS) == who
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(WHOS, st.data())
def test_a_changed_byte_is_refused(who: Reference, data: st.DataObject) -> None:
    token = sign(Purpose.CLICK, who, NOW + 10, KEYS)
    content = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    forged = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    with pytest.raises((ForgedLink, UnknownKey)):
        verify(forged, Purpose.CLICK, NOW, KEYS)


@given(st.data())
def test_a_changed_character_is_refused(data: st.DataObject) -> None:
    token = sign(Purpose.CLICK, WHO, NOW + 10, KEYS)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda new: new != token[place]))
    with pytest.raises((ForgedLink, UnknownKey)):
        verify(token[:place] + other + token[place + 1 :], Purpose.CLICK, NOW, KEYS)


@given(st.text(max_size=300))
def test_what_is_no_token_is_refused_without_another_error(text: str) -> None:
    with pytest.raises((ForgedLink, UnknownKey)):
        verify(text, Purpose.OPEN, NOW, KEYS)


@pytest.mark.parametrize("tail", ["=", "==", "A", "\n", " ", "."])
def test_a_token_has_one_spelling_only(tail: str) -> None:
    token = sign(Purpose.OPEN, WHO, NOW + 10, KEYS)
    with pytest.raises((ForgedLink, UnknownKey)):
        verify(token + tail, Purpose.OPEN, NOW, KEYS)


@pytest.mark.parametrize("other", sorted(set(Purpose) - {Purpose.OPEN}))
def test_a_token_serves_no_other_purpose(other: Purpose) -> None:
    token = sign(Purpose.OPEN, WHO, NOW + 10, KEYS)
    with pytest.raises(ForgedLink):
        verify(token, other, NOW, KEYS)


@pytest.mark.parametrize(("now", "good"), [(NOW - 1, True), (NOW, False), (NOW + 1, False)])
def test_a_token_is_good_until_it_expires(now: int, *, good: bool) -> None:
    token = sign(Purpose.OPEN, WHO, NOW, KEYS)
    if good:
        assert verify(token, Purpose.OPEN, now, KEYS) == WHO
    else:
        with pytest.raises(ExpiredLink):
            verify(token, Purpose.OPEN, now, KEYS)


def test_an_old_link_is_good_while_its_key_is_listed() -> None:
    old = sign(Purpose.OPEN, WHO, NOW + 10, Keys("k1", KEYS.secrets))
    assert verify(old, Purpose.OPEN, NOW, KEYS) == WHO
    with pytest.raises(UnknownKey):
        verify(old, Purpose.OPEN, NOW, Keys("k2", {"k2": KEYS.secrets["k2"]}))


def test_a_key_of_the_same_name_with_another_secret_does_not_open_it() -> None:
    token = sign(Purpose.OPEN, WHO, NOW + 10, KEYS)
    with pytest.raises(ForgedLink):
        verify(token, Purpose.OPEN, NOW, Keys("k2", {"k2": b"somebody else's"}))


def test_two_people_never_share_a_token() -> None:
    tokens = {sign(Purpose.OPEN, WHO._replace(position=n), NOW, KEYS) for n in range(50)}
    assert len(tokens) == 50


class FakeSecrets:
    """A Secrets Manager with one secret, that counts how often it is asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked = 0

    def get_secret_value(self, **_: str) -> dict[str, str]:
        self.asked += 1
        return {"SecretString": self.text}


def test_keys_are_read_once_in_five_minutes_and_again_for_an_unknown_key() -> None:
    clock = [0.0]
    secrets = FakeSecrets('{"current": "k1", "k1": "one"}')
    ring = Keyring("keys", secrets, lambda: clock[0])
    for _ in range(100):
        token = sign(Purpose.OPEN, WHO, NOW + 10, ring.keys())
    assert secrets.asked == 1

    secrets.text = '{"current": "k2", "k1": "one", "k2": "two"}'
    rotated = sign(Purpose.OPEN, WHO, NOW + 10, parse(secrets.text))
    clock[0] = 60
    assert ring.verified(rotated, Purpose.OPEN, NOW) == WHO
    assert ring.verified(token, Purpose.OPEN, NOW) == WHO
    assert secrets.asked == 2

    clock[0] = 361
    assert ring.keys().current == "k2"
    assert secrets.asked == 3


def test_made_up_keys_do_not_ask_for_the_secret_each_time() -> None:
    secrets = FakeSecrets('{"current": "k1", "k1": "one"}')
    ring = Keyring("keys", secrets, lambda: 0.0)
    made_up = sign(Purpose.OPEN, WHO, NOW + 10, Keys("k9", {"k9": b"mine"}))
    for _ in range(100):
        with pytest.raises(RecadoError):
            ring.verified(made_up, Purpose.OPEN, NOW)
    assert secrets.asked == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"current": "k2", "k1": "one"}',
        '{"current": "k1", "k1": ""}',
        '{"k1": "one"}',
    ],
)
def test_a_secret_of_another_form_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(Misconfigured, match="LINK_KEYS must read") as refused:
        parse(text)
    assert "one" not in str(refused.value)
