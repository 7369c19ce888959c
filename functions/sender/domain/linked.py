"""Mail whose links lead through us: unsubscribe and preferences, clicks and opens.

Links are found once, when a template is compiled; for each recipient only the tokens are made. A
link is followed if its target is written out in the HTML (`<a href="https://…">`): what a field or
a condition decides, `mailto:`, `#` and our own links stay as they are.
"""

import html
import re
from dataclasses import dataclass

from jinja2 import Environment

from recado.links import (
    PREFERENCES_FIELD,
    PROVIDED,
    UNSUBSCRIBE_FIELD,
    Keys,
    Purpose,
    Reference,
    sign,
)
from recado.model import Language, MailBody
from recado.templating import CompiledMail, compile_body, fields_used

MAX_TARGET = 1_500
"""A longer link is left alone: its token would not fit every mail client's idea of a URL."""
_ANCHOR = re.compile(r"""(<a\s[^<>]*?\bhref\s*=\s*)(["'])(https?://[^"'\s<>]+)\2""", re.IGNORECASE)
_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)
_OPEN_FIELD = "recado_open_url"
_PIXEL = (
    f'<img src="{{{{ {_OPEN_FIELD} }}}}" width="1" height="1" alt="" style="border:0; opacity:0">'
)
_SYNTAX = Environment(autoescape=True)


@dataclass(frozen=True)
class LinkedMail(CompiledMail):
    """A compiled body, the targets of its followed links, and which of our links it shows."""

    targets: tuple[str, ...] = ()
    follows_opens: bool = False
    shows: frozenset[str] = frozenset()

    @property
    def needs_links(self) -> bool:
        """Whether a recipient's mail cannot be rendered without tokens."""
        return bool(self.targets or self.follows_opens or self.shows)


def compile_linked(body: MailBody, language: Language, *, tracking: bool) -> LinkedMail:
    """Compile a body; with `tracking` its literal links and its opening are followed.

    Raises:
        Rejected: a part is not valid Jinja2; the message has the part, the line and the reason.
    """
    shows = fields_used(body) & PROVIDED.keys()
    targets: list[str] = []
    if tracking:
        body = MailBody(
            subject=body.subject,
            html=_with_pixel(_with_followed_links(body.html, targets)),
            text=body.text,
        )
    compiled = compile_body(body, language)
    return LinkedMail(
        subject=compiled.subject,
        html=compiled.html,
        text=compiled.text,
        targets=tuple(targets),
        follows_opens=tracking,
        shows=frozenset(shows),
    )


def _with_followed_links(source: str, targets: list[str]) -> str:
    """The source with `href`s replaced by fields; only text between Jinja's tags is looked at."""

    def follow(found: re.Match[str]) -> str:
        target = html.unescape(found[3])
        if len(target) > MAX_TARGET or not target.isprintable():
            return found[0]
        if target not in targets:
            targets.append(target)
        return f"{found[1]}{found[2]}{{{{ {_click_field(targets.index(target))} }}}}{found[2]}"

    pieces: list[str] = []
    is_raw = False
    for _, kind, text in _SYNTAX.lex(source):
        is_raw = kind == "raw_begin" or (is_raw and kind != "raw_end")
        pieces.append(_ANCHOR.sub(follow, text) if kind == "data" and not is_raw else text)
    return "".join(pieces)


def _with_pixel(source: str) -> str:
    ends = list(_END_OF_BODY.finditer(source))
    place = ends[-1].start() if ends else len(source)
    return source[:place] + _PIXEL + source[place:]


def _click_field(number: int) -> str:
    return f"recado_click_url_{number}"


@dataclass(frozen=True)
class Given:
    """What the links of one recipient's mail are: fields to render, headers to send."""

    fields: dict[str, str]
    headers: tuple[tuple[str, str], ...] = ()


NOTHING = Given(fields={})


@dataclass(frozen=True)
class LinkMaker:
    """Makes the links of a chunk's mail; `base` is where they lead, without a trailing slash."""

    base: str
    keys: Keys
    campaign_id: str
    chunk: int
    sent_at: int
    expires: int

    def links(
        self, body: LinkedMail, position: int, *, one_click: bool, variant: str = ""
    ) -> Given:
        """The links of one recipient; `one_click` adds the headers of RFC 8058."""
        who = Reference(self.campaign_id, self.chunk, position, self.sent_at, variant)
        fields: dict[str, str] = {}
        if one_click or UNSUBSCRIBE_FIELD in body.shows:
            fields[UNSUBSCRIBE_FIELD] = self._url(Purpose.UNSUBSCRIBE, who)
        if PREFERENCES_FIELD in body.shows:
            fields[PREFERENCES_FIELD] = self._url(Purpose.PREFERENCES, who)
        if body.follows_opens:
            fields[_OPEN_FIELD] = self._url(Purpose.OPEN, who)
        for number, target in enumerate(body.targets):
            fields[_click_field(number)] = self._url(Purpose.CLICK, who._replace(target=target))
        return Given(fields, _one_click(fields[UNSUBSCRIBE_FIELD]) if one_click else ())

    def _url(self, purpose: Purpose, who: Reference) -> str:
        return f"{self.base}/{purpose}/{sign(purpose, who, self.expires, self.keys)}"


def _one_click(url: str) -> tuple[tuple[str, str], ...]:
    """The headers of RFC 8058, section 3.1; SES signs both with DKIM, as it demands."""
    return (
        ("List-Unsubscribe", f"<{url}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
