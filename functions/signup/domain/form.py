"""The form that an invitation carries, and the mail that asks again for what is missing or wrong.

The texts are sources of mail bodies, rendered like any template of staff's (`recado.templating`).
Every label stands alone at the beginning of its line: `labels` finds it there again, in whatever a
mail program made of it. What each body uses:

    invitation   code, plans; may have name (how the person is greeted) and operator
    again        code, plans, and everything that `understood` gives
"""

from collections.abc import Collection

from recado.model import Language, MailBody
from signup.domain.extracted import Asked, Extracted, Wrong

WORDING = "signup-2026-11"
"""Names the text that people agree to by answering; a changed text gets a new name."""

_PT, _EN = Language.PORTUGUESE, Language.ENGLISH

LABELS: dict[Language, dict[Asked, str]] = {
    _PT: {
        Asked.NAME: "Nome",
        Asked.DOCUMENT: "CPF ou CNPJ",
        Asked.PHONE: "Telefone",
        Asked.ADDRESS: "Endereço",
        Asked.POSTCODE: "CEP",
        Asked.PLAN: "Plano",
    },
    _EN: {
        Asked.NAME: "Name",
        Asked.DOCUMENT: "CPF or CNPJ",
        Asked.PHONE: "Phone",
        Asked.ADDRESS: "Address",
        Asked.POSTCODE: "CEP (postcode)",
        Asked.PLAN: "Plan",
    },
}
CODE_LABEL = {_PT: "Código do convite", _EN: "Invitation code"}
CONSENT = {
    _PT: (
        "Ao responder a esta mensagem com o formulário preenchido, você pede o seu cadastro como "
        "cliente e concorda com o uso destes dados para esse fim."
    ),
    _EN: (
        "By answering this message with the form filled in, you ask to be registered as a customer "
        "and agree to the use of these data for that purpose."
    ),
}

_SUBJECT = {_PT: "Seu cadastro: responda este e-mail", _EN: "Sign up by answering this e-mail"}
_SUBJECT_AGAIN = {_PT: "Seu cadastro: falta pouco", _EN: "Your sign-up: almost done"}
_GREETING = {
    _PT: "Olá{% if name is defined and name %}, {{ name }}{% endif %}!",
    _EN: "Hello{% if name is defined and name %} {{ name }}{% endif %},",
}
_OPERATOR = "{% if operator is defined and operator %}{{ operator }}{% else %}OURS{% endif %}"
_INVITATION = {
    _PT: "Para ser cliente da "
    + _OPERATOR.replace("OURS", "nossa operadora")
    + ", responda a esta mensagem e preencha o formulário abaixo.",
    _EN: "To become a customer of "
    + _OPERATOR.replace("OURS", "our company")
    + ", answer this message and fill in the form below.",
}
_AGAIN = {
    _PT: "Recebemos a sua resposta, obrigado. Para concluir o cadastro, ainda precisamos do "
    "seguinte:",
    _EN: "We received your answer, thank you. To finish your registration we still need the "
    "following:",
}
_FILL_IN = {
    _PT: "Responda a esta mensagem com o que falta no formulário:",
    _EN: "Answer this message with what is missing in the form:",
}
_PLANS = {_PT: "Planos disponíveis: {{ plans }}.", _EN: "Available plans: {{ plans }}."}

# No sentence has a label with a colon, or a quoted one would look like an answer.
_REMEDIES: dict[Language, dict[Wrong, str]] = {
    _PT: {
        Wrong.MISSING: "Não encontramos o campo {label}. {how}",
        Wrong.CHECK_DIGITS: "Os dígitos verificadores do campo {label} não conferem; veja se houve "
        "erro de digitação. {how}",
        Wrong.UNREADABLE: "Não conseguimos entender o campo {label}. {how}",
        Wrong.AMBIGUOUS: "Há mais de uma resposta para o campo {label}. Escreva apenas uma. {how}",
        Wrong.UNKNOWN_PLAN: "Não temos o que está no campo {label}. {how}",
        Wrong.OUT_OF_RANGE: "Não existe o número que está no campo {label}. {how}",
    },
    _EN: {
        Wrong.MISSING: "We did not find the field {label}. {how}",
        Wrong.CHECK_DIGITS: "The check digits of the field {label} do not match; look for a typing "
        "error. {how}",
        Wrong.UNREADABLE: "We could not understand the field {label}. {how}",
        Wrong.AMBIGUOUS: "There is more than one answer for the field {label}. Write only one. "
        "{how}",
        Wrong.UNKNOWN_PLAN: "We do not have what is in the field {label}. {how}",
        Wrong.OUT_OF_RANGE: "The number in the field {label} does not exist. {how}",
    },
}
_HOW: dict[Language, dict[Asked, str]] = {
    _PT: {
        Asked.NAME: "Escreva o nome completo ou a razão social.",
        Asked.DOCUMENT: "Escreva os 11 dígitos do CPF ou os 14 caracteres do CNPJ.",
        Asked.PHONE: "Escreva o número com DDD, por exemplo (11) 91234-5678.",
        Asked.ADDRESS: "Escreva rua, número, bairro e cidade.",
        Asked.POSTCODE: "Escreva os 8 dígitos, por exemplo 01310-100.",
        Asked.PLAN: "Escolha um destes: {plans}.",
    },
    _EN: {
        Asked.NAME: "Write the full name, or the company's registered name.",
        Asked.DOCUMENT: "Write the 11 digits of the CPF or the 14 characters of the CNPJ.",
        Asked.PHONE: "Write the number with its area code, for example (11) 91234-5678.",
        Asked.ADDRESS: "Write street, number, district and city.",
        Asked.POSTCODE: "Write all 8 digits, for example 01310-100.",
        Asked.PLAN: "Choose one of these: {plans}.",
    },
}


def invitation(language: Language) -> MailBody:
    """The mail that invites somebody to fill in the form and reply."""
    above = (_GREETING[language], _INVITATION[language], _PLANS[language])
    blank = dict.fromkeys(Asked, "")
    return MailBody(
        subject=_SUBJECT[language],
        text=_text(language, above, (), blank),
        html=_html(language, above, (), blank),
    )


def again(language: Language) -> MailBody:
    """The mail that asks again, with the form as far as it was understood."""
    above, below = (_GREETING[language], _AGAIN[language]), (_FILL_IN[language],)
    filled_in = {asked: f"{{{{ {asked.value} }}}}" for asked in Asked}
    return MailBody(
        subject=_SUBJECT_AGAIN[language],
        text=_text(language, above, below, filled_in),
        html=_html(language, above, below, filled_in),
    )


def understood(extracted: Extracted, language: Language, plans: Collection[str]) -> dict[str, str]:
    """The fields of `again`: each answer, and for what has none the sentence that asks for it.

    Answers are named like the form's fields and problems `problem_<field>`; what does not apply
    is empty.
    """
    wrong = {problem.field: problem.wrong for problem in extracted.problems}
    fields: dict[str, str] = {}
    for asked in Asked:
        answer = extracted.field(asked)
        fields[asked.value] = answer.value if answer else ""
        fields[f"problem_{asked.value}"] = (
            remedy(asked, wrong[asked], language, plans) if asked in wrong else ""
        )
    return fields


def remedy(asked: Asked, wrong: Wrong, language: Language, plans: Collection[str]) -> str:
    """What is wrong with a field, and what to write instead."""
    how = _HOW[language][asked].format(plans=", ".join(plans))
    return _REMEDIES[language][wrong].format(label=LABELS[language][asked], how=how)


def _text(
    language: Language,
    above: tuple[str, ...],
    below: tuple[str, ...],
    filled_in: dict[Asked, str],
) -> str:
    problems = "".join(
        f"{{% if problem_{asked.value} %}}- {{{{ problem_{asked.value} }}}}\n{{% endif %}}"
        for asked in Asked
    )
    form = "".join(
        f"{label}: {filled_in[asked]}".rstrip() + "\n" for asked, label in LABELS[language].items()
    )
    return "\n".join(
        (
            *(f"{paragraph}\n" for paragraph in above),
            *((problems,) if below else ()),
            *(f"{paragraph}\n" for paragraph in below),
            form,
            f"{CODE_LABEL[language]}: {{{{ code }}}}\n",
            f"{CONSENT[language]}\n",
        )
    )


def _html(
    language: Language,
    above: tuple[str, ...],
    below: tuple[str, ...],
    filled_in: dict[Asked, str],
) -> str:
    problems = "".join(
        f"{{% if problem_{asked.value} %}}<li>{{{{ problem_{asked.value} }}}}</li>{{% endif %}}"
        for asked in Asked
    )
    form = "".join(
        f"<p><b>{label}:</b> {filled_in[asked]}</p>\n" for asked, label in LABELS[language].items()
    )
    return "".join(
        (
            *(f"<p>{paragraph}</p>\n" for paragraph in above),
            f"<ul>{problems}</ul>\n" if below else "",
            *(f"<p>{paragraph}</p>\n" for paragraph in below),
            form,
            f"<p>{CODE_LABEL[language]}: {{{{ code }}}}</p>\n",
            f"<p><small>{CONSENT[language]}</small></p>\n",
        )
    )
