"""Template bodies on disk, and the sample that comes with the project."""

import json
from pathlib import Path

import pytest

from operations import bodies
from operations.errors import Trouble
from recado.model import Language, MailBody
from recado.templating import compile_body

FIELDS = {
    "first_name": "Ana",
    "amount": "1234.50",
    "due_date": "2026-03-01",
    "days_overdue": 9,
    "invoice": "F00001-2",
}


@pytest.mark.parametrize("invoices", [1, 3])
@pytest.mark.parametrize("language", list(Language))
def test_the_sample_template_renders_in_both_languages(language: Language, invoices: int) -> None:
    body = MailBody(**bodies.read(bodies.SAMPLES / "overdue")[language])
    mail = compile_body(body, language).render(FIELDS | {"invoices": invoices})
    assert "Ana" in mail.subject
    assert "1.234,50" in mail.text or "1,234.50" in mail.text
    assert "F00001-2" in mail.html


def test_a_json_file_with_or_without_bodies_around_it_is_the_same(tmp_path: Path) -> None:
    inside = {"en": {"subject": "s", "html": "h", "text": "t"}}
    (tmp_path / "bare.json").write_text(json.dumps(inside), encoding="utf-8")
    (tmp_path / "wrapped.json").write_text(json.dumps({"bodies": inside}), encoding="utf-8")
    assert bodies.read(tmp_path / "bare.json") == inside
    assert bodies.read(tmp_path / "wrapped.json") == inside


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.html").write_text("<p>hi</p>", encoding="utf-8")
    with pytest.raises(Trouble, match=r"en\.subject\.txt is missing"):
        bodies.read(tmp_path)


def test_a_folder_without_templates_says_how_to_name_them(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as raised:
        bodies.read(tmp_path)
    assert "pt-BR.subject.txt" in raised.value.remedy


def test_what_is_neither_file_nor_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="there is no file or folder"):
        bodies.read(tmp_path / "nothing")


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    with pytest.raises(Trouble, match="is not JSON"):
        bodies.read(tmp_path / "x.json")
