"""A mailbox over IMAP (RFC 3501, UIDPLUS and MOVE where the server has them)."""

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import boto3
from botocore.config import Config
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from pydantic import Field, ValidationError

from recado import settings
from recado.errors import Retryable
from recado.model import Frozen

TIMEOUT_S = 10
NO_MAILBOX = "none"
_TROUBLE = (IMAPClientError, OSError, AssertionError)
"""What the client raises when a server says no, is gone, or speaks nonsense."""


class Disconnected(Retryable):
    """The mailbox's server is not there, or does not do what IMAP says."""


class Access(Frozen):
    """How to reach a mailbox: what the secret `SIGNUP_MAILBOX` names holds, as JSON.

    `trusted` is the host whose `Authentication-Results` are believed (RFC 8601); with `none` all
    senders are asked to confirm. `ca` is a certificate to trust besides the usual ones, in PEM.
    """

    host: str
    port: int = Field(default=993, ge=1, le=65_535)
    security: Literal["tls", "none"] = "tls"
    username: str
    password: str
    folder: str = "INBOX"
    review: str = "Review"
    trusted: str = "none"
    ca: str | None = None

    @property
    def name(self) -> str:
        """What the mailbox is known by; it holds no `#`."""
        return f"{self.username}@{self.host}/{self.folder}".replace("#", "_")

    @property
    def trusted_host(self) -> str | None:
        """The trusted hop, if there is one."""
        return None if self.trusted == "none" else self.trusted


def access_from_env() -> Access | None:
    """How to reach the mailbox of the deployed suite; `None` where it has none.

    Raises:
        settings.Misconfigured: the secret does not have the form above.
    """
    secret = settings.text("SIGNUP_MAILBOX", NO_MAILBOX)
    if secret == NO_MAILBOX:
        return None
    config = Config(
        retries={"mode": "standard", "max_attempts": 5}, connect_timeout=3, read_timeout=10
    )
    client = boto3.client("secretsmanager", config=config)
    return access_in(client.get_secret_value(SecretId=secret)["SecretString"])


def access_in(text: str) -> Access:
    """How to reach a mailbox, from a secret's text.

    Raises:
        settings.Misconfigured: it is not of that form, or says to send the password in clear; the
            message holds nothing of the secret.
    """
    try:
        access = Access.model_validate_json(text)
    except ValidationError as error:
        faults = sorted({".".join(map(str, fault["loc"])) or "JSON" for fault in error.errors()})
        raise settings.Misconfigured(
            f"the secret of SignupMailbox is wrong at: {', '.join(faults)}; docs/signup.md says"
            " how it reads"
        ) from None
    if access.security == "none" and not _is_loopback(access.host):
        raise settings.Misconfigured(
            'the secret of SignupMailbox says security "none": only a server on this machine may'
            ' be spoken to without TLS; say "tls"'
        )
    return access


class Inbox:
    """A folder of a mailbox, opened; mails are named by UID."""

    def __init__(self, client: IMAPClient, access: Access, uidvalidity: int) -> None:
        self._client = client
        self._access = access
        self.uidvalidity = uidvalidity

    def uids(self, after: int) -> list[int]:
        """The UIDs of all mails behind one, in order."""
        found = self._do("search", ["UID", f"{after + 1}:*"])
        return sorted(uid for uid in found if uid > after)  # `n:*` always names the last one

    def size(self, uid: int) -> int | None:
        """How many bytes a mail has; `None`: it is gone."""
        found = self._do("fetch", [uid], ["RFC822.SIZE"])
        return int(found[uid][b"RFC822.SIZE"]) if uid in found else None

    def mail(self, uid: int) -> bytes | None:
        """A whole mail as it came, and stays unread; `None`: it is gone."""
        return self._body(uid, "BODY.PEEK[]", b"BODY[]")

    def head(self, uid: int) -> bytes | None:
        """The headers of a mail."""
        return self._body(uid, "BODY.PEEK[HEADER]", b"BODY[HEADER]")

    def seen(self, uid: int) -> None:
        """Flag a mail as read, for people who look into the mailbox."""
        self._do("add_flags", [uid], [b"\\Seen"], silent=True)

    def put_aside(self, uid: int) -> None:
        """Move a mail to the folder for review; a server without MOVE copies and flags it."""
        if not self._do("folder_exists", self._access.review):
            self._do("create_folder", self._access.review)
        if self._do("has_capability", "MOVE"):
            self._do("move", [uid], self._access.review)
        else:
            self._do("copy", [uid], self._access.review)
            self._do("add_flags", [uid], [b"\\Seen", b"\\Deleted"], silent=True)

    def _body(self, uid: int, item: str, answer: bytes) -> bytes | None:
        found = self._do("fetch", [uid], [item]).get(uid)
        return bytes(found[answer]) if found and found.get(answer) is not None else None

    def _do(self, operation: str, *arguments: Any, **named: Any) -> Any:
        try:
            return getattr(self._client, operation)(*arguments, **named)
        except _TROUBLE as error:
            raise Disconnected(f"IMAP {operation} failed: {type(error).__name__}") from error


@contextmanager
def opened(access: Access) -> Iterator[Inbox]:
    """The mailbox's folder, open until the end of the block.

    Raises:
        Disconnected: the server is not there, its certificate is not good, or it lets us not in.
    """
    try:
        client = IMAPClient(
            access.host,
            port=access.port,
            ssl=access.security == "tls",
            ssl_context=_context(access) if access.security == "tls" else None,
            timeout=TIMEOUT_S,
        )
    except _TROUBLE as error:
        raise Disconnected(f"the mailbox's server is not there: {type(error).__name__}") from error
    try:
        yield Inbox(client, access, _select(client, access))
    finally:
        _close(client)


def _select(client: IMAPClient, access: Access) -> int:
    try:
        client.login(access.username, access.password)
        return int(client.select_folder(access.folder)[b"UIDVALIDITY"])
    except (*_TROUBLE, KeyError) as error:
        raise Disconnected(f"the mailbox does not open: {type(error).__name__}") from error


def _close(client: IMAPClient) -> None:
    try:
        client.logout()
    except _TROUBLE:
        return  # it is gone already


def _context(access: Access) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if access.ca:
        context.load_verify_locations(cadata=access.ca)
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
