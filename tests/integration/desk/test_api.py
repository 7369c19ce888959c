"""The functions as Lambda calls them: the API, the queue's reader, the schedule."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
import pytest

from desk import api as desk_api
from desk import events, schedule
from recado import auth, clock
from recado.conversation import HandoverEvent
from tests.factories import AT, api_event, context, sqs_event
from tests.integration.conftest import Suite
from tests.integration.desk.conftest import requested, wrote

SERVER = {"capacity": 10}


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    body: Any


@dataclass(frozen=True)
class Caller:
    """Somebody with a token."""

    token: str

    @property
    def token_id(self) -> str:
        return self.token.split("_")[1]

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        event = api_event(method, f"/v1/desk/{path}", body, self.token, query or None)
        answer = desk_api.handler(event, context())
        return Answer(answer["statusCode"], json.loads(answer.get("body") or "null"))

    def ok(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = self(method, path, body, **query)
        assert answer.status < 300, answer
        return answer.body


def caller(role: auth.Role, label: str = "somebody") -> Caller:
    text, record = auth.issue(label, role, AT)
    auth.tokens().put(record)
    return Caller(text)


@pytest.fixture
def desk(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "desk")
    monkeypatch.setenv("DEAD_LETTER_URL", suite.outputs["DeskQueueDeadUrl"])
    monkeypatch.setattr(clock, "now", lambda: AT)
    return suite


@pytest.fixture
def admin(desk: Suite) -> Caller:
    return caller(auth.Role.ADMIN)


@pytest.fixture
def ana(admin: Caller) -> Caller:
    """An attendant of server north, signed out."""
    ana = caller(auth.Role.ATTENDANT, "ana")
    admin.ok("PUT", "servers/north", SERVER)
    admin.ok("PUT", "attendants/ana", settings(ana))
    return ana


def settings(who: Caller, **changed: Any) -> dict[str, Any]:
    return {
        "name": "Ana",
        "server_id": "north",
        "skills": ["technical"],
        "token_id": who.token_id,
    } | changed


def tell(*facts: HandoverEvent) -> Any:
    """Wake the reader as SQS does, with what the bus wraps around facts."""
    envelopes = [
        {
            "detail-type": type(fact).__name__,
            "source": "recado.chat",
            "detail": fact.model_dump(mode="json"),
        }
        for fact in facts
    ]
    return events.handler(sqs_event(*envelopes), context())


def test_a_day_of_an_attendant(ana: Caller, admin: Caller) -> None:
    assert ana.ok("POST", "sign-in")["signed_in"]
    assert tell(wrote("cnv_1", 2, "alô?"), requested("cnv_1", AT)) == {"batchItemFailures": []}
    assert ana.ok("POST", "heartbeat")["lease_until"] > AT.isoformat()
    mine = ana.ok("POST", "next")["ticket"]
    assert (mine["id"], mine["token"]) == ("tkt_1-1", 1)
    assert ana.ok("GET", "me")["tickets"] == [mine]
    shown = ana.ok("GET", "tickets/tkt_1-1")
    assert shown["packet"]["transcript"][0]["text"] == "a internet caiu"
    (line,) = ana.ok("GET", "tickets/tkt_1-1/lines", after="0")["items"]
    assert line["text"] == "alô?"
    reply = {"token": 1, "message_id": "m-1", "text": "Bom dia!"}
    assert ana("POST", "tickets/tkt_1-1/replies", reply).status == 204
    assert ana("POST", "tickets/tkt_1-1/replies", reply | {"token": 7}).status == 204, "a repeat"
    late = reply | {"token": 7, "message_id": "m-2"}
    assert ana("POST", "tickets/tkt_1-1/replies", late).status == 409
    (board,) = [k for k in admin.ok("GET", "board")["kinds"] if k["kind"] == "technical"]
    assert (board["waiting"], board["in_service"]) == (0, 1)
    assert ana("POST", "tickets/tkt_1-1/close", {"token": 1, "outcome": "solved"}).status == 204
    assert ana.ok("POST", "next") == {"ticket": None}
    assert ana("POST", "sign-out").status == 204
    assert schedule.handler({}, context()) == {"waiting": 0, "in_service": 0}


def test_what_chat_is_told_goes_through_the_bus(ana: Caller, desk: Suite) -> None:
    ana.ok("POST", "sign-in")
    tell(requested("cnv_1", AT))
    answer = boto3.client("sqs").receive_message(
        QueueUrl=desk.outputs["ChatQueueUrl"], MaxNumberOfMessages=10
    )
    told = [json.loads(message["Body"]) for message in answer["Messages"]]
    kinds = [each["detail-type"] for each in told]
    assert sorted(kinds) == ["TicketAssigned", "TicketQueued"]


def test_a_message_that_nobody_agreed_on_is_put_aside(desk: Suite) -> None:
    messages = [{"detail-type": "Nonsense", "detail": {}}, "no json", {"detail-type": "ChatEnded"}]
    assert events.handler(sqs_event(*messages), context()) == {"batchItemFailures": []}
    answer = boto3.client("sqs").receive_message(
        QueueUrl=desk.outputs["DeskQueueDeadUrl"], MaxNumberOfMessages=10
    )
    assert len(answer["Messages"]) == 3


def test_the_desks_own_message_settles_it(ana: Caller) -> None:
    ana.ok("POST", "sign-in")
    answer = events.handler(sqs_event({"detail-type": "DeskUnsettled", "detail": {}}), context())
    assert answer == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "servers/north"),
        ("GET", "board"),
        ("GET", "attendants"),
        ("DELETE", "kinds/sales"),
        ("PUT", "calendar"),
    ],
)
def test_what_admins_do_is_forbidden_to_attendants(ana: Caller, method: str, path: str) -> None:
    body = {"servers/north": SERVER, "calendar": {"zone": "UTC", "week": {}}}.get(path)
    assert ana(method, path, body).status == 403


def test_a_viewer_and_an_admin_without_a_desk_may_not_attend(admin: Caller) -> None:
    assert caller(auth.Role.VIEWER)("GET", "me").status == 403
    refused = admin("GET", "me")
    assert refused.status == 403
    assert "/v1/desk/attendants" in refused.body["message"]


def test_a_ticket_is_shown_to_its_owner_and_to_admins_only(ana: Caller, admin: Caller) -> None:
    bia = caller(auth.Role.ATTENDANT, "bia")
    admin.ok("PUT", "attendants/bia", settings(bia, skills=["sales"]))
    ana.ok("POST", "sign-in")
    tell(requested("cnv_1", AT))
    assert bia("GET", "tickets/tkt_1-1").status == 403
    assert bia("GET", "tickets/tkt_1-1/lines").status == 403
    assert ana("GET", "tickets/tkt_1-1").status == 200
    assert admin("GET", "tickets/tkt_1-1").status == 200
    assert admin("GET", "tickets/tkt_none-1").status == 404


def test_staff_set_up_a_desk_and_take_it_down(ana: Caller, admin: Caller) -> None:
    assert [each["id"] for each in ana.ok("GET", "kinds")["items"]] == ["sales", "technical"]
    admin.ok("PUT", "kinds/billing", {"buffer": 5})
    assert len(ana.ok("GET", "kinds")["items"]) == 3, "those it began with are still there"
    assert admin("DELETE", "kinds/technical").status == 409, "Ana has the skill"
    assert admin("DELETE", "kinds/billing").status == 204
    assert admin("DELETE", "kinds/billing").status == 404
    assert admin("DELETE", "servers/north").status == 409, "Ana belongs to it"
    assert admin("DELETE", "servers/none").status == 404
    ana.ok("POST", "sign-in")
    assert admin("DELETE", "attendants/ana").status == 409, "she is at work"
    ana.ok("POST", "sign-out")
    assert admin("DELETE", "attendants/ana").status == 204
    assert ana("GET", "me").status == 403
    assert admin("DELETE", "servers/north").status == 204
    assert admin.ok("GET", "servers") == {"items": []}


@pytest.mark.parametrize(
    ("changed", "status", "told"),
    [
        ({"skills": ["astrology"]}, 422, "astrology"),
        ({"token_id": "0" * 12}, 422, "role attendant"),
        ({"server_id": "nowhere"}, 409, "nowhere"),
        ({"capacity": 0}, 422, "capacity"),
    ],
)
def test_an_attendant_who_makes_no_sense_is_refused(
    ana: Caller, admin: Caller, changed: dict[str, Any], status: int, told: str
) -> None:
    refused = admin("PUT", "attendants/bia", settings(caller(auth.Role.ATTENDANT), **changed))
    assert refused.status == status
    assert told in refused.body["message"]


def test_a_token_belongs_to_one_attendant_and_can_be_changed(ana: Caller, admin: Caller) -> None:
    assert admin("PUT", "attendants/bia", settings(ana)).status == 409
    fresh = caller(auth.Role.ATTENDANT, "ana's new one")
    admin.ok("PUT", "attendants/ana", settings(fresh))
    assert ana("GET", "me").status == 403
    assert fresh.ok("GET", "me")["attendant_id"] == "ana"


def test_who_has_tickets_stays_on_their_server(ana: Caller, admin: Caller) -> None:
    admin.ok("PUT", "servers/south", SERVER)
    ana.ok("POST", "sign-in")
    tell(requested("cnv_1", AT))
    assert admin("PUT", "attendants/ana", settings(ana, server_id="south")).status == 409
    assert admin("PUT", "attendants/ana", settings(ana, capacity=3)).status == 200


def test_more_capacity_gives_what_waits_to_who_is_there(ana: Caller, admin: Caller) -> None:
    ana.ok("POST", "sign-in")
    tell(requested("cnv_1", AT), requested("cnv_2", AT))
    assert len(ana.ok("GET", "me")["tickets"]) == 1
    admin.ok("PUT", "attendants/ana", settings(ana, capacity=2))
    assert len(ana.ok("GET", "me")["tickets"]) == 2


def test_the_board_measures_waits_on_the_business_hours(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked on a Thursday at noon UTC; open from ten to eleven."""
    week = {str(day): [{"opens": "10:00", "closes": "11:00"}] for day in range(7)}
    calendar = {"zone": "UTC", "week": week, "holidays": ["2026-10-17"]}
    admin.ok("PUT", "calendar", calendar)
    assert admin.ok("GET", "calendar")["holidays"] == ["2026-10-17"]
    tell(requested("cnv_1", AT))
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-10-18T10:30:00Z"))
    (level,) = [k for k in admin.ok("GET", "board")["kinds"] if k["kind"] == "technical"]
    assert (level["waiting"], level["oldest"], level["wait"]) == (1, "PT1H30M", None)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("calendar", {"zone": "Mars/Olympus", "week": {}}, "zone"),
        ("rules", {"lease": "PT1S"}, "lease"),
        ("rules", {"first_reply": "PT1S"}, "first_reply"),
        ("rules", {"max_moves": -1}, "max_moves"),
    ],
)
def test_rules_and_hours_that_make_no_sense_name_the_field(
    admin: Caller, path: str, body: dict[str, Any], field: str
) -> None:
    refused = admin("PUT", path, body)
    assert refused.status == 422
    assert refused.body["field"] == field


def test_rules_are_in_force_from_the_next_sign_in_on(ana: Caller, admin: Caller) -> None:
    admin.ok("PUT", "rules", {"lease": "PT10S", "first_reply": "PT20S"})
    assert admin.ok("GET", "rules")["lease"] == "PT10S"
    until = datetime.fromisoformat(ana.ok("POST", "sign-in")["lease_until"])
    assert (until - AT).total_seconds() == 10
    tell(requested("cnv_1", AT))
    (mine,) = ana.ok("GET", "me")["tickets"]
    assert (datetime.fromisoformat(mine["reply_by"]) - AT).total_seconds() == 20
