"""The bot's flows: what staff save is checked, numbered and never lost to somebody else's save."""

from datetime import timedelta
from typing import Any

import pytest

from central import collaborators
from central.store.chat_flows import FlowStore
from recado.auth import Role
from recado.errors import Conflict, NotFound
from recado.flow_library import FlowLibrary
from recado.flows import default_document
from recado.model import Language
from tests.factories import AT
from tests.integration.central.conftest import Api, token

PATH = "/v1/chat-flows"
SOON = timedelta(seconds=59)
LATER = timedelta(seconds=60)


def greeting(document: dict[str, Any], text: str) -> dict[str, Any]:
    """The same flows with another English greeting."""
    phrases = document["phrases"]
    return document | {"phrases": phrases | {"greet": phrases["greet"] | {"en": text}}}


def test_where_nothing_was_saved_version_1_is_what_the_suite_comes_with(api: Api) -> None:
    default = default_document().model_dump(mode="json")
    assert api.ok("GET", PATH) == api.ok("GET", f"{PATH}/1") == default


def test_what_was_edited_becomes_the_next_version_and_the_earlier_ones_stay(api: Api) -> None:
    first = api.ok("GET", PATH)
    second = api.ok("PUT", PATH, greeting(first, "Hi!"))
    assert second == greeting(first, "Hi!") | {"version": 2} == api.ok("GET", PATH)
    third = api.ok("PUT", PATH, greeting(second, "Hey!"))
    assert third["version"] == 3
    assert [api.ok("GET", f"{PATH}/{number}") for number in (1, 2, 3)] == [first, second, third]


def test_saving_without_a_change_makes_no_version(api: Api) -> None:
    first = api.ok("GET", PATH)
    assert api.ok("PUT", PATH, first) == first
    assert api("GET", f"{PATH}/2").status == 404


@pytest.mark.parametrize("edited_from", [1, 3])
def test_what_was_not_edited_from_the_newest_version_is_refused(api: Api, edited_from: int) -> None:
    first = api.ok("GET", PATH)
    api.ok("PUT", PATH, greeting(first, "Hi!"))
    answer = api("PUT", PATH, greeting(first, "Hey!") | {"version": edited_from})
    assert (answer.status, answer.body["error"]) == (409, "Conflict")
    assert answer.body["message"].startswith(
        f"these flows were edited from version {edited_from}, the newest is 2: read it with GET"
    )
    assert api.ok("GET", PATH)["phrases"]["greet"]["en"] == "Hi!"


def test_of_two_who_save_at_the_same_moment_one_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = default_document()
    phrases = first.phrases.model_copy(update={"greet": dict.fromkeys(Language, "Hi!")})
    api.ok("PUT", PATH, greeting(first.model_dump(mode="json"), "Hey!"))
    store = FlowStore.from_env()
    monkeypatch.setattr(store, "newest", lambda: first)
    with pytest.raises(Conflict, match="somebody has just saved version 2: read it"):
        store.save(first.model_copy(update={"phrases": phrases}))


def test_every_mistake_is_named_with_its_place(api: Api) -> None:
    flows = greeting(api.ok("GET", PATH), "Hi {{ name }}")
    del flows["flows"]["payment"]["steps"][0]
    answer = api("PUT", PATH, flows)
    assert (answer.status, answer.body["field"]) == (422, "phrases.greet.en")
    for mistake in (
        "phrases.greet.en: uses name, which is the customer's own; put an `identify` step before",
        "flows.payment.steps.0.text.en: uses invoices, which is the customer's own",
    ):
        assert mistake in answer.body["message"]


def test_flows_of_another_form_are_refused_with_the_place(api: Api) -> None:
    answer = api("PUT", PATH, {"version": "two", "flows": {}})
    assert (answer.status, answer.body["error"]) == (422, "Rejected")
    assert {"version", "phrases"} <= {
        each.partition(":")[0] for each in answer.body["message"].split("; ")
    }


def test_flows_too_large_to_store_are_refused(api: Api) -> None:
    flows = api.ok("GET", PATH)
    say = {"do": "say", "text": {"pt-BR": "a" * 2000, "en": "a" * 2000}}
    flows["flows"]["payment"]["steps"] = [say] * 100
    answer = api("PUT", PATH, flows)
    assert (answer.status, answer.body["field"]) == (422, "flows")


@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("GET", f"{PATH}/1"), ("PUT", PATH)])
def test_only_admins_see_and_save_flows(api: Api, method: str, path: str) -> None:
    body = {} if method == "PUT" else None
    assert api(method, path, body, token=token(Role.ATTENDANT)).status == 403
    assert api(method, path, body, token="").status == 401


def test_a_process_learns_of_a_new_version_within_a_minute(api: Api) -> None:
    library = FlowLibrary.from_env()
    assert library.newest(AT).version == 1
    api.ok("PUT", PATH, greeting(api.ok("GET", PATH), "Hi!"))
    assert library.newest(AT + SOON).version == 1
    assert library.newest(AT + LATER).version == 2


def test_a_version_is_read_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.ok("PUT", PATH, greeting(api.ok("GET", PATH), "Hi!"))
    library = FlowLibrary.from_env()
    read = library.version(2)
    monkeypatch.setattr(library, "_read", None)
    assert library.version(2) is read
    assert read == collaborators.flows().version(2)


def test_a_version_that_nobody_saved_is_not_found(api: Api) -> None:
    assert api("GET", f"{PATH}/2").status == 404
    with pytest.raises(NotFound, match="no version 9"):
        FlowLibrary.from_env().version(9)
