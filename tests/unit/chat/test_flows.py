import json
from collections.abc import Callable
from typing import Any

import pytest

from chat.domain.walking import Progress, Turn, Wants, begun, replied, walk
from recado.errors import Rejected
from recado.flows import default_document, parse
from recado.intent import Intent
from recado.model import Language

INVOICE = {"id": "F-7", "amount": "129.90", "due_on": "2026-03-10"}
CUSTOMER = {
    "name": "Ana",
    "plan": "Fibra 500",
    "city": "Recife",
    "invoices": [INVOICE],
    "overdue": [INVOICE],
}
NOBODY_OWES = {**CUSTOMER, "invoices": [], "overdue": []}
PUBLIC = {"operator": "Recado", "outages": [{"area": "Centro", "note": "fibra rompida"}]}


def edited(change: Callable[[dict[str, Any]], Any]) -> str:
    document = json.loads(default_document().model_dump_json())
    change(document)
    return json.dumps(document)


def walked(
    progress: Progress,
    language: Language = Language.PORTUGUESE,
    customer: dict[str, Any] | None = None,
    public: dict[str, Any] = PUBLIC,
) -> Turn:
    return walk(default_document(), progress, language=language, public=public, customer=customer)


@pytest.mark.parametrize("owing", [CUSTOMER, NOBODY_OWES])
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("intent", Intent)
def test_every_default_flow_comes_to_an_end_in_every_language(
    intent: Intent, language: Language, owing: dict[str, Any]
) -> None:
    document = default_document()
    turn = walked(begun(document, intent), language, owing)
    while turn.wants is Wants.DATA:
        turn = walked(replied(document, turn.progress, "sim"), language, owing)
    assert turn.wants in {Wants.NOTHING, Wants.PERSON}
    assert all(turn.says)


def test_an_invoice_copy_shows_the_customers_own_amount_and_due_date() -> None:
    progress = begun(default_document(), Intent.INVOICE_COPY)
    assert "R$\xa0129,90, vence em 10/03/2026" in walked(progress, customer=CUSTOMER).says[0]
    english = walked(progress, Language.ENGLISH, CUSTOMER).says[0]
    assert "R$129.90, due on Mar 10, 2026" in english


def test_nothing_of_the_customer_is_said_before_identification() -> None:
    turn = walked(begun(default_document(), Intent.INVOICE_COPY))
    assert (turn.says, turn.wants) == ((), Wants.IDENTITY)


def test_a_reply_is_kept_and_the_flow_goes_on() -> None:
    document = default_document()
    turn = walked(begun(document, Intent.CONNECTION))
    turn = walked(replied(document, turn.progress, " nada mudou "))
    assert turn.progress.collected == {"restarted": "nada mudou"}
    turn = walked(replied(document, turn.progress, "a LOS"))
    assert turn.wants is Wants.PERSON
    assert turn.progress.collected == {"restarted": "nada mudou", "lights": "a LOS"}


def test_what_a_customer_writes_is_never_run_as_a_template() -> None:
    document = parse(
        edited(
            lambda d: d["flows"]["sign_up"]["steps"].insert(
                1, {"do": "say", "text": {"pt-BR": "Em {{ address }}.", "en": "At {{ address }}."}}
            )
        )
    )
    progress = replied(document, begun(document, Intent.SIGN_UP), "{{ 7 * 7 }}")
    turn = walk(document, progress, language=Language.ENGLISH, public=PUBLIC, customer=None)
    assert turn.says[0] == "At {{ 7 * 7 }}."


def test_what_a_customer_writes_never_stands_for_the_customers_own_data() -> None:
    document = default_document()
    progress = begun(document, Intent.INVOICE_COPY).model_copy(
        update={"collected": {"name": "Eve", "operator": "Eve"}}
    )
    assert walked(progress, customer=CUSTOMER).says[0].startswith("Ana,")


def test_a_flow_is_walked_in_the_version_it_began_with() -> None:
    document = default_document()
    newer = document.model_copy(update={"version": 2})
    with pytest.raises(ValueError, match="version 1 of the flows, this is 2"):
        replied(newer, begun(document, Intent.CONNECTION), "sim")


def drop_the_intent(document: dict[str, Any]) -> None:
    del document["flows"]["payment"]


def forget_english(document: dict[str, Any]) -> None:
    del document["flows"]["outage"]["steps"][0]["text"]["en"]


def leak(document: dict[str, Any]) -> None:
    del document["flows"]["invoice_copy"]["steps"][0]


def misspell_a_field(document: dict[str, Any]) -> None:
    document["phrases"]["ask"]["en"] = "{{ frist }} or {{ second }}?"


def break_the_template(document: dict[str, Any]) -> None:
    document["phrases"]["greet"]["en"] = "Hi {{ operator"


def hand_over_early(document: dict[str, Any]) -> None:
    document["flows"]["payment"]["steps"].insert(0, {"do": "hand_over"})


def end_with_a_question(document: dict[str, Any]) -> None:
    document["flows"]["sign_up"]["steps"].pop()


def invent_a_step(document: dict[str, Any]) -> None:
    document["flows"]["payment"]["steps"][0] = {"do": "refund"}


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (drop_the_intent, "no flow for payment; add one"),
        (forget_english, r"flows.outage.steps.0.text: not written in en; add that language"),
        (leak, r"flows.invoice_copy.steps.0.text.pt-BR: uses invoices.*put an `identify` step"),
        (misspell_a_field, r"phrases.ask.en: uses frist, which nothing fills; use first, operator"),
        (break_the_template, r"phrases.greet.en: the template's text is not valid, line 1"),
        (hand_over_early, r"flows.payment.steps.0: hands over before the last step; move it"),
        (end_with_a_question, r"flows.sign_up.steps.1: the flow ends with a question; add"),
        (invent_a_step, r"flows.payment.steps.0: Input tag 'refund'"),
    ],
)
def test_a_mistake_in_a_document_is_named_with_its_place_and_remedy(
    mistake: Callable[[dict[str, Any]], None], message: str
) -> None:
    with pytest.raises(Rejected, match=message):
        parse(edited(mistake))


def test_all_mistakes_of_a_document_are_named_at_once() -> None:
    def several(document: dict[str, Any]) -> None:
        forget_english(document)
        misspell_a_field(document)
        end_with_a_question(document)

    with pytest.raises(Rejected) as refusal:
        parse(edited(several))
    message = str(refusal.value)
    assert refusal.value.field == "phrases.ask.en"
    assert message.count("; ") >= 2
    for place in ("phrases.ask.en: ", "flows.outage.steps.0.text: ", "flows.sign_up.steps.1: "):
        assert place in message
