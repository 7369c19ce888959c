"""Reports by e-mail, once for each period and address."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from central import collaborators, schedule
from recado import auth, settings
from recado.errors import Retryable
from recado.letters import Letters
from tests.factories import AT, context
from tests.integration.central.conftest import Api, token
from tests.integration.monitoring.conftest import Monitored
from tests.unit.monitoring.facts import chat, ticket


class Post:
    """SES, as far as letters need it; `away` refuses everything for now."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.away = False

    def send_email(self, **request: Any) -> None:
        if self.away:
            refusal: Any = {"Error": {"Code": "TooManyRequestsException"}}
            raise ClientError(refusal, "SendEmail")
        self.sent.append(request)


@pytest.fixture
def post(monitored: Monitored, monkeypatch: pytest.MonkeyPatch) -> Post:
    """What leaves; the setting asks for a report of each day, to two people."""
    made: Any = Post()
    monkeypatch.setattr(
        Letters, "from_env", lambda: Letters(made, settings.text("FROM_ADDRESS"), "recado")
    )
    asked = {"every": "day", "to": ["ana@example.com", "rui@example.com"]}
    Api(token(auth.Role.ADMIN)).ok("PUT", "/v1/reports/mailing", asked)
    post: Post = made
    return post


def test_a_report_goes_once_to_each_address(monitored: Monitored, post: Post) -> None:
    yesterday = AT - timedelta(days=1)
    for event in (chat(1, yesterday, ("<b>",)), ticket(1, yesterday)):
        monitored.hear(json.loads(monitored.happen(event, yesterday)))
    assert schedule.handler({}, context()) == {"sent": 2}
    assert schedule.handler({}, context()) == {"sent": 0}
    to = [mail["Destination"]["ToAddresses"][0] for mail in post.sent]
    assert to == ["ana@example.com", "rui@example.com"]
    content = post.sent[0]["Content"]["Simple"]
    assert content["Subject"]["Data"] == "Relatório de 14/10/2026 a 14/10/2026"
    assert "Conversas: 1 (-)" in content["Body"]["Text"]["Data"]
    html = content["Body"]["Html"]["Data"]
    assert "&lt;b&gt;" in html
    assert not any(each in html for each in ("<b>", "<script", "<svg", "<img", "http"))


def test_what_ses_did_not_take_is_sent_the_next_time(monitored: Monitored, post: Post) -> None:
    post.away = True
    with pytest.raises(Retryable, match="2 of 2"):
        schedule.handler({}, context())
    post.away = False
    assert schedule.handler({}, context()) == {"sent": 2}
    assert len(post.sent) == 2


def test_an_address_that_was_not_there_before_gets_the_report_too(
    monitored: Monitored, post: Post
) -> None:
    assert schedule.handler({}, context()) == {"sent": 2}
    now = collaborators.mailing().get()
    collaborators.mailing().put(now.model_copy(update={"to": (*now.to, "eva@example.com")}))
    assert schedule.handler({}, context()) == {"sent": 1}
