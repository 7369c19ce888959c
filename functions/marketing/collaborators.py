"""Who works with whom in this service: each is made once a process, when it is first needed."""

from datetime import date
from functools import cache

from marketing.asking import CampaignAsking
from marketing.deciding import Deciding
from marketing.gateway import Audiences
from marketing.hearing import Hearing
from marketing.reporting import Reporting
from marketing.settling import Settling
from marketing.store.campaigns import OfferCampaigns
from marketing.store.customers import CustomerStore
from marketing.store.offers import OfferStore
from marketing.store.reports import Reports
from marketing.store.rules import RuleBook
from marketing.travelling import Travelling
from recado import bus, clock, settings, wire
from recado.consent import Consent
from recado.directory import Directory
from recado.ledger.deeds import Deeds
from recado.outgoing import Outgoing


def today() -> date:
    """The operator's calendar day."""
    zone = settings.text("TIME_ZONE", "America/Sao_Paulo")
    return date.fromisoformat(clock.today(clock.now(), zone))


@cache
def outgoing() -> Outgoing:
    """Facts on their way to the bus."""
    return Outgoing(settings.text("MARKETING_TABLE"), wire.client(), bus.bus())


@cache
def customers() -> CustomerStore:
    """Customers as marketing knows them."""
    return CustomerStore.from_env(outgoing())


@cache
def offers() -> OfferStore:
    """The offers."""
    return OfferStore.from_env(outgoing())


@cache
def campaigns() -> OfferCampaigns:
    """The campaigns that offers lead to."""
    return OfferCampaigns.from_env(outgoing())


@cache
def rules() -> RuleBook:
    """The rules."""
    return RuleBook.from_env()


@cache
def directory() -> Directory:
    """The customers, to read."""
    return Directory(settings.text("CENTRAL_TABLE"), wire.client())


@cache
def consent() -> Consent:
    """Who gets no marketing."""
    return Consent.from_env()


@cache
def hearing() -> Hearing:
    """What other services tell."""
    return Hearing(customers(), offers(), campaigns())


@cache
def deciding() -> Deciding:
    """Decides about customers."""
    return Deciding(customers(), rules(), directory(), consent(), outgoing(), today)


@cache
def travelling() -> Travelling:
    """Moves journeys on."""
    return Travelling(
        offers(), customers(), rules(), directory(), Deeds.from_env(), consent(), today
    )


@cache
def settling() -> Settling:
    """Settles offers."""
    return Settling(offers(), customers(), rules(), directory(), outgoing(), today)


@cache
def asking() -> CampaignAsking:
    """Asks for campaigns."""
    return CampaignAsking(
        campaigns(), rules(), directory(), Audiences.from_env(), outgoing(), today
    )


@cache
def reporting() -> Reporting:
    """What staff see."""
    return Reporting(customers(), rules(), Reports.from_env())
