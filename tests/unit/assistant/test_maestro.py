"""A turn's stages together, in virtual time."""

import asyncio
from itertools import pairwise

import pytest

from assistant.domain import phrases
from assistant.domain.maestro import LEAD_S, live
from assistant.domain.ports import BadInput, Overloaded, Unreachable
from assistant.domain.stages import Patience
from assistant.domain.stages import Stage as Name
from assistant.domain.turns import Heard, Sentence, Spoken, Turn
from assistant.domain.wav import Sound
from recado.errors import NotFound
from recado.model import Language
from tests.unit.assistant.clockwork import now, played
from tests.unit.assistant.fakes import (
    Chat,
    Ears,
    Log,
    Mind,
    Stage,
    Voice,
    ignoring,
    question,
    tone,
)
from tests.unit.assistant.test_accounts import a_year_of_bills

LONG = "This is the first sentence. " + "And this is another one of them. " * 6


def filler() -> Sound:
    """What is heard instead of silence."""
    return tone(1)


def test_speech_becomes_text_an_answer_and_speech() -> None:
    turn, log = played(Stage(chat=Chat(lines=("Hello there.", "How can I help?"))).turn())
    assert turn.transcript == "good morning"
    assert turn.sentences[:2] == ["Hello there.", "How can I help?"]
    kinds = [type(happening) for _, happening in log.happenings]
    assert kinds[0] is Heard
    assert kinds.index(Sentence) < kinds.index(Spoken)
    assert turn.troubles == []


def test_the_time_of_each_stage_is_told() -> None:
    stage = Stage(ears=Ears(takes=1.5), chat=Chat(takes=0.25), voice=Voice(takes=0.5))
    turn, _ = played(stage.turn("hello"))
    assert "stt" not in turn.spent
    turn, _ = played(stage.turn(""))
    assert turn.spent["stt"] == pytest.approx(1.5)
    assert turn.spent["chat"] == pytest.approx(0.75)  # how it stands, saying, how it stands
    assert turn.spent["tts"] == pytest.approx(1.0)  # two sentences
    assert turn.spent["first_audio"] == pytest.approx(2.75)


def test_the_first_sentence_is_spoken_while_the_rest_is_written() -> None:
    stage = Stage(
        mind=Mind("You owe nothing. " + "Everything has been paid in time. " * 5),
        chat=Chat(customer_id="C-1"),
    )
    turn, log = played(stage.turn("how much do I owe"))
    first_audio = log.of(Spoken)[0][0]
    last_sentence = log.of(Sentence)[-1][0]
    assert first_audio < 1 < last_sentence
    assert len(turn.sentences) == 6


def test_who_writes_and_wants_no_speech_gets_text_only() -> None:
    stage = Stage()
    turn, log = played(stage.turn("hello", aloud=False))
    assert turn.text == "Hello!\nHow can I help?"
    assert log.of(Spoken) == []
    assert stage.voice.said == []


# ─── what fails ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", Language)
def test_without_ears_the_customer_is_asked_to_write(language: Language) -> None:
    stage = Stage(ears=Ears(fault=Unreachable("stt is not there")))
    turn, log = played(stage.turn(language=language))
    assert turn.text.replace("\n", " ") == phrases.FAILED[Name.STT][language]
    assert [trouble.stage for trouble in turn.troubles] == ["stt"]
    assert log.of(Spoken)
    assert stage.chat.told == []


def test_a_stage_that_stalls_ends_with_its_patience_and_the_answer_is_text() -> None:
    stage = Stage(voice=Voice(takes=1_000))
    turn, log = played(stage.turn("hello"))
    assert turn.text == "Hello!\nHow can I help?"
    assert [(trouble.stage, trouble.error) for trouble in turn.troubles] == [("tts", "TooLate")]
    assert turn.spent["tts"] == pytest.approx(Patience().tts)
    assert log.of(Spoken) == []


def test_ears_that_stall_do_not_take_the_whole_turn() -> None:
    async def story() -> tuple[Turn, float]:
        turn, _ = await Stage(ears=Ears(takes=1_000)).turn()
        return turn, now()

    turn, ended_at = played(story())
    assert turn.troubles[0].error == "TooLate"
    assert ended_at < Patience().stt + 1


def test_a_chat_that_is_not_there_is_said() -> None:
    turn, log = played(Stage(chat=Chat(fault=Unreachable("chat is not there"))).turn("hello"))
    assert turn.troubles[0].stage is Name.CHAT
    assert turn.text.replace("\n", " ") == phrases.FAILED[Name.CHAT][Language.ENGLISH]
    assert log.of(Spoken)


def test_words_that_were_not_understood_are_asked_for_again_and_not_sent_to_chat() -> None:
    stage = Stage(ears=Ears(text="  "))
    turn, _ = played(stage.turn())
    assert turn.text.replace("\n", " ") == phrases.NOTHING_HEARD[Language.ENGLISH]
    assert stage.chat.told == []


def test_a_strangers_conversation_is_an_error_of_the_caller() -> None:
    with pytest.raises(NotFound):
        played(Stage(chat=Chat(fault=NotFound("no such conversation"))).turn("hello"))


@pytest.mark.parametrize(
    "audio", [b"RIFF", b"no wave at all, but long enough to be one", b"\0" * 99]
)
def test_audio_that_is_none_is_refused_before_anybody_hears_it(audio: bytes) -> None:
    with pytest.raises(BadInput):
        played(Stage(ears=Ears(fault=Unreachable("not asked"))).turn(audio=audio))


def test_a_turn_ends_when_its_time_is_over_whatever_its_stages_do() -> None:
    async def story() -> tuple[Turn, float]:
        stage = Stage(ears=Ears(takes=5), chat=Chat(takes=5), voice=Voice(takes=5))
        turn = await stage.maestro().perform(question(), ignoring(), left=6.0)
        return turn, now()

    turn, ended_at = played(story())
    assert ended_at == pytest.approx(6.0)
    assert turn.troubles


# ─── too many at once ────────────────────────────────────────────────────────────────────────────


def test_who_finds_no_place_not_even_to_wait_is_refused_at_once() -> None:
    async def story() -> list[tuple[str, float]]:
        maestro = Stage(at_once=1, waiting=1, ears=Ears(takes=2)).maestro()

        async def talk() -> tuple[str, float]:
            try:
                await maestro.perform(question(), ignoring())
            except Overloaded:
                return "refused", now()
            return "answered", now()

        return list(await asyncio.gather(*(talk() for _ in range(3))))

    ends = played(story())
    assert [end for end, _ in ends] == ["answered", "refused", "refused"]
    assert ends[2][1] == 0
    assert ends[1][1] == pytest.approx(Patience().silence)


def test_a_place_is_free_again_after_every_kind_of_end() -> None:
    async def story() -> int:
        stage = Stage(at_once=1, waiting=0)
        maestro = stage.maestro()
        for fault in (NotFound("gone"), Unreachable("away"), None):
            stage.chat.fault = fault
            try:
                await maestro.perform(question("hello"), ignoring())
            except NotFound:
                continue
        return len(stage.chat.told)

    assert played(story()) == 1


# ─── live ────────────────────────────────────────────────────────────────────────────────────────


async def heard_live(stage: Stage, text: str = "") -> Log:
    """A live turn as its customer hears it."""
    log, maestro = Log(), stage.maestro()
    async for happening in live(lambda tell: maestro.perform(question(text), tell), filler):
        await log(happening)
    return log


def longest_silence(log: Log, until: float | None = None) -> float:
    """Between two moments at which something can be heard; the first is the turn's beginning."""
    silences, heard_until = [0.0], 0.0
    for at, happening in log.of(Spoken):
        assert isinstance(happening, Spoken)
        silences.append(at - heard_until)
        heard_until = max(heard_until, at) + happening.sound.seconds
    return max([*silences, (until or 0) - heard_until])


@pytest.mark.parametrize("takes", [0.1, 2.4, 4.0, 11.0])
def test_nobody_waits_in_silence_for_more_than_three_seconds(takes: float) -> None:
    stage = Stage(ears=Ears(takes=takes), voice=Voice(takes=takes / 2), chat=Chat(lines=(LONG,)))
    log = played(heard_live(stage))
    assert longest_silence(log) <= 3
    fillers = [each for _, each in log.of(Spoken) if isinstance(each, Spoken) and each.filler]
    assert bool(fillers) == (takes > 1)


def test_silence_is_filled_also_while_a_dead_stage_is_waited_for() -> None:
    async def story() -> tuple[Log, float]:
        return await heard_live(Stage(voice=Voice(takes=1_000))), now()

    log, ended_at = played(story())
    assert longest_silence(log, ended_at) <= 3


def test_speech_is_sent_as_it_is_played_and_hardly_ahead() -> None:
    log = played(heard_live(Stage(chat=Chat(lines=(LONG,)))))
    sent = [(at, each.sound) for at, each in log.of(Spoken) if isinstance(each, Spoken)]
    begun, total = sent[0][0], sum(sound.seconds for _, sound in sent)
    assert total > 10
    played_until = begun
    for at, sound in sent:
        assert played_until - at <= LEAD_S + 1e-6
        played_until = max(played_until, at) + sound.seconds
    assert all(later[0] - earlier[0] < 1 for earlier, later in pairwise(sent))


@pytest.mark.parametrize("interrupted_at", [0.2, 0.7, 1.9, 3.3, 7.77])
def test_who_interrupts_hears_no_more_after_two_tenths_of_a_second(interrupted_at: float) -> None:
    async def story() -> tuple[float, int]:
        heard_until, stage = 0.0, Stage(chat=Chat(lines=(LONG,)))
        maestro = stage.maestro()

        async def listen() -> None:
            nonlocal heard_until
            turn = live(lambda tell: maestro.perform(question(), tell), filler)
            async for happening in turn:
                if isinstance(happening, Spoken):
                    heard_until = max(heard_until, now()) + happening.sound.seconds

        listening = asyncio.create_task(listen())
        await asyncio.sleep(interrupted_at)
        listening.cancel()
        await asyncio.wait({listening})
        spoken = len(stage.voice.said)
        await asyncio.sleep(30)
        assert len(stage.voice.said) == spoken
        assert len(asyncio.all_tasks()) == 1
        return heard_until, spoken

    heard_until, _ = played(story())
    assert heard_until <= interrupted_at + 0.2


def test_a_refusal_of_a_live_turn_reaches_its_caller() -> None:
    stage = Stage(chat=Chat(fault=NotFound("no such conversation")))
    with pytest.raises(NotFound):
        played(heard_live(stage, text="hello"))


def test_pieces_of_speech_are_whole_samples_and_lose_nothing() -> None:
    log = played(heard_live(Stage(chat=Chat(lines=("Hello there, Ana.",))), text="hi"))
    sounds = [each.sound for _, each in log.of(Spoken) if isinstance(each, Spoken)]
    whole = Sound(16_000, b"".join(sound.samples for sound in sounds))
    assert whole.seconds == pytest.approx(len("Hello there, Ana.") / 10)
    assert all(len(sound.samples) % 2 == 0 for sound in sounds)


def test_bills_of_a_year_are_told_as_computed_and_stored_in_the_conversation() -> None:
    stage = Stage(chat=Chat(customer_id="C-1"), mind=Mind())
    stage.bills.invoices = a_year_of_bills()
    turn, _ = played(stage.turn("what is the trend of my bills this year"))
    assert turn.depth == "complex"
    ((_, said, answer),) = stage.chat.told
    assert said == "what is the trend of my bills this year"
    assert answer == turn.text
