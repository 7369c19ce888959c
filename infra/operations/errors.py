"""What goes wrong on the operator's side, in two lines: what happened, and what to do about it."""


class Trouble(Exception):
    """A problem the person at the keyboard can mend; printed without a traceback.

    `remedy` is the next thing to do. `code` is the exit code: 1 when something failed, 2 when the
    request itself was wrong.
    """

    def __init__(self, problem: str, remedy: str = "", *, code: int = 1) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.code = code


class ApiRefused(Trouble):
    """The REST API said no; `status` is HTTP's, `field` names what to mend when it is known."""

    def __init__(self, status: int, error: str, message: str, field: str, remedy: str) -> None:
        where = f" (field: {field})" if field else ""
        super().__init__(f"{message}{where}", remedy, code=2 if status < 500 else 1)
        self.status = status
        self.error = error
        self.field = field
