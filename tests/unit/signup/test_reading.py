"""Which of a mail's words count, and for what."""

import pytest

from recado.model import Language
from signup.domain.reading import Asked, Problem, Reply, Verdict, Wrong, read
from tests.hostile_mail import DOMAIN, TOKEN, TRUSTED, mail

PLANS = ("Fibra 300", "Fibra 500")
VALID, OTHER = "529.982.247-25", "168.995.350-09"


def replied(text: str, **parts: bytes) -> Reply:
    raw = mail(text.replace("\n", "\r\n").encode(), **parts)
    return read(raw, trusted=TRUSTED, plans=PLANS, reply_domain=DOMAIN)


def value(reply: Reply, asked: Asked) -> str | None:
    found = reply.fields.field(asked)
    return found.value if found else None


def wrong(reply: Reply, asked: Asked) -> Wrong | None:
    return next((each.wrong for each in reply.fields.problems if each.field is asked), None)


def test_what_is_wrong_behind_a_label_is_not_made_good_by_somebody_elses_number() -> None:
    reply = replied(f"CPF: 529.982.247-26\nTelefone: x\n\nO da minha esposa é {VALID}.")
    assert Problem(field=Asked.DOCUMENT, wrong=Wrong.CHECK_DIGITS) in reply.fields.problems


@pytest.mark.parametrize(
    ("text", "asked", "right"),
    [
        ("Quero a Fibra 300... aliás, não, prefiro a Fibra 500.", Asked.PLAN, "Fibra 500"),
        ("I'd like the Fibra 300, sorry, I mean the Fibra 500.", Asked.PLAN, "Fibra 500"),
        ("Meu telefone é 81 98844-1020, ops, é 81 99516-3382.", Asked.PHONE, "+5581995163382"),
        ("My phone is 81 98844-1020. Sorry for the delay!", Asked.PHONE, "+5581988441020"),
        (
            "CEP 01310-100, e o fixo da minha mãe, que mora comigo, 32324455",
            Asked.POSTCODE,
            "01310100",
        ),
    ],
)
def test_who_corrects_themselves_in_a_sentence_is_heard(
    text: str, asked: Asked, right: str
) -> None:
    assert value(replied(text), asked) == right


def test_an_apology_behind_an_address_is_no_other_address() -> None:
    reply = replied(
        "Endereço Rua das Flores, 10, Recife\nTelefone (81) 98844-1020, desculpe a demora"
    )
    said = value(reply, Asked.ADDRESS)
    assert said is not None
    assert said.startswith("Rua das Flores, 10")
    named = replied(f"Nome Ana Souza, desculpe a demora\nCPF {VALID}")
    assert "Ana Souza" in (value(named, Asked.NAME) or "")


def test_two_documents_behind_labels_are_ambiguous() -> None:
    assert wrong(replied(f"CPF: {VALID}\nCPF: {OTHER}"), Asked.DOCUMENT) is Wrong.AMBIGUOUS


def test_the_telephone_number_below_a_closing_does_not_count() -> None:
    text = f"Nome: Ana Souza\nCPF: {VALID}\n\nAtenciosamente,\nAna Souza\nTel.: (11) 3222-1234"
    reply = replied(text)
    assert wrong(reply, Asked.PHONE) is Wrong.MISSING
    assert "3222" not in reply.answer


def test_a_form_below_a_thank_you_is_no_signature() -> None:
    reply = replied(f"Obrigada,\n\nNome: Ana Souza\nCPF: {VALID}\nPlano: Fibra 300")
    assert value(reply, Asked.PLAN) == "Fibra 300"


def test_an_answer_below_its_quoted_label_counts() -> None:
    text = (
        f"Em 22/11/2026, Recado escreveu:\n> Nome:\nAna Souza\n> CPF ou CNPJ:\n>\n{VALID}\n> CEP:\n"
    )
    reply = replied(text)
    assert (value(reply, Asked.NAME), value(reply, Asked.DOCUMENT)) == ("Ana Souza", "52998224725")
    assert wrong(reply, Asked.POSTCODE) is Wrong.MISSING


def test_the_displayed_name_of_the_sender_is_not_taken_for_the_persons() -> None:
    assert wrong(replied(f"CPF: {VALID}"), Asked.NAME) is Wrong.MISSING


def test_a_place_on_its_own_line_belongs_to_the_address() -> None:
    reply = replied("Endereço: Rua A, 12\nBairro: Centro\nCidade: Campinas - SP\nCEP: 13010-000")
    assert value(reply, Asked.ADDRESS) == "Rua A, 12, Centro, Campinas - SP"
    assert value(reply, Asked.POSTCODE) == "13010000"


FORM = f"Nome: Ana Souza\nCPF: {VALID}\nTelefone: (11) 98123-4507\nPlano: Fibra 300\n\n"


@pytest.mark.parametrize(
    ("behind", "asked", "right"),
    [
        ("Corrigindo: o plano vai ser o Fibra 500, não o 300.", Asked.PLAN, "Fibra 500"),
        ("Oops, the phone is 11 98123-4508.", Asked.PHONE, "+5511981234508"),
        ("Sorry, please use 11 98123-4508 for the phone.", Asked.PHONE, "+5511981234508"),
        ("Obs: corrigindo o telefone, é 11 98123-4508.", Asked.PHONE, "+5511981234508"),
        ("Desculpem a demora!", Asked.PLAN, "Fibra 300"),
        ("Desculpem a demora, o telefone da loja é 11 3333-4444.", Asked.PHONE, "+5511981234507"),
        ("Sorry for the late answer. My shop's phone: 11 3333-4444", Asked.PHONE, "+5511981234507"),
        ("Desculpe, o telefone certo é 11 98123-4508.", Asked.PHONE, "+5511981234508"),
        ("O plano Fibra 500 eu já tive.", Asked.PLAN, "Fibra 300"),
    ],
)
def test_a_correction_below_the_form_counts(behind: str, asked: Asked, right: str) -> None:
    assert value(replied(FORM + behind), asked) == right


def test_a_list_without_labels_is_understood() -> None:
    reply = replied(f"Seguem os dados:\n- Ana Souza\n- {VALID}\n- 13010000\n- fibra de 500 mega")
    assert [value(reply, asked) for asked in (Asked.NAME, Asked.POSTCODE, Asked.PLAN)] == [
        "Ana Souza",
        "13010000",
        "Fibra 500",
    ]


def test_a_sentence_behind_a_labelled_number_is_heard() -> None:
    reply = replied(f"Meu CPF: {VALID}. Podem me ligar no (11) 98123-4507 depois das 18h.")
    assert value(reply, Asked.PHONE) == "+5511981234507"


def test_a_quoted_list_of_plans_is_no_answer() -> None:
    text = (
        "Me liguem no (11) 98123-4507.\n\nEm 22/11/2026, Recado escreveu:\n> Plano:\n>\n"
        "> Planos disponíveis: Fibra 300, Fibra\n> 500, Fibra 500 Plus\n"
    )
    assert wrong(replied(text), Asked.PLAN) is Wrong.MISSING


def test_a_line_that_a_mail_program_broke_is_put_together() -> None:
    street = "Rua Carlos Martins, 1077, Edifício Mar Azul, apartamento 1402, Jardim"
    reply = replied(f"Endereço: {street}\nCamburi, Vitória - ES\nCEP: 29090-060")
    assert value(reply, Asked.ADDRESS) == f"{street} Camburi, Vitória - ES"


def test_a_quarter_called_plano_is_no_plan() -> None:
    reply = replied("Endereço: Quadra 106, Lote 7, Plano Diretor Sul, Palmas/TO\nPlano: Fibra 300")
    assert value(reply, Asked.ADDRESS) == "Quadra 106, Lote 7, Plano Diretor Sul, Palmas/TO"
    assert value(reply, Asked.PLAN) == "Fibra 300"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Sure, here it is: CPF 529.982.247-25", Language.ENGLISH),
        ("Nome: Ana Souza", Language.PORTUGUESE),
        ("Name: Ana Souza", Language.ENGLISH),
        ("Please register me.\nNome: Ana\nTelefone: 1\nPlano: Fibra 300\nThanks", Language.ENGLISH),
        ("12345", Language.PORTUGUESE),
    ],
)
def test_the_language_is_that_of_the_persons_own_words(text: str, language: Language) -> None:
    assert replied(text).language is language


@pytest.mark.parametrize(
    ("above", "verdict"),
    [
        (b"Auto-Submitted: no\r\n", Verdict.FORM),
        (b"Auto-Submitted: auto-replied\r\n", Verdict.AUTOMATIC),
        (b"X-Auto-Response-Suppress: All\r\n", Verdict.FORM),
        (b"Precedence: bulk\r\n", Verdict.AUTOMATIC),
        (b"List-Id: <a.b>\r\n", Verdict.AUTOMATIC),
        (b"Return-Path: <>\r\n", Verdict.AUTOMATIC),
        (b"X-Failed-Recipients: a@b.example\r\n", Verdict.BOUNCE),
        (b"X-Loop: cadastro@" + DOMAIN.encode() + b"\r\n", Verdict.LOOP),
        (b"Received: a\r\n" * 51, Verdict.LOOP),
        (b"Received: a\r\n" * 50, Verdict.FORM),
    ],
)
def test_machines_are_told_from_people(above: bytes, verdict: Verdict) -> None:
    assert replied("Nome: Ana Souza", above=above).verdict is verdict


def test_a_mail_without_words_is_for_people_to_look_at() -> None:
    reply = replied("QUJD", kind=b"Content-Type: application/pdf\r\n")
    assert (reply.verdict, reply.fields.name) == (Verdict.UNREADABLE, None)


def test_a_token_in_the_thread_or_the_text_is_found_too() -> None:
    def without_address(more: bytes = b"", body: bytes = b"Nome: Ana\r\n") -> Reply:
        raw = mail(body, more=more).replace(f"+{TOKEN}@".encode(), b"@")
        return read(raw, trusted=None, plans=PLANS, reply_domain=DOMAIN)

    assert without_address().verdict is Verdict.NO_TOKEN
    thread = f"References: <a@b.example> <{TOKEN}@{DOMAIN}>\r\n".encode()
    assert without_address(thread).tokens == (TOKEN,)
    code = f"> Código do convite: *{TOKEN}*\r\n".encode()
    assert without_address(body=code).tokens == (TOKEN,)
    elsewhere = f"References: <{TOKEN}@{DOMAIN}.evil.example>\r\n".encode()
    assert without_address(elsewhere).tokens == ()


def test_a_flowed_paragraph_is_one_line() -> None:
    kind = b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
    reply = replied("Endereço: Rua das \nAcácias, 12, \nCampinas\nCEP: 13010-000", kind=kind)
    assert value(reply, Asked.ADDRESS) == "Rua das Acácias, 12, Campinas"


@pytest.mark.parametrize(
    "text",
    [
        (
            "> Nome:\nR: Ana Souza\n> CPF ou CNPJ:\nR: 529.982.247-25\n> Telefone:\n"
            "R: (11) 98123-4507\n"
            "> Endereço:\nR: Rua A, 12\n> CEP:\nR: 13010-000\n> Plano:\nR: Fibra 500"
        ),
        (
            "Seu nome: Ana Souza\nCPF nº: 529.982.247-25\nTel. contato: (11) 98123-4507\n"
            "Endereço para instalação: Rua A, 12\nCEP nº 13010-000\nPlano que quero: Fibra 500"
        ),
        (
            "Your name: Ana Souza\nTax ID (CPF): 52998224725\nContact number: 11 98123-4507\n"
            "Home address: Rua A, 12\nPostal code (CEP): 13010-000\nPlan of choice: Fibra 500"
        ),
        (
            "Nome: Ana Souza CPF: 529.982.247-25\nTel: 11981234507 CEP: 13010-000\n"
            "End: Rua A, 12 Plano: Fibra 500"
        ),
    ],
)
def test_a_form_is_understood_however_its_labels_are_written(text: str) -> None:
    reply = replied(text)
    assert [value(reply, asked) for asked in Asked] == [
        "Ana Souza", "52998224725", "+5511981234507", "Rua A, 12", "13010000", "Fibra 500"
    ]  # fmt: skip
