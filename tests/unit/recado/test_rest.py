"""How a REST service answers what nobody should send."""

import json
from typing import Any

import pytest
from pydantic import Field

from recado import auth, rest
from recado.errors import NotFound
from recado.model import Frozen
from tests.factories import api_event, context

PATH = "/v1/notes"


class Note(Frozen):
    """A note with a text and marks of several names."""

    text: str
    marks: dict[str, int] = Field(default_factory=dict)


@pytest.fixture
def api() -> rest.Resolver:
    """A service that takes notes from anybody."""
    api = rest.resolver("Notes", "For tests.", open_paths=(PATH,))

    @api.post(PATH, status_code=201)
    def take(note: Note) -> Note:
        """Take a note."""
        return note

    @api.delete(PATH)
    def forget() -> Any:
        """Forget them all."""
        return rest.nothing()

    return api


def answer(api: rest.Resolver, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    event = api_event("POST", PATH, body)
    for name, value in headers.items():
        event["headers"][name.replace("_", "-")] = value
        event["multiValueHeaders"][name.replace("_", "-")] = [value]
    answered = api.resolve(event, context())
    return answered["statusCode"], json.loads(answered["body"])


def test_json_is_taken_whatever_its_charset_is_called(api: rest.Resolver) -> None:
    status, _ = answer(api, {"text": "a"}, Content_Type="Application/JSON; charset=UTF-8")
    assert status == 201


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/jsonl",
    ],
)
def test_a_body_of_another_kind_is_refused_in_the_house_shape(
    api: rest.Resolver, kind: str
) -> None:
    status, problem = answer(api, "text=a", Content_Type=kind)
    assert (status, problem["error"]) == (422, "Rejected")
    assert "application/json" in problem["message"]


def test_a_body_that_is_nested_too_deeply_is_refused(api: rest.Resolver) -> None:
    status, problem = answer(api, "[" * 200_000)
    assert (status, problem["error"]) == (422, "Rejected")


def test_a_number_of_five_thousand_digits_is_refused(api: rest.Resolver) -> None:
    status, problem = answer(api, '{"text": "a", "marks": {"a": ' + "9" * 5_000 + "}}")
    assert (status, problem["error"]) == (422, "Rejected")


def test_half_a_character_in_a_name_does_not_break_the_answer(api: rest.Resolver) -> None:
    status, problem = answer(api, '{"text": "a", "marks": {"\\ud800": "many"}}')
    assert (status, problem["error"]) == (422, "Rejected")


def test_a_body_that_is_not_utf_8_is_refused(api: rest.Resolver) -> None:
    event = api_event("POST", PATH, "/w==") | {"isBase64Encoded": True}
    answered = api.resolve(event, context())
    assert answered["statusCode"] == 422


def test_an_answer_without_content_has_an_empty_body_and_not_none(api: rest.Resolver) -> None:
    answered = api.resolve(api_event("DELETE", PATH), context())
    assert (answered["statusCode"], answered["body"]) == (204, "")


class Members:
    """A guard that knows one word."""

    bearer = "the word"

    def admit(self, api: rest.Resolver) -> None:
        if api.current_event.headers.get("Authorization") != "Bearer sesame":
            raise NotFound("there is nothing here")
        api.append_context(member="Ali")

    def role_needed(self, *_: Any) -> auth.Role:
        return auth.Role.VIEWER


@pytest.fixture
def guarded() -> rest.Resolver:
    """A service with a guard of its own."""
    api = rest.resolver("Notes", "For tests.", guard=Members())

    @api.post(PATH, status_code=201)
    def take(note: Note) -> dict[str, str]:
        """Take a note."""
        return {"text": note.text, "by": api.context["member"]}

    return api


def test_a_services_own_guard_decides_who_may_call(guarded: rest.Resolver) -> None:
    status, taken = answer(guarded, {"text": "a"}, Authorization="Bearer sesame")
    assert (status, taken) == (201, {"text": "a", "by": "Ali"})
    assert answer(guarded, {"text": "a"})[0] == 404


def test_a_guard_is_asked_before_a_stranger_learns_what_is_wrong(guarded: rest.Resolver) -> None:
    status, problem = answer(guarded, {"text": 1, "nonsense": True})
    assert (status, problem["message"]) == (404, "there is nothing here")


def test_a_guarded_routes_description_promises_no_roles(guarded: rest.Resolver) -> None:
    described = json.loads(guarded.get_openapi_json_schema())
    assert list(described["paths"][PATH]["post"]["responses"]) == [
        "201",
        "401",
        "409",
        "422",
        "503",
    ]
    assert described["components"]["securitySchemes"]["token"]["description"] == "the word"
