"""Addresses of model services, and what is checked before anything is sent to one."""

from urllib.parse import urlsplit

from assistant.domain.ports import MAX_BYTES, Prompt, TooLarge, TooLate
from recado import settings


def host_and_port(url: str, scheme: str) -> tuple[str, int]:
    """What a URL such as `grpc://127.0.0.1:7102` names.

    Raises:
        settings.Misconfigured: it is no such URL.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != scheme or not parts.hostname or not port:
        raise settings.Misconfigured(
            f"{url!r} is no address of a model service: write {scheme}://host:port, as the"
            " protocol in ASSISTANT_PROTOCOL asks for"
        )
    return parts.hostname, port


def check_size(size: int) -> None:
    """Refuse before sending what the service would refuse.

    Raises:
        TooLarge: there are more than `MAX_BYTES`.
    """
    if size > MAX_BYTES:
        raise TooLarge(
            f"{size} bytes are too many: a model service takes {MAX_BYTES} at most; send less"
        )


def check_time(timeout: float) -> None:
    """Refuse to ask for what nobody waits for.

    Raises:
        TooLate: no time is left.
    """
    if timeout <= 0:
        raise TooLate("no time was left to ask the model service")


def size_of(prompt: Prompt) -> int:
    """How many bytes of text a prompt has."""
    texts = (prompt.question, *prompt.facts, *prompt.history)
    return sum(len(text.encode()) for text in texts)


def milliseconds(timeout: float) -> int:
    """Seconds left as they travel; at least one."""
    return max(1, int(timeout * 1000))
