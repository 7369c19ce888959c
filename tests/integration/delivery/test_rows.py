"""A row that cannot be sent fails alone with a reason, and no request grows too large."""

import json

import pytest

from recado.audience import MAX_ROW_BYTES
from recado.ledger.progress import Status
from recado.model import Language, MailBody
from tests.integration.conftest import forget_collaborators

from .conftest import CAMPAIGN, TEMPLATE, Operator, person
from .trouble import request_sizes

BAD_ROWS = {
    "poison: not JSON": (b'{"id": "C-7", broken', "JSON"),
    "poison: a field of the template is missing": (
        {"id": "C-7", "email": "c7@example.com"},
        "'name' is undefined",
    ),
    "poison: a header in the address": (
        person(7, email="a@example.com\r\nBcc: b@example.com"),
        "email",
    ),
    "poison: an id twice": (person(0), "earlier row"),
    "oversized": (person(7, note="x" * MAX_ROW_BYTES), "bytes"),
    "invalid address": (person(7, email="nobody"), "email"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_fails_alone_with_a_reason_and_the_other_49_are_sent(
    operator: Operator, case: str
) -> None:
    row, reason = BAD_ROWS[case]
    rows: list[object] = [person(number) for number in range(50)]
    rows[7] = row
    operator.launch(rows)
    operator.pump.run()
    assert operator.counts == {"sent": 49, "failed": 1} == operator.recount()
    assert operator.accepted == (49, 0)
    assert operator.progress.status is Status.PARTIAL
    (chunk,) = operator.ledger.chunks(CAMPAIGN)
    assert list(chunk.reasons) == [7]
    assert reason in chunk.reasons[7]
    assert operator.dead_letters("SendBillingDeadUrl") == []


@pytest.mark.parametrize("letter", ["x", "é", '"', "\U0001f4e8"])
@pytest.mark.parametrize("transport", ["bulk", "single"])
def test_no_request_is_over_a_megabyte_however_large_rows_and_mails_are(
    operator: Operator, letter: str, transport: str
) -> None:
    operator.monkeypatch.setenv("TRANSPORT", transport)
    note = letter * ((MAX_ROW_BYTES - 200) // (len(json.dumps(letter)) - 2))
    html = "<p>{{ name }}</p><p>{{ note }}</p>" + letter * 20_000
    bodies = {Language.PORTUGUESE: MailBody(subject="{{ name }}", html=html, text="{{ name }}")}
    audience = operator.upload([person(number, note=note) for number in range(60)])
    with request_sizes() as sizes:
        forget_collaborators()
        plan = operator.plan(audience)
        template = TEMPLATE.model_copy(update={"bodies": bodies})
        operator.command(plan.model_copy(update={"template": template}))
        operator.pump.run()
    assert operator.counts == {"sent": 60} == operator.recount()
    assert max(sizes) <= 1_048_576
