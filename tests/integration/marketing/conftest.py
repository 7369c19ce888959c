"""Marketing behind its real triggers, over moto: what others tell it, and what it tells."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from central import events as central_events
from central.api import handler as central_api
from marketing import api, events, schedule
from recado import auth, clock
from recado.auth import Role
from recado.conversation import ChatEnded
from recado.interests import Aspect, Evidence, Interest, Mood
from recado.model import Language
from tests.factories import AT, CPF, api_event, context, sqs_event
from tests.integration.conftest import Suite

SPEED = {
    "id": "speed-upgrade",
    "name": {"pt-BR": "Mais velocidade", "en": "More speed"},
    "enabled": True,
    "when": {"intents": ["connection"], "aspect": "slow", "times": 2, "days": 30},
    "template_id": "speed-upgrade",
    "priority": 200,
    "cool_down_days": 90,
    "hold_out": 0,
    "goal": {"kind": "plan_changed"},
    "horizon_days": 30,
    "journey": [],
}
OFFER = {
    "subject": "Mais velocidade, {{ first_name }}",
    "html": "<body><p>{{ plan }}</p><a href='{{ unsubscribe_url }}'>Sair</a></body>",
    "text": "Sair: {{ preferences_url }}",
}


def slow(quote: str = "minha internet está lenta") -> Interest:
    """A complaint of a slow connection."""
    return Interest(
        intent="connection",
        product="internet",
        aspect=Aspect.SLOW,
        mood=Mood.NEGATIVE,
        churn_risk=0.2,
        confidence=0.99,
        evidence=(Evidence(sequence=1, quote=quote),),
    )


@dataclass
class World:
    """The deployed service, and as much of central as it needs."""

    suite: Suite
    told: Callable[[], list[Any]]
    token: str
    now: list[datetime] = field(default_factory=lambda: [AT])
    chats: int = 0

    def call(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Ask the API that the path belongs to."""
        handler = api.handler if path.startswith("/v1/marketing") else central_api
        answer = handler(api_event(method, path, body, self.token, query or None), context())
        text = answer.get("body") or ""
        return answer["statusCode"], json.loads(text) if text else None

    def ok(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The same, where it has to succeed."""
        status, answer = self.call(method, path, body, **query)
        assert status < 300, answer
        return answer

    def rules(self, *rules: dict[str, Any], pause: int = 0) -> None:
        """Staff put these rules."""
        version = self.ok("GET", "/v1/marketing/rules")["version"]
        body = {"version": version, "days_between_offers": pause, "rules": list(rules)}
        self.ok("PUT", "/v1/marketing/rules", body)

    def ended(self, *interests: Interest, customer: str | None = "C-1") -> ChatEnded:
        """A chat that ends now, as chat tells it."""
        self.chats += 1
        return ChatEnded(
            conversation_id=f"cnv_{self.chats}",
            customer_id=customer,
            language=Language.PORTUGUESE,
            intents=tuple(interest.intent for interest in interests),
            handovers=0,
            interests=interests,
            messages=2,
            started_at=self.now[0] - timedelta(minutes=5),
            ended_at=self.now[0],
        )

    def hear(self, *facts: Any, source: str = "recado.chat") -> None:
        """Marketing's queue is read."""
        bodies = [
            {
                "detail-type": type(fact).__name__,
                "source": source,
                "detail": fact.model_dump(mode="json"),
            }
            for fact in facts
        ]
        assert events.handler(sqs_event(*bodies), context()) == {"batchItemFailures": []}

    def round(self, **later: float) -> dict[str, int]:
        """Time goes by, and the schedule wakes."""
        self.now[0] += timedelta(**later)
        return schedule.handler({}, context())

    def facts(self) -> dict[str, list[Any]]:
        """What marketing told since last asked, by detail-type."""
        found: dict[str, list[Any]] = {}
        for message in self.told():
            if message["source"] == "recado.marketing":
                found.setdefault(message["detail-type"], []).append(message["detail"])
        return found

    def audience(self, file: str) -> list[Any]:
        """The rows of an audience file."""
        body = boto3.client("s3").get_object(Bucket=self.suite.outputs["Files"], Key=file)["Body"]
        return [json.loads(line) for line in body.read().splitlines()]

    def suppress(self, email: str) -> None:
        """Somebody opts out, as sender's table has it."""
        entry = {"lanes": {"SS": ["marketing"]}, "detail": {"S": "opted out of marketing"}}
        boto3.client("dynamodb").put_item(
            TableName=self.suite.outputs["SuppressionTable"],
            Item={"email": {"S": email}, "opt_out": {"M": entry}},
        )

    def change(self, customer: str, plan: str) -> None:
        """A customer has another plan."""
        boto3.client("dynamodb").update_item(
            TableName=self.suite.outputs["CentralTable"],
            Key={"pk": {"S": f"CUSTOMER#{customer}"}, "sk": {"S": "PROFILE"}},
            UpdateExpression="SET #plan = :plan",
            ExpressionAttributeNames={"#plan": "plan"},
            ExpressionAttributeValues={":plan": {"S": plan}},
        )

    def central_launches(self, asked: Any) -> Any:
        """Central reads its queue; the campaign as staff see it."""
        body = {"detail-type": "CampaignAsked", "source": "recado.marketing", "detail": asked}
        central_events.handler(sqs_event(body), context())
        return self.ok("GET", f"/v1/campaigns/{asked['campaign_id']}")


@pytest.fixture
def world(suite: Suite, told: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch) -> World:
    """Marketing as it is deployed, with Ana as a customer, at the moment the factories speak of."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "marketing")
    monkeypatch.setenv("DEAD_LETTER_URL", suite.outputs["MarketingQueueDeadUrl"])
    text, record = auth.issue("me", Role.ADMIN, AT)
    auth.tokens().put(record)
    made = World(suite, told, text)
    monkeypatch.setattr(clock, "now", lambda: made.now[0])
    new = {"id": "C-1", "name": "Ana Souza", "document": CPF, "email": "ana@example.com"}
    made.ok("POST", "/v1/customers", new | {"plan": "Fibra 300", "city": "Recife"})
    made.ok("PUT", "/v1/templates/speed-upgrade", {"bodies": {"pt-BR": OFFER}})
    return made
