"""Which links of a template lead through us, and what each recipient's mail gets."""

import re

import pytest

from recado.contracts import ChunkTask, Recipient
from recado.links import Keys, Purpose, verify
from recado.model import Lane, Language, MailBody
from sender.domain.linked import LinkedMail, LinkMaker, compile_linked
from sender.domain.mail import Mail, compose

NOW = 1_760_000_000
KEYS = Keys("k1", {"k1": b"secret"})
BASE = "https://links.example"
MAKER = LinkMaker(BASE, KEYS, "cmp_1", 4, NOW, NOW + 1_000)


def linked(html: str, *, tracking: bool = True, text: str = "t") -> LinkedMail:
    body = MailBody(subject="s", html=html, text=text)
    return compile_linked(body, Language.PORTUGUESE, tracking=tracking)


def mail(body: LinkedMail, lane: Lane = Lane.MARKETING, **fields: str) -> Mail:
    person = Recipient(id="C-1", email="ana@example.com", fields=fields)
    task = ChunkTask(campaign_id="cmp_1", number=4, lane=lane, recipients=(person,))
    composed = compose(task, [0], {}, {Language.PORTUGUESE: body}, MAKER)
    assert composed.outcomes == {}
    return composed.mails[0]


def targets(html: str) -> list[str]:
    """Where the followed links of a message lead."""
    tokens = re.findall(rf'href=["\']{BASE}/c/([\w-]+)["\']', html)
    return [verify(token, Purpose.CLICK, NOW, KEYS).target for token in tokens]


def test_a_literal_link_leads_through_us_to_the_same_place() -> None:
    sent = mail(linked('<a class="b" href="https://operadora.example/a?b=1&amp;c=2">x</a>'))
    assert targets(sent.content.html) == ["https://operadora.example/a?b=1&c=2"]
    assert "operadora.example" not in sent.content.html


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@operadora.example">x</a>',
        '<a href="#top">x</a>',
        '<a href="tel:+5581">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="https://operadora.example/{{ plan }}">x</a>',
        '<a href="{{ unsubscribe_url }}">x</a><a href="{{ preferences_url }}">y</a>',
        '{% raw %}<a href="https://operadora.example/">{{ x }}</a>{% endraw %}',
        "{# <a href='https://operadora.example/'>x</a> #}",
        '<link href="https://operadora.example/x.css"><img src="https://operadora.example/x.png">',
        f'<a href="https://operadora.example/{"x" * 2_000}">x</a>',
    ],
)
def test_every_other_link_stays_as_it_is(html: str) -> None:
    body = linked(html)
    assert body.targets == ()
    plain = mail(linked(html, tracking=False), plan="fibra").content.html
    pixel = re.compile(r"<img src=\"https://links\.example/o/[^>]*>")
    assert pixel.sub("", mail(body, plan="fibra").content.html) == plain


def test_the_same_target_twice_is_one_link() -> None:
    link = '<a href="https://operadora.example/a">x</a>'
    assert linked(link + link).targets == ("https://operadora.example/a",)


def test_text_around_jinja_keeps_its_place_when_links_are_rewritten() -> None:
    html = (
        "<p>{%- if plan -%}  {{ plan }} {%- endif %}\n"
        '<a href="https://operadora.example/a">{{ plan | upper }}</a></p>'
    )
    followed = mail(linked(html), plan="fibra").content.html
    plain = mail(linked(html, tracking=False), plan="fibra").content.html
    bare = re.sub(r'href="[^"]*"|<img[^>]*>', "", followed)
    assert bare == re.sub(r'href="[^"]*"', "", plain)


def test_the_pixel_stands_at_the_end_of_the_body_and_only_when_followed() -> None:
    html = "<html><body><p>x</p></body></html>"
    assert re.search(
        r"</p><img src=\"https://links\.example/o/[\w-]+\"[^>]*></body>",
        mail(linked(html)).content.html,
    )
    assert mail(linked(html, tracking=False)).content.html == html


def test_marketing_carries_one_click_headers_that_name_the_recipients_place() -> None:
    headers = dict(mail(linked("x")).headers)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = headers["List-Unsubscribe"].removeprefix(f"<{BASE}/u/").removesuffix(">")
    who = verify(token, Purpose.UNSUBSCRIBE, NOW, KEYS)
    assert (who.campaign_id, who.chunk, who.position, who.sent_at) == ("cmp_1", 4, 0, NOW)


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.TRANSACTIONAL])
def test_other_lanes_carry_no_unsubscribe_header_and_may_show_the_preferences(lane: Lane) -> None:
    sent = mail(linked("{{ preferences_url }}", tracking=False), lane)
    assert sent.headers == ()
    token = sent.content.html.removeprefix(f"{BASE}/p/")
    assert verify(token, Purpose.PREFERENCES, NOW, KEYS).position == 0


def test_the_links_in_html_and_text_are_the_one_in_the_header() -> None:
    sent = mail(linked("{{ unsubscribe_url }}", tracking=False, text="{{ unsubscribe_url }}"))
    assert dict(sent.headers)["List-Unsubscribe"] == f"<{sent.content.text}>"
    assert sent.content.html == sent.content.text


def test_no_token_and_no_link_holds_an_address() -> None:
    sent = mail(linked("{{ unsubscribe_url }} {{ preferences_url }}"))
    assert "ana" not in sent.content.html
    assert "ana" not in dict(sent.headers)["List-Unsubscribe"]


def test_a_field_of_the_audience_cannot_take_the_place_of_our_link() -> None:
    sent = mail(linked("{{ unsubscribe_url }}"), unsubscribe_url="https://evil.example")
    assert "evil" not in sent.content.html
