"""How hostile mail is made: a mail that answers an invitation, with whatever is put into it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

DOMAIN = "signup.operadora.example"
TRUSTED = "mx.operadora.example"
TOKEN = "9f8e7d6c5b4a39281706f5e4"

FORM = (
    "Nome: Maria Hostil da Silva\r\nCPF: 529.982.247-25\r\nTelefone: (11) 98123-4507\r\n"
    "Endereço: Rua das Acácias, 120, São Paulo - SP\r\nCEP: 04101-120\r\nPlano: Fibra 500\r\n"
).encode()
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n"


@dataclass(frozen=True)
class Hostile:
    """One mail: its name, how its bytes are made, and whether its sender is forged."""

    name: str
    raw: Callable[[], bytes]
    forged: bool = False


def mail(
    body: bytes = FORM,
    *,
    kind: bytes = PLAIN,
    sender: bytes = b"Maria <maria@example.net>",
    subject: bytes = b"Re: Seu cadastro",
    above: bytes = b"",
    more: bytes = b"",
) -> bytes:
    """A mail that answers an invitation, with whatever is put into it."""
    return (
        above
        + b"From: "
        + sender
        + b"\r\nTo: cadastro+"
        + TOKEN.encode()
        + b"@"
        + DOMAIN.encode()
        + b"\r\nSubject: "
        + subject
        + b"\r\nMessage-ID: <m1@example.net>\r\nMIME-Version: 1.0\r\n"
        + more
        + kind
        + b"\r\n"
        + body
    )


def named(
    family: str, mails: dict[str, Callable[[], bytes]], *, forged: bool = False
) -> Iterator[Hostile]:
    """A family of mails by name."""
    for name, raw in mails.items():
        yield Hostile(f"{family}: {name}", raw, forged)


def part(body: bytes, kind: bytes = PLAIN) -> bytes:
    """A part of a mail whose boundary is `b`."""
    return b"--b\r\n" + kind + b"\r\n" + body + b"\r\n"
