"""What holds for every mail: reading never fails, and re-encoding or quoting changes nothing."""

import base64
import quopri

from hypothesis import given, settings
from hypothesis import strategies as some

from signup.domain import reading
from signup.domain.markup import text_of
from signup.domain.reading import Asked, Reply, Verdict
from tests.hostile_mail import DOMAIN, TOKEN, TRUSTED, mail

PLANS = ("Fibra 300", "Fibra 500", "Móvel 20 GB")
CPFS = ("529.982.247-25", "168.995.350-09", "11.222.333/0001-81", "12ABC34501DE35")
WORDS = some.sampled_from(("Ana", "José", "Conceição", "Müller", "Prado", "Sant'Anna", "Lúcia"))
STREETS = some.sampled_from(("Rua das Acácias", "Av. São João", "Travessa Três", "Alameda Itu"))
FORMS = some.fixed_dictionaries(
    {
        "Nome": some.lists(WORDS, min_size=2, max_size=4).map(" ".join),
        "CPF ou CNPJ": some.sampled_from(CPFS),
        "Telefone": some.integers(10_000_000, 99_999_999).map(lambda end: f"(11) 9{end}"),
        "Endereço": some.tuples(STREETS, some.integers(1, 9999)).map(
            lambda place: f"{place[0]}, {place[1]}, Centro, São Paulo - SP"
        ),
        "CEP": some.integers(1_000_000, 99_999_999).map(lambda code: f"{code:08d}"),
        "Plano": some.sampled_from(PLANS),
    }
)


def read(raw: bytes) -> Reply:
    """Like `read`, without its last resort: what fails is to be seen here."""
    return reading._read(raw, TRUSTED, PLANS, DOMAIN)


def written(form: dict[str, str]) -> str:
    return "".join(f"{label}: {value}\r\n" for label, value in form.items())


def declared(charset: str, encoding: str) -> bytes:
    return (
        f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    ).encode()


@settings(max_examples=60)
@given(some.binary(max_size=3_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert read(raw).verdict in Verdict


@settings(max_examples=60)
@given(
    body=some.binary(max_size=2_000),
    kind=some.sampled_from(("plain", "html")),
    coded=some.booleans(),
)
def test_any_body_is_read(body: bytes, kind: str, *, coded: bool) -> None:
    about = f"Content-Type: text/{kind}\r\nContent-Transfer-Encoding: "
    about += "base64\r\n" if coded else "8bit\r\n"
    assert read(mail(body, kind=about.encode())).verdict in Verdict


@settings(max_examples=60)
@given(
    some.lists(
        some.sampled_from(
            (
                "Nome",
                "CPF",
                ":",
                " ",
                "\r\n",
                "> ",
                "529.982.247-25",
                "(11) 98123-4507",
                "escreveu:",
                "Em ",
                "De: a",
                "Para: b",
                "Assunto: c",
                "--",
                "Rua A, 1",
                "Fibra 500",
                "(",
                "*",
                "\t",
                "Att",
                "01310-100",
            )
        ),
        max_size=60,
    ).map("".join)
)
def test_any_mixture_of_what_forms_are_made_of_is_read(text: str) -> None:
    reply = read(mail(text.encode()))
    assert {problem.field for problem in reply.fields.problems} == {
        asked for asked in Asked if reply.fields.field(asked) is None
    }


@settings(max_examples=50)
@given(some.binary(max_size=600))
def test_any_verdict_of_the_trusted_server_is_read(value: bytes) -> None:
    above = b"Authentication-Results: " + TRUSTED.encode() + b"; " + value + b"\r\n"
    assert read(mail(above=above)).verdict in Verdict


@given(some.text(max_size=1_500))
def test_any_text_is_html_to_somebody(text: str) -> None:
    assert isinstance(text_of(text), str)


@settings(max_examples=25)
@given(
    FORMS,
    some.sampled_from(("utf-8", "iso-8859-1", "windows-1252", "utf-16")),
    some.sampled_from(("8bit", "base64", "quoted-printable")),
)
def test_fields_survive_any_encoding(form: dict[str, str], charset: str, encoding: str) -> None:
    honest = read(mail(written(form).encode()))
    body = written(form).encode(charset)
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body)
    if charset == "utf-16" and encoding != "base64":
        return
    assert read(mail(body, kind=declared(charset, encoding))).fields == honest.fields


@settings(max_examples=25)
@given(FORMS, some.sampled_from(("> ", ">", "> > ")))
def test_a_form_filled_in_within_the_quote_is_read_as_the_same(
    form: dict[str, str], mark: str
) -> None:
    honest = read(mail(written(form).encode()))
    quoted = "".join(f"{mark}{line}\r\n" for line in written(form).splitlines())
    top = "Segue preenchido.\r\n\r\nEm 22/11/2026 09:12, Operadora escreveu:\r\n"
    assert read(mail((top + quoted).encode())).fields == honest.fields


@settings(max_examples=25)
@given(FORMS, FORMS)
def test_what_is_written_now_counts_before_what_is_quoted(
    now: dict[str, str], before: dict[str, str]
) -> None:
    quoted = "".join(f"> {line}\r\n" for line in written(before).splitlines())
    text = written(now) + "\r\nEm 22/11/2026 09:12, Operadora escreveu:\r\n" + quoted
    assert read(mail(text.encode())).fields == read(mail(written(now).encode())).fields


@settings(max_examples=25)
@given(FORMS)
def test_a_table_says_the_same_as_lines(form: dict[str, str]) -> None:
    honest = read(mail(written(form).encode()))
    rows = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in form.items())
    html = mail(f"<table>{rows}</table>".encode(), kind=b"Content-Type: text/html\r\n")
    assert {asked: _value(read(html), asked) for asked in Asked} == {
        asked: _value(honest, asked) for asked in Asked
    }


@settings(max_examples=50)
@given(some.text(min_size=1, max_size=80))
def test_a_name_never_breaks_a_header(name: str) -> None:
    body = f"Nome: {name}\r\nCPF: 529.982.247-25\r\n".encode("utf-8", errors="surrogatepass")
    found = read(mail(body)).fields.name
    assert found is None or not any(
        ord(sign) < 32 or sign in "\x7f\x85\u2028" for sign in found.value
    )


def test_the_token_is_found_wherever_it_stands() -> None:
    assert read(mail()).tokens == (TOKEN,)


def _value(reply: Reply, asked: Asked) -> str | None:
    found = reply.fields.field(asked)
    return found.value if found else None
