"""Talking to the deployed assistant: which model services it uses, and a turn by hand."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operations import stack
from operations.client import Document
from operations.errors import Trouble
from operations.world import World

FUNCTION = "AssistantApi"


def connect(world: World, settings: Mapping[str, str]) -> None:
    """Let the deployed function use other model services from its next turn on, with a cold start.

    A deployment puts back what the template's parameters say.
    """
    functions: Any = world.client("lambda")
    name = f"{stack.NAME}-{FUNCTION}"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": variables | dict(settings)}
    )
    functions.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def turn_of(said: str, language: str, conversation: str) -> Document:
    """A turn to send: a text, or the file of a recording; `conversation` is its id and key.

    Raises:
        Trouble: the recording cannot be read, or the conversation is written otherwise.
    """
    turn: Document = {"language": language}
    if conversation:
        name, separator, key = conversation.partition(":")
        if not separator:
            raise Trouble("--conversation needs an id and a key", "write them as cnv_…:key", code=2)
        turn["conversation"] = {"id": name, "key": key}
    if not said.lower().endswith(".wav"):
        return turn | {"text": said}
    try:
        audio = Path(said).read_bytes()
    except OSError as error:
        raise Trouble(
            f"{said} cannot be read: {error.strerror}", "name a WAV file", code=2
        ) from error
    return turn | {"audio": base64.b64encode(audio).decode()}
