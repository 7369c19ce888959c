"""The form as a person filled it in: labels first, then sentences, then what was quoted.

A field's answer is looked for where it is surest. What somebody labelled themselves counts before
what a sentence says, unless a sentence below their form takes it back; both count before what
stands filled in within the quoted form, and a value that stands for itself counts only where
nothing else does. What is wrong in a surer place is told, and not made good by a surmise from
another: somebody else's number would be worse than to ask again.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from signup.domain import free_text, labels, values
from signup.domain.extracted import Asked, Extracted, Field, Problem, Wrong
from signup.domain.labels import Beside, Labelled
from signup.domain.own_words import Line, signature_begins, told_apart
from signup.domain.plain import lines_of
from signup.domain.values import Answer

CHECKED = {Asked.DOCUMENT, Asked.PHONE, Asked.POSTCODE, Asked.PLAN}
"""Fields of which a text can be told to be none: only there is a correction looked for."""
FORM_LABELS = 2
"""Own labels from which on a mail is a form: its other lines are not searched for bare values."""


@dataclass(frozen=True)
class Filled:
    """What was extracted from a text.

    `answer` is all that the person wrote; `wordings` is the same without the values, first without
    the lines that have labels, then with them.
    """

    extracted: Extracted
    answer: str
    wordings: tuple[str, ...] = ()


def filled(text: str, plans: Collection[str]) -> Filled:
    """The form in a mail's text."""
    lines = _without_signature(told_apart(lines_of(text)))
    words = "\n".join(line.text for line in lines if line.own).strip()
    form = _Form(lines, plans)
    extracted = form.extracted()
    free = _without_values(form.free, extracted)
    return Filled(extracted, words, (free, _without_values(words, extracted)))


def _without_signature(lines: Sequence[Line]) -> list[Line]:
    """The lines without what stands below a closing, up to the next quoted line."""
    kept: list[Line] = []
    for own, run in groupby(lines, key=lambda line: line.own):
        block = list(run)
        if own:
            texts = [line.text for line in block]
            block = block[: signature_begins(texts, [labels.is_label(text) for text in texts])]
        kept += block
    return kept


def _without_values(text: str, extracted: Extracted) -> str:
    for asked in Asked:
        if answer := extracted.field(asked):
            text = text.replace(answer.raw, " ").replace(answer.value, " ")
    return text


def _may_go_on(entry: Labelled) -> bool:
    """Whether a sentence may follow a label's answer on its line."""
    return entry.own and entry.meaning in {Asked.DOCUMENT, Asked.PHONE, Asked.POSTCODE}


class _Form:
    """One reading of a form."""

    def __init__(self, lines: Sequence[Line], plans: Collection[str]) -> None:
        self._plans = plans
        self._labelled = labels.labelled(lines, self._plausible)
        taken = {at for entry in self._labelled for at in entry.lines}
        rest = [
            labels.before(line.text) if at in taken else line.text
            for at, line in enumerate(lines)
            if line.own
        ]
        rest += [labels.behind(entry.value) for entry in self._labelled if _may_go_on(entry)]
        self._loose = [found for line in rest if (found := labels.loosely_labelled(line))]
        self._rest = [line for line in rest if line.strip()]
        self._is_form = sum(entry.own for entry in self._labelled) >= FORM_LABELS

    def extracted(self) -> Extracted:
        answers = {asked: self._answer(asked) for asked in Asked}
        return Extracted(
            **{
                asked.value: answer
                for asked, answer in answers.items()
                if isinstance(answer, Field)
            },
            problems=tuple(
                Problem(field=asked, wrong=answer)
                for asked, answer in answers.items()
                if isinstance(answer, Wrong)
            ),
        )

    @property
    def free(self) -> str:
        """The person's words outside of labelled lines."""
        return "\n".join(self._rest)

    def _answer(self, asked: Asked) -> Answer:
        for look in (
            self._taken_back,
            self._by_own_label,
            self._by_sentence,
            self._quoted,
            self._standing_alone,
        ):
            answer = look(asked)
            if answer is not None:
                return answer
        return Wrong.MISSING

    def _taken_back(self, asked: Asked) -> Answer | None:
        if asked not in CHECKED or not self._is_form:
            return None
        remarks = [
            entry.value for entry in self._labelled if entry.own and entry.meaning is Beside.OTHER
        ]
        return free_text.taken_back(asked, [*self._rest, *remarks], self._plans)

    def _by_own_label(self, asked: Asked) -> Answer | None:
        return self._labelled_answer(asked, [entry for entry in self._labelled if entry.own])

    def _quoted(self, asked: Asked) -> Answer | None:
        return self._labelled_answer(asked, [entry for entry in self._labelled if not entry.own])

    def _labelled_answer(self, asked: Asked, entries: Sequence[Labelled]) -> Answer | None:
        texts = [entry for entry in entries if entry.meaning is asked]
        answers = [
            self._read(asked, entry.value) for entry in texts if not values.is_blank(entry.value)
        ]
        found = [answer for answer in answers if isinstance(answer, Field)]
        if asked is Asked.DOCUMENT and len({answer.value for answer in found}) > 1:
            return Wrong.AMBIGUOUS
        if asked is Asked.ADDRESS and found:
            return self._with_places(found[0], texts, entries)
        if not answers and asked is Asked.POSTCODE:
            return self._postcode_in_address(entries)
        return found[0] if found else next(iter(answers), None)

    def _with_places(
        self, address: Field, texts: Sequence[Labelled], entries: Sequence[Labelled]
    ) -> Answer:
        """An address with the district, city and so on that have lines of their own below it."""
        begin = next(entry.at for entry in texts if not values.is_blank(entry.value))
        places = [
            entry.value
            for entry in entries
            if entry.meaning is Beside.PLACE and entry.at >= begin and entry.value
        ]
        return values.address(", ".join([address.value, *places]))

    def _postcode_in_address(self, entries: Sequence[Labelled]) -> Answer | None:
        for entry in entries:
            if entry.meaning is Asked.ADDRESS:
                answer = values.postcode(entry.value)
                if isinstance(answer, Field):
                    return answer
        return None

    def _by_sentence(self, asked: Asked) -> Answer | None:
        for meaning, text in self._loose:
            if meaning is asked and self._plausible(asked, text):
                answer = self._read(asked, text)
                if asked in CHECKED:
                    answer = free_text.corrected(text, lambda said: self._read(asked, said))
                if isinstance(answer, Field):
                    return answer
        return free_text.by_cue(asked, "\n".join(self._rest), self._plans)

    def _standing_alone(self, asked: Asked) -> Answer | None:
        if asked is Asked.PLAN:
            own = [entry.value for entry in self._labelled if entry.own]
            return free_text.without_cue(asked, [*self._rest, *own], self._plans)
        if self._is_form:
            return None
        if asked is Asked.NAME and not self._has_other_values():
            return None
        return free_text.without_cue(asked, self._rest, self._plans)

    def _has_other_values(self) -> bool:
        return bool(values.documents("\n".join(self._rest)))

    def _read(self, asked: Asked, text: str) -> Answer:
        if asked is Asked.PLAN:
            return values.plan(text, self._plans)
        readers: dict[Asked, Callable[[str], Answer]] = {
            Asked.NAME: values.name,
            Asked.DOCUMENT: values.document,
            Asked.PHONE: values.phone,
            Asked.ADDRESS: values.address,
            Asked.POSTCODE: values.postcode,
        }
        return readers[asked](text)

    def _plausible(self, asked: Asked, text: str) -> bool:
        """Whether a line without a label may answer a field."""
        if values.is_blank(text):
            return False
        if asked is Asked.NAME:
            return not any(sign.isdigit() for sign in text) and isinstance(values.name(text), Field)
        if asked is Asked.ADDRESS:
            return any(sign.isdigit() for sign in text) or "," in text
        if asked is Asked.PLAN:
            return isinstance(values.plan(text, self._plans), Field)
        return sum(sign.isdigit() for sign in text) >= 5
