"""Speech with eSpeak NG, a program of Debian's: any of its languages, at once, offline."""

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator

from assistant.domain.ports import BadInput, Unreachable
from model_services.audio import pieces_of, read_wav
from model_services.options import Options
from recado.settings import Misconfigured

PROGRAM = "espeak-ng"
_WORDS_A_MINUTE = 160
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Characters that nobody speaks; the program stops at the first of some of them."""
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class ESpeak:
    """The program, once for each text; it is ended when nobody waits for it any more."""

    def __init__(self, program: str) -> None:
        self._program = program

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """Speech in pieces.

        Raises:
            BadInput: it has no voice for the language.
            Unreachable: the program broke down.
        """
        for piece in pieces_of(await self._spoken(text, language)):
            yield piece

    async def _spoken(self, text: str, language: str) -> bytes:
        if not _TAG.fullmatch(language):
            raise BadInput(f"{language!r} is no language tag such as en or pt-BR")
        process = await asyncio.create_subprocess_exec(
            self._program,
            *("-v", _voice(language), "-s", str(_WORDS_A_MINUTE), "-b", "1"),
            *("--stdin", "--stdout"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            audio, said = await process.communicate(_CONTROL.sub(" ", text).encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
        if process.returncode or not audio:
            raise _fault(said.decode(errors="replace"), language)
        # The program writes as it speaks, so its header names no size.
        return read_wav(audio).wav()


def _voice(language: str) -> str:
    """The program's name of a language; English is American, as what understands it expects."""
    return "en-us" if language.lower() == "en" else language.lower()


def _fault(said: str, language: str) -> BadInput | Unreachable:
    if "voice" in said:
        return BadInput(f"the engine espeak-ng has no voice for {language}")
    return Unreachable("the engine espeak-ng broke down: see that the program runs by hand")


def engine(options: Options) -> ESpeak:
    """The program of the setting ESPEAK_PROGRAM.

    Raises:
        Misconfigured: it is not installed.
    """
    program = shutil.which(options.text("ESPEAK_PROGRAM", PROGRAM))
    if program is None:
        raise Misconfigured(
            "TTS_ENGINE=espeak-ng needs the program espeak-ng: on Debian and Ubuntu,"
            " sudo apt install espeak-ng"
        )
    return ESpeak(program)
