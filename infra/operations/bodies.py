"""Reading a template's bodies from disk: a folder of parts per language, or one JSON file.

A folder holds `<language>.subject.txt`, `<language>.html` and `<language>.txt`; a file holds
`{"pt-BR": {"subject": …, "html": …, "text": …}, "en": …}`, with or without `"bodies"` around it.
"""

import json
from pathlib import Path

from operations.errors import Trouble

Bodies = dict[str, dict[str, str]]

SAMPLES = Path(__file__).parent / "samples" / "templates"
_PARTS = {"subject": ".subject.txt", "html": ".html", "text": ".txt"}


def read(source: Path) -> Bodies:
    """The bodies by language.

    Raises:
        Trouble: nothing there, a part is missing, or it is not JSON.
    """
    if source.is_dir():
        return _from_folder(source)
    if source.is_file():
        return _from_file(source)
    raise Trouble(f"there is no file or folder {source}", code=2)


def _from_folder(folder: Path) -> Bodies:
    languages = sorted(file.name.removesuffix(".html") for file in folder.glob("*.html"))
    if not languages:
        raise Trouble(
            f"{folder} holds no <language>.html",
            "name its files pt-BR.subject.txt, pt-BR.html and pt-BR.txt; see: recado sample",
            code=2,
        )
    return {
        language: {part: _part(folder / f"{language}{ending}") for part, ending in _PARTS.items()}
        for language in languages
    }


def _part(file: Path) -> str:
    if not file.exists():
        raise Trouble(f"the template's part {file} is missing", "every language has three", code=2)
    return file.read_text(encoding="utf-8").strip()


def _from_file(file: Path) -> Bodies:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Trouble(f"{file} is not JSON: {error}", "or give a folder", code=2) from error
    bodies: Bodies = document.get("bodies", document)
    return bodies
