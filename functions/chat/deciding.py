"""The bot's turn: what it says and does about the customer's lines, one after the other.

It changes a draft and nothing else; what it needs to know comes through its ports.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chat.domain import identification, phrases, walking
from chat.domain.classifier import Model
from chat.domain.conversation import Identity, Waiting
from chat.domain.dialogue import (
    Answer,
    Ask,
    Greet,
    HandOver,
    Move,
    Reason,
    Rephrase,
    SayScope,
    Standing,
    decide,
    wants_a_person,
)
from chat.domain.draft import Draft
from chat.domain.identification import Claim, Sending, Verdict
from chat.domain.intents import Reading, is_slowness
from chat.domain.packing import packet
from chat.domain.revealing import MAX_NOTICED, Noticed
from chat.domain.text import normalise
from chat.domain.walking import Progress, Wants
from recado.conversation import Attempt, Line
from recado.errors import Rejected
from recado.flows import FlowDocument, rendered
from recado.intent import Intent
from recado.model import Language
from recado.observability import logger

ATTEMPTS_KEPT = 20
"""How many attempts of the bot an attendant gets to read."""


class Knows(Protocol):
    """What the bot knows of the world (`chat.knowing`)."""

    def document(self, version: int | None = None) -> FlowDocument | None: ...

    def public(self, language: Language) -> dict[str, Any]: ...

    def customer(self, customer_id: str | None) -> dict[str, Any] | None: ...


class Identifies(Protocol):
    """Claims and codes (`chat.identifying`)."""

    def claim(self, draft: Draft, claim: Claim) -> Sending: ...

    def code(self, draft: Draft, code: str) -> tuple[Verdict, int]: ...


Improvise = Callable[[Line, Language], str | None]
"""An answer to what is out of scope, by a language model; None: the bot's own phrase."""
History = Callable[[], Sequence[Line]]
"""The conversation's stored lines, as many as an attendant needs."""


@dataclass(frozen=True)
class Bot:
    """Decides; staff's flows and the classifier say how."""

    knows: Knows
    identifies: Identifies
    improvise: Improvise
    model: Callable[[], Model]

    def answer(self, draft: Draft, lines: Sequence[Line], history: History) -> None:
        """Decide about lines of the customer, until all are done or a person is called."""
        for line in lines:
            if not draft.head.control.bot_may_speak:
                return
            _Turn(self, draft, history, line, self.model().read(line.text)).take()


@dataclass(frozen=True)
class _Turn:
    """What the bot does about one line."""

    bot: Bot
    draft: Draft
    history: History
    line: Line
    reading: Reading

    def take(self) -> None:
        head = self.draft.head
        thresholds = self.bot.model().header.thresholds
        if head.progress and wants_a_person(self.line.text, self.reading, thresholds):
            self._hand_over(Reason.ASKED, Intent.HUMAN)
        elif head.progress and head.identity.waiting is not Waiting.NOTHING:
            self._identify(head.progress)
        elif head.progress:
            document, progress = self._at(head.progress)
            self._walk(document, walking.replied(document, progress, self.line.text))
        elif head.hint and head.hint.sequence == self.line.sequence:
            self._told(head.hint.intent)
        else:
            self._move(self._decided())

    # ─── what the customer wants ───────────────────────────────────────────────────────────────

    def _decided(self) -> Move:
        head = self.draft.head
        thresholds = self.bot.model().header.thresholds
        move, standing = decide(self.line.text, self.reading, head.standing, thresholds)
        attempt = Attempt(
            intent=self.reading.intent,
            confidence=min(1.0, self.reading.confidence),
            move=type(move).__name__,
        )
        if not head.progress or isinstance(move, Answer | HandOver):
            self.draft.set(language=self.reading.language(head.language))
        self.draft.set(
            standing=standing,
            attempts=(*head.attempts, attempt)[-ATTEMPTS_KEPT:],
            confidence=attempt.confidence,
        )
        return move

    def _told(self, intent: Intent) -> None:
        """The client knew what it is about: nothing is left to recognise but the language."""
        language = self.reading.language(self.draft.head.language)
        self.draft.set(language=language, standing=Standing(), confidence=1.0)
        self._move(Answer(intent, 1.0))

    def _move(self, move: Move) -> None:
        match move:
            case Answer():
                self._begin(move.intent)
            case HandOver():
                self._hand_over(move.reason, move.intent)
            case Ask():
                flows, language = self._newest().flows, self.draft.head.language
                self._phrase(
                    "ask",
                    first=flows[move.first].name[language],
                    second=flows[move.second].name[language],
                )
            case Greet():
                self._phrase("greet")
            case Rephrase():
                self._phrase("rephrase")
            case SayScope():
                self._out_of_scope()

    def _out_of_scope(self) -> None:
        improvised = self.bot.improvise(self.line, self.draft.head.language)
        if improvised:
            self.draft.say(improvised)
        else:
            self._phrase("scope")

    def _begin(self, intent: Intent) -> None:
        self._recognised(intent)
        if intent is Intent.CONNECTION:
            self.draft.set(slow_connection=is_slowness(normalise(self.line.text)))
        document = self._newest()
        self._walk(document, walking.begun(document, intent))

    # ─── a flow ────────────────────────────────────────────────────────────────────────────────

    def _walk(self, document: FlowDocument, progress: Progress) -> None:
        head = self.draft.head
        try:
            turn = walking.walk(
                document,
                progress,
                language=head.language,
                public=self.bot.knows.public(self.draft.head.language),
                customer=self.bot.knows.customer(head.identity.customer_id),
            )
        except Rejected:
            place = {"intent": progress.intent, "version": progress.version, "step": progress.step}
            logger.warning("flow failed", extra=place)
            self._hand_over(Reason.FLOW, progress.intent)
            return
        self.draft.set(
            progress=None if turn.wants is Wants.NOTHING else turn.progress,
            collected=head.collected | turn.progress.collected,
        )
        self.draft.say(*turn.says)
        if turn.wants is Wants.PERSON:
            self._hand_over(Reason.FLOW, progress.intent)
        elif turn.wants is Wants.IDENTITY:
            self._ask_who()

    def _at(self, progress: Progress) -> tuple[FlowDocument, Progress]:
        """The flows a conversation is in; from the start again where that version is gone."""
        document = self.bot.knows.document(progress.version)
        if document is not None:
            return document, progress
        newest = self._newest()
        return newest, walking.begun(newest, progress.intent)

    # ─── who it is ─────────────────────────────────────────────────────────────────────────────

    def _identify(self, progress: Progress) -> None:
        text, waiting = self.line.text, self.draft.head.identity.waiting
        if claim := identification.claim_in(text):
            self._claimed(claim)
        elif waiting is Waiting.CODE and (code := identification.code_in(text)):
            self._tried(progress, code)
        else:
            self._something_else()

    def _claimed(self, claim: Claim) -> None:
        if self.bot.identifies.claim(self.draft, claim) is Sending.REFUSE:
            self._phrase("no_more_codes")
            self.draft.set(progress=None)
        else:
            self._phrase("code_sent")

    def _tried(self, progress: Progress, code: str) -> None:
        verdict, left = self.bot.identifies.code(self.draft, code)
        match verdict:
            case Verdict.PROVED:
                self._walk(*self._at(progress))
            case Verdict.WRONG:
                self._phrase("wrong_code", tries=left)
            case Verdict.EXPIRED | Verdict.SPENT:
                self.draft.say(phrases.STALE_CODE[self.draft.head.language])
                self._ask_who()

    def _something_else(self) -> None:
        """Neither a claim nor a code: another wish, or the question again."""
        move = self._decided()
        if isinstance(move, Answer | HandOver):
            self._forget_flow()
            self._move(move)
            return
        standing = self.draft.head.standing
        self.draft.set(standing=standing.model_copy(update={"asked": None}))
        if self.draft.head.identity.waiting is Waiting.CODE:
            self.draft.say(phrases.WAITING_FOR_CODE[self.draft.head.language])
        else:
            self._phrase("who")

    def _ask_who(self) -> None:
        self._wait_for(Waiting.CLAIM)
        self._phrase("who")

    def _forget_flow(self) -> None:
        self.draft.set(progress=None)
        self._wait_for(Waiting.NOTHING)

    def _wait_for(self, waiting: Waiting) -> None:
        identity: Identity = self.draft.head.identity
        self.draft.set(identity=identity.model_copy(update={"waiting": waiting}))

    # ─── a person ──────────────────────────────────────────────────────────────────────────────

    def _hand_over(self, reason: Reason, intent: Intent) -> None:
        about = self._about(intent)
        if intent is Intent.HUMAN:
            self._recognised(intent)
        self._forget_flow()
        if not self.draft.request(self._rendered("handing_over")):
            return
        lines = {line.sequence: line for line in (*self.history(), *self.draft.lines)}
        kind = self._newest().flows[about].kind
        self.draft.packet(
            packet(self.draft.head, lines.values(), kind=kind, reason=reason, intent=about)
        )

    def _about(self, intent: Intent) -> Intent:
        """What the person is called for: the wish for one does not say, what went before may."""
        head = self.draft.head
        if intent is not Intent.HUMAN:
            return intent
        if head.progress:
            return head.progress.intent
        before = [Intent(name) for name in head.intents if name != Intent.HUMAN]
        return before[-1] if before else intent

    # ─── words ─────────────────────────────────────────────────────────────────────────────────

    def _newest(self) -> FlowDocument:
        newest = self.bot.knows.document()
        if newest is None:
            raise Rejected("there are no flows, not even those the suite comes with")
        return newest

    def _phrase(self, name: str, **fields: object) -> None:
        self.draft.say(self._rendered(name, **fields))

    def _rendered(self, name: str, **fields: object) -> str:
        text = getattr(self._newest().phrases, name)
        language = self.draft.head.language
        return rendered(text, language, self.bot.knows.public(language) | fields)

    def _recognised(self, intent: Intent) -> None:
        head = self.draft.head
        noticed = Noticed(
            intent=intent, sequence=self.line.sequence, confidence=min(1.0, head.confidence)
        )
        self.draft.set(
            intents=(*head.intents, intent), noticed=(*head.noticed, noticed)[-MAX_NOTICED:]
        )
