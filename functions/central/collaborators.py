"""Who works with whom in this service: each is made once a process, when it is first needed."""

from datetime import date, datetime
from functools import cache

from central import gateway
from central.approving import Approving
from central.asking import Asking
from central.billing import Billing
from central.launching import Launching
from central.mailing import ReportMail
from central.reading import Reader
from central.registering import Registering
from central.reporting import Reporting
from central.sizing import Sizing
from central.store.approvals import ApprovalStore
from central.store.campaigns import CampaignStore
from central.store.chat_flows import FlowStore
from central.store.customers import CustomerStore
from central.store.imports import ImportStore
from central.store.mailing import MailingStore
from central.store.outages import OutageStore
from central.store.registrations import RegistrationStore
from central.store.statistics import Statistics
from central.store.templates import TemplateStore
from central.watching import Watching
from recado import bus, clock, settings
from recado.directory import Directory
from recado.figures.board import FiguresBoard, HealthBoard
from recado.ledger.engagement import EngagementBook
from recado.ledger.progress import ProgressBoard
from recado.ledger.store import Ledger
from recado.letters import Letters
from recado.table import client


def day_of(moment: datetime) -> date:
    """The calendar day of a moment where the operator is."""
    zone = settings.text("TIME_ZONE", "America/Sao_Paulo")
    return date.fromisoformat(clock.today(moment, zone))


def today() -> date:
    """The operator's calendar day."""
    return day_of(clock.now())


@cache
def directory() -> Directory:
    """The customers, to read."""
    return Directory.from_env()


@cache
def files() -> gateway.Files:
    """The bucket."""
    return gateway.Files.from_env()


@cache
def billing() -> Billing:
    """Customers and invoices, one by one."""
    return Billing(CustomerStore.from_env())


@cache
def imports() -> ImportStore:
    """Imports and what they refused."""
    return ImportStore.from_env()


@cache
def templates() -> TemplateStore:
    """Mail templates."""
    return TemplateStore.from_env()


@cache
def flows() -> FlowStore:
    """The bot's flows."""
    return FlowStore.from_env()


@cache
def outages() -> OutageStore:
    """Announced outages."""
    return OutageStore.from_env()


@cache
def reader() -> Reader:
    """Reads imports."""
    return Reader(
        imports(),
        CustomerStore.from_env(),
        files(),
        gateway.import_queue(),
        bus.bus(),
        lambda: clock.now(),
        today,
    )


@cache
def watching() -> Watching:
    """Campaigns and reports, to look at."""
    return Watching(
        CampaignStore.from_env(),
        ProgressBoard.from_env(),
        Ledger(settings.text("CAMPAIGNS_TABLE"), client()),
        Statistics.from_env(),
        EngagementBook.from_env(),
    )


@cache
def reporting() -> Reporting:
    """Reports of all services."""
    return Reporting(FiguresBoard.from_env(), HealthBoard.from_env(), watching())


@cache
def mailing() -> MailingStore:
    """Who gets reports by e-mail."""
    return MailingStore.from_env()


@cache
def report_mail() -> ReportMail:
    """Reports by e-mail."""
    zone = settings.text("TIME_ZONE", "America/Sao_Paulo")
    return ReportMail(mailing(), reporting(), Letters.from_env(), zone)


@cache
def launching() -> Launching:
    """Campaigns, to set going."""
    return Launching(
        CampaignStore.from_env(),
        ApprovalStore.from_env(),
        templates(),
        watching(),
        directory(),
        files(),
        gateway.plan_queue(),
        bus.bus(),
        settings.text("FROM_ADDRESS"),
        day_of,
        Sizing(directory(), files(), approval_above()),
    )


def approval_above() -> int | None:
    """To how many recipients one person may send alone; `None`: to any number."""
    if settings.optional("APPROVAL_ABOVE") in {"", "none"}:
        return None
    return int(settings.number("APPROVAL_ABOVE", 0))


@cache
def approving() -> Approving:
    """Large sends, to approve or reject."""
    return Approving(CampaignStore.from_env(), ApprovalStore.from_env(), launching(), watching())


@cache
def asking() -> Asking:
    """Campaigns that other services ask for."""
    return Asking(launching(), bus.bus())


@cache
def registering() -> Registering:
    """Who signed up by mail."""
    return Registering(RegistrationStore.from_env(), directory(), bus.bus(), day_of)
