"""Mails that lie about who they are from, or would have Recado write to somebody else."""

from collections.abc import Iterator

from tests.hostile_mail.crafting import DOMAIN, FORM, PLAIN, TOKEN, TRUSTED, Hostile, mail, named

VICTIM = "vitima@banco.example"


def families() -> Iterator[Hostile]:
    """All of them."""
    for family in (_injections, _forgeries, _loops):
        yield from family()


def _injections() -> Iterator[Hostile]:
    breaks = {
        "CRLF": b"=0D=0A",
        "LF": b"=0A",
        "CR": b"=0D",
        "NEL": b"=C2=85",
        "LS": b"=E2=80=A8",
        "VT": b"=0B",
        "NUL": b"=00",
        "FS": b"=1C",
    }
    for name, sign in breaks.items():
        bcc = sign + b"Bcc:_" + VICTIM.encode().replace(b"@", b"=40")
        word = b"=?utf-8?Q?Maria" + bcc + b"?="
        yield Hostile(
            f"injection: {name} in the display name",
            lambda word=word: mail(sender=word + b" <maria@example.net>"),
        )
        yield Hostile(f"injection: {name} in the subject", lambda word=word: mail(subject=word))
        body = FORM.replace(b"Silva", b"Silva" + bcc.replace(b"_", b" "))
        yield Hostile(
            f"injection: {name} in the name filled in",
            lambda body=body: mail(
                body.replace("Endereço".encode(), b"Endere=C3=A7o"),
                kind=PLAIN + b"Content-Transfer-Encoding: quoted-printable\r\n",
            ),
        )


def _forgeries() -> Iterator[Hostile]:
    good = (
        f"{TRUSTED}; spf=pass smtp.mailfrom=banco.example; dkim=pass header.d=banco.example;"
        " dmarc=pass header.from=banco.example"
    ).encode()
    fail = (
        f"{TRUSTED}; spf=fail smtp.mailfrom=evil.example; dkim=none;"
        " dmarc=fail header.from=banco.example"
    ).encode()
    victim = b"Banco <" + VICTIM.encode() + b">"
    received = (
        b"Received: from evil.example by "
        + TRUSTED.encode()
        + b"; Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    )

    def field(value: bytes) -> bytes:
        return b"Authentication-Results: " + value + b"\r\n"

    evil = good.replace(TRUSTED.encode(), b"mx.evil.example")
    sub = good.replace(TRUSTED.encode(), b"x." + TRUSTED.encode())
    own = (
        f"{TRUSTED}; spf=pass smtp.mailfrom=evil.example; dkim=pass header.d=evil.example".encode()
    )
    yield from named(
        "forged",
        {
            "no verdict at all": lambda: mail(sender=victim, above=received),
            "verdict of another server": lambda: mail(sender=victim, above=received + field(evil)),
            "verdict of a server named alike": lambda: mail(
                sender=victim, above=received + field(sub)
            ),
            "verdict among the sender's headers": lambda: mail(
                sender=victim, above=received, more=field(good)
            ),
            "verdict below the true one": lambda: mail(
                sender=victim, above=received + field(fail) + field(good)
            ),
            "verdict below the true one and the sender's": lambda: mail(
                sender=victim, above=received + field(fail), more=field(good)
            ),
            "verdict in a comment": lambda: mail(
                sender=victim,
                above=received + field(TRUSTED.encode() + b" (dmarc=pass); dmarc=fail"),
            ),
            "verdict in nested comments": lambda: mail(
                sender=victim,
                above=received + field(TRUSTED.encode() + b"; spf=fail ((;dmarc=pass;))"),
            ),
            "verdict in a quoted value": lambda: mail(
                sender=victim,
                above=received + field(TRUSTED.encode() + b'; spf=fail reason="x; dmarc=pass"'),
            ),
            "verdict in ARC": lambda: mail(
                sender=victim,
                above=received + b"ARC-Authentication-Results: i=1; " + good + b"\r\n",
            ),
            "verdict in the body": lambda: mail(field(good) + FORM, sender=victim, above=received),
            "another domain proved": lambda: mail(sender=victim, above=received + field(own)),
            "another From in the verdict": lambda: mail(
                sender=victim,
                above=received + field(good.replace(b"banco.example", b"evil.example")),
            ),
            "a domain that ends alike": lambda: mail(
                sender=b"a@evilbanco.example",
                above=received + field(f"{TRUSTED}; dkim=pass header.d=banco.example".encode()),
            ),
            "dmarc pass and fail": lambda: mail(
                sender=victim,
                above=received + field(good + b"; dmarc=fail header.from=banco.example"),
            ),
            "a method named like dmarc": lambda: mail(
                sender=victim,
                above=received
                + field(TRUSTED.encode() + b"; xdmarc=pass header.from=banco.example"),
            ),
            "a top-level domain proved": lambda: mail(
                sender=victim,
                above=received + field(TRUSTED.encode() + b"; dkim=pass header.d=example"),
            ),
            "an empty domain proved": lambda: mail(
                sender=victim,
                above=received + field(TRUSTED.encode() + b"; spf=pass smtp.mailfrom="),
            ),
            "two addresses in From": lambda: mail(
                sender=VICTIM.encode() + b", evil@evil.example", above=received + field(own)
            ),
            "a verdict below a From": lambda: (
                b"From: " + victim + b"\r\n" + mail(sender=victim, above=field(good))
            ),
            "an address in the display name": lambda: mail(
                sender=b'"' + VICTIM.encode() + b'" <evil@evil.example>',
                above=received + field(fail),
            ),
            "folded in the middle of the server's name": lambda: mail(
                sender=victim, above=received + field(good.replace(b"operadora", b"opera\r\n dora"))
            ),
            "10,000 verdicts": lambda: mail(
                sender=victim, above=received + field(fail) + field(good) * 10_000
            ),
            "a verdict of brackets": lambda: mail(
                sender=victim, above=received + field(TRUSTED.encode() + b"; " + b"(" * 3_000)
            ),
        },
        forged=True,
    )


def _loops() -> Iterator[Hostile]:
    own = b"cadastro@" + DOMAIN.encode()
    yield from named(
        "loop",
        {
            "from our own address": lambda: mail(sender=own),
            "from our own reply address": lambda: mail(
                sender=b"cadastro+" + TOKEN.encode() + b"@" + DOMAIN.encode()
            ),
            "from our address in capitals": lambda: mail(sender=own.upper()),
            "X-Loop": lambda: mail(above=b"X-Loop: " + own + b"\r\n"),
            "60 hops": lambda: mail(above=b"Received: from a by b\r\n" * 60),
            "an autoresponder": lambda: mail(above=b"Auto-Submitted: auto-replied\r\n"),
            "an autoresponder in capitals": lambda: mail(
                above=b"AUTO-SUBMITTED: AUTO-GENERATED (x)\r\n"
            ),
            "an empty return path": lambda: mail(above=b"Return-Path: <>\r\n"),
        },
    )
