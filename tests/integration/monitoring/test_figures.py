"""The consolidated figures equal a recount after repeats, disorder and loss, through the tables."""

import json
from datetime import timedelta
from random import Random

import boto3
import pytest

from chat.domain.conversation import Head
from chat.ending import ended
from chat.store.conversations import Conversations
from monitoring import collaborators, gateway
from recado import clock, settings, table
from recado.errors import Rejected
from recado.figures.board import FiguresBoard
from recado.figures.health import ErrorRate
from recado.figures.names import Service, parts
from recado.figures.periods import Period
from recado.ledger.states import State
from recado.model import Language
from recado.outgoing import Outgoing
from tests.factories import AT, TODAY
from tests.integration.monitoring.conftest import PERIOD, PLAN, Monitored, Nobody
from tests.unit.monitoring.facts import chat, ticket

LATER = AT + timedelta(hours=1)


def conversation(number: int, monitored: Monitored) -> str:
    """A conversation that ends, as chat stores it; returns its fact as the bus would bring it."""
    outgoing = Outgoing(settings.text("CONVERSATIONS_TABLE"), table.client(), Nobody())
    store = Conversations(
        settings.text("CONVERSATIONS_TABLE"), table.client(), outgoing, timedelta(days=365)
    )
    at = AT - timedelta(hours=12 * (number % 4))
    head = Head(
        id=f"cnv_{number}",
        key_digest="",
        language=Language.PORTUGUESE,
        started_at=at,
        last_at=at,
        intents=("speed", "bye")[: number % 3],
    )
    store.begin(head, at)
    draft = ended(store, store.head(head.id), at)
    store.write(draft)
    (fact,) = draft.facts
    return json.dumps({"detail-type": "ChatEnded", "detail": fact.model_dump(mode="json")})


def test_after_repeats_disorder_and_loss_the_figures_equal_a_recount(
    monitored: Monitored,
) -> None:
    chance = Random(7)
    told = [conversation(number, monitored) for number in range(12)]
    heard = [body for body in told for _ in range(chance.choice([0, 1, 2, 3]))]
    chance.shuffle(heard)
    for start in range(0, len(heard), 10):
        assert monitored.hear(*map(json.loads, heard[start : start + 10])) == {
            "batchItemFailures": []
        }
    lost = len(told) - len(set(heard))
    assert lost > 0
    recount = monitored.recount()
    assert recount.compare(PERIOD, TODAY)
    monitored.at(LATER)
    assert monitored.every_five_minutes()["lost"] == lost
    assert monitored.every_five_minutes()["lost"] == 0
    assert recount.compare(PERIOD, TODAY) == []
    three_days = FiguresBoard.from_env().of(PERIOD)[0][Service.CHAT]
    assert three_days["chats"] == len(told)
    assert parts(three_days, "intent")["speed"]["chats"] == 8


def test_a_batch_in_which_everything_was_counted_before_adds_nothing(monitored: Monitored) -> None:
    bodies = [json.loads(monitored.happen(chat(number, AT), AT)) for number in range(3)]
    for _ in range(2):
        assert monitored.hear(*bodies, *bodies) == {"batchItemFailures": []}
    assert monitored.figures()[Service.CHAT]["chats"] == 3


def test_what_cannot_be_counted_is_put_aside_and_holds_nothing_up(monitored: Monitored) -> None:
    good = json.loads(monitored.happen(ticket(1, AT), AT, "DESK_TABLE"))
    answer = monitored.hear({"detail-type": "CampaignLaunched", "detail": {}}, good)
    assert answer == {"batchItemFailures": []}
    assert monitored.figures()[Service.DESK]["ended"] == 1
    (dead,) = boto3.client("sqs").receive_message(
        QueueUrl=monitored.suite.outputs["MonitoringQueueDeadUrl"], MessageAttributeNames=["All"]
    )["Messages"]
    assert "CampaignLaunched" in dead["MessageAttributes"]["reason"]["StringValue"]


def test_mail_is_what_campaigns_moved_by_and_goes_to_the_day_it_was_seen_on(
    monitored: Monitored,
) -> None:
    chunk = monitored.launch(50)
    assert monitored.every_five_minutes()["moved"] == 1
    chunk = monitored.outcome(chunk, State.SENT, range(40))
    chunk = monitored.outcome(chunk, State.FAILED, range(40, 50))
    monitored.every_five_minutes()
    assert monitored.every_five_minutes()["moved"] == 0
    monitored.at(AT + timedelta(days=1))
    monitored.outcome(chunk, State.DELIVERED, range(30))
    assert monitored.every_five_minutes()["campaigns"] == 1
    mail = monitored.figures()[Service.MAIL]
    assert (mail["sent"], mail["failed"]) == (40, 10)
    both = FiguresBoard.from_env().of(Period(TODAY, TODAY + timedelta(days=1)))[0][Service.MAIL]
    assert (both["sent"], both["delivered"], both["failed"]) == (10, 30, 10)
    assert parts(both, "lane")["billing"] == {"delivered": 30, "failed": 10, "sent": 10}
    assert monitored.recount().compare(PERIOD, TODAY + timedelta(days=1)) == []


def test_a_campaign_is_left_alone_when_nothing_moved_for_two_weeks(monitored: Monitored) -> None:
    chunk = monitored.launch(1)
    monitored.outcome(chunk, State.SENT, range(1))
    monitored.every_five_minutes()
    table.client().update_item(
        TableName=settings.text("CAMPAIGNS_TABLE"),
        Key=table.to_item({"pk": f"CAMPAIGN#{PLAN.campaign_id}", "sk": "META"}),
        UpdateExpression="REMOVE active",
    )
    monitored.at(AT + timedelta(days=15))
    assert monitored.every_five_minutes()["campaigns"] == 1
    assert monitored.every_five_minutes()["campaigns"] == 0


def test_a_recount_finds_what_was_falsified_and_mends_it(monitored: Monitored) -> None:
    for number in range(3):
        monitored.hear(json.loads(conversation(number, monitored)))
    monitored.launch(5)
    monitored.every_five_minutes()
    book = collaborators.book()
    book.correct(TODAY, Service.CHAT, {"chats": 5, "intent#never#chats": 1})
    book.correct(TODAY, Service.MAIL, {"sent": 7})
    book.correct_month("2026-10", Service.DESK, {"ended": 2})
    recount = monitored.recount()
    found = {(each.where, each.counter) for each in recount.compare(PERIOD, TODAY)}
    assert found == {
        (f"{TODAY} chat", "chats"),
        (f"{TODAY} chat", "intent#never#chats"),
        (f"{TODAY} mail", "sent"),
        ("2026-10 desk", "ended"),
    }
    recount.mend(PERIOD, AT)
    assert recount.compare(PERIOD, TODAY) == []


def test_a_recount_says_how_far_back_it_can_go(monitored: Monitored) -> None:
    with pytest.raises(Rejected, match="45 days"):
        monitored.recount().compare(Period(TODAY - timedelta(days=60), TODAY), TODAY)


def test_health_shows_waiting_messages_and_dead_letters_with_their_reasons(
    monitored: Monitored,
) -> None:
    sqs, outputs = boto3.client("sqs"), monitored.suite.outputs
    sqs.send_message(QueueUrl=outputs["PlanQueueUrl"], MessageBody="{}")
    monitored.hear({"detail-type": "CampaignLaunched", "detail": {"email": "ana@example.com"}})
    for _ in range(2):
        assert monitored.every_five_minutes()["dead"] == 1
    health = collaborators.checking().board.latest()
    assert health is not None
    plan, mine = health.queues
    assert (plan.queue, plan.waiting, plan.dead, plan.oldest_seconds) == ("PlanQueue", 1, 0, None)
    (letter,) = mine.dead_letters
    assert "CampaignLaunched" in letter.reason
    assert letter.about == "CampaignLaunched"
    assert "ana@" not in health.model_dump_json()
    assert health.troubles == [
        "MonitoringQueue has 1 dead letters: see their reasons, then recado redrive MonitoringQueue"
    ]


def test_health_on_aws_knows_how_long_messages_wait_and_how_often_our_functions_fail(
    monitored: Monitored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUITE", "recado")
    name = gateway.queue_names()["PlanQueue"]
    for seconds, minutes in ((900, 8), (42, 2)):
        _measured("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name, seconds, minutes)
    ours, theirs = "recado-CentralApi", "recadoteca-Api"
    for function, metric, count, minutes in (
        (ours, "Invocations", 30, 50),
        (ours, "Invocations", 10, 3),
        (ours, "Errors", 2, 3),
        ("recado-ChatApi", "Invocations", 60, 20),
        (ours, "Errors", 7, 90),
        (theirs, "Invocations", 500, 3),
        (theirs, "Errors", 500, 3),
    ):
        _measured("AWS/Lambda", metric, "FunctionName", function, count, minutes)

    monitored.every_five_minutes()

    health = collaborators.checking().board.latest()
    assert health is not None
    assert health.errors == ErrorRate(invocations=100, errors=2)
    assert {each.queue: each.oldest_seconds for each in health.queues} == {
        "PlanQueue": 42,
        "MonitoringQueue": None,
    }


def _measured(
    namespace: str, metric: str, dimension: str, value: str, number: int, minutes_ago: int
) -> None:
    boto3.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": dimension, "Value": value}],
                "Timestamp": clock.now() - timedelta(minutes=minutes_ago),
                "Value": number,
            }
        ],
    )
