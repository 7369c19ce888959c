"""A key from Secrets Manager: asked for seldom, and never empty."""

import pytest

from recado.secretkeys import LIFE_S, SecretKey
from recado.settings import Misconfigured


class Secrets:
    """Secrets Manager with one secret."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked = 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        self.asked += 1
        return {"SecretString": self.text}


def test_the_key_is_asked_for_once_in_five_minutes() -> None:
    now, secrets = [0.0], Secrets("one")
    key = SecretKey("ASSISTANT_KEY", "assistant-key", secrets, lambda: now[0])
    assert (key(), key(), secrets.asked) == (b"one", b"one", 1)
    secrets.text, now[0] = "two", LIFE_S + 1
    assert key() == b"two"


def test_an_empty_secret_is_said_to_be_empty() -> None:
    with pytest.raises(Misconfigured, match="ASSISTANT_KEY is empty"):
        SecretKey("ASSISTANT_KEY", "assistant-key", Secrets(""))()
