"""Where the function finds chat."""

import pytest

from assistant.api import _chat_url
from tests.factories import api_event


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"CHAT_URL": "https://chat.test"}, "https://chat.test"),
        (
            {"CHAT_URL": "none", "API_ENDPOINT": "http://127.0.0.1:4566"},
            "http://127.0.0.1:4566/_aws/execute-api/a1b2/v",
        ),
        (
            {"CHAT_URL": "none", "API_ENDPOINT": "none", "AWS_REGION": "sa-east-1"},
            "https://a1b2.execute-api.sa-east-1.amazonaws.com/v",
        ),
    ],
)
def test_chat_is_where_the_settings_say_or_where_the_request_came_through(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], url: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    event = api_event("POST", "/v1/assist")
    event["requestContext"] |= {"apiId": "a1b2", "stage": "v", "domainName": "evil.example"}
    assert _chat_url(event) == url
