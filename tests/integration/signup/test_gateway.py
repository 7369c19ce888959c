"""The mailbox over IMAP, against real servers: Dovecot over TLS, and the local world's."""

from collections.abc import Iterator

import pytest
from imapclient import IMAPClient

from recado import settings
from signup.gateway import Access, Disconnected, _context, access_in, opened
from tests.integration.signup import imap_servers

MAIL = b"From: ana@example.com\r\nSubject: um\r\nMessage-ID: <1@x>\r\n\r\nol\xc3\xa1 \xff\r\n"


@pytest.fixture(scope="module", params=["dovecot", "embedded"])
def access(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Access]:
    """A running server, and how to reach it."""
    if request.param == "dovecot":
        with imap_servers.dovecot() as reached:
            yield reached
    else:
        with imap_servers.embedded(tmp_path_factory.mktemp("imap")) as reached:
            yield reached


@pytest.fixture
def client(access: Access) -> Iterator[IMAPClient]:
    """Who delivers mail, and looks into folders."""
    tls = access.security == "tls"
    context = _context(access) if tls else None
    with IMAPClient(access.host, access.port, ssl=tls, ssl_context=context) as delivering:
        delivering.login(access.username, access.password)
        yield delivering


def deliver(client: IMAPClient, *mails: bytes) -> list[int]:
    client.select_folder("INBOX")
    before = set(client.search("ALL"))
    for mail in mails:
        client.append("INBOX", mail)
    client.noop()
    return sorted(set(client.search("ALL")) - before)


def plain(mail: bytes | None) -> bytes:
    assert mail is not None
    return mail.replace(b"\r\n", b"\n")


def test_new_mails_are_found_by_uid_and_read_whole(access: Access, client: IMAPClient) -> None:
    first, second = deliver(client, MAIL, MAIL.replace(b"um", b"dois"))
    with opened(access) as inbox:
        assert inbox.uids(first - 1) == [first, second]
        assert inbox.uids(first) == [second]
        assert inbox.uids(second) == []
        assert plain(inbox.mail(first)) == plain(MAIL)
        assert b"dois" in plain(inbox.head(second))
        assert abs((inbox.size(first) or 0) - len(MAIL)) <= MAIL.count(b"\r\n")
        assert inbox.uidvalidity > 0


def test_reading_leaves_a_mail_unread_until_it_is_flagged(
    access: Access, client: IMAPClient
) -> None:
    (uid,) = deliver(client, MAIL)
    with opened(access) as inbox:
        inbox.mail(uid)
        assert uid in client.search("UNSEEN")
        inbox.seen(uid)
    client.select_folder("INBOX")
    assert uid not in client.search("UNSEEN")


def test_a_mail_is_put_aside_into_a_folder_that_is_made_when_needed(
    access: Access, client: IMAPClient
) -> None:
    mails = [MAIL.replace(b"um", word) for word in (b"aside-one", b"aside-two")]
    uids = deliver(client, *mails)
    with opened(access) as inbox:
        for uid in uids:
            inbox.put_aside(uid)
        assert inbox.size(uids[0]) is None
        assert inbox.mail(uids[0]) is None
    client.select_folder("Review")
    found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
    assert {b"aside-one", b"aside-two"} <= {
        mail[b"BODY[]"].split(b"Subject: ")[1].split()[0] for mail in found.values()
    }


def test_without_move_a_mail_is_copied_and_flagged(
    access: Access, client: IMAPClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    (uid,) = deliver(client, MAIL.replace(b"um", b"copied"))
    monkeypatch.setattr(IMAPClient, "has_capability", lambda *_: False)
    with opened(access) as inbox:
        inbox.put_aside(uid)
    client.select_folder("INBOX")
    assert b"\\Deleted" in client.get_flags([uid])[uid]


def test_a_wrong_password_and_a_server_that_is_gone_say_so(access: Access) -> None:
    with (
        pytest.raises(Disconnected, match="does not open"),
        opened(access.model_copy(update={"password": "x"})),
    ):
        pass
    with (
        pytest.raises(Disconnected, match="not there"),
        opened(access.model_copy(update={"port": 1})),
    ):
        pass


def test_a_certificate_that_nobody_vouches_for_is_refused(access: Access) -> None:
    if access.security == "none":
        pytest.skip("the local world's server speaks without TLS")
    with pytest.raises(Disconnected), opened(access.model_copy(update={"ca": None})):
        pass


def test_a_password_goes_in_clear_to_this_machine_only() -> None:
    secret = '{"host": "%s", "security": "none", "username": "u", "password": "p"}'
    assert access_in(secret % "127.0.0.1").port == 993
    with pytest.raises(settings.Misconfigured, match='say "tls"'):
        access_in(secret % "mail.operadora.example")


def test_a_secret_that_cannot_be_used_is_told_by_its_fields_and_nothing_of_it() -> None:
    with pytest.raises(settings.Misconfigured) as told:
        access_in('{"host": "h", "password": "very-secret", "port": 0}')
    assert "port" in str(told.value)
    assert "username" in str(told.value)
    assert "very-secret" not in str(told.value)
