"""HTML as lines of text: what is quoted begins with `> `, cells of a table row stand on one line.

lxml's parser is linear and stops at 256 levels, so hostile HTML costs no more than its length.
"""

import re

from lxml import etree

from signup.domain.plain import MAX_LINES, each_of

_BLOCKS = each_of(
    "address article aside blockquote body center dd div dl dt fieldset footer form h1 h2 h3"
    " h4 h5 h6 header hr li main ol p pre section table tbody tfoot thead ul"
)
_UNSEEN = each_of("head noscript object script style svg template title")
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_RULE = "_" * 32
"""A horizontal rule, as mail programs write it in plain text."""


def text_of(html: str) -> str:
    """What somebody sees of a page of HTML; nothing where it holds no text."""
    data = _ILLEGAL.sub("", html).encode("utf-8")
    if not data.strip():
        return ""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return ""
    return "" if root is None else _Walk().over(root)


class _Walk:
    """One walk over a page; rows wait for their end, when it is known what their cells hold."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._unseen = 0
        self._rows: list[list[list[str]]] = []
        self._cells: list[int] = []

    def over(self, root: "etree._Element") -> str:
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if len(self._lines) > MAX_LINES:
                break
            if not isinstance(element.tag, str):
                continue
            if event == "start":
                self._start(element.tag)
                self._say(element.text)
            else:
                self._end(element.tag)
                self._say(element.tail)
        self._break()
        return "\n".join(self._lines)

    def _start(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._break(always=True)
        elif tag == "tr":
            self._break()
            self._rows.append([])
        elif tag in {"td", "th"}:
            self._break()
            self._cells.append(len(self._lines))
        elif tag in _BLOCKS:
            self._break()
            self._quotes += tag == "blockquote"

    def _end(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        elif tag == "tr" and self._rows:
            self._break()
            self._lines += _joined(self._rows.pop())
        elif tag in {"td", "th"} and self._cells:
            self._break()
            self._end_of_cell(self._cells.pop())
        elif tag == "hr":
            self._lines.append(_RULE)
        elif tag in _BLOCKS:
            self._break()
            if tag == "p":
                self._lines.append(self._mark().rstrip())
            self._quotes -= tag == "blockquote"

    def _end_of_cell(self, began: int) -> None:
        if self._rows:
            self._rows[-1].append([line for line in self._lines[began:] if line.strip("> ")])
            del self._lines[began:]

    def _say(self, text: str | None) -> None:
        if text and not self._unseen:
            self._line.append(text)

    def _break(self, *, always: bool = False) -> None:
        line = _SPACE.sub(" ", "".join(self._line)).strip()
        self._line.clear()
        if line or always:
            self._lines.append((self._mark() + line).rstrip())

    def _mark(self) -> str:
        return "> " * min(self._quotes, 5)


def _joined(cells: list[list[str]]) -> list[str]:
    """A row on one line where each cell holds one; otherwise the lines of its cells."""
    filled = [cell for cell in cells if cell]
    if any(len(cell) > 1 for cell in filled):
        return [line for cell in filled for line in cell]
    texts = [cell[0] for cell in filled]
    return [texts[0] + "".join("\t" + text.lstrip("> ") for text in texts[1:])] if texts else []
