"""Mails whose structure is wrong: malformed, cut, badly declared, or nested too deep."""

import base64
import gzip
import random
from collections.abc import Callable, Iterator

from tests.hostile_mail.crafting import FORM, MIXED, PLAIN, TOKEN, Hostile, mail, named, part


def families() -> Iterator[Hostile]:
    """All of them."""
    for family in (
        _malformed,
        _cut_short,
        _controls,
        _charsets,
        _encodings,
        _parameters,
        _nested,
        _noise,
    ):
        yield from family()


def _malformed() -> Iterator[Hostile]:
    yield from named(
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
            "boundary missing": lambda: mail(part(FORM), kind=b"Content-Type: multipart/mixed\r\n"),
            "boundary empty": lambda: mail(
                part(FORM), kind=b'Content-Type: multipart/mixed; boundary=""\r\n'
            ),
            "boundary never used": lambda: mail(
                FORM, kind=b"Content-Type: multipart/mixed; boundary=zz\r\n"
            ),
            "boundary never closed": lambda: mail(part(FORM), kind=MIXED),
            "boundary closed twice": lambda: mail(
                part(FORM) + b"--b--\r\n--b--\r\n" + FORM, kind=MIXED
            ),
            "boundary of regex signs": lambda: mail(
                b"--(.*)+$[a-z]\r\n\r\n" + FORM,
                kind=b'Content-Type: multipart/mixed; boundary="(.*)+$[a-z]"\r\n',
            ),
            "two content types": lambda: mail(more=MIXED),
            "content type of nothing": lambda: mail(kind=b"Content-Type:\r\n"),
            "content type of slashes": lambda: mail(kind=b"Content-Type: ////\r\n"),
            "multipart declared as base64": lambda: mail(
                part(FORM), kind=MIXED + b"Content-Transfer-Encoding: base64\r\n"
            ),
            "a part without headers": lambda: mail(
                b"--b\r\n\r\n" + FORM + b"--b--\r\n", kind=MIXED
            ),
            "a forwarded mail within": lambda: mail(
                part(mail(), b"Content-Type: message/rfc822\r\n"), kind=MIXED
            ),
            "two Froms": lambda: mail(above=b"From: boss@banco.example\r\n"),
            "no From": lambda: mail().replace(b"From: Maria <maria@example.net>\r\n", b""),
        },
    )


def _cut_short() -> Iterator[Hostile]:
    whole = mail(
        part(FORM) + part(b"<p>Nome: X</p>", b"Content-Type: text/html\r\n") + b"--b--\r\n",
        kind=MIXED,
    )
    for tenth in range(1, 10):
        end = len(whole) * tenth // 10
        yield Hostile(f"cut short after {tenth} tenths", lambda end=end: whole[:end])


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
    yield from named(
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
        return lambda: mail(body, kind=PLAIN + b"Content-Transfer-Encoding: " + name + b"\r\n")

    coded = base64.encodebytes(FORM)
    yield from named(
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
        return lambda: mail(part(FORM), kind=b"Content-Type: " + text + b"\r\n")

    yield from named(
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

    yield from named(
        "nested",
        {
            "100 deep": lambda: deep(100),
            "1,000 deep": lambda: deep(1_000),
            "20,000 deep": lambda: deep(20_000),
            "the same boundary again": lambda: mail(
                (b"--b\r\n" + MIXED + b"\r\n") * 2_000 + FORM, kind=MIXED
            ),
            "100,000 empty parts": lambda: mail(b"--b\r\n\r\n" * 100_000, kind=MIXED),
            "forwards in forwards": lambda: mail(
                b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
                kind=b"Content-Type: message/rfc822\r\n",
            ),
            "a thousand texts": lambda: mail(part(FORM) * 1_000 + b"--b--\r\n", kind=MIXED),
        },
    )


def _noise() -> Iterator[Hostile]:
    for seed in range(8):
        chance = random.Random(seed)
        yield Hostile(f"noise {seed}", lambda chance=chance: chance.randbytes(20_000))
