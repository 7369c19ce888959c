"""Mails that are to take all memory or time: huge ones, bombs, crowds, baits for slow patterns."""

import base64
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator

from tests.hostile_mail.crafting import DOMAIN, FORM, MIXED, Hostile, mail, named, part

MEGABYTES = 30
_BIG = MEGABYTES * 1_000_000


def families() -> Iterator[Hostile]:
    """All of them."""
    for family in (_huge, _bombs, _crowds, _baits, _markup):
        yield from family()


def _huge() -> Iterator[Hostile]:
    line = b"Nome: " + b"A" * 70 + b"\r\n"
    yield from named(
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
            "of boundaries": lambda: mail(b"--b\r\n" * (_BIG // 5), kind=MIXED),
            "of near boundaries": lambda: mail(b"\n--bb" * (_BIG // 5), kind=MIXED),
            "attached before the text": lambda: mail(
                part(
                    b"QUJD" * (_BIG // 4),
                    b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n",
                )
                + part(FORM)
                + b"--b--\r\n",
                kind=MIXED,
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
            part(
                base64.encodebytes(data()),
                b"Content-Type: " + kind + b"; name=a\r\nContent-Transfer-Encoding: base64\r\n",
            )
            + part(FORM)
            + b"--b--\r\n",
            kind=MIXED,
        )

    yield from named(
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
    yield from named(
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
