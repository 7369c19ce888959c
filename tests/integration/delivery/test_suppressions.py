"""The suppression list through the staff's API."""

import json
from typing import Any

import pytest

from recado import auth, clock
from recado.model import Lane
from sender import api
from sender.domain.suppression import opted_out
from sender.store import SuppressionStore
from tests.factories import api_event, context
from tests.integration.conftest import Suite

from .trouble import suppressed

PATH = "/v1/suppressions"
ANA = "ana@example.com"


def call(
    method: str, body: Any = None, role: auth.Role | None = auth.Role.ADMIN, **query: str
) -> tuple[int, Any]:
    """What the API answers: the status, and the body."""
    text = ""
    if role is not None:
        text, record = auth.issue(f"the {role}", role, clock.now())
        auth.tokens().put(record)
    answer = api.handler(api_event(method, PATH, body, text, query), context())
    return answer["statusCode"], json.loads(answer["body"] or "null")


@pytest.mark.usefixtures("suite")
def test_staff_stop_mail_and_see_who_asked(suite: Suite) -> None:
    status, body = call("POST", {"email": "Ana@Example.com", "lanes": ["billing", "marketing"]})
    assert status == 200
    (entry,) = body["entries"]
    assert entry | {"at": ""} == {
        "reason": "staff",
        "lanes": ["billing", "marketing"],
        "detail": "asked for by staff",
        "source": "the admin",
        "at": "",
    }
    assert call("GET", email=ANA) == (200, body)
    store = SuppressionStore.from_env()
    assert set(suppressed(store, ANA, Lane.BILLING)) == {ANA}
    assert suppressed(store, ANA, Lane.TRANSACTIONAL) == {}


@pytest.mark.usefixtures("suite")
def test_lifting_one_reason_leaves_the_others() -> None:
    call("POST", {"email": ANA})
    SuppressionStore.from_env().put(opted_out(ANA), clock.now())
    assert call("DELETE", email=ANA, reason="staff") == (204, None)
    assert call("DELETE", email=ANA, reason="staff")[0] == 404
    assert [each["reason"] for each in call("GET", email=ANA)[1]["entries"]] == ["opt_out"]


@pytest.mark.usefixtures("suite")
@pytest.mark.parametrize(
    ("method", "role", "status"),
    [
        ("GET", None, 401),
        ("GET", auth.Role.VIEWER, 200),
        ("DELETE", auth.Role.VIEWER, 403),
        ("DELETE", auth.Role.ADMIN, 404),
    ],
)
def test_a_token_is_needed_and_an_admins_to_change(
    method: str, role: auth.Role | None, status: int
) -> None:
    assert call(method, role=role, email=ANA, reason="staff")[0] == status


@pytest.mark.usefixtures("suite")
@pytest.mark.parametrize(
    ("body", "field"),
    [({"email": "nobody"}, "email"), ({"email": ANA, "lanes": []}, "lanes"), ({}, "email")],
)
def test_a_bad_request_names_the_field(body: dict[str, Any], field: str) -> None:
    status, problem = call("POST", body)
    assert (status, problem["field"]) == (422, field)
