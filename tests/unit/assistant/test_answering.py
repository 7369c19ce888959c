"""Who answers what, and what chat is told of it."""

import pytest

from assistant.domain import phrases
from assistant.domain.financial.questions import Depth
from assistant.domain.ports import Unreachable
from assistant.domain.stages import Stage as Name
from recado.model import Language
from tests.unit.assistant.clockwork import played
from tests.unit.assistant.fakes import KEY, Bills, Chat, Memory, Mind, Stage
from tests.unit.assistant.test_accounts import TODAY, bill

OWES = "You owe R$80.00, on one open bill."
ASKED = "how much do I owe"


def someone(**parts: object) -> Stage:
    """C-1, identified, with one open bill of 80 reais; C-2 has one of 99."""
    bills = Bills([bill("F-1", "80.00", TODAY), bill("F-2", "99.00", TODAY, customer_id="C-2")])
    return Stage(**({"chat": Chat(customer_id="C-1"), "bills": bills} | parts))  # type: ignore[arg-type]


def test_who_is_identified_hears_what_is_owed_and_chat_keeps_question_and_answer() -> None:
    stage = someone()
    turn, _ = played(stage.turn(ASKED))
    assert turn.text == f"{OWES}\nThe next due date is November 4, 2026: R$80.00."
    assert turn.depth is Depth.SIMPLE
    assert stage.chat.told == [("m1", ASKED, turn.text)]


def test_money_is_spoken_in_words() -> None:
    stage = someone()
    played(stage.turn(ASKED))
    assert stage.voice.said[0][1] == "You owe 80 reais, on one open bill."


def test_nobody_hears_of_bills_before_chat_knows_who_is_writing() -> None:
    stage = someone(chat=Chat(customer_id=None, lines=("Which invoice?",)))
    turn, _ = played(stage.turn(ASKED))
    assert turn.depth is None
    assert "80" not in turn.text
    assert turn.text.replace("\n", " ").endswith(phrases.WHO_IS_IT[Language.ENGLISH])
    assert stage.chat.told == [("m1", ASKED, "")]
    assert stage.chat.about_bills == [True]
    assert stage.memory.depth is Depth.SIMPLE


def test_chats_own_question_of_who_it_is_needs_no_second_one() -> None:
    stage = someone(chat=Chat(customer_id=None, busy=True, lines=("Who are you?",)))
    turn, _ = played(stage.turn(ASKED))
    assert turn.text == "Who are you?"


def test_what_was_asked_before_is_answered_once_it_is_known_who_asks() -> None:
    stage = someone(
        chat=Chat(customer_id=None, lines=("Thank you, Ana.",)), memory=Memory(Depth.SIMPLE)
    )
    turn, _ = played(stage.turn("123456"))
    assert turn.text.startswith(f"Thank you, Ana.\n{OWES}")
    assert turn.depth is Depth.SIMPLE
    assert stage.memory.depth is None


@pytest.mark.parametrize(("with_bot", "busy"), [(False, False), (True, True)])
def test_a_person_or_a_question_of_chats_own_goes_first(*, with_bot: bool, busy: bool) -> None:
    chat = Chat(customer_id="C-1", lines=("One moment.",), with_bot=with_bot, busy=busy)
    stage = someone(chat=chat)
    turn, _ = played(stage.turn(ASKED))
    assert turn.text == "One moment."
    assert stage.chat.told == [("m1", ASKED, "")]


def test_a_message_to_a_person_is_said_to_be_passed_on() -> None:
    stage = someone(chat=Chat(with_bot=False, lines=()))
    turn, _ = played(stage.turn("are you there"))
    assert turn.text == phrases.PASSED_ON[Language.ENGLISH]


def test_without_a_conversation_one_begins_in_the_language_asked_for() -> None:
    stage = Stage(chat=Chat(lines=("Olá!",)))
    turn, _ = played(stage.turn("oi", conversation=None, language=Language.PORTUGUESE))
    assert turn.conversation == KEY
    assert turn.language is Language.PORTUGUESE
    assert turn.text == "Olá!"


# ─── a language model ────────────────────────────────────────────────────────────────────────────


def test_a_language_model_gets_the_question_and_the_computed_facts_and_nothing_else() -> None:
    mind = Mind()
    played(someone(mind=mind).turn(ASKED))
    (prompt,) = mind.asked
    assert prompt.question == ASKED
    assert prompt.facts[0] == OWES
    assert prompt.history == ()


def test_a_model_may_say_it_in_its_own_words() -> None:
    turn, _ = played(someone(mind=Mind("Just R$80.00, Ana. No hurry!")).turn(ASKED))
    assert turn.sentences == ["Just R$80.00, Ana.", "No hurry!"]
    assert turn.troubles == []


def test_a_figure_that_was_made_up_is_not_said() -> None:
    stage = someone(mind=Mind("You owe R$8.00. Pay soon."))
    turn, _ = played(stage.turn(ASKED))
    assert turn.text.startswith(OWES)
    assert "8.00." not in turn.text.replace("80.00.", "")
    assert turn.troubles[0].stage is Name.LLM
    assert stage.chat.told[0][2] == turn.text


def test_a_model_that_goes_wrong_halfway_is_put_right_by_the_facts() -> None:
    turn, _ = played(someone(mind=Mind("Good news. You owe R$1.00. Bye.")).turn(ASKED))
    assert turn.sentences[:3] == ["Good news.", phrases.EXACTLY[Language.ENGLISH], OWES]


def test_a_model_that_is_dead_or_says_nothing_leaves_the_facts() -> None:
    dead, _ = played(someone(mind=Mind(" ", fault=Unreachable("llm is not there"))).turn(ASKED))
    silent, _ = played(someone(mind=Mind("   ")).turn(ASKED))
    assert dead.text == silent.text
    assert dead.text.startswith(OWES)
    assert [trouble.stage for trouble in dead.troubles] == ["llm"]
    assert silent.troubles == []


# ─── what fails ──────────────────────────────────────────────────────────────────────────────────


def test_bills_that_cannot_be_read_are_said_so() -> None:
    stage = someone()
    stage.bills.fault = Unreachable("the table is not there")
    turn, _ = played(stage.turn(ASKED))
    assert turn.text.replace("\n", " ") == phrases.FAILED[Name.FIGURES][Language.ENGLISH]
    assert turn.troubles[0].stage is Name.FIGURES
    assert stage.chat.told[0][2].replace("\n", " ") == turn.text.replace("\n", " ")


def test_a_memory_that_fails_leaves_chats_answer() -> None:
    memory = Memory(fault=Unreachable("the table is not there"))
    stage = someone(chat=Chat(customer_id=None, lines=("Hello.",)), memory=memory)
    for text in (ASKED, "123456"):
        turn, _ = played(stage.turn(text))
        assert turn.text.startswith("Hello.")
        assert [trouble.stage for trouble in turn.troubles] == ["figures"]


def test_a_chat_that_breaks_down_after_the_figures_were_told_is_told_too() -> None:
    stage = someone()

    async def refuse(*_: object) -> tuple[str, ...]:
        raise Unreachable("chat is not there")

    stage.chat.say = refuse  # type: ignore[method-assign]
    turn, _ = played(stage.turn(ASKED))
    assert turn.text.startswith(OWES)
    assert [trouble.stage for trouble in turn.troubles] == ["chat"]
