"""The simulator put together: for tests as a context manager, for people from the command line."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import web

from ses_simulator import audit, mailbox
from ses_simulator.audit import Selection
from ses_simulator.background import Background, InProcess, InThread, Target
from ses_simulator.chance import Chance
from ses_simulator.clock import Clock
from ses_simulator.control import Control
from ses_simulator.delivery import PostOffice
from ses_simulator.desk import Desk
from ses_simulator.faults import Faults
from ses_simulator.inbox import Inbox
from ses_simulator.ledger import Ledger
from ses_simulator.quota import DAY_MS, MINUTE_MS, DailyQuota, RateWindow
from ses_simulator.resources import Account, Resources
from ses_simulator.server import (
    ANY_METHOD,
    MAX_REQUEST_BYTES,
    SesServer,
    errors_as_ses_names_them,
    unknown_route,
)
from ses_simulator.smtp import SmtpDoor

START_SECONDS = 10.0
SHUTDOWN_CALL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulator runs.

    ``state`` is the folder of its SQLite file (a temporary one when None); ``port`` 0 takes a free
    one; ``smtp_port`` likewise (no SMTP when None); ``max_send_rate`` is in recipients a second,
    ``daily_quota`` in recipients a day (-1: no limit); without ``sns_endpoint`` events are recorded
    but not published; ``publish_in_process`` publishes them from a process of its own;
    ``file_ms`` is for how long events are collected in a file; ``keep_bodies`` is how many messages
    keep their body; ``shutdown_flush_seconds`` is how long stopping waits for SNS.
    """

    host: str = "127.0.0.1"
    port: int = 0
    smtp_port: int | None = None
    state: Path | None = None
    max_send_rate: float = 500.0
    daily_quota: float = 1_000_000.0
    sns_endpoint: str | None = None
    region: str = "us-east-1"
    keep_bodies: int = 20_000
    publish_workers: int = 4
    file_ms: int = 1_000
    publish_in_process: bool = False
    shutdown_flush_seconds: float = 10.0
    faults: Faults = field(default_factory=Faults)

    @property
    def has_publishing_process(self) -> bool:
        """Whether a process of its own publishes events, and looks after the ledger's file."""
        return self.publish_in_process and self.sns_endpoint is not None


class Simulator:
    """A running SES. As a context manager it serves from a background thread.

    >>> with Simulator(Settings(max_send_rate=50)) as ses:
    ...     client = boto3.client("sesv2", endpoint_url=ses.url, ...)
    ...     ses.summary("campaign:c-1")["accepted"]
    """

    def __init__(
        self, settings: Settings = Settings(), now_ms: Callable[[], int] | None = None
    ) -> None:
        self.settings = settings
        self.url = ""
        self.smtp_port = 0
        self._now_ms = now_ms or Clock()
        self._folder = None if settings.state else tempfile.TemporaryDirectory(prefix="ses-")
        state = settings.state or Path(self._folder.name if self._folder else ".")
        self.ledger = Ledger(
            state, settings.keep_bodies, checkpoints=not settings.has_publishing_process
        )
        self.rate = RateWindow(settings.max_send_rate)
        self.quota = DailyQuota(settings.daily_quota)
        self._resources = Resources(self.ledger)
        self._chance = Chance(settings.faults)
        self._publisher = self._new_publisher()
        self._waiting: dict[int, int] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._recall_quota()

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve from a background thread; returns when the port listens, or raises OSError."""
        ready = threading.Event()
        problems: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self.serve(on_ready=ready.set))
            except OSError as error:
                problems.append(error)
                ready.set()

        self._thread = threading.Thread(target=run, name="ses-simulator", daemon=True)
        self._thread.start()
        ready.wait(START_SECONDS)
        if problems:
            raise problems[0]

    def stop(self) -> None:
        """End gracefully: finish calls under way, publish events that are due, close the ledger."""
        if self._thread is None or self._loop is None:
            self._close()
            return
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def request_stop(self) -> None:
        """Ask :meth:`serve` to end, from its own event loop (a signal handler)."""
        self._stopping.set()

    async def serve(self, on_ready: Callable[[], None]) -> None:
        """Serve in this event loop until asked to stop."""
        self._loop = asyncio.get_running_loop()
        office = self._post_office()
        runner = web.AppRunner(
            self._application(office), access_log=None, shutdown_timeout=SHUTDOWN_CALL_SECONDS
        )
        await runner.setup()
        smtp = await self._open_smtp(office)
        try:
            site = web.TCPSite(runner, self.settings.host, self.settings.port, backlog=1024)
            await site.start()
            host, port = runner.addresses[0][:2]
            self.url = f"http://{host}:{port}"
            if self._publisher:
                self._publisher.start()
            on_ready()
            await self._stopping.wait()
        finally:
            if smtp is not None:
                smtp.close()
            await runner.cleanup()
            await asyncio.to_thread(self._close)

    @property
    def faults(self) -> Faults:
        """The faults in force, their ``next`` counted down. Assign to change them at once."""
        return self._chance.current()

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._chance.reset(faults)

    @property
    def account(self) -> Account:
        """The account's standing."""
        return self._resources.account

    @property
    def max_in_one_second(self) -> int:
        """The most recipients accepted in any one second since the start or the last reset."""
        return self.rate.busiest

    def change_account(self, **changes: Any) -> None:
        """Change fields of :class:`Account`, or ``max_send_rate`` and ``daily_quota``."""
        self.rate.limit = changes.pop("max_send_rate", self.rate.limit)
        self.quota.limit = changes.pop("daily_quota", self.quota.limit)
        known = {field.name for field in fields(Account)}
        values = {
            k: tuple(v) if isinstance(v, list) else v for k, v in changes.items() if k in known
        }
        self._resources.change_account(**values)

    def summary(self, tag: str | None = None) -> dict[str, Any]:
        """Counts over recipients of one tag (``campaign:c-1``) or of all; see ``audit.summary``."""
        return audit.summary(self.ledger, Selection.parse(tag))

    def duplicates(self, tag: str | None = None) -> list[dict[str, Any]]:
        """Addresses that were sent to more than once within a tag."""
        return audit.duplicates(self.ledger, Selection.parse(tag))

    def messages(
        self, tag: str | None = None, after: int = 0, limit: int = 1_000
    ) -> list[dict[str, Any]]:
        """Accepted messages in order, without bodies, from the one after a cursor."""
        return mailbox.since(self.ledger, Selection.parse(tag), after, limit)

    def message(self, message_id: str) -> dict[str, Any] | None:
        """One message with its body and its events."""
        return mailbox.one(self.ledger, message_id, self.settings.region)

    def calls(self, after: int = 0, limit: int = 1_000) -> list[dict[str, Any]]:
        """API calls in order, with how each ended."""
        return audit.calls(self.ledger, after, limit)

    def waiting_calls(self) -> list[dict[str, int]]:
        """Accepted calls whose client waits for a reply: ``call`` and the client's ``port``."""
        return [{"call": call, "port": port} for call, port in list(self._waiting.items())]

    def lost_events(self, tag: str | None = None) -> list[dict[str, str]]:
        """Events that a fault kept from being published: ``type`` and ``address``."""
        return audit.lost_events(self.ledger, Selection.parse(tag))

    def event_states(self) -> dict[str, int]:
        """How many events are pending, published, lost, failed, unpublished."""
        return audit.event_states(self.ledger)

    def health(self) -> dict[str, Any]:
        """Whether it runs, and how much it did."""
        return {
            "status": "ok",
            "calls": audit.call_outcomes(self.ledger),
            "events": self.event_states(),
            "max_in_one_second": self.max_in_one_second,
        }

    def flush(self, timeout: float = 30.0) -> bool:
        """Wait until every event due by now is published; False when the seconds ran out first."""
        until, due_ms = time.monotonic() + timeout, self._now_ms()
        while audit.pending_events(self.ledger, due_ms):
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def reset(self) -> None:
        """Forget mail, calls, events and what counted against quotas; resources and faults stay."""
        self.ledger.forget_mail()
        self.rate.clear()
        self.quota.clear()

    async def _open_smtp(self, office: PostOffice) -> asyncio.Server | None:
        if self.settings.smtp_port is None or self._loop is None:
            return None
        door = SmtpDoor(office, self._chance, self.ledger)
        smtp = await self._loop.create_server(
            door.protocol, self.settings.host, self.settings.smtp_port, backlog=1024
        )
        self.smtp_port = smtp.sockets[0].getsockname()[1]
        return smtp

    def _post_office(self) -> PostOffice:
        return PostOffice(
            self.ledger,
            self._resources,
            self.rate,
            self.quota,
            self._chance,
            self._now_ms,
            id_suffix=f"5e51-4a11-8f96-{secrets.token_hex(6)}",
            publishes=self._publisher is not None,
        )

    def _application(self, office: PostOffice) -> web.Application:
        desk = Desk(self._resources, self.rate, self.quota, self._now_ms)
        server = SesServer(office, desk, self._chance, self.ledger, self._waiting)
        application = web.Application(
            client_max_size=MAX_REQUEST_BYTES, middlewares=[errors_as_ses_names_them]
        )
        application.add_routes(server.routes())
        application.add_routes(Control(self).routes())
        application.add_routes(Inbox(self.ledger, self.settings.region).routes())
        application.add_routes([web.route(ANY_METHOD, "/{anything:.*}", unknown_route)])
        return application

    def _new_publisher(self) -> Background | None:
        settings = self.settings
        if settings.sns_endpoint is None:
            return None
        target = Target(
            self.ledger.path.parent,
            settings.sns_endpoint,
            settings.region,
            settings.publish_workers,
            settings.file_ms,
        )
        if settings.publish_in_process:
            return InProcess(target)
        return InThread(target, self.ledger, self._now_ms)

    def _recall_quota(self) -> None:
        for minute, recipients in audit.recipients_since(self.ledger, self._now_ms() - DAY_MS):
            self.quota.take(minute * MINUTE_MS, recipients)

    def _close(self) -> None:
        if self._publisher and self._publisher.running():
            self.flush(self.settings.shutdown_flush_seconds)
            self._publisher.stop()
        self.ledger.close()
        if self._folder:
            self._folder.cleanup()
