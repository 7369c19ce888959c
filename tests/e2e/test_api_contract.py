"""The API keeps to its own description, whatever is sent to it.

Schemathesis makes requests up from `docs/openapi-central.json`, good ones and bad ones. About half
of those that name a thing name one that exists. `make fuzz` does the same with more of them.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from operations import journey
from operations.places import ROOT
from recado.auth import Role
from recado.model import IDENTIFIER
from tests.e2e.conftest import DeployedWorld

pytestmark = pytest.mark.e2e

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
NOT_CHECKED = (
    "positive_data_acceptance",  # a schema cannot say what a CPF or a template that renders is
    "unsupported_method",  # an unknown method is a 404 here, and API Gateway's own 403 on AWS
)
api = schemathesis.openapi.from_path(
    ROOT / "docs" / "openapi-central.json",
    config=schemathesis.Config.from_dict(
        {
            "generation": {
                "max-examples": EXAMPLES,
                "allow-extra-parameters": False,  # unknown ones mean nothing
                "with-security-parameters": False,  # the session has a token
                "database": "none",
            },
            "checks": {check: {"enabled": False} for check in NOT_CHECKED},
        }
    ),
)
known: dict[str, str] = {}
"""Values of path parameters that lead to something."""


@api.hook
def flatmap_path_parameters(_: schemathesis.HookContext, drawn: Any) -> st.SearchStrategy[Any]:
    """What was drawn or, if those are ids at all, the same with ids that exist."""
    if not drawn or not all(re.fullmatch(IDENTIFIER, str(drawn[name])) for name in drawn):
        return st.just(drawn)
    return st.sampled_from([drawn, drawn | {name: known.get(name, drawn[name]) for name in drawn}])


@pytest.fixture(scope="module")
def session(world: DeployedWorld) -> Iterator[requests.Session]:
    """Requests with an administrator's token, in a world with one of everything."""
    journey.put_template(world.api)
    world.api.post(
        "/v1/customers",
        {
            "id": "FUZZ-1",
            "name": "Ana Souza",
            "document": "529.982.247-25",
            "email": "ana@example.com",
        },
    )
    bill = {"id": "F-1", "amount": "129.90", "issued_on": "2026-09-01", "due_on": "2026-09-10"}
    world.api.post("/v1/customers/FUZZ-1/invoices", bill)
    campaign = {
        "name": "Fuzzed",
        "lane": "billing",
        "template_id": journey.TEMPLATE,
        "audience": {"segment": "overdue"},
    }
    known.update(
        customer_id="FUZZ-1",
        invoice_id="F-1",
        template_id=journey.TEMPLATE,
        campaign_id=world.api.post("/v1/campaigns", campaign)["id"],
        import_id=world.api.post("/v1/imports", {"kind": "customers", "filename": "c.csv"})["id"],
        token_id=world.api.post("/v1/tokens", {"label": "fuzzed", "role": "viewer"})["id"],
    )
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {world.token(Role.ADMIN)}"
        yield session


@api.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_foresees(
    case: schemathesis.Case, session: requests.Session, world: DeployedWorld
) -> None:
    case.call_and_validate(base_url=world.api.url, session=session, timeout=60)


def test_the_deployed_api_serves_the_description_that_is_kept_in_docs(
    world: DeployedWorld,
) -> None:
    assert world.http.get("/v1/openapi.json").json() == api.raw_schema, "run `make openapi`"
