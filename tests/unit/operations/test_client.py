"""The REST client: what it sends, and how it tells what the API refused."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from operations.client import Api
from operations.errors import ApiRefused, Trouble


def _api(answer: httpx.Response) -> tuple[Api, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    http = httpx.Client(base_url="http://api.test/v", transport=httpx.MockTransport(respond))
    return Api(http), seen


def test_what_is_not_asked_for_is_left_out_of_the_query() -> None:
    api, seen = _api(httpx.Response(200, json={"items": []}))
    assert api.get("/v1/campaigns", state=None, limit=5) == {"items": []}
    assert str(seen[0].url) == "http://api.test/v/v1/campaigns?limit=5"


class _Repeating(BaseHTTPRequestHandler):
    """Answers with the Authorization that it got."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"got": self.headers.get("Authorization")}).encode())

    def log_message(self, *said: object) -> None: ...


@pytest.mark.parametrize(("token", "got"), [("rcd_a", "Bearer rcd_a"), ("", None)])
def test_customers_routes_are_asked_without_a_token(token: str, got: str | None) -> None:
    with HTTPServer(("127.0.0.1", 0), _Repeating) as server:
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        with Api.at(f"http://127.0.0.1:{server.server_port}", token, local=True) as api:
            assert api.get("/v1/assist") == {"got": got}
        answering.join()


def test_a_refusal_carries_the_message_and_the_field() -> None:
    body = {"error": "Rejected", "message": "no such template", "field": "template_id"}
    api, _ = _api(httpx.Response(422, json=body))
    with pytest.raises(ApiRefused) as raised:
        api.post("/v1/campaigns", {})
    assert raised.value.problem == "no such template (field: template_id)"
    assert (raised.value.status, raised.value.error, raised.value.code) == (422, "Rejected", 2)


def test_a_missing_token_is_told_with_the_command_that_makes_one() -> None:
    api, _ = _api(httpx.Response(401, json={"error": "Unauthenticated", "message": "unknown"}))
    with pytest.raises(ApiRefused) as raised:
        api.get("/v1/customers")
    assert raised.value.remedy.startswith("recado token create")


@pytest.mark.parametrize("body", ["<html>bad gateway</html>", "[1]", ""])
def test_an_answer_that_is_no_problem_document_is_still_told(body: str) -> None:
    api, _ = _api(httpx.Response(502, text=body))
    with pytest.raises(ApiRefused, match="HTTP 502") as raised:
        api.get("/v1/customers")
    assert raised.value.code == 1


def test_an_api_that_does_not_answer_is_trouble_and_no_traceback() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    http = httpx.Client(base_url="http://api.test", transport=httpx.MockTransport(refuse))
    with pytest.raises(Trouble, match=r"http://api\.test does not answer"):
        Api(http).get("/v1/health")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    api, _ = _api(httpx.Response(200))
    with pytest.raises(Trouble, match=r"missing\.csv cannot be read"):
        api.upload("http://storage.test/x", tmp_path / "missing.csv")
