"""The local world's mailbox: an IMAP server (pymap) with the one account that signup reads.

It keeps its mails in memory, byte for byte: they are gone when the world stops. It speaks IMAP
without TLS, which signup allows on the loopback interface only; the integration tests read a
mailbox over TLS.
"""

import json
import secrets
import sys
from pathlib import Path
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from operations.errors import Trouble

USER = "cadastro"
TRUSTED = "mx.operadora.example"
"""The host whose `Authentication-Results` the local world's signup believes."""
SECRET = "recado-signup-mailbox"  # noqa: S105 -- its name
_TIMEOUT_S = 5
_START = "import sys; from pymap.main import main; sys.exit(main())"
"""pymap is a program and no module that Python starts by its name."""


def prepare(folder: Path, password: str) -> None:
    """Write the account down, where `command` finds it and nobody else on this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    account = _account(folder)
    account.touch(mode=0o600)
    lines = ("dict", f"--demo-user={USER}", f"--demo-password={password}")
    account.write_text("\n".join(lines) + "\n", encoding="utf-8")


def new_password() -> str:
    """A password for one world."""
    return secrets.token_urlsafe(18)


def command(host: str, port: int, folder: Path) -> list[str]:
    """What starts it."""
    listening = ["--host", host, "--port", str(port), "--no-tls"]
    return [sys.executable, "-c", _START, *listening, f"@{_account(folder)}"]


def answers(host: str, port: int) -> bool:
    """Whether it is ready."""
    try:
        IMAPClient(host, port=port, ssl=False, timeout=_TIMEOUT_S).shutdown()
    except (IMAPClientError, OSError):
        return False
    return True


def secret(host: str, port: int, password: str) -> str:
    """What signup's secret holds for this mailbox (docs/signup.md)."""
    return json.dumps(
        {
            "host": host,
            "port": port,
            "security": "none",
            "username": USER,
            "password": password,
            "trusted": TRUSTED,
        }
    )


def keep_secret(secrets_manager: Any, text: str) -> str:
    """Put the secret into the world; returns its ARN."""
    try:
        return str(secrets_manager.create_secret(Name=SECRET, SecretString=text)["ARN"])
    except secrets_manager.exceptions.ResourceExistsException:
        return str(secrets_manager.put_secret_value(SecretId=SECRET, SecretString=text)["ARN"])


def _account(folder: Path) -> Path:
    return folder / "account"


def drop(host: str, port: int, password: str, mails: list[bytes]) -> None:
    """Put mails into the mailbox, as if they had been delivered.

    Raises:
        Trouble: the server is not there.
    """
    try:
        with IMAPClient(host, port=port, ssl=False, timeout=_TIMEOUT_S) as client:
            client.login(USER, password)
            for mail in mails:
                client.append("INBOX", mail)
    except (IMAPClientError, OSError) as error:
        raise Trouble(f"the mailbox takes no mail: {error}", "recado status") from error


def folder(host: str, port: int, password: str, name: str) -> list[bytes]:
    """The mails of a folder, whole; none where there is no such folder."""
    with IMAPClient(host, port=port, ssl=False, timeout=_TIMEOUT_S) as client:
        client.login(USER, password)
        if not client.folder_exists(name):
            return []
        client.select_folder(name, readonly=True)
        found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
        return [mail[b"BODY[]"] for _, mail in sorted(found.items())]
