"""From recipients to messages."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from recado.contracts import WITHOUT_VARIANTS, AnswerTo, ChunkTask, Experiment
from recado.errors import Rejected
from recado.experiment import variant_of
from recado.ledger.states import Outcome, State
from recado.model import Lane, Language
from recado.templating import RenderedMail
from sender.domain.linked import NOTHING, LinkedMail, LinkMaker

MAX_MAIL_BYTES = 500_000
MAX_CALL_BYTES = 1_000_000
"""No request to SES is larger; SES itself would take 10 MB, slowly."""
_ESCAPED = ('"', "\\", "\n", "\r", "\t")


@dataclass(frozen=True)
class Mail:
    """One message, ready to send; `position` is its place in the chunk.

    `variant` names the message of an experiment; it is empty where there is none. `reply_to` is
    this person's own address for an answer; empty means the campaign's.
    """

    position: int
    address: str
    content: RenderedMail
    tags: Mapping[str, str]
    headers: tuple[tuple[str, str], ...] = ()
    variant: str = ""
    reply_to: str = ""

    @cached_property
    def size(self) -> int:
        """How many bytes the message takes in a SendBulkEmail request, hardly more: it is JSON
        within JSON there, so that a quotation mark takes four.
        """
        content = self.content
        text = f"{content.subject}{content.html}{content.text}"
        return len(text.encode()) + 3 * sum(map(text.count, _ESCAPED))


@dataclass(frozen=True)
class Composed:
    """What came of composing a chunk: messages, and recipients that get none."""

    mails: list[Mail]
    outcomes: dict[int, Outcome]

    @classmethod
    def joined(cls, parts: Iterable["Composed"]) -> "Composed":
        """The parts of a chunk together again, in the chunk's order."""
        whole = list(parts)
        mails = sorted(
            (mail for part in whole for mail in part.mails), key=lambda mail: mail.position
        )
        return cls(mails, {place: end for part in whole for place, end in part.outcomes.items()})

    def without(self, refused: Mapping[int, Outcome]) -> "Composed":
        """The same, but the recipients at these positions get no mail."""
        kept = [mail for mail in self.mails if mail.position not in refused]
        return Composed(kept, {**self.outcomes, **refused})


def compose(
    task: ChunkTask,
    pending: Sequence[int],
    suppressed: Mapping[str, str],
    bodies: Mapping[Language, LinkedMail],
    links: LinkMaker | None = None,
    variant: str = WITHOUT_VARIANTS,
) -> Composed:
    """Render the mail of every pending recipient who may be written to.

    `suppressed` maps addresses in lower case to the reason; `links` makes what the mail's links
    are, and is `None` when no body of the campaign shows any. A recipient whose fields do not fit
    the template fails alone, with the reason.
    """
    composed = Composed(mails=[], outcomes={})
    for position in pending:
        recipient = task.recipients[position]
        reason = suppressed.get(recipient.email.lower())
        if reason is not None:
            composed.outcomes[position] = Outcome(State.SUPPRESSED, reason)
            continue
        body = bodies.get(recipient.language) or next(iter(bodies.values()))
        one_click = task.lane is Lane.MARKETING
        given = NOTHING
        if links:
            given = links.links(body, position, one_click=one_click, variant=variant)
        try:
            content = body.render({**recipient.fields, **given.fields})
        except Rejected as error:
            composed.outcomes[position] = Outcome(State.FAILED, str(error))
            continue
        labels = tags(task, position, variant)
        mail = Mail(position, recipient.email, content, labels, given.headers, variant)
        if recipient.answer_to is not None:
            mail = answerable(mail, recipient.answer_to)
        if mail.size > MAX_MAIL_BYTES:
            reason = f"the message takes {mail.size} bytes; at most {MAX_MAIL_BYTES} are sent"
            composed.outcomes[position] = Outcome(State.FAILED, reason)
        else:
            composed.mails.append(mail)
    return composed


def answerable(mail: Mail, to: AnswerTo) -> Mail:
    """A mail whose answer goes to an address of its own and names an id of ours.

    A mail program copies our `References` into the answer's (RFC 5322, section 3.6.4); the
    `Message-ID` that SES gives could not be known in advance.
    """
    references = (("References", to.reference),) if to.reference else ()
    return replace(mail, headers=(*mail.headers, *references), reply_to=to.address)


def by_variant(
    task: ChunkTask, pending: Sequence[int], experiment: Experiment | None
) -> dict[str, list[int]]:
    """The pending positions of a chunk by the variant their recipients get."""
    if experiment is None:
        return {WITHOUT_VARIANTS: list(pending)}
    weights = experiment.weights
    parted: dict[str, list[int]] = {}
    for position in pending:
        variant = variant_of(weights, task.campaign_id, task.recipients[position].id)
        parted.setdefault(variant, []).append(position)
    return parted


def tags(task: ChunkTask, position: int, variant: str) -> dict[str, str]:
    """What SES repeats in each event, so that an event finds its recipient in the ledger."""
    place = {"campaign": task.campaign_id, "chunk": str(task.number), "position": str(position)}
    if variant:
        place["variant"] = variant
    if task.correlation_id:
        place["correlation"] = task.correlation_id
    return place


def groups(mails: Collection[Mail], most: int) -> Iterator[list[Mail]]:
    """Mails in groups that one call takes: at most `most` of them, and a megabyte."""
    group: list[Mail] = []
    size = 0
    for mail in mails:
        if group and (len(group) == most or size + mail.size > MAX_CALL_BYTES):
            yield group
            group, size = [], 0
        group.append(mail)
        size += mail.size
    if group:
        yield group
