"""Who works with whom in this service: each is made once a process, when it is first needed."""

from functools import cache

from recado import bus, clock, settings, wire
from recado.consent import Consent
from recado.letters import Letters
from recado.linkkeys import Keyring
from recado.outgoing import Outgoing
from signup import gateway, outside
from signup.checking import Checking
from signup.domain.addresses import Mailbox
from signup.inviting import Inviting
from signup.receiving import Receiving, Terms
from signup.settling import Settling
from signup.store.invitations import InvitationStore
from signup.store.mailboxes import MailboxStore
from signup.store.mails import MailStore
from signup.writing import Sending, WritingBack


@cache
def outgoing() -> Outgoing:
    """Facts that may not have been published yet."""
    return Outgoing(settings.text("SIGNUP_TABLE"), wire.client(), bus.bus())


@cache
def invitations() -> InvitationStore:
    """Batches and invitations."""
    return InvitationStore.from_env(outgoing())


@cache
def mails() -> MailStore:
    """What became of mails, and letters."""
    return MailStore.from_env(outgoing(), invitations())


@cache
def writing_back() -> WritingBack:
    """Tells facts and queues letters."""
    return WritingBack(outgoing(), mails(), outside.letter_queue())


@cache
def keyring() -> Keyring:
    """The keys of tokens."""
    return Keyring.from_env("SIGNUP_KEYS")


@cache
def terms() -> Terms:
    """What is on offer, and where answers go."""
    plans = [plan.strip() for plan in settings.text("SIGNUP_PLANS").split(",")]
    return Terms(
        plans=tuple(plan for plan in plans if plan),
        mailbox=Mailbox.at(settings.text("SIGNUP_ADDRESS")),
    )


@cache
def files() -> outside.Files:
    """The bucket."""
    return outside.Files.from_env()


@cache
def inviting() -> Inviting:
    """Invites people."""
    return Inviting(invitations(), files(), writing_back(), keyring(), terms())


@cache
def receiving() -> Receiving:
    """Deals with mails."""
    links_url = settings.text("LINKS_URL")
    return Receiving(invitations(), mails(), writing_back(), keyring(), terms(), links_url)


@cache
def access() -> gateway.Access | None:
    """How to reach the mailbox, if there is one."""
    return gateway.access_from_env()


@cache
def checking(reached: gateway.Access) -> Checking:
    """Reads the mailbox."""
    return Checking(
        reached, gateway.opened, MailboxStore.from_env(), receiving(), lambda: clock.now()
    )


@cache
def settling() -> Settling:
    """Takes what a person confirms and what central decides."""
    return Settling(invitations(), mails(), writing_back(), keyring())


@cache
def sending() -> Sending:
    """Sends letters."""
    return Sending(mails(), Letters.from_env(), Consent.from_env())
