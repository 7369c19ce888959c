"""Text that is safe to go on with: decoded, on bounded lines, without control characters."""

import codecs
import re
import unicodedata

MAX_LINES = 2_000
MAX_LINE = 2_000
"""Characters of a line that are read; paragraphs of people are shorter."""

_UTF_16 = {"utf-16", "utf-16le", "utf-16be"}
_BREAK = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\ufff9-\uffff\ufe0f]"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def decoded(data: bytes, charset: str) -> str:
    """What bytes say in a charset, whatever is declared; unknown signs become U+FFFD.

    Mail declares its charset wrongly often enough: what is valid UTF-8 is read as such, everything
    else that is not UTF-16 as Windows-1252, which ISO-8859-1 means in practice (WHATWG Encoding
    Standard, 4.2).
    """
    name = charset.lower().replace("_", "-").strip()
    if name in _UTF_16:
        return data.decode(name, errors="replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def lines_of(text: str) -> list[str]:
    """The lines of a text, cleaned."""
    return [cleaned(line) for line in _BREAK.split(text, maxsplit=MAX_LINES)[:MAX_LINES]]


def cleaned(line: str) -> str:
    """One line without control characters and formatting signs, composed (NFC), spaces plain."""
    visible = _INVISIBLE.sub("", _SPACES.sub(" ", line[:MAX_LINE]))
    return _BREAK.sub(" ", unicodedata.normalize("NFC", visible)).rstrip()


def each_of(words: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(words.split())


def _folding() -> dict[int, str]:
    table = {}
    for code in (*range(0x41, 0x5B), *range(0xC0, 0x180)):
        base = unicodedata.normalize("NFKD", chr(code).lower())[0]
        table[code] = base if len(base) == 1 else chr(code)
    table |= dict.fromkeys((0x2019, 0xB4, 0x60), "'")
    return table


_FOLDING = _folding()


def folded(line: str) -> str:
    """A line in small letters without accents, sign for sign: places in it are the line's own."""
    return line.translate(_FOLDING)
