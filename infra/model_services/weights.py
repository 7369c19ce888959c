"""Where an engine's weights are: a folder or file of this machine, never fetched by the engine."""

from pathlib import Path

from model_services.options import Options
from recado.settings import Misconfigured


def weights(options: Options, setting: str, form: str) -> Path:
    """The folder or file of a setting such as STT_MODEL; `form` says what has to be in it.

    Raises:
        Misconfigured: the setting is missing, or nothing is there.
    """
    path = Path(options.text(setting))
    if not path.exists():
        raise Misconfigured(
            f"the setting {setting} names {str(path)!r}, where nothing is: put {form} there"
            " (docs/assistant-models.md says where to get it)"
        )
    return path


def broken(setting: str, error: Exception) -> Misconfigured:
    """What to say of weights that do not load."""
    reason = " ".join(str(error).split())[:300]
    return Misconfigured(f"what the setting {setting} names does not load: {reason}")
