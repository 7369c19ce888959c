"""What was found in a reply, field by field, and what is wrong with the rest."""

from enum import StrEnum

from recado.model import Frozen


class Asked(StrEnum):
    """A field of the form."""

    NAME = "name"
    DOCUMENT = "document"
    PHONE = "phone"
    ADDRESS = "address"
    POSTCODE = "postcode"
    PLAN = "plan"


class Wrong(StrEnum):
    """What keeps a field from being accepted."""

    MISSING = "missing"
    CHECK_DIGITS = "check_digits"
    """It has the form of a CPF or CNPJ, but its check digits do not match."""
    UNREADABLE = "unreadable"
    AMBIGUOUS = "ambiguous"
    """Two different answers, and nothing tells which one counts."""
    UNKNOWN_PLAN = "unknown_plan"
    OUT_OF_RANGE = "out_of_range"
    """A telephone number or CEP of the right form that nobody can have."""


class Field(Frozen):
    """An answer: as it is stored (`value`, on one line), and as the person wrote it (`raw`)."""

    value: str
    raw: str


class Problem(Frozen):
    """Why a field has no value."""

    field: Asked
    wrong: Wrong


class Extracted(Frozen):
    """The form as far as it was understood; every field without a value has one problem."""

    name: Field | None = None
    document: Field | None = None
    phone: Field | None = None
    address: Field | None = None
    postcode: Field | None = None
    plan: Field | None = None
    problems: tuple[Problem, ...] = ()

    def field(self, asked: Asked) -> Field | None:
        """One field's answer."""
        found: Field | None = getattr(self, asked.value)
        return found

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask."""
        return not self.problems


NOTHING = Extracted(problems=tuple(Problem(field=asked, wrong=Wrong.MISSING) for asked in Asked))
"""A form that nobody filled in."""
