"""What every route of the API has in common."""

import json
from http import HTTPStatus

import pytest

from recado.auth import Role
from tests.integration.central.conftest import Api, token
from tests.integration.conftest import Suite

SWAGGER_LEAVES_FILES_OPEN = "ignore:unclosed file.*swagger:ResourceWarning"
OPEN = ["/v1/health", "/v1/openapi.json", "/v1/docs"]


@pytest.mark.filterwarnings(SWAGGER_LEAVES_FILES_OPEN)
@pytest.mark.parametrize("path", OPEN)
def test_health_and_documentation_need_no_token(api: Api, path: str) -> None:
    assert api("GET", path, token="").status == 200


def test_everything_else_is_denied_without_a_token(api: Api) -> None:
    for method, path in [("GET", "/v1/customers"), ("POST", "/v1/customers"), ("GET", "/v1/x")]:
        assert api(method, path, token="").status == 401


def test_a_stranger_is_not_told_what_is_wrong_with_the_body(api: Api) -> None:
    answer = api("POST", "/v1/customers", {"id": ""}, token="")
    assert (answer.status, answer.body["error"]) == (401, "Unauthenticated")


def test_a_viewer_may_look_but_not_touch(api: Api) -> None:
    viewer = token(Role.VIEWER)
    assert api("GET", "/v1/customers", token=viewer).status == 200
    answer = api("POST", "/v1/tokens", {"label": "me", "role": "admin"}, token=viewer)
    assert (answer.status, answer.body["error"]) == (403, "Forbidden")


def test_an_unknown_path_and_a_wrong_method_answer_in_the_same_shape(api: Api) -> None:
    for method, path in [("GET", "/v1/nothing"), ("DELETE", "/v1/customers")]:
        answer = api(method, path)
        assert answer.status == 404
        assert answer.body == {
            "error": "NotFound",
            "message": f"there is no {method} {path}",
            "field": "",
        }


def test_a_validation_error_names_the_field(api: Api) -> None:
    answer = api("PUT", "/v1/templates/t", {"bodies": {"pt-BR": {"subject": "s", "html": "h"}}})
    assert answer.status == 422
    assert answer.body == {
        "error": "Rejected",
        "message": "bodies.pt-BR.text is missing",
        "field": "bodies.pt-BR.text",
    }


@pytest.mark.parametrize("body", ["{", "[]", "", "null"])
def test_a_body_that_is_no_object_is_refused_in_the_same_shape(api: Api, body: str) -> None:
    answer = api("POST", "/v1/customers", body)
    assert (answer.status, answer.body["error"]) == (422, "Rejected")


def test_a_foreign_cursor_is_refused(api: Api) -> None:
    for path in ["/v1/customers", "/v1/imports", "/v1/templates", "/v1/campaigns", "/v1/tokens"]:
        answer = api("GET", path, cursor="!!")
        assert (answer.status, answer.body["field"]) == (422, "cursor")


def test_a_limit_has_limits(api: Api) -> None:
    assert api("GET", "/v1/customers", limit="201").status == 422
    assert api("GET", "/v1/customers", limit="0").status == 422


@pytest.mark.filterwarnings(SWAGGER_LEAVES_FILES_OPEN)
def test_the_documentation_page_needs_no_internet(api: Api) -> None:
    page = api("GET", "/v1/docs", token="").body
    assert "SwaggerUIBundle" in page
    assert "<script src=" not in page


def test_the_description_lists_every_route_and_asks_for_a_token(api: Api) -> None:
    described = api.ok("GET", "/v1/openapi.json")
    assert set(described["paths"]) >= {"/v1/customers/{customer_id}", "/v1/reports/summary"}
    assert len(described["paths"]) == 34
    assert described["security"] == [{"token": []}]


def test_a_token_works_until_it_is_revoked_and_its_secret_is_never_shown(api: Api) -> None:
    issued = api.ok("POST", "/v1/tokens", {"label": "report", "role": "viewer"})
    assert api("GET", "/v1/customers", token=issued["token"]).status == 200
    listed = api.ok("GET", "/v1/tokens")
    assert {line["label"] for line in listed["items"]} == {"report", "the admin"}
    assert issued["token"].split("_")[2] not in json.dumps(listed)
    assert api("DELETE", f"/v1/tokens/{issued['id']}").status == 204
    assert api("GET", "/v1/customers", token=issued["token"]).status == 401
    assert api("DELETE", "/v1/tokens/000000000000").status == 404


def test_a_preflight_request_needs_no_token(central: Suite, api: Api) -> None:
    assert api("OPTIONS", "/v1/customers", token="").status == 204


@pytest.mark.parametrize("end", ["\n", "/\n", "/\x0b"])
def test_a_path_that_ends_in_a_control_character_is_not_the_path_before_it(
    api: Api, end: str
) -> None:
    assert api("GET", f"/v1/imports{end}").status in {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
