"""Whose word counts about a sender, and for what."""

import pytest

from signup.domain.authentication import Authentication, authentication
from signup.domain.mime import mail_of

TRUSTED = "mx.operadora.example"
SENDER = "ana@loja.example"


def verdict(
    *fields: str, sender: str = SENDER, trusted: str | None = TRUSTED
) -> Authentication | None:
    head = "\r\n".join((*fields, "From: ana@loja.example", "", "Nome: Ana"))
    return authentication(mail_of(head.encode()).headers, trusted, sender)


def results(text: str, server: str = TRUSTED) -> str:
    return f"Authentication-Results: {server}; {text}"


def aligned(text: str, sender: str = SENDER) -> bool:
    found = verdict(results(text), sender=sender)
    assert found is not None
    return found.aligned


def test_without_a_trusted_server_nothing_is_believed() -> None:
    assert verdict(results("dmarc=pass header.from=loja.example"), trusted=None) is None


def test_another_servers_word_does_not_count() -> None:
    assert verdict(results("dmarc=pass", server="mx.elsewhere.example")) is None


def test_the_verdicts_of_the_trusted_server_are_told() -> None:
    text = (
        "spf=softfail smtp.mailfrom=x@loja.example;\r\n dkim=pass (2048) header.i=@loja.example;"
        " dmarc=pass (p=REJECT) header.from=loja.example"
    )
    received = "Received: from a by mx.operadora.example; now"
    found = verdict(received, results(text, server=f"{TRUSTED} 1"))
    assert found == Authentication(spf="softfail", dkim="pass", dmarc="pass", aligned=True)


@pytest.mark.parametrize(
    "text",
    [
        "dmarc=pass",
        "dkim=pass header.d=loja.example",
        "dkim=fail header.d=loja.example; dkim=pass header.d=loja.example",
        "spf=pass smtp.mailfrom=bounces@loja.example",
        "spf=pass smtp.mailfrom=loja.example; dmarc=none",
    ],
)
def test_the_senders_domain_is_proved(text: str) -> None:
    assert aligned(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "dmarc=fail; dkim=pass header.d=loja.example",
        "dmarc=pass header.from=other.example",
        "dkim=pass header.d=other.example",
        "dkim=pass header.d=jaloja.example",
        "dkim=pass header.d=example",
        "dkim=fail header.d=loja.example",
        "spf=pass smtp.helo=loja.example",
        "dkim=neutral (dkim=pass header.d=loja.example)",
        'dkim=fail reason="; dkim=pass header.d=loja.example"',
    ],
)
def test_the_senders_domain_is_not_proved(text: str) -> None:
    assert not aligned(text)


def test_the_fields_of_ses_and_google_are_understood() -> None:
    ses = verdict(
        "Return-Path: <ana@loja.example>",
        "Received: from m.loja.example by inbound-smtp.sa-east-1.amazonaws.com with SMTP id x",
        "X-SES-Spam-Verdict: PASS",
        "Received-SPF: pass (spfCheck: domain of loja.example designates 192.0.2.1)",
        "Authentication-Results: amazonses.com;\r\n spf=pass (spfCheck: ok) client-ip=192.0.2.1;"
        " envelope-from=ana@loja.example; helo=m.loja.example;\r\n dkim=pass"
        " header.i=@loja.example;\r\n dmarc=pass header.from=loja.example;",
        "X-SES-RECEIPT: AEFB",
        trusted="amazonses.com",
    )
    google = verdict(
        "Delivered-To: cadastro@operadora.example",
        "Received: by 2002:a05:6a10::1 with SMTP id y",
        "ARC-Authentication-Results: i=1; mx.google.com; dmarc=fail",
        "Received: from m.loja.example by mx.google.com with ESMTPS id z",
        "Authentication-Results: mx.google.com;\r\n dkim=pass header.i=@loja.example header.s=s1"
        ' header.b="ab/c=";\r\n spf=pass (google.com: ok) smtp.mailfrom=ana@loja.example;'
        "\r\n dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=loja.example",
        trusted="mx.google.com",
    )
    assert ses == google == Authentication(spf="pass", dkim="pass", dmarc="pass", aligned=True)


def test_a_domain_speaks_for_those_below_it() -> None:
    assert aligned("dkim=pass header.d=loja.example", sender="ana@mail.loja.example")
    assert not aligned("dkim=pass header.d=mail.loja.example")


def test_what_stands_below_the_senders_own_headers_does_not_count() -> None:
    assert verdict("Subject: x", results("dmarc=pass header.from=loja.example")) is None


def test_two_verdicts_that_differ_are_none() -> None:
    good, bad = results("dmarc=pass"), results("dmarc=fail")
    assert verdict(good, bad) is None
    assert verdict(bad, good) is None
    assert verdict(good, good) is not None
