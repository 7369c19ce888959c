"""Real IMAP servers for the gateway's tests: Dovecot over TLS, and the local world's own."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from operations import mailbox
from operations.ports import HOST, any_free
from signup.gateway import Access, Disconnected, opened
from tests import certificates

PASSWORD = "senha-do-teste"
_PATIENCE_S = 10
_CONF = """
protocols = imap
listen = {host}
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
ssl = required
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
mail_location = maildir:{home}/mail
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={user_group} home={home}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@contextmanager
def dovecot() -> Iterator[Access]:
    """Dovecot from Debian's package, with its own folder, port and certificate."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None:
        remedy = "Dovecot is not installed: apt install dovecot-imapd"
        if os.environ.get("RECADO_DOVECOT_REQUIRED") == "1":
            pytest.fail(remedy)
        pytest.skip(remedy)
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))
    (port,) = any_free(1)
    certificate = certificates.loopback(home)
    _configure(home, port)
    running = subprocess.Popen([program, "-F", "-c", str(home / "conf")])  # noqa: S603
    access = Access(host=HOST, port=port, username="cadastro", password=PASSWORD, ca=certificate)
    try:
        _wait(access)
        yield access
    finally:
        running.terminate()
        running.wait(_PATIENCE_S)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def embedded(folder: Path) -> Iterator[Access]:
    """The IMAP server that local worlds start."""
    (port,) = any_free(1)
    mailbox.prepare(folder, PASSWORD)
    running = subprocess.Popen(mailbox.command(HOST, port, folder))  # noqa: S603
    access = Access(host=HOST, port=port, security="none", username=mailbox.USER, password=PASSWORD)
    try:
        _wait(access)
        yield access
    finally:
        running.terminate()
        running.wait(_PATIENCE_S)


def _configure(home: Path, port: int) -> None:
    """As root, Dovecot's processes run as the users its package made; else all as ourselves."""
    own = pwd.getpwuid(os.getuid())
    root = own.pw_uid == 0
    user = pwd.getpwnam("nobody") if root else own
    (home / "mail").mkdir()
    if root:
        home.chmod(0o755)
        os.chown(home / "mail", user.pw_uid, user.pw_gid)
    settings = {
        "host": HOST,
        "home": home,
        "port": port,
        "password": PASSWORD,
        "internal": "dovecot" if root else own.pw_name,
        "group": "dovecot" if root else str(own.pw_gid),
        "login": "dovenull" if root else own.pw_name,
        "user": user.pw_uid,
        "user_group": user.pw_gid,
    }
    (home / "conf").write_text(_CONF.format(**settings))


def _wait(access: Access) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with opened(access):
                return
        except Disconnected:
            assert time.monotonic() < deadline, "the IMAP server does not answer"
            time.sleep(0.05)
