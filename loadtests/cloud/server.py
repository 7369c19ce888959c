"""`python -m loadtests.cloud.server --port 4600`: the double as a server that boto3 can call.

Both services speak AWS JSON 1.0 over POST with the operation in `X-Amz-Target`. Each call waits
`--latency-ms` first, as calls to DynamoDB and SQS in the same region do.
"""

import asyncio
import json
import signal
import time
from typing import Annotated, Any

import typer
from aiohttp import web

from loadtests.cloud.queues import Queues
from loadtests.cloud.tables import Refused, Tables

LATENCY_MS = 4.0
"""What a call to DynamoDB or SQS takes within a region: a few milliseconds, says AWS."""
_JSON = "application/x-amz-json-1.0"


def application(latency_ms: float, visibility_s: float) -> web.Application:
    """The double behind one route; GET tells what waits on the queues."""
    tables, queues = Tables(), Queues(lambda: time.time_ns() // 1_000_000, int(visibility_s * 1000))

    async def handle(request: web.Request) -> web.Response:
        service, _, operation = request.headers["X-Amz-Target"].partition(".")
        body = json.loads(await request.read())
        if latency_ms:
            await asyncio.sleep(latency_ms / 1000)
        double = tables if service.startswith("DynamoDB") else queues
        try:
            return _reply(200, double.call(operation, body))
        except Refused as refused:
            kind = f"com.amazonaws.dynamodb.v20120810#{refused.code}"
            return _reply(400, {"__type": kind, "message": refused.code} | refused.body)

    async def waiting(_: web.Request) -> web.Response:
        return _reply(200, queues.waiting())

    served = web.Application(client_max_size=2**24)
    served.add_routes([web.post("/{path:.*}", handle), web.get("/", waiting)])
    return served


def _reply(status: int, body: Any) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(body).encode(), headers={"Content-Type": _JSON}
    )


def main(
    port: Annotated[int, typer.Option()],
    latency_ms: Annotated[float, typer.Option(help="How long every call takes.")] = LATENCY_MS,
    visibility_s: Annotated[float, typer.Option(help="When a message comes again.")] = 120.0,
) -> None:
    """Serve until terminated."""

    async def serve() -> None:
        runner = web.AppRunner(application(latency_ms, visibility_s), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        over = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
        await over.wait()
        await runner.cleanup()

    asyncio.run(serve())


if __name__ == "__main__":
    typer.run(main)
