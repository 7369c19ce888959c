"""docs/guarantee.md names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "guarantee.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`((?:[\w/]+/)?test_\w+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]


def names_in(file: Path) -> set[str]:
    """What stands at the top level of a module."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    folder = ROOT if "/" in file else ROOT / "tests" / "integration" / "delivery"
    assert name in names_in(folder / file)


def test_every_row_names_its_test() -> None:
    assert len(NAMED) == len(ROWS) > 20
