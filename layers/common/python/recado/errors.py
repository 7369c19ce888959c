"""What can go wrong, named by its consequence.

    RecadoError
    ├── Rejected        the request is wrong and will stay wrong: fix the named field
    ├── Unauthenticated no valid token came with the request
    ├── Forbidden       the token's role does not allow this
    ├── NotFound        nothing has that id
    ├── Conflict        it exists, but not in a state that allows this
    └── Retryable       nothing is wrong with the request: try again later

Each trigger maps them once: `recado.rest` to HTTP, a queue's worker to batch failures.
"""


class RecadoError(Exception):
    """Anything Recado says no with; the message is written for the person who reads it."""


class Rejected(RecadoError):
    """Bad input. `field` names what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Unauthenticated(RecadoError):
    """No token, or one nobody knows."""


class Forbidden(RecadoError):
    """A known token whose role is not enough."""


class NotFound(RecadoError):
    """Nothing has that id."""


class Conflict(RecadoError):
    """The thing exists, but its present state does not allow this."""


class Retryable(RecadoError):
    """A passing fault: the same request may succeed later."""
