"""CPF and CNPJ, by which Brazil knows people and companies; whoever uses it needs `layers/people`.

Sources: Receita Federal, Instrução Normativa RFB 1.548/2015 (CPF) and 2.229/2024 (letters in a
CNPJ).
"""

import re

from stdnum.br import cnpj, cpf
from stdnum.exceptions import ValidationError as NotADocument

_DOCUMENT = re.compile(r"[0-9A-Za-z./\- ]+")
_CPF_DIGITS, _CNPJ_DIGITS = 11, 14


def document(text: str) -> str:
    """A CPF or CNPJ with valid check digits, without its punctuation.

    Raises:
        ValueError: it is none; the message is the second half of a sentence on the field.
    """
    compact = re.sub(r"[./\- ]", "", text).upper()
    if not _DOCUMENT.fullmatch(text) or len(compact) not in {_CPF_DIGITS, _CNPJ_DIGITS}:
        raise ValueError(
            "is not a CPF (11 digits) or CNPJ (14): write all digits, with leading zeros"
        )
    check = cpf if len(compact) == _CPF_DIGITS else cnpj
    try:
        valid = str(check.validate(compact))
    except NotADocument as error:
        raise ValueError(
            "is not a valid CPF or CNPJ: its check digits do not match, look for a typo"
        ) from error
    if len(set(valid)) == 1:
        raise ValueError("is not a valid CPF or CNPJ: it repeats one digit")
    return valid
