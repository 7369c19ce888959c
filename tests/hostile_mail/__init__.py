"""Two hundred mails and more that mean harm, built when asked for: some have thirty megabytes.

Each would be a complete answer to an invitation, were it honest: what is hostile is what its name
says. `forged` marks those that claim to come from somebody else. Everything is seeded: the same
mails every time.
"""

from tests.hostile_mail import senders, shapes, weights
from tests.hostile_mail.crafting import DOMAIN, TOKEN, TRUSTED, Hostile, mail

__all__ = ["DOMAIN", "TOKEN", "TRUSTED", "Hostile", "hostile_mail", "mail"]


def hostile_mail() -> tuple[Hostile, ...]:
    """All of them, each with a name of its own."""
    return (*shapes.families(), *weights.families(), *senders.families())
