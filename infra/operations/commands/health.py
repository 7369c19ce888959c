"""health: queues, dead letters and their reasons, right now; redrive: dead letters back to work."""

from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from operations import redriving, reporting, world
from operations.console import console, heading, note
from recado.figures.queues import QueueLooker


def health() -> None:
    """What waits in every queue, and why letters are dead; ends with 1 if any is."""
    here = world.current()
    looker = QueueLooker(here.client("sqs"))
    seen = [looker.look(name, queue) for name, queue in redriving.queues(here).items()]
    heading(f"Queues of the {here.name} world")
    listed = reporting.table("queue", "waiting", "in work", "dead", right=(1, 2, 3))
    for queue in seen:
        style = "bad" if queue.dead else ""
        listed.add_row(
            queue.queue, str(queue.waiting), str(queue.in_work), Text(str(queue.dead), style)
        )
    console.print(Padding(listed, (0, 0, 0, 2)))
    dead = [queue for queue in seen if queue.dead]
    for queue in dead:
        heading(f"Dead letters of {queue.queue}")
        letters = reporting.table("message", "since", "about", "reason")
        for letter in queue.dead_letters:
            letters.add_row(
                letter.message_id, f"{letter.since:%Y-%m-%d %H:%M}", letter.about, letter.reason
            )
        console.print(Padding(letters, (0, 0, 0, 2)))
        note("when the reason is mended: ", (f"recado redrive {queue.queue}", "accent"))
    if dead:
        raise typer.Exit(1)


def redrive(
    queue: Annotated[str, typer.Argument(help="As `recado health` calls it, such as PlanQueue.")],
    message: Annotated[str | None, typer.Option(help="Only this message.")] = None,
) -> None:
    """Put dead letters back on their queue; each is on the queue before it leaves the dead ones."""
    here = world.current()
    moved = redriving.redrive(here, queue, message)
    note(("✓ ", "good"), f"{moved} messages are back on {queue}")
