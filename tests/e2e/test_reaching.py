"""What a recipient can click, through the world's own API Gateway."""

import re
import uuid
from typing import Any

import httpx
import pytest

from operations.watching import follow
from tests.e2e.conftest import DeployedWorld
from tests.factories import CPF

pytestmark = pytest.mark.e2e

OFFER = {
    "pt-BR": {
        "subject": "Oferta para {{ first_name }}",
        "html": '<body><a href="https://operadora.example/ofertas?a=1&amp;b=2">Ver</a>'
        '<a href="{{ unsubscribe_url }}">Sair</a></body>',
        "text": "Sair: {{ unsubscribe_url }} ou {{ preferences_url }}",
    }
}


@pytest.fixture(scope="module")
def city(world: DeployedWorld) -> str:
    """A city where one customer lives, whose id ends as the city's name does."""
    name = f"Cidade {uuid.uuid4().hex[:8]}"
    world.api.post(
        "/v1/customers",
        {
            "id": customer_in(name),
            "name": "Ana Souza",
            "document": CPF,
            "email": f"ana-{uuid.uuid4().hex[:8]}@example.com",
            "city": name,
        },
    )
    world.api.put("/v1/templates/offer", {"bodies": OFFER})
    return name


def customer_in(city: str) -> str:
    """The id of the customer of a city."""
    return f"C-{city.rpartition(' ')[2]}"


def send_offer(world: DeployedWorld, city: str) -> tuple[str, dict[str, int]]:
    """A marketing campaign to a city: its id, and how many are in which state."""
    campaign = world.api.post(
        "/v1/campaigns",
        {
            "name": "Oferta",
            "lane": "marketing",
            "template_id": "offer",
            "audience": {"segment": "all", "city": city},
        },
    )
    world.api.post(f"/v1/campaigns/{campaign['id']}/launch")
    standing = list(follow(world.api, campaign["id"], patience_s=90))[-1]
    return campaign["id"], {state: n for state, n in standing.counts.items() if n}


def mail_of(world: DeployedWorld, campaign_id: str) -> Any:
    messages = f"{world.simulator_url}/_sim/messages"
    query = {"tag": f"campaign:{campaign_id}"}
    [found] = httpx.get(messages, params=query, trust_env=False).json()["messages"]
    return httpx.get(f"{messages}/{found['message_id']}", trust_env=False).json()


def test_a_world_on_this_machine_knows_no_quiet_hours(world: DeployedWorld) -> None:
    functions = world.local.client("lambda").get_paginator("list_functions").paginate()
    settings = [
        function["Environment"]["Variables"]["QUIET_HOURS"]
        for page in functions
        for function in page["Functions"]
    ]
    assert set(settings) == {"none"}


def test_a_link_found_in_the_inbox_opts_out_and_the_next_offer_is_not_sent(
    world: DeployedWorld, city: str
) -> None:
    first, counts = send_offer(world, city)
    assert sum(counts.values()) == counts.get("sent", 0) + counts.get("delivered", 0) == 1
    mail = mail_of(world, first)
    headers = dict(mail["headers"])
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = headers["List-Unsubscribe"].strip("<>")
    (followed,) = re.findall(r'href="([^"]*/c/[^"]*)"', mail["html"])
    (pixel,) = re.findall(r'src="([^"]*/o/[^"]*)"', mail["html"])

    with httpx.Client(trust_env=False, timeout=60) as browser:
        shown = browser.get(link, headers={"Accept-Language": "en"})
        assert shown.status_code == httpx.codes.OK
        assert "Send me no more offers" in shown.text
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]

        led = browser.get(followed)
        assert led.status_code == httpx.codes.FOUND
        assert led.headers["Location"] == "https://operadora.example/ofertas?a=1&b=2"
        assert browser.head(followed).status_code == httpx.codes.FOUND
        image = browser.get(pixel)
        assert image.headers["Content-Type"] == "image/gif"
        assert image.content.startswith(b"GIF89a")
        assert browser.get(link[:-1]).status_code == httpx.codes.NOT_FOUND

        done = browser.post(link, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == httpx.codes.OK

    engagement = world.api.get(f"/v1/campaigns/{first}")["engagement"]
    assert [each["unsubscribes"] for each in engagement] == [1]
    _, counts = send_offer(world, city)
    assert counts == {"suppressed": 1}


def test_staff_see_the_opt_out_and_lift_it(world: DeployedWorld, city: str) -> None:
    customer = world.api.get(f"/v1/customers/{customer_in(city)}")
    assert customer["city"] == city
    address = customer["email"]
    (entry,) = world.api.get("/v1/suppressions", email=address)["entries"]
    assert (entry["reason"], entry["lanes"]) == ("opt_out", ["marketing"])
    query = {"email": address, "reason": "opt_out"}
    lifted = world.http.delete("/v1/suppressions", params=query)
    assert lifted.status_code == httpx.codes.NO_CONTENT
    assert world.api.get("/v1/suppressions", email=address)["entries"] == []
