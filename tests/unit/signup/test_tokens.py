"""Tokens of invitations and confirmations: ours, unchanged, for one purpose, in time."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.links import Keys
from signup.domain.addresses import BadMailbox, Mailbox
from signup.domain.invitations import MAX_NUMBER, Place, batch_of, campaign_of
from signup.domain.tokens import BadToken, ExpiredToken, Purpose, sign, verify
from tests.factories import AT

KEYS = Keys("k1", {"k1": b"a-key-of-the-tests"})
OTHER = Keys("k2", {"k2": b"another-key"})
SOON = AT + timedelta(days=1)
PLACE = Place("bat_01JQ8M4T2W6Z7Y9X0V1S3R5P7N", 7)
places = st.builds(
    Place.of, st.binary(min_size=16, max_size=16), st.integers(min_value=0, max_value=MAX_NUMBER)
)


@given(place=places)
@settings(max_examples=50)
def test_a_token_leads_back_to_its_invitation_however_it_is_capitalised(place: Place) -> None:
    token = sign(Purpose.ANSWER, place, SOON, KEYS)
    assert verify(token.upper(), Purpose.ANSWER, AT, KEYS).place == place
    assert len(token) == 50


@given(place=places, at=st.integers(min_value=0, max_value=49), letter=st.sampled_from("abc2357z"))
@settings(max_examples=100)
def test_a_changed_token_is_refused(place: Place, at: int, letter: str) -> None:
    token = sign(Purpose.ANSWER, place, SOON, KEYS)
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        with pytest.raises(BadToken):
            verify(changed, Purpose.ANSWER, AT, KEYS)


@given(text=st.text(max_size=80))
@settings(max_examples=100)
def test_no_other_text_is_a_token(text: str) -> None:
    with pytest.raises(BadToken):
        verify(text, Purpose.ANSWER, AT, KEYS)


def test_a_token_is_for_one_purpose_and_one_operator() -> None:
    confirm = sign(Purpose.CONFIRM, PLACE, SOON, KEYS, stamp=b"123456")
    assert verify(confirm, Purpose.CONFIRM, AT, KEYS).stamp == b"123456"
    with pytest.raises(BadToken):
        verify(confirm, Purpose.ANSWER, AT, KEYS)
    with pytest.raises(BadToken):
        verify(sign(Purpose.ANSWER, PLACE, SOON, KEYS), Purpose.CONFIRM, AT, KEYS)
    with pytest.raises(BadToken):
        verify(sign(Purpose.ANSWER, PLACE, SOON, KEYS), Purpose.ANSWER, AT, OTHER)


def test_a_token_expires_with_its_day() -> None:
    token = sign(Purpose.ANSWER, PLACE, AT, KEYS)
    end = AT.replace(hour=23, minute=59, second=59)
    assert verify(token, Purpose.ANSWER, end, KEYS).place == PLACE
    with pytest.raises(ExpiredToken):
        verify(token, Purpose.ANSWER, end + timedelta(seconds=1), KEYS)


def test_a_key_that_does_not_sign_any_more_still_verifies() -> None:
    token = sign(Purpose.ANSWER, PLACE, SOON, KEYS)
    rotated = Keys("k2", {**KEYS.secrets, **OTHER.secrets})
    assert verify(token, Purpose.ANSWER, AT, rotated).place == PLACE


def test_invitations_registrations_and_campaigns_lead_back_to_their_batch() -> None:
    assert Place.named(PLACE.invitation_id) == PLACE
    assert Place.named(PLACE.registration_id) == PLACE
    assert batch_of(campaign_of(PLACE.batch_id)) == PLACE.batch_id
    assert batch_of("cmp_offers-2026") is None


def test_an_address_with_a_token_fits_what_mail_allows() -> None:
    token = sign(Purpose.ANSWER, PLACE, SOON, KEYS)
    to = Mailbox.at("cadastro@Operadora.example").answer_to(token)
    assert to.address == f"cadastro+{token}@operadora.example"
    assert to.reference == f"<{token}@operadora.example>"
    with pytest.raises(BadMailbox, match="at most 13"):
        Mailbox.at("fourteen-chars@operadora.example")
    with pytest.raises(BadMailbox, match="give an address"):
        Mailbox.at("cadastro+x@operadora.example")
