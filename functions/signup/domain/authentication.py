"""How far the sender's address can be believed: what the trusted hop found out (RFC 8601).

Trusted is the receiving server that checks SPF, DKIM and DMARC, removes fields of others that bear
its name, and writes its own (RFC 8601, 5). As a second guard only its topmost field counts, only
above everything that a sender writes, and not if another of its name says something else.
"""

import re
from collections.abc import Iterator

from recado.model import Frozen
from signup.domain.mime import Headers
from signup.domain.plain import each_of

MAX_READ = 4_000
"""Characters of a field that are read."""

_WRITTEN_BY_SENDERS = each_of(
    "from to cc bcc subject date message-id mime-version sender reply-to references"
    " in-reply-to dkim-signature user-agent x-mailer content-type content-transfer-encoding"
)
_PAIR = re.compile(r"(?<![^\s;])([a-z][a-z0-9.\-]{0,40})\s*=\s*([^\s;]+)")
_KNOWN = each_of("pass fail softfail neutral none temperror permerror policy")


class Authentication(Frozen):
    """The trusted hop's verdicts, `none` where it has none.

    `aligned`: the domain in From is proved, by DMARC or by an SPF or DKIM pass of that domain.
    """

    spf: str
    dkim: str
    dmarc: str
    aligned: bool


def authentication(headers: Headers, trusted: str | None, sender: str) -> Authentication | None:
    """What the trusted hop says about a mail; None where it says nothing, or nobody is trusted."""
    if not trusted:
        return None
    results = [
        (above, _methods(value))
        for above, value in _results(headers)
        if _server(value) == trusted.lower().rstrip(".")
    ]
    if not results or not results[0][0] or any(other != results[0][1] for _, other in results[1:]):
        return None
    methods = results[0][1]
    domain = sender.rpartition("@")[2].lower()
    return Authentication(
        spf=_best(methods, "spf"),
        dkim=_best(methods, "dkim"),
        dmarc=_best(methods, "dmarc"),
        aligned=_aligned(methods, domain),
    )


Method = tuple[str, str, tuple[tuple[str, str], ...]]
"""A method, its result, and the properties it was found for."""


def _results(headers: Headers) -> Iterator[tuple[bool, str]]:
    """Every Authentication-Results field, and whether it stands above what a sender writes."""
    above = True
    for name, value in headers.fields:
        above = above and name not in _WRITTEN_BY_SENDERS
        if name == "authentication-results":
            yield above, _bare(value[:MAX_READ].lower())


def _bare(value: str) -> str:
    """A field without comments, and without the signs in quotes that could end a clause."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for sign in value:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"' and not depth:
            quoted = not quoted
        elif quoted:
            kept.append(sign if sign.isalnum() or sign in "@.-_" else "_")
        elif sign in "()":
            depth = max(0, depth + (1 if sign == "(" else -1))
            kept.append(" ")
        elif not depth:
            kept.append(sign)
    return "".join(kept)


def _server(value: str) -> str:
    """The authserv-id, without the version that may follow it."""
    return (value.split(";")[0].split() or [""])[0].rstrip(".")


def _methods(value: str) -> tuple[Method, ...]:
    methods = []
    for clause in value.split(";")[1:]:
        pairs = _PAIR.findall(clause)
        if pairs and pairs[0][1] in _KNOWN:
            methods.append((pairs[0][0], pairs[0][1], tuple(pairs[1:])))
    return tuple(methods)


def _best(methods: tuple[Method, ...], method: str) -> str:
    found = [result for name, result, _ in methods if name == method]
    return "pass" if "pass" in found else next(iter(found), "none")


def _aligned(methods: tuple[Method, ...], domain: str) -> bool:
    dmarc = [(result, dict(about)) for name, result, about in methods if name == "dmarc"]
    if not domain or any(result in {"fail", "permerror", "temperror"} for result, _ in dmarc):
        return False
    if any(
        result == "pass" and about.get("header.from", domain) == domain for result, about in dmarc
    ):
        return True
    return any(
        result == "pass" and _belongs(domain, _proved(name, dict(about)))
        for name, result, about in methods
    )


def _proved(method: str, about: dict[str, str]) -> str:
    if method == "dkim":
        return about.get("header.d", about.get("header.i", "")).rpartition("@")[2]
    return about.get("smtp.mailfrom", "").rpartition("@")[2] if method == "spf" else ""


def _belongs(domain: str, proved: str) -> bool:
    """Whether a proved domain is the sender's, or the one above it (relaxed alignment)."""
    return proved.count(".") >= 1 and (domain == proved or domain.endswith(f".{proved}"))
