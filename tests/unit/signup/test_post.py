"""One mail is one mail, whichever way it came; another is another."""

from signup.domain.post import mail_id_of

MAIL = b"From: a@b.example\r\nMessage-ID: <1@x>\r\n\r\nola\r\n"


def test_headers_of_the_way_line_ends_and_blank_ends_make_no_other_mail() -> None:
    copies = (
        b"Received: from x\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL + b"\r\n\r\n",
        MAIL.replace(b"Message-ID", b"message-id"),
    )
    assert {mail_id_of(copy) for copy in copies} == {mail_id_of(MAIL)}


def test_another_body_or_another_message_id_is_another_mail() -> None:
    others = (MAIL.replace(b"ola", b"oi"), MAIL.replace(b"<1@x>", b"<2@x>"))
    assert len({mail_id_of(each) for each in (MAIL, *others)}) == 3


def test_without_a_message_id_everything_counts() -> None:
    bare = MAIL.replace(b"Message-ID: <1@x>\r\n", b"")
    assert mail_id_of(bare) != mail_id_of(b"Received: from x\r\n" + bare)
    assert mail_id_of(b"") != mail_id_of(b"x")


def test_a_message_id_in_the_body_is_not_the_mails() -> None:
    bare = b"From: a@b.example\r\n\r\n%s\r\n\r\nola"
    assert mail_id_of(bare % b"Message-ID: <1@x>") != mail_id_of(bare % b"Message-ID: <2@x>")
