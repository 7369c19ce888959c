"""Two hundred mails and more that mean harm, built when asked for: some have thirty megabytes.

Each would be a complete answer to an invitation, were it honest: what is hostile is what its name
says. `forged` marks those that claim to come from somebody else. Everything is seeded: the same
mails every time.
"""

import base64
import gzip
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DOMAIN = "signup.operadora.example"
TRUSTED = "mx.operadora.example"
TOKEN = "9f8e7d6c5b4a39281706f5e4"
VICTIM = "vitima@banco.example"
MEGABYTES = 30

FORM = (
    "Nome: Maria Hostil da Silva\r\nCPF: 529.982.247-25\r\nTelefone: (11) 98123-4507\r\n"
    "Endereço: Rua das Acácias, 120, São Paulo - SP\r\nCEP: 04101-120\r\nPlano: Fibra 500\r\n"
).encode()
_BIG = MEGABYTES * 1_000_000
_PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
_MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n"


@dataclass(frozen=True)
class Hostile:
    """One mail: its name, how its bytes are made, and whether its sender is forged."""

    name: str
    raw: Callable[[], bytes]
    forged: bool = False


def hostile_mail() -> tuple[Hostile, ...]:
    """All of them, each with a name of its own."""
    families = (
        _malformed,
        _cut_short,
        _injections,
        _controls,
        _charsets,
        _encodings,
        _parameters,
        _nested,
        _huge,
        _bombs,
        _crowds,
        _forgeries,
        _loops,
        _baits,
        _markup,
        _noise,
    )
    return tuple(mail for family in families for mail in family())


def mail(
    body: bytes = FORM,
    *,
    kind: bytes = _PLAIN,
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


def _named(
    family: str, mails: dict[str, Callable[[], bytes]], *, forged: bool = False
) -> Iterator[Hostile]:
    for name, raw in mails.items():
        yield Hostile(f"{family}: {name}", raw, forged)


def _part(body: bytes, kind: bytes = _PLAIN) -> bytes:
    return b"--b\r\n" + kind + b"\r\n" + body + b"\r\n"


def _malformed() -> Iterator[Hostile]:
    yield from _named(
        "malformed",
        {
            "nothing at all": lambda: b"",
            "one byte": lambda: b"\xff",
            "only line breaks": lambda: b"\r\n" * 50,
            "no headers": lambda: b"\r\n" + FORM,
            "headers without an end": lambda: mail().split(b"\r\n\r\n")[0],
            "a header without a colon": lambda: mail(above=b"this is no header\r\n"),
            "a continuation first": lambda: mail(above=b"  folded from nowhere\r\n"),
            "spaces before colons": lambda: mail(above=b"X-Odd   : value\r\n"),
            "bare carriage returns": lambda: mail().replace(b"\r\n", b"\r"),
            "bare line feeds": lambda: mail().replace(b"\r\n", b"\n"),
            "line breaks mixed": lambda: mail().replace(b"\r\n", b"\n\r", 3),
            "boundary missing": lambda: mail(
                _part(FORM), kind=b"Content-Type: multipart/mixed\r\n"
            ),
            "boundary empty": lambda: mail(
                _part(FORM), kind=b'Content-Type: multipart/mixed; boundary=""\r\n'
            ),
            "boundary never used": lambda: mail(
                FORM, kind=b"Content-Type: multipart/mixed; boundary=zz\r\n"
            ),
            "boundary never closed": lambda: mail(_part(FORM), kind=_MIXED),
            "boundary closed twice": lambda: mail(
                _part(FORM) + b"--b--\r\n--b--\r\n" + FORM, kind=_MIXED
            ),
            "boundary of regex signs": lambda: mail(
                b"--(.*)+$[a-z]\r\n\r\n" + FORM,
                kind=b'Content-Type: multipart/mixed; boundary="(.*)+$[a-z]"\r\n',
            ),
            "two content types": lambda: mail(more=_MIXED),
            "content type of nothing": lambda: mail(kind=b"Content-Type:\r\n"),
            "content type of slashes": lambda: mail(kind=b"Content-Type: ////\r\n"),
            "multipart declared as base64": lambda: mail(
                _part(FORM), kind=_MIXED + b"Content-Transfer-Encoding: base64\r\n"
            ),
            "a part without headers": lambda: mail(
                b"--b\r\n\r\n" + FORM + b"--b--\r\n", kind=_MIXED
            ),
            "a forwarded mail within": lambda: mail(
                _part(mail(), b"Content-Type: message/rfc822\r\n"), kind=_MIXED
            ),
            "two Froms": lambda: mail(above=b"From: boss@banco.example\r\n"),
            "no From": lambda: mail().replace(b"From: Maria <maria@example.net>\r\n", b""),
        },
    )


def _cut_short() -> Iterator[Hostile]:
    whole = mail(
        _part(FORM) + _part(b"<p>Nome: X</p>", b"Content-Type: text/html\r\n") + b"--b--\r\n",
        kind=_MIXED,
    )
    for tenth in range(1, 10):
        end = len(whole) * tenth // 10
        yield Hostile(f"cut short after {tenth} tenths", lambda end=end: whole[:end])


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
                kind=_PLAIN + b"Content-Transfer-Encoding: quoted-printable\r\n",
            ),
        )


def _controls() -> Iterator[Hostile]:
    signs = {
        "null bytes": b"\x00",
        "escapes": b"\x1b[31m",
        "backspaces": b"\x08",
        "bells": b"\x07",
        "right to left": "\u202e".encode(),
        "zero width": "\u200b".encode(),
        "deletes": b"\x7f",
    }
    for name, sign in signs.items():
        yield Hostile(
            f"controls: {name} between letters",
            lambda sign=sign: mail(sign.join(FORM[at : at + 3] for at in range(0, len(FORM), 3))),
        )
    yield from _named(
        "controls",
        {
            "a thousand nulls first": lambda: b"\x00" * 1000 + mail(),
            "nulls in header names": lambda: mail(above=b"X-\x00Bad: 1\r\n"),
            "nulls in the address": lambda: mail(sender=b"maria\x00@example.net"),
            "nulls in the token": lambda: mail().replace(TOKEN.encode(), b"9f8e\x007d6c"),
        },
    )


def _charsets() -> Iterator[Hostile]:
    names = (
        b"",
        b"none",
        b"utf-9",
        b"zip",
        b"base64",
        b"rot13",
        b"idna",
        b"punycode",
        b"unicode_escape",
        b"undefined",
        b"utf-7",
        b"../../etc/passwd",
        b"x" * 5000,
        b"\xff\xfe",
        b"utf-16",
        b"mbcs",
    )
    for name in names:
        kind = b'Content-Type: text/plain; charset="' + name + b'"\r\n'
        yield Hostile(f"charset: {name[:20]!r}", lambda kind=kind: mail(kind=kind))


def _encodings() -> Iterator[Hostile]:
    def declared(name: bytes, body: bytes) -> Callable[[], bytes]:
        return lambda: mail(body, kind=_PLAIN + b"Content-Transfer-Encoding: " + name + b"\r\n")

    coded = base64.encodebytes(FORM)
    yield from _named(
        "encoding",
        {
            "base64 of one letter": declared(b"base64", b"A"),
            "base64 with a missing end": declared(b"base64", coded[:-7]),
            "base64 with rubbish": declared(b"base64", coded.replace(b"\n", b"\n!*#\xff")),
            "base64 of equals signs": declared(b"base64", b"=" * 5000),
            "base64 that is none": declared(b"base64", FORM),
            "quoted-printable of equals signs": declared(b"quoted-printable", b"=" * 5000),
            "quoted-printable with bad digits": declared(b"quoted-printable", b"=ZZ=1=G0" + FORM),
            "uuencoded": declared(b"x-uuencode", b"begin 666 a\n#0V%T\n`\nend\n"),
            "unknown": declared(b"turbo\x00encoding", FORM),
            "gzip": declared(b"gzip", gzip.compress(FORM)),
        },
    )


def _parameters() -> Iterator[Hostile]:
    def kind(text: bytes) -> Callable[[], bytes]:
        return lambda: mail(_part(FORM), kind=b"Content-Type: " + text + b"\r\n")

    yield from _named(
        "parameters",
        {
            "RFC 2231 in pieces": kind(b"multipart/mixed; boundary*0=b; boundary*1=c"),
            "RFC 2231 with a bad charset": kind(b"multipart/mixed; boundary*=nonsense'x'%62"),
            "RFC 2231 with a huge number": kind(b"multipart/mixed; boundary*999999999999=b"),
            "RFC 2231 with negative pieces": kind(b"multipart/mixed; boundary*-1=b"),
            "RFC 2231 without quotes": kind(b"text/plain; charset*=utf-8'"),
            "a quote never closed": kind(b'multipart/mixed; boundary="b'),
            "ten thousand parameters": kind(b"text/plain" + b"; a=b" * 10_000),
            "ten thousand semicolons": kind(b"text/plain" + b";" * 10_000),
            "a boundary of 10 kB": kind(b"multipart/mixed; boundary=" + b"b" * 10_000),
        },
    )


def _nested() -> Iterator[Hostile]:
    def deep(levels: int) -> bytes:
        opened = b"".join(
            b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (level, level)
            for level in range(levels)
        )
        return mail(
            opened.split(b"\r\n\r\n", 1)[1] + b"\r\n" + FORM,
            kind=b"Content-Type: multipart/mixed; boundary=n0\r\n",
        )

    yield from _named(
        "nested",
        {
            "100 deep": lambda: deep(100),
            "1,000 deep": lambda: deep(1_000),
            "20,000 deep": lambda: deep(20_000),
            "the same boundary again": lambda: mail(
                (b"--b\r\n" + _MIXED + b"\r\n") * 2_000 + FORM, kind=_MIXED
            ),
            "100,000 empty parts": lambda: mail(b"--b\r\n\r\n" * 100_000, kind=_MIXED),
            "forwards in forwards": lambda: mail(
                b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
                kind=b"Content-Type: message/rfc822\r\n",
            ),
            "a thousand texts": lambda: mail(_part(FORM) * 1_000 + b"--b--\r\n", kind=_MIXED),
        },
    )


def _huge() -> Iterator[Hostile]:
    line = b"Nome: " + b"A" * 70 + b"\r\n"
    yield from _named(
        "30 MB",
        {
            "of one line": lambda: mail(b"a" * _BIG),
            "of lines": lambda: mail(FORM + line * (_BIG // len(line))),
            "of line breaks": lambda: mail(b"\r\n" * (_BIG // 2)),
            "of quotes": lambda: mail(b"> " * (_BIG // 2)),
            "of HTML": lambda: mail(
                b"<p>Nome: A</p>" * (_BIG // 14), kind=b"Content-Type: text/html\r\n"
            ),
            "of headers": lambda: mail(above=b"X-A: 1\r\n" * (_BIG // 8)),
            "in one header": lambda: mail(above=b"X-A: " + b"a" * _BIG + b"\r\n"),
            "of boundaries": lambda: mail(b"--b\r\n" * (_BIG // 5), kind=_MIXED),
            "of near boundaries": lambda: mail(b"\n--bb" * (_BIG // 5), kind=_MIXED),
            "attached before the text": lambda: mail(
                _part(
                    b"QUJD" * (_BIG // 4),
                    b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n",
                )
                + _part(FORM)
                + b"--b--\r\n",
                kind=_MIXED,
            ),
        },
    )


def _bombs() -> Iterator[Hostile]:
    def zipped(levels: int) -> bytes:
        data = bytes(5_000_000)
        for level in range(levels):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for copy in range(1 if level == 0 else 10):
                    archive.writestr(f"{copy}.zip", data)
            data = packed.getvalue()
        return data

    def attached(data: Callable[[], bytes], kind: bytes) -> Callable[[], bytes]:
        return lambda: mail(
            _part(
                base64.encodebytes(data()),
                b"Content-Type: " + kind + b"; name=a\r\nContent-Transfer-Encoding: base64\r\n",
            )
            + _part(FORM)
            + b"--b--\r\n",
            kind=_MIXED,
        )

    yield from _named(
        "bomb",
        {
            "zip": attached(lambda: zipped(1), b"application/zip"),
            "zip in zip in zip": attached(lambda: zipped(3), b"application/zip"),
            "gzip": attached(lambda: gzip.compress(bytes(20_000_000)), b"application/gzip"),
            "gzip as the text": attached(lambda: gzip.compress(bytes(20_000_000)), b"text/plain"),
            "XML entities as HTML": lambda: mail(
                b'<!DOCTYPE x [<!ENTITY a "'
                + b"a" * 1000
                + b'">'
                + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 100) for n in range(10))
                + b"]><p>&a9;&a9;</p>",
                kind=b"Content-Type: text/html\r\n",
            ),
            "an outside entity": lambda: mail(
                b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><p>Nome: &f;</p>',
                kind=b"Content-Type: text/html\r\n",
            ),
        },
    )


def _crowds() -> Iterator[Hostile]:
    crowd = b", ".join(b"p%d@example.com" % number for number in range(10_000))
    yield from _named(
        "crowd",
        {
            "10,000 recipients": lambda: mail(above=b"Cc: " + crowd + b"\r\n"),
            "10,000 senders": lambda: mail(sender=crowd),
            "10,000 Cc fields": lambda: mail(above=b"Cc: a@example.com\r\n" * 10_000),
            "10,000 references": lambda: mail(
                above=b"References: " + b"<aaaaaaaaaa@example.com> " * 10_000 + b"\r\n"
            ),
            "10,000 tokens": lambda: mail(
                above=b"Cc: "
                + b", ".join(
                    b"cadastro+token%08d@%s" % (number, DOMAIN.encode()) for number in range(10_000)
                )
                + b"\r\n"
            ),
            "a group address": lambda: mail(sender=b"everybody: a@example.com, b@example.com;"),
        },
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
    yield from _named(
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
    yield from _named(
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


def _baits() -> Iterator[Hostile]:
    texts = {
        "on on on": b"On " * 20_000,
        "em em em": b"Em " * 20_000 + b"escreveu:",
        "on on on lines": b"On x\r\n" * 2_900,
        "de de de": b"De: a\r\n" * 2_900,
        "from from from": b"From: a b\r\n" * 2_900,
        "dashes": b"-" * 60_000,
        "underscores": b"_" * 60_000,
        "spaces": b" " * 60_000 + b"x",
        "tabs": b"\t" * 60_000 + b"x",
        "brackets": b"(" * 60_000,
        "quote signs": b">" * 60_000,
        "labels": b"Nome: " * 12_000,
        "labels without colons": b"Nome " * 12_000,
        "labels in brackets": b"Nome (" * 12_000,
        "digits": b"1" * 60_000,
        "digits and dots": b"1." * 30_000,
        "digits and spaces": b"1 " * 30_000,
        "CPFs": b"529.982.247-25 " * 4_000,
        "wrong CPFs": b"123.456.789-00 " * 4_000,
        "telephone numbers": b"(11) 98123-4507 " * 4_000,
        "CEPs": b"01310-100 " * 6_000,
        "capitalised words": b"Maria " * 10_000,
        "meu nome": b"meu nome e " * 6_000,
        "moro na": b"moro na rua " * 6_000,
        "plans": b"Fibra 500 " * 6_000,
        "slashes": b"/" * 60_000,
        "stars": b"*" * 60_000,
        "combining accents": "a\u0301\u0323\u0327".encode() * 9_000,
        "addresses": b"a@b.c" * 12_000,
        "cpf cpf cpf": b"cpf " * 15_000,
    }
    for name, text in texts.items():
        yield Hostile(f"bait: {name}", lambda text=text: mail(text + b"\r\n" + FORM))


def _markup() -> Iterator[Hostile]:
    texts = {
        "deep tags": b"<div>" * 50_000,
        "deep tables": b"<table><tr><td>" * 10_000,
        "deep quotes": b"<blockquote>" * 20_000,
        "comments": b"<!--" * 50_000,
        "tags cut": b"<a " * 60_000,
        "attributes": b"<a " + b'x="1" ' * 40_000 + b">",
        "entities": b"&#0;&#x110000;&amp" * 10_000,
        "CDATA": b"<![CDATA[" * 30_000,
        "a script": b"<script>Nome: alert(1)</script>" * 5_000,
    }
    for name, text in texts.items():
        yield Hostile(
            f"HTML: {name}",
            lambda text=text: mail(
                text + b"<p>Nome: Maria</p>", kind=b"Content-Type: text/html; charset=utf-8\r\n"
            ),
        )


def _noise() -> Iterator[Hostile]:
    for seed in range(8):
        chance = random.Random(seed)
        yield Hostile(f"noise {seed}", lambda chance=chance: chance.randbytes(20_000))
