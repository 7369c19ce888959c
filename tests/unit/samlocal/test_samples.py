"""Which sample is chosen for which function."""

from pathlib import Path

import pytest

from operations.errors import Trouble
from samlocal.samples import Sample, before, choose, handlers, narrow

TEMPLATE = {
    "Resources": {
        "Sender": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"Handler": "sender.worker.handler"},
        },
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
    }
}


@pytest.fixture
def events(tmp_path: Path) -> Path:
    (tmp_path / "sender").mkdir()
    for name in ("worker_chunk", "worker_empty", "feedback_bounce"):
        (tmp_path / "sender" / f"{name}.json").write_text("{}")
    return tmp_path


def test_a_function_gets_the_samples_of_its_service_and_trigger(events: Path) -> None:
    chosen = choose(handlers(TEMPLATE), events)
    assert [(sample.function, sample.name) for sample in chosen] == [
        ("Sender", "sender/worker_chunk"),
        ("Sender", "sender/worker_empty"),
    ]


def test_a_function_without_a_sample_is_no_secret(events: Path) -> None:
    with pytest.raises(Trouble, match="Chat has no sample event") as caught:
        choose({"Chat": "chat.api.handler"}, events)
    assert "events/chat/api_<case>.json" in caught.value.remedy


def test_a_run_can_be_narrowed_to_one_sample(events: Path) -> None:
    chosen = choose(handlers(TEMPLATE), events)
    assert [sample.name for sample in narrow(chosen, "Sender", "empty")] == ["sender/worker_empty"]
    assert narrow(chosen, None, None) == chosen


def test_narrowing_to_nothing_names_the_functions_there_are(events: Path) -> None:
    with pytest.raises(Trouble) as caught:
        narrow(choose(handlers(TEMPLATE), events), "Sendr", None)
    assert "Sender" in caught.value.remedy


def test_a_narrowed_run_is_prepared_by_the_earlier_samples_of_other_events() -> None:
    plan, chunk = Path("campaigns/worker_plan.json"), Path("sender/worker_chunk.json")
    every = [Sample("Campaigns", plan), Sample("Billing", chunk), Sample("Marketing", chunk)]
    assert before(every, every) == []
    assert before(every, [every[2]]) == [Sample("Campaigns", plan)]
