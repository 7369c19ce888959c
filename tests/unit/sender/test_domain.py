"""How chunks become mail, what SES's answers mean, how fast to go, what events tell."""

import json

import boto3
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.contracts import ChunkTask, Recipient
from recado.errors import Rejected
from recado.ledger.states import Outcome, State
from recado.model import Lane, Language, MailBody
from sender.domain.answers import BULK_STATUS, Verdict, of_error, of_status
from sender.domain.feedback import by_chunk, events_in, report
from sender.domain.linked import compile_linked
from sender.domain.mail import MAX_CALL_BYTES, MAX_MAIL_BYTES, compose, groups
from sender.domain.rate import Quota, cost_us

BODY = MailBody(
    subject="Fatura {{ invoice }}",
    html="<p>Olá {{ name }}, {{ amount | money }}</p>",
    text="Olá {{ name }}",
)
BODIES = {Language.PORTUGUESE: compile_linked(BODY, Language.PORTUGUESE, tracking=False)}
FIELDS = {"name": "Ana", "invoice": "F-1", "amount": "129.90"}


def task(*recipients: Recipient) -> ChunkTask:
    return ChunkTask(campaign_id="cmp_1", number=4, lane=Lane.BILLING, recipients=recipients)


def person(number: int, **fields: str) -> Recipient:
    return Recipient(id=f"C-{number}", email=f"c{number}@example.com", fields=FIELDS | fields)


def test_mail_is_rendered_with_the_recipients_fields_and_tagged_with_its_place() -> None:
    composed = compose(task(person(0), person(1)), [1], {}, BODIES)
    (mail,) = composed.mails
    assert mail.address == "c1@example.com"
    assert mail.content.html == "<p>Olá Ana, R$\xa0129,90</p>"
    assert mail.tags == {"campaign": "cmp_1", "chunk": "4", "position": "1"}


def test_a_suppressed_address_gets_no_mail_whatever_its_case() -> None:
    shouting = Recipient(id="C-0", email="C0@Example.com", fields=FIELDS)
    composed = compose(task(shouting), [0], {"c0@example.com": "bounce: Permanent"}, BODIES)
    assert composed.mails == []
    assert composed.outcomes == {0: Outcome(State.SUPPRESSED, "bounce: Permanent")}


def test_a_recipient_whose_fields_do_not_fit_fails_alone_with_the_reason() -> None:
    poison = Recipient(id="C-1", email="c1@example.com", fields={"name": "Ana"})
    composed = compose(task(person(0), poison, person(2)), [0, 1, 2], {}, BODIES)
    assert [mail.position for mail in composed.mails] == [0, 2]
    assert composed.outcomes[1].state is State.FAILED
    assert "'invoice' is undefined" in composed.outcomes[1].reason


def test_a_name_that_is_markup_is_escaped_in_html() -> None:
    composed = compose(task(person(0, name="<b>Ana</b>")), [0], {}, BODIES)
    assert "&lt;b&gt;Ana" in composed.mails[0].content.html


def test_a_line_break_in_a_field_cannot_reach_the_subject() -> None:
    composed = compose(task(person(0, invoice="F-1\r\nBcc: x@evil.example")), [0], {}, BODIES)
    assert composed.mails[0].content.subject == "Fatura F-1 Bcc: x@evil.example"


def test_a_message_that_is_too_large_fails_with_its_size() -> None:
    composed = compose(task(person(0, name="x" * MAX_MAIL_BYTES)), [0], {}, BODIES)
    assert composed.mails == []
    assert str(MAX_MAIL_BYTES) in composed.outcomes[0].reason


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=200))
def test_a_message_is_never_larger_in_a_request_than_its_size(name: str) -> None:
    mails = compose(task(person(0, name=name)), [0], {}, BODIES).mails
    for mail in mails:
        content = mail.content
        texts = content.subject + content.html + content.text
        assert len(orjson.dumps(orjson.dumps(texts).decode())) - len(rb'"\"\""') <= mail.size


@given(st.lists(st.integers(1, MAX_MAIL_BYTES // 3), max_size=20), st.integers(1, 50))
def test_groups_keep_the_order_and_stay_under_a_megabyte(sizes: list[int], most: int) -> None:
    people = tuple(person(number, name="x" * size) for number, size in enumerate(sizes))
    mails = compose(task(*people), range(len(people)), {}, BODIES).mails if people else []
    cut = list(groups(mails, most))
    assert [mail for group in cut for mail in group] == mails
    assert all(len(group) <= most for group in cut)
    assert all(sum(mail.size for mail in group) <= MAX_CALL_BYTES for group in cut)


def test_every_status_that_ses_knows_has_a_meaning() -> None:
    shape = boto3.client("sesv2", region_name="us-east-1").meta.service_model.shape_for(
        "BulkEmailStatus"
    )
    assert set(BULK_STATUS) == set(shape.enum)


def test_only_an_explicit_throttle_is_tried_again() -> None:
    assert of_status("ACCOUNT_THROTTLED", "slow").verdict is Verdict.TRY_AGAIN
    assert of_error("TooManyRequestsException", "slow").verdict is Verdict.TRY_AGAIN
    assert of_status("TRANSIENT_FAILURE", "hm").verdict is Verdict.FAILED


def test_an_error_nobody_heard_of_leaves_the_outcome_unknown() -> None:
    assert of_error("InternalServiceErrorException", "oops").outcome == Outcome(
        State.UNKNOWN, "InternalServiceErrorException: oops"
    )
    assert of_status("SOMETHING_NEW", "").verdict is Verdict.UNKNOWN


@given(st.integers(1, 100_000))
def test_the_calls_of_any_second_fit_the_quota_and_leave_little_of_it(per_second: int) -> None:
    quota = Quota(per_second=per_second, left_today=1_000_000)
    spacing_us = cost_us(quota.call_size, quota)
    calls = 1_000_000 // spacing_us + 1
    assert calls * quota.call_size <= per_second
    assert quota.call_size / spacing_us * 1_000_000 >= per_second * 0.94
    assert 1 <= quota.call_size <= 50


def event(kind: str, **parts: object) -> dict[str, object]:
    tags = {"campaign": ["cmp_1"], "chunk": ["4"], "position": ["9"]}
    return {"eventType": kind, "mail": {"tags": tags}, **parts}


def test_a_permanent_bounce_suppresses_the_address_in_every_lane() -> None:
    bounced = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "Ana@Example.com"}],
    }
    found = report(event("Bounce", bounce=bounced))
    assert found is not None
    assert found.outcome == Outcome(State.BOUNCED, "bounce: Permanent/General")
    assert [(each.email, each.lanes) for each in found.suppress] == [
        ("ana@example.com", frozenset(Lane))
    ]


def test_a_full_mailbox_suppresses_nobody() -> None:
    bounced = {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": []}
    found = report(event("Bounce", bounce=bounced))
    assert found is not None
    assert found.outcome == Outcome(State.UNDELIVERED, "bounce: Transient/MailboxFull")
    assert found.suppress == ()


def test_a_complaint_still_lets_transactional_mail_through() -> None:
    complained = {"complainedRecipients": [{"emailAddress": "a@example.com"}]}
    found = report(event("Complaint", complaint=complained))
    assert found is not None
    assert Lane.TRANSACTIONAL not in found.suppress[0].lanes


@pytest.mark.parametrize("kind", ["Open", "Click", "DeliveryDelay"])
def test_events_that_change_no_state_are_passed_over(kind: str) -> None:
    assert report(event(kind)) is None


def test_mail_without_our_tags_is_none_of_our_business() -> None:
    assert report({"eventType": "Send", "mail": {"tags": {"ses:caller-identity": ["x"]}}}) is None


def test_reports_are_grouped_so_that_each_chunk_is_written_once() -> None:
    reports = [found for found in (report(event("Send")), report(event("Delivery"))) if found]
    assert {key: len(group) for key, group in by_chunk(reports).items()} == {("cmp_1", 4): 2}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.lists(
        st.tuples(st.dictionaries(st.text(), _JSON), st.sampled_from(["", " ", "\n", "\r\n\t"]))
    )
)
def test_events_are_read_however_firehose_joined_them(
    joined: list[tuple[dict[str, object], str]],
) -> None:
    text = "".join(json.dumps(one, ensure_ascii=False) + blank for one, blank in joined)
    assert list(events_in(text)) == [one for one, _ in joined]


def test_events_before_a_broken_place_are_told_and_the_place_is_named() -> None:
    told = events_in('{"a": 1}\n{"a": 2}{"a')
    assert [next(told), next(told)] == [{"a": 1}, {"a": 2}]
    with pytest.raises(Rejected, match="no SES event at character 17"):
        next(told)
