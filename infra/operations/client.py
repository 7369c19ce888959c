"""The REST API as the command line speaks to it: JSON over HTTP with a bearer token."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from operations.errors import ApiRefused, Trouble

Document = dict[str, Any]

_REMEDIES = {
    httpx.codes.UNAUTHORIZED: "recado token create --role admin --label you --save",
    httpx.codes.FORBIDDEN: "use a token that may do this: RECADO_TOKEN=rcd_… recado …",
    httpx.codes.SERVICE_UNAVAILABLE: "try again in a moment; see: recado status",
}
_TIMEOUT_S = 60.0


class Api:
    """One deployed API, seen with one token."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    @classmethod
    def at(cls, url: str, token: str, *, local: bool) -> "Api":
        """The API at `url`; a `local` one is reached without any proxy, and customers' routes
        without a token."""
        return cls(
            httpx.Client(
                base_url=url,
                headers={"Authorization": f"Bearer {token}"} if token else {},
                timeout=_TIMEOUT_S,
                trust_env=not local,
                transport=httpx.HTTPTransport(retries=2) if local else None,
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    @property
    def url(self) -> str:
        """Where the API is."""
        return str(self._http.base_url).rstrip("/")

    def get(self, path: str, **query: str | int | None) -> Document:
        """Read a resource; `None` in the query is left out.

        Raises:
            ApiRefused: the API said no, and why.
            Trouble: it did not answer.
        """
        present = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path, params=present)

    def post(self, path: str, body: Document | None = None) -> Document:
        """Create something, or order something; raises as `get` does."""
        return self._ask("POST", path, json=body or {})

    def put(self, path: str, body: Document) -> Document:
        """Replace a resource; raises as `get` does."""
        return self._ask("PUT", path, json=body)

    def upload(self, url: str, file: Path) -> None:
        """Send a file to the signed address the API gave for it, without reading it into memory.

        Raises:
            Trouble: the file cannot be read, or the storage refused it.
        """
        try:
            with file.open("rb") as content:
                headers = {"Content-Length": str(file.stat().st_size)}
                answer = httpx.put(
                    url,
                    content=content,
                    headers=headers,
                    timeout=_TIMEOUT_S,
                    trust_env=self._http.trust_env,
                )
        except OSError as error:
            raise Trouble(f"{file} cannot be read: {error.strerror}", code=2) from error
        except httpx.TransportError as error:
            raise Trouble(f"the upload was cut off: {error}", "try again") from error
        if answer.is_error:
            raise Trouble(f"the storage refused the file: HTTP {answer.status_code} {answer.text}")

    def _ask(self, method: str, path: str, **request: Any) -> Document:
        try:
            answer = self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise Trouble(
                f"the API at {self.url} does not answer: {error}", "recado status"
            ) from error
        if answer.is_error:
            raise _refusal(answer)
        document: Document = answer.json() if answer.content else {}
        return document


def _refusal(answer: httpx.Response) -> ApiRefused:
    try:
        body = answer.json()
    except json.JSONDecodeError:
        body = {}
    problem = body if isinstance(body, dict) else {}
    return ApiRefused(
        status=answer.status_code,
        error=str(problem.get("error", "")),
        message=str(problem.get("message") or f"HTTP {answer.status_code}: {answer.text[:300]}"),
        field=str(problem.get("field", "")),
        remedy=_REMEDIES.get(httpx.codes(answer.status_code), ""),
    )
