"""How deep a question about bills goes, by words: no model decides whose figures are read.

Speech comes without punctuation and with some words misheard, so single words count, not sentences.
"""

import re
import unicodedata
from enum import StrEnum


class Depth(StrEnum):
    """How much has to be looked at for an answer."""

    SIMPLE = "simple"
    """What is owed, and when the next bill is due."""
    TRADITIONAL = "traditional"
    """One bill, explained by those before it."""
    COMPLEX = "complex"
    """A year of bills: sum, mean, trend and projection."""


READ_AT_MOST = 500
"""Characters of a question that are read."""

_BILLS = re.compile(
    r"\b(bills?|invoices?|balance|owe|owed|owing|due|spen[dt]|spending|pay|paid|paying|charged?"
    r"|contas?|faturas?|boletos?|saldo|devo|devendo|gast\w+|pago|paguei|pagar|cobra\w+"
    r"|vencimento|vence)\b"
)
_SOMETHING_ELSE = re.compile(
    r"\b(plans?|planos?|mega|upgrade|cancel\w*|negotiat\w+|instal+ments?|person|agent|attendant|human"
    r"|negoci\w+|parcel\w+|pessoa|atendente|humano)\b"
)
"""What chat has a flow of its own for, or calls a person for, also where bills are mentioned."""
_COMPLEX = re.compile(
    r"\b(year|years|yearly|annual|twelve|months|trend|trends|forecast|projection|project|average"
    r"|ano|anual|anos|doze|meses|tendencia|projecao|projete|previsao|media)\b"
)
_TRADITIONAL = re.compile(
    r"\b(explain|explained|why|higher|more expensive|increased?|changed?|compare\w*|went up"
    r"|expli\w+|por ?que|porque|subiu|aument\w+|mudou|mais car\w|mais alt\w|maior|compar\w+)\b"
)
_SIMPLE = re.compile(
    r"\b(balance|owe|owed|owing|due|how much"
    r"|saldo|devo|devendo|vencimento|vence|quanto|valor)\b"
)


def depth_of(question: str) -> Depth | None:
    """How deep a question about the customer's own bills goes; None where it is no such question.

    The deepest that its words ask for: "why did I pay more this year" is about the year.
    """
    words = _plain(question[:READ_AT_MOST])
    if not _BILLS.search(words) or _SOMETHING_ELSE.search(words):
        return None
    for pattern, depth in (
        (_COMPLEX, Depth.COMPLEX),
        (_TRADITIONAL, Depth.TRADITIONAL),
        (_SIMPLE, Depth.SIMPLE),
    ):
        if pattern.search(words):
            return depth
    return None


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[a-z0-9]+", plain))
