"""The one console everything is printed on, its colours, and how a step of work is shown."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.text import Text
from rich.theme import Theme

from operations.errors import Trouble

THEME = Theme(
    {
        "accent": "bold #7aa2f7",
        "good": "#9ece6a",
        "warning": "#e0af68",
        "bad": "#f7768e",
        "quiet": "grey62",
        "number": "bold",
        "bar.back": "#3b4261",
        "bar.complete": "#7aa2f7",
        "bar.finished": "#9ece6a",
    }
)
WIDTH_OF_A_PICTURE = 84

console = Console(theme=THEME, highlight=False)
"""What stays: everything printed here ends in a recorded picture."""

moving = Console(theme=THEME, highlight=False)
"""What moves and is wiped out again: spinners and bars."""

complaints = Console(theme=THEME, highlight=False, stderr=True)


def start_recording() -> None:
    """From now on keep what is printed, at a fixed width, for `save_picture`."""
    console.record = True
    console.width = WIDTH_OF_A_PICTURE


def complain(trouble: Trouble) -> None:
    """Print a problem and its remedy."""
    complaints.print(Text.assemble(("recado: ", "bad"), trouble.problem), soft_wrap=True)
    if trouble.remedy:
        complaints.print(Text.assemble(("    → ", "accent"), trouble.remedy), soft_wrap=True)


def heading(text: str) -> None:
    """A line that opens a part of the story."""
    console.print()
    console.print(Text(text, "accent"))


def note(*parts: str | Text | tuple[str, str]) -> None:
    """One indented line of text; parts may carry a style."""
    console.print(Padding(Text.assemble(*parts), (0, 0, 0, 2)))


@contextmanager
def step(doing: str, done: str = "") -> Iterator[None]:
    """Show that something is being done, and, when it is, how long it took."""
    began = time.monotonic()
    with moving.status(Text(doing, "quiet"), spinner="dots", spinner_style="accent"):
        yield
    seconds = time.monotonic() - began
    said = f"{done or doing:<52}"
    note(("✓ ", "good"), said, (f"{seconds:6.1f} s", "quiet"))
