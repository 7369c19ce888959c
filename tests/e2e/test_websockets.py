"""Chat and desk over WebSocket, in a world whose API Gateway has one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from recado.auth import Role
from tests.e2e.conftest import DeployedWorld

WAIT_S = 20


class Client:
    """One connection: what was heard is kept until somebody looks for it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, frame: Any) -> None:
        """Send a frame, or a text as it is."""
        await self._socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def hear(self, **wanted: Any) -> dict[str, Any]:
        """The next frame with these values; those before it are passed over."""
        while True:
            message = await self._socket.receive(timeout=WAIT_S)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame: dict[str, Any] = json.loads(message.data)
            if wanted.items() <= frame.items():
                return frame


def socket_url(world: DeployedWorld, service: str) -> str:
    """Where a service speaks WebSocket; skips where nobody does."""
    api_id = world.outputs.get(f"{service}SocketId")
    if api_id is None:
        pytest.skip("this world's API Gateway has no WebSockets")
    if not world.world.local:
        return world.outputs[f"{service}SocketUrl"]
    return f"{world.local.endpoint}/_aws/execute-api/{api_id}/v"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """A connection."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        yield Client(socket)


def begun(world: DeployedWorld) -> dict[str, Any]:
    """A new conversation."""
    answer = world.http.post("/v1/chat/conversations", json={"language": "en"}, headers={})
    assert answer.status_code == 201, answer.text
    conversation: dict[str, Any] = answer.json()
    return conversation


def test_a_customer_talks_to_the_bot_and_every_connection_hears_it(world: DeployedWorld) -> None:
    url, conversation = socket_url(world, "Chat"), begun(world)
    opening = {"action": "open", "conversation": conversation["id"], "key": conversation["key"]}

    async def talk() -> None:
        async with connected(url) as telephone, connected(url) as tab:
            await telephone.send({"action": "say", "client_message_id": "m-0", "text": "early"})
            assert (await telephone.hear(type="refused"))["error"] == "Unauthenticated"
            await telephone.send("not json")
            assert (await telephone.hear(type="refused"))["error"] == "Rejected"
            await telephone.send("x" * 40_000)
            assert "at most 32768" in (await telephone.hear(type="refused"))["message"]
            await telephone.send(opening | {"key": "another"})
            assert (await telephone.hear(type="refused"))["error"] == "NotFound"

            for client in (telephone, tab):
                await client.send(opening)
                assert (await client.hear(type="lines"))["owner"] == "bot"
            say = {"action": "say", "client_message_id": "m-1", "text": "I need a copy of my bill"}
            await telephone.send(say)
            heard = (await tab.hear(type="lines"))["lines"]
            assert heard[0]["text"] == say["text"]
            while heard[-1]["speaker"] == "customer":
                heard += (await tab.hear(type="lines"))["lines"]
            assert heard[-1]["speaker"] == "bot"
            stored = await telephone.hear(type="stored")
            assert stored["client_message_id"] == "m-1"

            await telephone.send(say)
            assert await telephone.hear(type="stored") == stored
            await telephone.send(opening | {"after": stored["sequence"]})
            missed = await telephone.hear(type="lines")
            assert [each["sequence"] for each in missed["lines"]] == [
                each["sequence"] for each in heard[1:]
            ]
            await telephone.send({"action": "end"})
            assert (await telephone.hear(type="lines", over=True))["lines"] == []

    asyncio.run(talk())


def test_only_attendants_open_a_line_to_the_desk(world: DeployedWorld) -> None:
    url = socket_url(world, "Desk")
    tokens = {role: world.token(role) for role in (Role.VIEWER, Role.ATTENDANT)}

    async def knock() -> None:
        async with connected(url) as client:
            await client.send({"action": "heartbeat"})
            assert (await client.hear(type="refused"))["error"] == "Unauthenticated"
            for token in tokens.values():  # the second is an attendant's role, but nobody's yet
                await client.send({"action": "open", "token": token})
                assert (await client.hear(type="refused"))["error"] == "Forbidden"
            await client.send({"action": "open", "token": "rcd_guessed"})
            assert (await client.hear(type="refused"))["error"] == "Unauthenticated"

    asyncio.run(knock())


def staffed(world: DeployedWorld) -> str:
    """A server with Ana on it, signed in, who knows every kind; returns her token."""
    token = world.token(Role.ATTENDANT)
    ana = {
        "name": "Ana",
        "server_id": "north",
        "skills": ["technical", "sales"],
        "capacity": 5,
        "token_id": token.split("_")[1],
    }
    for path, body in (
        ("kinds/technical", {}),
        ("kinds/sales", {}),
        ("servers/north", {"capacity": 10}),
        ("attendants/ana", ana),
    ):
        answer = world.http.put(f"/v1/desk/{path}", json=body)
        assert answer.status_code == 200, answer.text
    own = {"Authorization": f"Bearer {token}"}
    assert world.http.post("/v1/desk/sign-in", headers=own).status_code == 200
    return token


def test_a_customer_and_an_attendant_talk_without_asking_again(world: DeployedWorld) -> None:
    chat_url, desk_url = socket_url(world, "Chat"), socket_url(world, "Desk")
    conversation, token = begun(world), staffed(world)

    async def talk() -> None:
        async with connected(chat_url) as customer, connected(desk_url) as ana:
            await ana.send({"action": "open", "token": token})
            assert (await ana.hear(type="opened"))["attendant_id"] == "ana"
            await ana.send({"action": "heartbeat"})
            assert (await ana.hear(type="alive"))["lease_until"]
            await customer.send(
                {"action": "open", "conversation": conversation["id"], "key": conversation["key"]}
            )
            await customer.hear(type="lines")
            await customer.send(
                {"action": "say", "client_message_id": "m-1", "text": "talk to a person"}
            )
            ticket = await ana.hear(type="assigned")
            await customer.hear(type="lines", owner="human")
            reply = {
                "action": "reply",
                "ticket_id": ticket["ticket_id"],
                "token": ticket["token"],
                "message_id": "r-1",
                "text": "Ana here, how can I help?",
            }
            await ana.send(reply | {"token": ticket["token"] + 1})
            assert (await ana.hear(type="refused"))["error"] == "Conflict"
            await ana.send(reply)
            assert (await ana.hear(type="stored"))["client_message_id"] == "r-1"
            while True:
                heard = await customer.hear(type="lines", owner="human")
                if any(each["text"] == reply["text"] for each in heard["lines"]):
                    break
            await customer.send(
                {"action": "say", "client_message_id": "m-2", "text": "my router is red"}
            )
            wrote = await ana.hear(type="customer_wrote")
            assert wrote["ticket_id"] == ticket["ticket_id"]

    asyncio.run(talk())
