"""Both drivers against a stub: what they send, what they make of answers, whose fault a mistake is."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import aiohttp
import pytest

from harness.drivers.contract import (
    AgentName,
    AgentSetup,
    AttachmentId,
    ChatId,
    ChatSettings,
    Consent,
    Direction,
    Feature,
    FileMessage,
    LocationMessage,
    Message,
    Position,
    QuickRepliesMessage,
    Refused,
    Right,
    Setup,
    SinchService,
    TemplateMessage,
    TemplateSetup,
    TenantId,
    TextMessage,
)
from harness.drivers.http import SCHEMA_FILE, HttpDriver, message_body, mistakes
from harness.drivers.reference import ReferenceDriver, agent_token, tenant_body
from harness.loop import LoopThread
from harness.outcomes import ConfigurationProblem, LabDefect, Outcome, Untested
from harness.tests.conftest import StubServer

T, AGENT, CHAT = TenantId("t1"), AgentName("Agent"), ChatId("c1")
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
SETUP = Setup(
    tenant=T,
    service=SinchService("s", "http://x/v1/projects/p/messages:send", "http://x/token", "k", "ks", "a", "ws"),
    channels={"sms": "SMS", "whatsapp": "WHATSAPP"},
    agents=(AgentSetup(AGENT), AgentSetup(AgentName("Other"), frozenset({Right.CHATS}))),
    settings=ChatSettings(retention_seconds=60),
    templates=(TemplateSetup("order", "en", "Order {{1}} is {{2}}."),),
)
CHAT_ROW = {
    "id": "c1",
    "state": "in_queue",
    "channel": "SMS",
    "identity": "49",
    "customer_name": "Ada",
    "attached_data": {"a": "1"},
}
ENTRY_ROW = {"id": "e1", "direction": "out", "kind": "text", "text": "hi"}
DESK = "/driver/v1/tenants/t1/agents/Agent"
MESSAGES: list[tuple[Message, dict[str, Any], dict[str, Any]]] = [
    (TextMessage("hi"), {"kind": "text", "text": "hi"}, {"text": "hi"}),
    (
        TemplateMessage("n", "en", {"body[1]text": "x"}),
        {"kind": "template", "name": "n", "language": "en", "parameters": {"body[1]text": "x"}},
        {"template": {"name": "n", "language": "en", "parameters": {"body[1]text": "x"}}},
    ),
    (
        QuickRepliesMessage("q", ("a", "b")),
        {"kind": "quick_replies", "text": "q", "choices": ["a", "b"]},
        {"quick_replies": {"text": "q", "choices": ["a", "b"]}},
    ),
    (
        LocationMessage(Position(1.5, 2.5, "here")),
        {"kind": "location", "position": {"latitude": 1.5, "longitude": 2.5, "title": "here"}},
        {"location": {"latitude": 1.5, "longitude": 2.5, "title": "here"}},
    ),
]


@pytest.fixture
def http(stub: StubServer, session: aiohttp.ClientSession) -> HttpDriver:
    """The protocol's driver, with a token."""
    return HttpDriver(session, stub.url, "secret")


@pytest.fixture
def reference(stub: StubServer, session: aiohttp.ClientSession) -> ReferenceDriver:
    """The reference bridge's driver."""
    return ReferenceDriver(session, stub.url, "admin")


# --- over HTTP


def test_a_driver_server_describes_itself(stub: StubServer, http: HttpDriver, loop_thread: LoopThread) -> None:
    """Its token is shown with every call."""
    stub.answer(
        "GET",
        "/driver/v1/description",
        {"name": "b", "version": "1", "channels": ["sms"], "features": ["files-in"], "clock": False},
    )
    said = loop_thread.run(http.describe())
    assert (said.channels, said.features, said.clock) == (frozenset({"sms"}), frozenset({"files-in"}), False)
    assert stub.asked[0].headers["Authorization"] == "Bearer secret"


def test_the_setup_fits_its_own_schema(stub: StubServer, http: HttpDriver, loop_thread: LoopThread) -> None:
    """Rights are sorted, what is left open is null."""
    stub.answer("PUT", "/driver/v1/tenants/t1", {"webhook_url": "http://b/hook"})
    assert loop_thread.run(http.configure(SETUP)).webhook_url == "http://b/hook"
    sent = stub.asked[0].body
    assert mistakes("setup", sent) == []
    assert sent["agents"][1] == {"name": "Other", "rights": ["chats"]}
    assert sent["settings"]["retention_seconds"] == 60


@pytest.mark.parametrize(("message", "body", "_reference"), MESSAGES)
def test_every_message_has_its_form_in_the_protocol(
    stub: StubServer,
    http: HttpDriver,
    loop_thread: LoopThread,
    message: Message,
    body: dict[str, Any],
    _reference: object,
) -> None:
    """And the form fits the schema."""
    stub.answer("POST", f"{DESK}/chats/c1/messages", ENTRY_ROW)
    assert loop_thread.run(http.send(T, AGENT, CHAT, message)).direction is Direction.TO_CUSTOMER
    assert stub.asked[0].body == body
    assert mistakes("message", body) == []


def test_a_file_travels_as_base64() -> None:
    """Its bytes, its name and its type."""
    body = message_body(FileMessage("a.txt", "text/plain", b"\x00\xff", "look"))
    assert base64.b64decode(body["content_base64"]) == b"\x00\xff"
    assert (body["name"], body["mime"], body["caption"]) == ("a.txt", "text/plain", "look")
    assert mistakes("message", body) == []


def test_an_answer_out_of_shape_is_told_to_the_drivers_author(
    stub: StubServer, http: HttpDriver, loop_thread: LoopThread
) -> None:
    """A configuration problem, with the path and the page to compare with."""
    stub.answer("GET", f"{DESK}/chats", {"chats": [CHAT_ROW | {"state": 7}]})
    with pytest.raises(ConfigurationProblem, match=r"is not a chats: \$\.chats\[0\]\.state.*PROTOCOL\.md"):
        loop_thread.run(http.chats(T, AGENT))


def test_a_request_out_of_shape_is_our_own_defect(stub: StubServer, http: HttpDriver, loop_thread: LoopThread) -> None:
    """It is not sent at all."""
    with pytest.raises(LabDefect, match="breaks the protocol"):
        loop_thread.run(http.send(T, AGENT, CHAT, TextMessage(7)))  # type: ignore[arg-type] # wrong on purpose
    assert stub.asked == []


def test_what_is_not_implemented_is_untested(stub: StubServer, http: HttpDriver, loop_thread: LoopThread) -> None:
    """501 is an honest answer."""
    stub.answer("GET", f"{DESK}/consents", {}, 501)
    with pytest.raises(Untested, match="does not implement"):
        loop_thread.run(http.consents(T, AGENT))


def test_a_refusal_carries_code_and_sentence(stub: StubServer, http: HttpDriver, loop_thread: LoopThread) -> None:
    """It is a result that scenarios look at, and a failure when nobody does."""
    refusal = {"error": {"code": "window_closed", "message": "Too late.", "hint": "Use a template."}}
    stub.answer("POST", f"{DESK}/chats/c1/messages", refusal, 409)
    with pytest.raises(Refused) as refused:
        loop_thread.run(http.send(T, AGENT, CHAT, TextMessage("x")))
    assert (refused.value.status, refused.value.code, refused.value.message) == (409, "window_closed", "Too late.")
    assert refused.value.outcome is Outcome.FAIL


def test_every_other_call_goes_where_the_protocol_says(
    stub: StubServer, http: HttpDriver, loop_thread: LoopThread
) -> None:
    """Method, path and body of each."""
    stub.answer("GET", f"{DESK}/chats", {"chats": [CHAT_ROW]})
    stub.answer("GET", f"{DESK}/chats/c1/transcript", {"entries": [ENTRY_ROW]})
    stub.answer("GET", f"{DESK}/attachments/f1", b"\x00bytes")
    stub.answer("GET", f"{DESK}/consents", {"consents": [{"identity": "49", "value": True}]})
    stub.answer("POST", "/driver/v1/tenants/t1/settle", {"settled": False, "waiting": ["a job"]})
    for method, path in (
        ("POST", f"{DESK}/chats/c1/accept"),
        ("POST", f"{DESK}/chats/c1/end"),
        ("PUT", f"{DESK}/consents"),
        ("PUT", "/driver/v1/tenants/t1/clock"),
        ("POST", "/driver/v1/tenants/t1/clock/advance"),
        ("DELETE", "/driver/v1/tenants/t1"),
    ):
        stub.answer(method, path)

    async def everything() -> None:
        assert (await http.chats(T, AGENT))[0].attached_data == {"a": "1"}
        assert (await http.transcript(T, AGENT, CHAT))[0].text == "hi"
        assert await http.attachment(T, AGENT, AttachmentId("f1")) == b"\x00bytes"
        assert await http.consents(T, AGENT) == (Consent("49", value=True),)
        rest = await http.settle(T, 2.0)
        assert (rest.settled, rest.waiting) == (False, ("a job",))
        await http.accept(T, AGENT, CHAT)
        await http.end_chat(T, AGENT, CHAT)
        await http.set_consent(T, AGENT, Consent("49", value=False))
        await http.set_clock(T, NOW)
        await http.advance_clock(T, NOW)
        await http.clean_up(T)

    loop_thread.run(everything())
    sent = {(one.method, one.path): one.body for one in stub.asked}
    assert sent["PUT", f"{DESK}/consents"] == {"identity": "49", "value": False}
    assert sent["PUT", "/driver/v1/tenants/t1/clock"] == {"now": "2026-03-02T09:00:00.000Z"}
    assert sent["POST", "/driver/v1/tenants/t1/clock/advance"] == {"to": "2026-03-02T09:00:00.000Z"}
    assert sent["POST", "/driver/v1/tenants/t1/settle"] == {"timeout_seconds": 2.0}
    assert len(sent) == 11


def test_nobody_there_is_a_configuration_problem(session: aiohttp.ClientSession, loop_thread: LoopThread) -> None:
    """Whoever runs the suite starts the bridge, or corrects the URL."""
    with pytest.raises(ConfigurationProblem, match=r"does not answer GET .*correct `url` in subject\.toml"):
        loop_thread.run(HttpDriver(session, "http://127.0.0.1:1").describe())


@pytest.mark.parametrize(("status", "error"), [(200, ConfigurationProblem), (502, Refused)])
def test_an_answer_that_is_not_json_is_quoted(
    stub: StubServer, http: HttpDriver, loop_thread: LoopThread, status: int, error: type[Exception]
) -> None:
    """A proxy's page in place of JSON is told as what it is."""
    stub.answer("GET", "/driver/v1/description", b"<html>", status)
    with pytest.raises(error, match=r"not JSON|<html>"):
        loop_thread.run(http.describe())


def test_the_schema_has_every_feature_and_every_shape() -> None:
    """The document that other languages read is not behind the code."""
    text = SCHEMA_FILE.read_text("utf-8")
    assert [feature for feature in Feature if f'"{feature}"' not in text] == []


# --- the reference bridge


def test_the_reference_bridge_is_configured_by_its_admin_api(
    stub: StubServer, reference: ReferenceDriver, loop_thread: LoopThread
) -> None:
    """One service, a route for each channel, agents whose tokens derive from tenant and name."""
    answer = {"webhook_urls": {"sinchconversation": "http://b/hook"}, "warnings": ["w"]}
    stub.answer("PUT", "/admin/v1/tenants/t1", answer)
    made = loop_thread.run(reference.configure(SETUP))
    assert (made.webhook_url, made.warnings) == ("http://b/hook", ("w",))
    body = stub.asked[0].body
    assert stub.asked[0].headers["Authorization"] == "Bearer admin"
    assert [route["channel"] for route in body["routes"]] == ["SMS", "WHATSAPP"]
    assert [agent["token"] for agent in body["agents"]] == [agent_token(T, AGENT), agent_token(T, AgentName("Other"))]
    assert body["chat_settings"] == {"retention_seconds": 60}
    assert body["templates"][0]["parameters"] == ["body[1]text", "body[2]text"]


def test_settings_that_are_left_open_are_not_sent() -> None:
    """The bridge keeps its own defaults."""
    assert "max_attachment_bytes" not in tenant_body(SETUP)["chat_settings"]


@pytest.mark.parametrize(("message", "_protocol", "body"), MESSAGES)
def test_every_message_has_its_form_in_the_agent_api(
    stub: StubServer,
    reference: ReferenceDriver,
    loop_thread: LoopThread,
    message: Message,
    _protocol: object,
    body: dict[str, Any],
) -> None:
    """The agent's own token goes along."""
    stub.answer("POST", "/agent/v1/chats/c1/messages", {"entry": ENTRY_ROW}, 201)
    assert loop_thread.run(reference.send(T, AGENT, CHAT, message)).id == "e1"
    assert stub.asked[0].body == body
    assert stub.asked[0].headers["Authorization"] == f"Bearer {agent_token(T, AGENT)}"


def test_a_file_is_uploaded_first_and_referred_to(
    stub: StubServer, reference: ReferenceDriver, loop_thread: LoopThread
) -> None:
    """Raw bytes with their own type, then the id."""
    stub.answer("POST", "/agent/v1/attachments", {"attachment_id": "f1"}, 201)
    stub.answer("POST", "/agent/v1/chats/c1/messages", {"entry": ENTRY_ROW}, 201)
    loop_thread.run(reference.send(T, AGENT, CHAT, FileMessage("ä b.txt", "text/plain", b"\x01\x02", "look")))
    upload, sent = stub.asked
    assert (upload.query, upload.headers["Content-Type"], upload.body) == (
        {"filename": "ä b.txt"},
        "text/plain",
        b"\x01\x02",
    )
    assert sent.body == {"attachment_id": "f1", "caption": "look"}


def test_a_transcript_is_in_the_bridges_order_with_all_that_an_entry_has(
    stub: StubServer, reference: ReferenceDriver, loop_thread: LoopThread
) -> None:
    """By sequence number; file, place and delivery are values."""
    full = ENTRY_ROW | {
        "seq": 2,
        "attachment": {"id": "f", "state": "stored", "size": 3, "name": "n", "mime": "m"},
        "location": {"latitude": 1, "longitude": 2},
        "delivery": {"state": "failed", "code": "X", "description": "why"},
    }
    first = ENTRY_ROW | {"id": "e0", "seq": 1}
    stub.answer("GET", "/agent/v1/chats/c1/transcript", {"entries": [full, first]})
    one, two = loop_thread.run(reference.transcript(T, AGENT, CHAT))
    assert (one.id, two.id) == ("e0", "e1")
    assert two.attachment is not None
    assert two.delivery is not None
    assert (two.attachment.size_bytes, two.location, two.delivery.code) == (3, Position(1.0, 2.0, ""), "X")


def test_the_reference_bridge_claims_the_channels_it_tells_of(
    stub: StubServer, reference: ReferenceDriver, loop_thread: LoopThread
) -> None:
    """By the lab's names; one that the lab does not have is left out."""
    stub.answer("GET", "/health", {"version": "9", "channels": ["SMS", "WHATSAPP", "KAKAOTALK"]})
    assert loop_thread.run(reference.describe()).channels == frozenset({"sms", "whatsapp"})


def test_the_rest_of_the_reference_bridges_calls(
    stub: StubServer, reference: ReferenceDriver, loop_thread: LoopThread
) -> None:
    """Chats with their window, consents, clock, rest, removal."""
    chat = CHAT_ROW | {"window": {"state": "open", "expires_at": "t"}}
    stub.answer("GET", "/health", {"version": "9"})
    stub.answer("GET", "/agent/v1/chats", {"chats": [chat]})
    stub.answer("GET", "/agent/v1/attachments/f1", b"bytes")
    stub.answer("GET", "/agent/v1/consents", {"consents": [{"number": "49", "consent": True}]})
    stub.answer("POST", "/admin/v1/tenants/t1:settle", {"settled": True, "waiting": [{"what": "retry"}]})
    for method, path in (
        ("POST", "/agent/v1/chats/c1:accept"),
        ("POST", "/agent/v1/chats/c1:end"),
        ("PUT", "/agent/v1/consents/+49"),
        ("PUT", "/admin/v1/tenants/t1/clock"),
        ("POST", "/admin/v1/tenants/t1/clock:advance"),
        ("DELETE", "/admin/v1/tenants/t1"),
    ):
        stub.answer(method, path)

    async def everything() -> None:
        described = await reference.describe()
        assert (described.version, described.features, described.clock) == ("9", frozenset(Feature), True)
        found = (await reference.chats(T, AGENT))[0]
        assert found.window is not None
        assert found.window.expires_at == "t"
        assert await reference.attachment(T, AGENT, AttachmentId("f1")) == b"bytes"
        assert await reference.consents(T, AGENT) == (Consent("49", value=True),)
        assert (await reference.settle(T, 1.0)).waiting == ("retry",)
        await reference.accept(T, AGENT, CHAT)
        await reference.end_chat(T, AGENT, CHAT)
        await reference.set_consent(T, AGENT, Consent("+49", value=True))
        await reference.set_clock(T, NOW)
        await reference.advance_clock(T, NOW)
        await reference.clean_up(T)

    loop_thread.run(everything())
    sent = {(one.method, one.path): one.body for one in stub.asked}
    assert sent["PUT", "/admin/v1/tenants/t1/clock"] == {"mode": "manual", "now": "2026-03-02T09:00:00.000Z"}
    assert sent["PUT", "/agent/v1/consents/+49"] == {"consent": True}
    assert len(sent) == 11
