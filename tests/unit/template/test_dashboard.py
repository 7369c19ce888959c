"""The dashboard shows what there is: every metric is written, every queue and function exists."""

import json
import re
from pathlib import Path
from typing import Any

from tests.unit.template.templates import functions, passed_to, resources

FUNCTIONS = Path(__file__).parents[3] / "functions"
_METRIC = re.compile(r'add_metric\(\s*name=f?"([^"{]+)')


def metrics() -> list[list[Any]]:
    """Everything the dashboard draws."""
    (dashboard,) = resources("infra/observability.yaml", "AWS::CloudWatch::Dashboard").values()
    body = dashboard["DashboardBody"]
    text = body["Fn::Sub"] if isinstance(body, dict) else str(getattr(body, "value", body))
    found = [
        metric for each in json.loads(text)["widgets"] for metric in each["properties"]["metrics"]
    ]
    assert found
    return found


def written_by(service: str) -> set[str]:
    """The metrics a service's code writes; of a name that is completed the beginning."""
    return {
        name
        for file in (FUNCTIONS / service).rglob("*.py")
        for name in _METRIC.findall(file.read_text(encoding="utf-8"))
    }


def test_every_metric_of_ours_is_written_by_the_service_it_is_drawn_for() -> None:
    ours = [metric for metric in metrics() if metric[0] == "Recado"]
    assert ours
    for _, name, dimension, service, *_ in ours:
        assert dimension == "service"
        assert any(name.startswith(each) for each in written_by(service)), (service, name)


def test_every_queue_is_drawn_with_its_age_and_its_dead_letters() -> None:
    drawn = {metric[3].strip("${}") for metric in metrics() if metric[0] == "AWS/SQS"}
    assert drawn == set(resources("infra/messaging.yaml", "AWS::SQS::Queue"))
    assert drawn <= set(passed_to("Observability"))


def test_every_function_that_is_drawn_exists() -> None:
    drawn = {metric[3] for metric in metrics() if metric[0] == "AWS/Lambda"}
    assert drawn <= {f"${{Suite}}-{name}" for name in functions()}
    always = {name for name in functions() if not name.endswith("Websocket")}
    assert drawn == {f"${{Suite}}-{name}" for name in always}
