"""Judge how signup reads replies, with the code that runs in Lambda.

    make eval-signup                every labelled reply of tests/corpus/signup
    make eval-signup FOLDER=dir     what would be extracted from the .eml files of a folder

The first prints accuracy per field and language, and every mistake, for the replies that the
reading was tuned on and for those held out; exits with 1 when the fields of any part are below the
goal.
docs/signup.md has the story.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from recado.model import Language
from signup.domain.reading import Asked, read
from signup_evaluation.corpus import PARTS, PLANS, REPLY_DOMAIN, corpus
from signup_evaluation.judging import Judged, accuracy, confusions, judged, shown

GOAL = 0.99
_OTHER = ("verdict", "language")


def main() -> None:
    """Judge the corpus, or show what a folder's mail says."""
    parser = argparse.ArgumentParser(prog="signup_evaluation")
    parser.add_argument("--folder", type=Path, help="a folder with .eml files")
    parser.add_argument("--plans", default=", ".join(PLANS), help="names of plans, with commas")
    parser.add_argument("--domain", default=REPLY_DOMAIN, help="the domain of reply addresses")
    parser.add_argument("--trusted", help="whose Authentication-Results are believed")
    asked = parser.parse_args()
    if asked.folder:
        plans = [plan.strip() for plan in asked.plans.split(",")]
        _show(asked.folder, plans, asked.domain, asked.trusted)
    else:
        _judge()


def _judge() -> None:
    reached = [_report(part) for part in PARTS]
    if not all(reached):
        _say(f"\nFields below the goal of {GOAL:.0%}: see the mistakes above.")
        sys.exit(1)


def _report(part: str) -> bool:
    """Print a part's numbers; whether its fields reach the goal."""
    cases = corpus(part)
    began = process_time()
    answers = judged(cases)
    milliseconds = (process_time() - began) / len(cases) * 1000
    fields = [answer for answer in answers if answer.about not in _OTHER]
    _say(f"\n{part}: {len(cases)} mails, {milliseconds:.1f} ms of CPU each")
    _say(f"  {'':<10}{'all':>16}" + "".join(f"{language:>16}" for language in Language))
    for about in (*(asked.value for asked in Asked), *_OTHER):
        _say(_row(about, [answer for answer in answers if answer.about == about]))
    _say(_row("all fields", fields))
    for answer in answers:
        if not answer.correct:
            _say(f"  {answer.case}: {answer.about} is {answer.right!r}, read as {answer.said!r}")
    for about, right, said, count in confusions(answers):
        _say(f"  {count:3d}  {about}: {right} taken for {said}")
    return accuracy(fields) >= GOAL


def _row(about: str, answers: Sequence[Judged]) -> str:
    groups = [answers] + [
        [answer for answer in answers if answer.language == language] for language in Language
    ]
    return f"  {about:<10}" + "".join(
        f"{accuracy(group):>9.1%} {f'of {len(group)}':>6}" for group in groups
    )


def _show(folder: Path, plans: Sequence[str], domain: str, trusted: str | None) -> None:
    files = sorted(folder.glob("*.eml"))
    if not files:
        _say(f"{folder} has no .eml files: name a folder with mail saved as .eml")
        sys.exit(2)
    for file in files:
        reply = read(file.read_bytes(), trusted=trusted, plans=plans, reply_domain=domain)
        _say(f"\n{file.name}: {reply.verdict} ({reply.reason}), {reply.language}")
        _say(f"  from {reply.sender or 'nobody'}; {_believed(reply.authentication)}")
        for about, answer in shown(reply).items():
            _say(f"  {about:<10}{answer}")


def _believed(authentication: object) -> str:
    return str(authentication) if authentication else "the sender is not proved"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
