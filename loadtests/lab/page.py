"""A report as one HTML page beside its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loadtests.lab.tables import Table

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


@dataclass
class Section:
    """A part of the page."""

    title: str
    paragraphs: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)


def write(file: Path, title: str, around: str, sections: Sequence[Section]) -> None:
    """Write the page; `around` says where the rows are from."""
    page = _TEMPLATES.get_template("page.html")
    file.write_text(page.render(title=title, around=around, sections=sections), encoding="utf-8")
