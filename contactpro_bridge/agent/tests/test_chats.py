"""The agent API: who sees what, and what is sent."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from contactpro_bridge.ids import hex32
from contactpro_bridge.store.tables import entries
from contactpro_bridge.tests.stage import (
    ADMIN_TOKEN,
    AGENT_TOKEN,
    ALL_RIGHTS,
    OTHER_TOKEN,
    PHONE,
    Stage,
    inbound,
    soon,
    texts,
)

NOWHERE = "0" * 32
TEMPLATE = {"name": "hello", "language": "en"}
CALLS = [
    ("GET", "me", None),
    ("GET", "chats", "chats"),
    ("POST", "chats", "chats"),
    ("GET", f"chats/{NOWHERE}", "chats"),
    ("POST", f"chats/{NOWHERE}:accept", "chats"),
    ("POST", f"chats/{NOWHERE}:end", "chats"),
    ("GET", f"chats/{NOWHERE}/transcript", "chats"),
    ("POST", f"chats/{NOWHERE}/messages", "chats"),
    ("POST", "attachments?filename=a.txt", "files"),
    ("GET", f"attachments/{NOWHERE}", "files"),
    ("GET", "consents", "consents:view"),
    ("GET", f"consents/{PHONE}", "consents:view"),
    ("PUT", f"consents/{PHONE}", "consents:edit"),
    ("DELETE", f"consents/{PHONE}", "consents:edit"),
    ("GET", "templates", "templates:view"),
    ("GET", "events", "chats"),
]


def agents(rights: list[str], queues: list[str] | None = None) -> list[dict[str, Any]]:
    """Return one agent with some rights."""
    return [{"id": "AGENT1", "name": "Agent One", "token": AGENT_TOKEN, "rights": rights, "queues": queues}]


@pytest.mark.parametrize("right", ALL_RIGHTS)
async def test_every_call_needs_its_right(stage: Stage, right: str) -> None:
    """Without it 403, whatever the call is about; with it alone the call is let in."""
    await stage.configure(agents=agents([name for name in ALL_RIGHTS if name != right]))
    for method, path, needed in CALLS:
        answer = await stage.agent(method, path)
        assert (answer.status == 403) == (needed == right), (method, path)
        assert answer.status != 403 or answer.code == "missing_right"
    await stage.configure(agents=agents([right]))
    for method, path, needed in CALLS:
        assert ((await stage.agent(method, path)).status == 403) == (needed not in {right, None}), (method, path)


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer nobody", f"Basic {AGENT_TOKEN}", f"Bearer {ADMIN_TOKEN}"])
async def test_every_call_needs_a_known_token(stage: Stage, header: str) -> None:
    """Nobody is told anything, the operator's token is no agent's."""
    headers = {"Authorization": header} if header else {}
    for method, path, _ in CALLS:
        answer = await stage.call(method, f"/agent/v1/{path}", **headers)
        assert (answer.status, answer.code) == (401, "unauthenticated"), (method, path)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_that_was_taken_away_is_refused(stage: Stage) -> None:
    """From the moment the settings are replaced."""
    assert (await stage.agent("GET", "me")).status == 200
    await stage.configure(agents=[])
    assert (await stage.agent("GET", "me")).status == 401


@pytest.mark.parametrize("path", ["", ":accept", ":end", "/transcript", "/messages"])
async def test_chats_of_others_do_not_exist(stage: Stage, path: str) -> None:
    """Another queue's chat, another tenant's chat and no chat at all are told the same."""
    chat_id = await stage.open_chat()
    stage.tenant = "other"
    other = {"id": "X", "name": "X", "token": "token-in-another-tenant", "rights": ALL_RIGHTS}
    await stage.configure(agents=[other])
    method, body = ("GET", None) if path in {"", "/transcript"} else ("POST", {"text": "x"})
    answers = [
        await stage.agent(method, f"chats/{chat_id}{path}", body, token=OTHER_TOKEN),
        await stage.agent(method, f"chats/{chat_id}{path}", body, token=other["token"]),  # type: ignore[arg-type]
        await stage.agent(method, f"chats/{NOWHERE}{path}", body, token=OTHER_TOKEN),
    ]
    assert {(answer.status, answer.code) for answer in answers} == {(404, "not_found")}
    assert len({answer.raw for answer in answers}) == 1


@pytest.mark.parametrize("chat_id", ["x", "%00", "..%2f..%2fadmin", NOWHERE.lower() + "0", "%ED%A0%80"])
async def test_what_is_no_id_is_404(stage: Stage, chat_id: str) -> None:
    """It reaches no database."""
    answer = await stage.agent("GET", f"chats/{chat_id}/transcript")
    assert (answer.status, answer.code) == (404, "not_found")


async def test_queues_decide_what_is_listed_before_the_limit_does(stage: Stage) -> None:
    """A full queue of others must not hide one's own chats."""
    await stage.configure(routes=[{"channel": "SMS", "queue": "Other"}])
    await stage.receive("mine", identity="1000")
    for number in range(5):
        await stage.receive("theirs", channel="SMS", identity=f"2{number:05d}")
    assert [chat["identity"] for chat in await stage.chats("?limit=2")] == ["1000"]


async def test_of_many_waiting_chats_the_longest_waiting_are_listed(stage: Stage) -> None:
    """And live ones before ended ones, oldest first."""
    ended = await stage.open_chat("x", identity="9000")
    await stage.agent("POST", f"chats/{ended}:end")
    for number in range(4):
        await stage.advance(1)
        await stage.receive("x", identity=f"100{number}", seconds=number)
    assert [chat["identity"] for chat in await stage.chats("?state=in_queue&limit=2")] == ["1000", "1001"]
    assert [chat["identity"] for chat in await stage.chats("?limit=4")] == ["1000", "1001", "1002", "1003"]
    assert [chat["identity"] for chat in await stage.chats()] == ["9000", "1000", "1001", "1002", "1003"]


@pytest.mark.parametrize("query", ["?state=open", "?limit=0", "?limit=x", "?limit=99999999999999999999"])
async def test_nonsense_in_a_query_is_400(stage: Stage, query: str) -> None:
    """Named, not guessed."""
    answer = await stage.agent("GET", f"chats{query}")
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_a_chat_is_taken_by_one_agent(stage: Stage) -> None:
    """Taking it again changes nothing; another agent is refused, also to write in it or end it."""
    two = [*agents(ALL_RIGHTS), {"id": "AGENT2", "name": "Two", "token": OTHER_TOKEN, "rights": ALL_RIGHTS}]
    await stage.configure(agents=two)
    await stage.receive()
    chat_id = (await stage.chat())["id"]
    assert (await stage.say(chat_id, "x")).code == "chat_not_accepted"
    assert (await stage.agent("POST", f"chats/{chat_id}:accept")).status == 200
    assert (await stage.agent("POST", f"chats/{chat_id}:accept")).status == 200
    refused = await stage.agent("POST", f"chats/{chat_id}:accept", token=OTHER_TOKEN)
    assert (refused.status, refused.code) == (409, "chat_not_in_queue")
    for path, body in (("/messages", {"text": "x"}), (":end", None)):
        answer = await stage.agent("POST", f"chats/{chat_id}{path}", body, token=OTHER_TOKEN)
        assert (answer.status, answer.code) == (403, "not_your_chat")
    assert stage.api.sent == []


async def test_an_ended_chat_is_over(stage: Stage) -> None:
    """Ending it again changes nothing; writing is refused with the reason."""
    chat_id = await stage.open_chat()
    for _ in range(2):
        assert (await stage.agent("POST", f"chats/{chat_id}:end")).body["state"] == "handled"
    assert (await stage.say(chat_id, "x")).code == "chat_ended"
    assert [entry["kind"] for entry in await stage.transcript(chat_id)] == ["text", "system"]


async def test_the_same_client_id_is_the_same_message(stage: Stage) -> None:
    """However often, and however concurrently, it is sent."""
    chat_id = await stage.open_chat()
    body = {"text": "once", "client_id": "c-1"}
    answers = await asyncio.gather(*(stage.say(chat_id, body) for _ in range(5)), stage.say(chat_id, "other"))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["entry"]["id"] for answer in answers[:5]}) == 1
    assert sorted(stage.api.texts()) == ["once", "other"]


async def test_a_closed_window_refuses_at_once_with_the_reason(stage: Stage) -> None:
    """Exactly 24 hours after the customer's last message; a template goes through."""
    chat_id = await stage.open_chat()
    await stage.advance(86_399)
    assert (await stage.say(chat_id, "in time")).status == 201
    await stage.advance(1)
    refused = await stage.say(chat_id, "late")
    assert (refused.status, refused.code) == (409, "whatsapp_window_closed")
    assert (await stage.agent("GET", f"chats/{chat_id}")).body["window"] == {
        "state": "template_only",
        "expires_at": None,
    }
    assert (await stage.say(chat_id, {"template": TEMPLATE})).status == 201
    assert len(stage.api.sent) == 2
    assert texts(await stage.transcript(chat_id), "out") == ["in time", None]


async def test_the_window_can_be_left_to_meta(stage: Stage) -> None:
    """Enforcement can be switched off; the state is still told."""
    await stage.configure(chat_settings={"enforce_whatsapp_window": False})
    chat_id = await stage.open_chat()
    await stage.advance(86_400)
    assert (await stage.say(chat_id, "late")).status == 201


async def test_an_opt_in_opens_templates_when_managed_here(stage: Stage) -> None:
    """Without one the customer is unreachable."""
    await stage.configure(chat_settings={"manage_whatsapp_opt_ins": True})
    chat_id = await stage.open_chat()
    await stage.advance(86_400)
    assert (await stage.say(chat_id, {"template": TEMPLATE})).code == "whatsapp_not_opted_in"
    assert (await stage.agent("PUT", f"consents/%2B{PHONE}", {"consent": True})).status == 200
    assert (await stage.say(chat_id, {"template": TEMPLATE})).status == 201


async def test_templates_and_files_need_their_rights_also_in_messages(stage: Stage) -> None:
    """The right to chats does not give them."""
    await stage.configure(agents=agents(["chats"]))
    chat_id = await stage.open_chat()
    for body in ({"template": TEMPLATE}, {"attachment_id": NOWHERE}):
        answer = await stage.say(chat_id, body)
        assert (answer.status, answer.code) == (403, "missing_right")


async def test_a_transcript_tells_what_changed_since_a_revision(stage: Stage) -> None:
    """Changed entries come again, with their new revision."""
    chat_id = await stage.open_chat("1")
    first = (await stage.agent("GET", f"chats/{chat_id}/transcript")).body
    assert texts(first["entries"]) == ["1"]
    await stage.say(chat_id, "2")
    second = (await stage.agent("GET", f"chats/{chat_id}/transcript?after={first['next']}")).body
    assert texts(second["entries"], "out") == ["2"]
    nothing = (await stage.agent("GET", f"chats/{chat_id}/transcript?after={second['next']}")).body
    assert nothing == {"entries": [], "next": second["next"]}


async def test_a_long_poll_returns_as_soon_as_there_is_something(stage: Stage) -> None:
    """Long before its time is over."""
    chat_id = await stage.open_chat("1")
    after = (await stage.agent("GET", f"chats/{chat_id}/transcript")).body["next"]
    assert stage.bridge is not None
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(stage.agent("GET", f"chats/{chat_id}/transcript?after={after}&wait=30"))
        while not stage.bridge.hub._waiting:
            await stage.call("GET", "/health")
        await stage.receive("2", seconds=1)
        assert texts((await soon(poll)).body["entries"]) == ["2"]


@pytest.mark.parametrize("path", ["agent/v1/me", "agent/v1/events", "admin/v1/tenants"])
async def test_a_token_that_is_no_text_is_nobodys(stage: Stage, path: str) -> None:
    """A header may hold any bytes; no client library sends them."""
    host, port = stage.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: x\r\n".encode() + b"Authorization: Bearer \xff\xfe\r\n\r\n")
    assert (await soon(reader.readline())).split()[1] == b"401"
    writer.close()


async def test_a_long_poll_of_an_agent_who_loses_the_right_brings_nothing(stage: Stage) -> None:
    """Rights are asked for again when there is something to tell."""
    chat_id = await stage.open_chat("1")
    assert stage.bridge is not None
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(stage.agent("GET", f"chats/{chat_id}/transcript?after=99&wait=30"))
        while not stage.bridge.hub._waiting:
            await stage.call("GET", "/health")
        await stage.configure(agents=agents(["files"]))
        await stage.receive("2", seconds=1)
        assert (await soon(poll)).status == 403


async def test_a_long_poll_ends_with_the_bridge(stage: Stage) -> None:
    """Shutting down does not wait for it."""
    chat_id = await stage.open_chat("1")
    assert stage.bridge is not None
    async with asyncio.TaskGroup() as group:
        poll = group.create_task(stage.agent("GET", f"chats/{chat_id}/transcript?after=99&wait=30"))
        while not stage.bridge.hub._waiting:
            await stage.call("GET", "/health")
        stage.bridge.hub.close()
        assert (await soon(poll)).body["entries"] == []


async def test_an_agent_begins_a_chat_on_sms(stage: Stage) -> None:
    """Addressed by number; a second one with the same customer is refused."""
    answer = await stage.agent("POST", "chats", {"channel": "sms", "to": "+358 40 999"})
    assert (answer.status, answer.body["state"], answer.body["agent_id"]) == (201, "in_process", "AGENT1")
    await stage.say(answer.body["id"], "Hello")
    identities = [{"channel": "SMS", "identity": "35840999"}]
    assert stage.api.sent[0]["recipient"] == {"identified_by": {"channel_identities": identities}}
    again = await stage.agent("POST", "chats", {"channel": "SMS", "to": "0035840999"})
    assert (again.status, again.code) == (409, "chat_exists")


async def test_a_whatsapp_chat_begins_with_a_template(stage: Stage) -> None:
    """The customer has not written."""
    chat_id = (await stage.agent("POST", "chats", {"channel": "WHATSAPP", "to": PHONE})).body["id"]
    assert (await stage.say(chat_id, "Hello")).code == "whatsapp_window_closed"
    assert (await stage.say(chat_id, {"template": TEMPLATE})).status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_request"),
        ({"channel": "MESSENGER", "to": "123456"}, "customer_must_write_first"),
        ({"channel": "SMS", "to": "Bob"}, "bad_number"),
        ({"channel": "SMS", "to": "123456", "service": "none"}, "unknown_service"),
        ({"channel": "SMS", "to": "123456", "app_id": "a\0"}, "unknown_app"),
        ({"channel": "SMS", "to": "123456", "colour": "red"}, "bad_request"),
    ],
)
async def test_a_chat_that_cannot_begin_is_refused(stage: Stage, body: dict[str, Any], code: str) -> None:
    """With the reason."""
    answer = await stage.agent("POST", "chats", body)
    assert answer.status in {400, 422}
    assert answer.code == code


@pytest.mark.parametrize(
    ("data", "mime", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 400, "bad_request"),
        (b"text=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"text":"' + b"x" * 300_000 + b'"}', "application/json", 413, "too_large"),
    ],
)
async def test_bad_bodies_are_refused_in_the_one_form(
    stage: Stage, data: bytes, mime: str, status: int, code: str
) -> None:
    """Code, message and hint."""
    chat_id = await stage.open_chat()
    headers = {"Content-Type": mime}
    answer = await stage.call("POST", f"/agent/v1/chats/{chat_id}/messages", data=data, token=AGENT_TOKEN, **headers)
    assert (answer.status, answer.code) == (status, code)
    assert set(answer.body["error"]) == {"code", "message", "hint"}


async def test_send_locks_do_not_stay(stage: Stage) -> None:
    """Memory does not grow with chats, nor with ids that are guessed."""
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "x")
    for _ in range(3):
        await stage.say(hex32(), "x")
    assert stage.bridge is not None
    tenant = stage.bridge.tenants.get("main")
    assert tenant is not None
    assert len(tenant.send_locks) == 0


async def test_a_chat_survives_a_restart(stage: Stage) -> None:
    """Chats, transcripts, clock and settings are in the store."""
    chat_id = await stage.open_chat("before")
    await stage.stop_bridge()
    await stage.start_bridge()
    assert texts(await stage.transcript(chat_id)) == ["before"]
    await stage.webhook(inbound("after", seconds=1))
    assert texts(await stage.transcript(chat_id)) == ["before", "after"]
    assert (await stage.say(chat_id, "x")).status == 201


async def test_receipts_can_be_hidden(stage: Stage) -> None:
    """Then only what an agent must know is shown."""
    await stage.configure(chat_settings={"show_receipts": False})
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "x")
    await stage.db.write(
        lambda tx: tx.conn.execute(sa.update(entries).where(entries.c.direction == "out").values(delivery="read"))
    )
    assert (await stage.transcript(chat_id))[-1]["delivery"]["state"] == "sent"
