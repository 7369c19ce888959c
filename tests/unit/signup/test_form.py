"""The invitation's form and the mail that asks again, as they are sent and as they come back."""

import pytest

from recado.model import Language
from recado.templating import compile_body, fields_required
from signup.domain import form
from signup.domain.extracted import NOTHING, Asked, Extracted, Field, Problem, Wrong
from signup.domain.filling import filled

PLANS = ("Fibra 300", "Fibra 500")
ANSWERS = {
    Asked.NAME: "Ana <b>Souza</b>",
    Asked.DOCUMENT: "52998224725",
    Asked.PHONE: "+5511981234507",
    Asked.ADDRESS: "Rua A, 12, Campinas - SP",
    Asked.POSTCODE: "13010000",
}
HALF = Extracted(
    **{asked.value: Field(value=value, raw=value) for asked, value in ANSWERS.items()},
    problems=(Problem(field=Asked.PLAN, wrong=Wrong.UNKNOWN_PLAN),),
)


@pytest.mark.parametrize("language", Language)
def test_an_invitation_that_comes_back_untouched_answers_nothing(language: Language) -> None:
    body = form.invitation(language)
    assert fields_required(body) == {"code", "plans"}
    mail = compile_body(body, language).render({"code": "RC-1", "plans": ", ".join(PLANS)})
    assert filled(mail.text, ()).extracted == NOTHING
    assert form.CONSENT[language] in mail.text


@pytest.mark.parametrize("language", Language)
def test_asking_again_shows_what_was_understood_and_what_is_wrong(language: Language) -> None:
    fields = form.understood(HALF, language, PLANS) | {"code": "RC-1"}
    mail = compile_body(form.again(language), language).render(fields)
    assert f"{form.LABELS[language][Asked.PHONE]}: +5511981234507\n" in mail.text
    assert form.remedy(Asked.PLAN, Wrong.UNKNOWN_PLAN, language, PLANS) in mail.text
    assert "Fibra 300, Fibra 500" in mail.text
    assert "<b>Souza</b>" not in mail.html
    assert "problem" not in mail.text


@pytest.mark.parametrize("language", Language)
def test_what_was_understood_is_understood_again_when_it_comes_back_quoted(
    language: Language,
) -> None:
    fields = form.understood(HALF, language, PLANS) | {"code": "RC-1"}
    text = compile_body(form.again(language), language).render(fields).text
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    again = filled(f"Fibra 500\n\nEm 22/11/2026 09:12, Recado escreveu:\n{quoted}", PLANS)
    assert again.extracted.complete
    assert again.extracted.plan == Field(value="Fibra 500", raw="Fibra 500")


@pytest.mark.parametrize("language", Language)
def test_every_problem_of_every_field_has_a_remedy(language: Language) -> None:
    remedies = {form.remedy(asked, wrong, language, PLANS) for asked in Asked for wrong in Wrong}
    assert len(remedies) == len(Asked) * len(Wrong)
    assert not any("{" in remedy for remedy in remedies)
