"""The APIs' descriptions: complete, valid, and those that are kept in `docs/`."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from openapi_spec_validator import OpenAPIV31SpecValidator

import assistant.api
import central.api
import chat.api
import desk.api
import marketing.api
import signup.api

DOCS = Path(__file__).parents[3] / "docs"
APIS: dict[str, APIGatewayRestResolver] = {
    "assistant": assistant.api.api,
    "central": central.api.api,
    "chat": chat.api.api,
    "desk": desk.api.api,
    "marketing": marketing.api.api,
    "signup": signup.api.api,
}
Served = dict[str, Any]
Operations = dict[tuple[str, str], dict[str, Any]]


def described(service: str) -> Served:
    """What a service says of its API."""
    found: Served = json.loads(APIS[service].get_openapi_json_schema())
    return found


def operations(served: Served) -> Operations:
    """Every operation by method and path."""
    return {
        (method, path): operation
        for path, item in served["paths"].items()
        for method, operation in item.items()
    }


@pytest.fixture(scope="module", params=APIS)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def served(service: str) -> Served:
    return described(service)


def test_the_description_kept_in_docs_is_the_served_one(service: str, served: Served) -> None:
    kept = json.loads((DOCS / f"openapi-{service}.json").read_text(encoding="utf-8"))
    assert kept == served, "the API changed: run `make openapi` and look at the difference"


def test_it_is_valid_openapi(served: Served) -> None:
    OpenAPIV31SpecValidator(served).validate()


def test_every_route_says_what_it_is_for(served: Served) -> None:
    for operation in operations(served).values():
        assert operation["summary"].endswith(".")


def test_every_error_has_the_same_shape(served: Served) -> None:
    errors = [
        answer
        for operation in operations(served).values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    shapes = {answer["content"]["application/json"]["schema"]["$ref"] for answer in errors}
    assert shapes == {"#/components/schemas/Problem"}
    assert "HTTPValidationError" not in served["components"]["schemas"]


def statuses(found: Operations) -> dict[tuple[str, str], list[int]]:
    """What each operation may answer."""
    return {
        route: [int(status) for status in operation["responses"]]
        for route, operation in found.items()
    }


def test_centrals_statuses_follow_from_what_a_route_is() -> None:
    found = operations(described("central"))
    may = statuses(found)
    assert may["get", "/v1/health"] == [200]
    assert may["get", "/v1/customers"] == [200, 401, 422, 503]
    assert may["get", "/v1/customers/{customer_id}"] == [200, 401, 404, 422, 503]
    assert may["post", "/v1/customers"] == [201, 401, 403, 409, 422, 503]
    assert may["delete", "/v1/tokens/{token_id}"] == [204, 401, 403, 404, 409, 422, 503]
    assert "content" not in found["delete", "/v1/tokens/{token_id}"]["responses"]["204"]


def test_a_route_that_viewers_may_call_is_never_forbidden() -> None:
    preview = operations(described("central"))["post", "/v1/templates/{template_id}/preview"]
    assert "403" not in preview["responses"]


def test_only_open_routes_of_central_need_no_token() -> None:
    served = described("central")
    assert keyless(served) == set(central.api.OPEN_PATHS) & set(served["paths"])
    assert served["security"] == [{"token": []}]


def test_chats_statuses_follow_from_what_a_route_is() -> None:
    one = "/v1/chat/conversations/{conversation_id}"
    assert statuses(operations(described("chat"))) == {
        ("post", "/v1/chat/conversations"): [201, 409, 422],
        ("get", f"{one}/messages"): [200, 401, 404, 422, 503],
        ("post", f"{one}/messages"): [201, 401, 404, 409, 422, 503],
        ("post", f"{one}/choice"): [200, 401, 404, 409, 422, 503],
        ("post", f"{one}/end"): [200, 401, 404, 409, 422, 503],
    }


def test_only_beginning_a_conversation_needs_no_key() -> None:
    assert keyless(described("chat")) == set(chat.api.OPEN_PATHS)


def test_no_answer_of_chats_but_the_first_holds_the_key() -> None:
    holders = {
        name
        for name, schema in described("chat")["components"]["schemas"].items()
        if {"key", "key_digest"} & set(schema.get("properties", {}))
    }
    assert holders == {"Begun"}


def test_the_desks_statuses_follow_from_what_a_route_is() -> None:
    may = statuses(operations(described("desk")))
    assert may["get", "/v1/desk/me"] == [200, 401, 403, 503]
    assert may["post", "/v1/desk/tickets/{ticket_id}/replies"] == [
        *(204, 401, 403, 404, 409, 422, 503)
    ]
    assert may["delete", "/v1/desk/kinds/{kind_id}"] == [204, 401, 403, 404, 409, 422, 503]


def test_no_route_of_the_desk_is_open_and_none_is_for_viewers() -> None:
    for operation in operations(described("desk")).values():
        assert "security" not in operation
        assert "403" in operation["responses"]


def test_every_route_of_marketing_needs_a_token() -> None:
    found = operations(described("marketing"))
    assert len(found) == 6
    assert all("401" in operation["responses"] for operation in found.values())


def test_viewers_may_look_at_invitations_and_only_admins_invite() -> None:
    for (method, _), operation in operations(described("signup")).items():
        assert ("403" in operation["responses"]) == (method == "post")


def test_a_turn_says_each_way_in_which_it_can_be_refused() -> None:
    turn = operations(described("assistant"))["post", "/v1/assist"]
    assert turn["security"] == []
    assert set(turn["responses"]) == {"200", "404", "409", "413", "422", "429", "503", "504"}


def keyless(served: Served) -> set[str]:
    """The paths that anybody may call."""
    return {path for (_, path), operation in operations(served).items() if "security" in operation}
