"""The mailbox's address, and what each invitation makes of it."""

from dataclasses import dataclass

from recado.audience import is_address
from recado.contracts import AnswerTo
from recado.errors import RecadoError

MAX_LOCAL = 64
"""RFC 5321, section 4.5.3.1.1."""
_TOKEN_LENGTH = 50


class BadMailbox(RecadoError):
    """The setting of the mailbox's address cannot work; the message says why."""


@dataclass(frozen=True)
class Mailbox:
    """The address that invitations are answered to."""

    local: str
    domain: str

    @classmethod
    def at(cls, address: str) -> "Mailbox":
        """The mailbox with this address.

        Raises:
            BadMailbox: it is no address, or too long for a token behind it.
        """
        local, _, domain = address.rpartition("@")
        if not is_address(address) or "+" in local:
            raise BadMailbox(
                f"SignupAddress is {address!r}: give an address such as cadastro@operator.example"
            )
        if len(local) + 1 + _TOKEN_LENGTH > MAX_LOCAL:
            longest = MAX_LOCAL - _TOKEN_LENGTH - 1
            raise BadMailbox(
                f"SignupAddress has {len(local)} characters before the @: at most {longest} leave"
                " room for the token behind them"
            )
        return cls(local, domain.lower())

    @property
    def address(self) -> str:
        """The plain address."""
        return f"{self.local}@{self.domain}"

    def answer_to(self, token: str) -> AnswerTo:
        """Where one invitation's answer goes."""
        return AnswerTo(
            address=f"{self.local}+{token}@{self.domain}",
            reference=f"<{token}@{self.domain}>",
        )
