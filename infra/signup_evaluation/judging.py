"""What was read beside what is right."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from signup.domain.reading import Asked, Reply, read
from signup_evaluation.corpus import PLANS, REPLY_DOMAIN, Case


@dataclass(frozen=True)
class Judged:
    """One answer about a field, the `verdict` or the `language`: what is right, what was said."""

    case: str
    language: str
    about: str
    right: str
    said: str

    @property
    def correct(self) -> bool:
        """Whether exactly the right thing was said."""
        return self.right == self.said


def judged(cases: Sequence[Case]) -> list[Judged]:
    """Every answer about every case."""
    return [answer for case in cases for answer in _answers(case)]


def shown(reply: Reply) -> dict[str, str]:
    """A form's fields as the corpus labels them: the value, or the problem behind a `!`."""
    problems = {problem.field: f"!{problem.wrong}" for problem in reply.fields.problems}
    found = {asked: reply.fields.field(asked) for asked in Asked}
    return {
        asked.value: answer.value if answer else problems[asked] for asked, answer in found.items()
    }


def accuracy(answers: Sequence[Judged]) -> float:
    """The share of right answers; of none it is 1."""
    return sum(answer.correct for answer in answers) / len(answers) if answers else 1.0


def confusions(answers: Sequence[Judged]) -> list[tuple[str, str, str, int]]:
    """What was taken for what, and how often: values are only named as such."""
    counted = Counter(
        (answer.about, _kind(answer.right), _kind(answer.said))
        for answer in answers
        if not answer.correct
    )
    return [(*what, count) for what, count in counted.most_common()]


def _answers(case: Case) -> Iterator[Judged]:
    reply = read(case.raw, trusted=None, plans=PLANS, reply_domain=REPLY_DOMAIN)
    yield Judged(case.id, case.language, "verdict", case.verdict, reply.verdict.value)
    if case.fields:
        yield Judged(case.id, case.language, "language", case.language, reply.language.value)
    said = shown(reply)
    for about, right in case.fields.items():
        yield Judged(case.id, case.language, about, right, said[about])


def _kind(answer: str) -> str:
    return answer[1:] if answer.startswith("!") else "a value"
