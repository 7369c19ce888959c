"""English speech to text with PocketSphinx, whose package brings its own model: works offline.

It is a small model of the kind before neural networks. It understands what it expects, which is
what customers of an operator ask (`model_services.phrases`), and takes anything else for what
sounds alike. POCKETSPHINX_PHRASES names another file of phrases, or `none` for English in general,
of which it understands little.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from pocketsphinx import Decoder, get_model_path

from assistant.domain.ports import SAMPLE_RATE, BadInput, TooLate, Transcript
from model_services.audio import Sound, read_wav
from model_services.ngrams import Words, arpa
from model_services.options import Options
from model_services.phrases import OURS, phrases_of
from model_services.workers import Stopped, Workers
from recado.settings import Misconfigured

SETTING = "POCKETSPHINX_PHRASES"
LONGEST_S = 60
"""A sound is decoded whole, in about a fifth of its length, and cannot be stopped within."""
_SILENCE = SAMPLE_RATE // 4
"""Samples of silence put around: the decoder loses words at the very edges."""
_AUDIBLE = 33
"""A sample 60 dB below the loudest there is; in what stays under it a fresh decoder hears words."""
_NO_SPEAKER = "40,3,-1,0,0,0,0,0,0,0,0,0,0"
"""The cepstral mean that the model comes with."""
_VARIANT = re.compile(r"\(\d+\)$")


class PocketSphinx:
    """As many decoders as there are places: one decodes one sound at a time."""

    def __init__(self, decoders: list[Decoder]) -> None:
        self._workers = Workers(len(decoders))
        self._idle: SimpleQueue[Decoder] = SimpleQueue()
        for decoder in decoders:
            self._idle.put(decoder)

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file in English; it does not say how sure it is.

        Raises:
            BadInput: another language, or no such audio.
        """
        if language.split("-")[0].lower() != "en":
            raise BadInput(
                f"the engine pocketsphinx understands English only, not {language}: STT_ENGINE"
                " names the others"
            )
        sound = read_wav(audio).at(SAMPLE_RATE)
        if sound.seconds > LONGEST_S:
            raise BadInput(
                f"the audio has {sound.seconds:.0f} s; the engine pocketsphinx takes {LONGEST_S}"
            )
        if not _is_audible(sound):
            return Transcript(text="", language=language)
        text = await self._workers.run(lambda stopped: self._decoded(sound, stopped))
        return Transcript(text=text, language=language)

    def _decoded(self, sound: Sound, stopped: Stopped) -> str:
        decoder = self._idle.get()
        try:
            if stopped():
                raise TooLate("nobody waits for the transcript any more")
            return _words(decoder, sound)
        finally:
            self._idle.put(decoder)


def _is_audible(sound: Sound) -> bool:
    return any(abs(int(peak)) >= _AUDIBLE for peak in (sound.samples.max(), sound.samples.min()))


def _words(decoder: Decoder, sound: Sound) -> str:
    # How loud the last speaker was is forgotten: the same sound gives the same words.
    decoder.set_cmn(_NO_SPEAKER)
    silence = bytes(2 * _SILENCE)
    decoder.start_utt()
    try:
        decoder.process_raw(silence + sound.samples.tobytes() + silence, full_utt=True)
    finally:
        decoder.end_utt()
    hypothesis = decoder.hyp()
    return "" if hypothesis is None else str(hypothesis.hypstr)


def engine(options: Options) -> PocketSphinx:
    """One for a service with so many places.

    Raises:
        Misconfigured: the phrases cannot be read, or have words without a pronunciation.
    """
    chosen = options.text(SETTING, str(OURS))
    if chosen == "none":
        return PocketSphinx([_decoder() for _ in range(options.pool)])
    try:
        phrases = phrases_of(Path(chosen))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"the file of {SETTING} cannot be read: {error}") from None
    with _learned(phrases) as files:
        return PocketSphinx([_decoder(**files) for _ in range(options.pool)])


def _decoder(**files: str) -> Decoder:
    return Decoder(samprate=float(SAMPLE_RATE), loglevel="FATAL", **files)


@contextmanager
def _learned(phrases: list[Words]) -> Iterator[dict[str, str]]:
    """A language model and a dictionary of the phrases' words, as files while they are loaded."""
    words = {word for phrase in phrases for word in phrase}
    with TemporaryDirectory(prefix="recado-stt-") as folder:
        model, dictionary = Path(folder, "phrases.lm"), Path(folder, "words.dict")
        dictionary.write_text("".join(_pronounced(words)), encoding="utf-8")
        model.write_text(arpa(phrases), encoding="utf-8")
        yield {"lm": str(model), "dict": str(dictionary)}


def _pronounced(words: Iterable[str]) -> list[str]:
    """The lines of the package's dictionary for some words.

    Raises:
        Misconfigured: it does not have one of them, or there is none.
    """
    wanted = set(words)
    everything = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in everything.splitlines(keepends=True):
        word = _VARIANT.sub("", line.split(maxsplit=1)[0])
        if word in wanted:
            found.setdefault(word, []).append(line)
    if missing := wanted - found.keys():
        raise Misconfigured(
            f"{SETTING}: the dictionary has no pronunciation of {', '.join(sorted(missing))};"
            " write the phrases in other words"
        )
    if not found:
        raise Misconfigured(f"{SETTING}: the file has no phrases")
    return [line for word in sorted(found) for line in found[word]]
