"""The demo's journey as calls to the API, without a word printed: the tests take it too."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from operations import bodies
from operations.client import Api
from operations.local import TIME_ZONE
from operations.watching import ACCEPTED, Standing
from recado import clock

TEMPLATE = "overdue"
OFFER = "offer"


def today() -> date:
    """The operator's calendar day, which decides who is overdue."""
    return date.fromisoformat(clock.today(clock.now(), TIME_ZONE))


def put_template(api: Api, template: str = TEMPLATE) -> int:
    """Store a sample template, the billing one unless told otherwise; returns its version."""
    sample = bodies.read(bodies.SAMPLES / template)
    return int(api.put(f"/v1/templates/{template}", {"bodies": sample})["version"])


def launch(api: Api, day: date) -> str:
    """Create and launch a billing campaign to everybody who is overdue; returns its id."""
    campaign = api.post(
        "/v1/campaigns",
        {
            "name": f"Faturas em atraso, {day:%d/%m/%Y}",
            "lane": "billing",
            "template_id": TEMPLATE,
            "audience": {"segment": "overdue"},
        },
    )
    api.post(f"/v1/campaigns/{campaign['id']}/launch")
    return str(campaign["id"])


def contradictions(standing: Standing, ledger: Mapping[str, Any]) -> list[str]:
    """What is wrong between the campaign, its audience and SES's ledger; empty when nothing is."""
    accepted = standing.sum(*ACCEPTED)
    checks = {
        f"the campaign is {standing.status}, not completed": standing.status == "completed",
        f"the states add up to {sum(standing.counts.values())}, the audience is {standing.total}": (
            standing.adds_up
        ),
        f"{standing.sum('pending', 'unknown')} recipients are still open": (
            standing.sum("pending", "unknown") == 0
        ),
        f"the campaign says {accepted} were accepted, SES's ledger says {ledger['accepted']}": (
            accepted == ledger["accepted"]
        ),
        f"SES accepted {ledger['duplicates']} mails twice": ledger["duplicates"] == 0,
    }
    return [problem for problem, holds in checks.items() if not holds]
