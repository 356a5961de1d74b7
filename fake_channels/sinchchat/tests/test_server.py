"""The chat's routes: tokens, refusals, files, and a stream on a real socket."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import jwt
import orjson
import pytest

from fake_channels.core.alone import Alone
from fake_channels.core.contract import Refusal
from fake_channels.core.handset import GoOffline, SendText
from fake_channels.core.http import HttpReply
from fake_channels.core.instants import DAY
from fake_channels.sinchchat import CHANNEL, limits, server, wire
from fake_channels.sinchchat.tests.calls import PNG, Chat
from fake_channels.tests.receiver import Receiver
from fake_channels.tests.scene import START


@pytest.fixture
def chat() -> Chat:
    """A project with a callback URL."""
    return Chat()


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_an_anonymous_token_is_a_new_identity(chat: Chat) -> None:
    """A JWT of three parts with the claim uuid; each call another one."""
    first, second = chat.issue(), chat.issue()
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in (first, second)]
    assert claims[0]["uuid"] != claims[1]["uuid"]
    assert claims[0]["exp"] - claims[0]["iat"] == limits.TOKEN_LIFE_MS // 1000
    assert set(chat.account.customers) == {claim["uuid"] for claim in claims}


def test_a_signed_uuid_is_the_same_person_again(chat: Chat) -> None:
    """Also one who has a phone; the proof must be right."""
    customer = chat.enrol()
    token = chat.issue(customer.identity)
    chat.say(token, message={"text_message": {"text": "from a page"}})
    assert [(item.author, item.text) for item in customer.screen] == [("customer", "from a page")]
    path = f"{chat.base}/clients/{chat.account.client_id}:issueTokenWithSignedUuid"
    wrong = {"uuid": customer.identity, "uuid_hash": wire.uuid_hash(customer.identity, "guess")}
    assert chat.ask_json("POST", path, wrong, headers={})[0] == 401
    assert chat.ask_json("POST", path, {"uuid": "x"}, headers={})[0] == 400


def test_a_token_expires_by_the_worlds_clock(chat: Chat) -> None:
    """To the second."""
    token = chat.issue()
    chat.advance(DAY - 1)
    assert chat.page(token, "GET", "/chat/history")[0] == 200
    chat.advance(1)
    status, answer = chat.page(token, "GET", "/chat/history")
    assert (status, answer["code"]) == (401, 16)


@pytest.mark.parametrize(
    "make", [lambda token: f"Bearer {token}", lambda token: token[:-2], lambda _: "", lambda _: "\udcff"]
)
def test_a_token_is_sent_as_it_is(chat: Chat, make: object) -> None:
    """Without Bearer, whole, and ours."""
    assert callable(make)
    assert chat.page(make(chat.issue()), "GET", "/chat/history")[0] == 401


def test_an_unknown_client_is_not_found(chat: Chat) -> None:
    """Code 5."""
    status, answer = chat.ask_json("POST", f"{chat.base}/clients/X:issueAnonymousToken", {}, headers={})
    assert (status, answer["code"]) == (404, 5)


def test_visitors_are_bounded(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is known already gets in all the same."""
    monkeypatch.setattr(limits, "VISITORS_MAX", 1)
    chat.issue("v")
    chat.issue("v")
    chat.issue(chat.enrol().identity)
    status, answer = chat.ask_json(
        "POST", f"{chat.base}/clients/{chat.account.client_id}:issueAnonymousToken", {}, headers={}
    )
    assert (status, answer["code"]) == (429, 8)


# --- what is said -----------------------------------------------------------------------------------------------------


def test_everything_a_page_sends_is_called_back(chat: Chat) -> None:
    """Message, event and metadata alone, each with its id and topic."""
    token = chat.issue("v")
    message_id = chat.say(token, message={"text_message": {"text": "a"}}, metadata='{"page":"/"}', topic_id="t")
    event_id = chat.say(token, event={"composing_event": {}})
    chat.say(token, metadata='{"email":"a@x.example"}')
    assert [call.name for call in chat.calls] == ["contact message", "contact event", "metadata"]
    first, second, third = chat.callbacks()
    assert first["contact_message"] == {"text_message": {"text": "a"}}
    assert (first["message_id"], first["topic_id"], first["metadata"]) == (message_id, "t", '{"page":"/"}')
    assert (second["contact_event"], second["message_id"]) == ({"composing_event": {}}, event_id)
    assert (third["metadata"], "contact_message" in third) == ('{"email":"a@x.example"}', False)
    assert "display_name" not in first


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nonsense", 404, 5),
        ("DELETE", "/chat/history", 405, 12),
        ("GET", "/clients/X", 501, 12),
        ("GET", "/chat/channels", 501, 12),
        ("POST", "/chat/push", 501, 12),
        ("POST", "/chat/rtc", 501, 12),
        ("GET", "/media/nothing/file.png", 404, 5),
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(chat: Chat, method: str, path: str, status: int, code: int) -> None:
    """Never a silent 200."""
    answered, answer = chat.page(chat.issue(), method, path)
    assert (answered, answer["code"]) == (status, code)


@pytest.mark.parametrize(
    "query",
    [{"page_size": "0"}, {"page_size": "101"}, {"page_size": "x"}, {"page_token": "\u0663"}, {"page_token": "9" * 30}],
)
def test_a_wrong_page_is_refused(chat: Chat, query: dict[str, str]) -> None:
    """Numbers out of range or no numbers at all."""
    assert chat.page(chat.issue(), "GET", "/chat/history", **query)[0] == 400


def test_a_wrong_stream_is_refused(chat: Chat) -> None:
    """A time that is none, an id of another chat, no token; a page may give its token in the query."""
    token = chat.issue()
    assert chat.refused(token, start_time="yesterday").status == 400
    assert chat.refused("").status == 401
    path = f"{chat.base}/chat/stream"
    for last in ("1", "x", "9" * 20):
        assert chat.ask("GET", path, headers={"authorization": token, "last-event-id": last}).status == 400
    assert chat.subscribe("", access_token=token).read() == []


def test_the_callback_url_can_be_read_and_changed(chat: Chat) -> None:
    """By the business alone."""
    assert chat.business("PUT", "/app/callback", {"url": "https://x.example/cb"}) == (
        200,
        {"url": "https://x.example/cb"},
    )
    assert chat.business("GET", "/app/callback")[1] == {"url": "https://x.example/cb"}
    assert chat.business("PUT", "/app/callback", {"url": "nowhere"})[0] == 400
    assert chat.page(chat.issue(), "GET", "/app/callback")[0] == 401


def test_a_foreign_page_may_use_the_customers_calls(chat: Chat) -> None:
    """It asks first, and each answer says so, refusals too."""
    preflight = chat.ask("OPTIONS", f"{chat.base}/chat:send", headers={})
    assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
    replies = [chat.refused(""), chat.ask("GET", f"{chat.base}/chat/history", headers={"authorization": chat.issue()})]
    assert all(reply.headers["Access-Control-Allow-Origin"] == "*" for reply in replies)


def test_a_body_that_is_no_json_is_refused(chat: Chat) -> None:
    """By its type or by what is in it."""
    headers = {"authorization": chat.issue(), "content-type": "text/plain"}
    assert chat.ask("POST", f"{chat.base}/chat:send", body=b"{}", headers=headers).status == 415
    headers["content-type"] = "application/json"
    assert chat.ask("POST", f"{chat.base}/chat:send", body=b"{", headers=headers).status == 400


# --- files ------------------------------------------------------------------------------------------------------------


def test_an_uploaded_file_is_sent_by_its_url(chat: Chat) -> None:
    """Anybody who has the URL may fetch it, for seven days."""
    token = chat.issue("v")
    status, answer = chat.upload(token, PNG, "image/png", "a b.png")
    assert (status, answer["content_length"]) == (200, str(len(PNG)))
    assert answer["url"].endswith("/a%20b.png")
    chat.say(token, message={"media_card_message": {"url": answer["url"], "caption": "see"}})
    (item,) = chat.account.customers["v"].handset.screen
    assert item.media is not None
    assert (item.kind, item.text, item.media.name) == ("image", "see", "a b.png")
    path = answer["url"].removeprefix("http://vendor.example").replace("%20", " ")
    for method in ("GET", "HEAD"):
        reply = chat.ask(method, path, headers={})
        assert (reply.status, reply.content_type, reply.body) == (200, "image/png", PNG)
    chat.advance(limits.MEDIA_LIFE_MS)
    assert chat.ask("GET", path, headers={}).status == 404


@pytest.mark.parametrize(
    ("data", "mime", "status"),
    [(b"", "image/png", 400), (PNG, "image/svg+xml", 400), (PNG, "video/mp4", 400), (PNG, "image/gif", 200)],
)
def test_a_file_must_be_what_it_says(chat: Chat, data: bytes, mime: str, status: int) -> None:
    """Not empty, of a type that the app knows, of the family that its bytes show."""
    assert chat.upload(chat.issue(), data, mime)[0] == status


def test_an_upload_needs_a_form_and_a_token(chat: Chat) -> None:
    """With a part named file."""
    path, token = f"{chat.base}/chat/media", chat.issue()
    assert chat.upload("", PNG, "image/png")[0] == 401
    assert chat.ask("POST", path, body=PNG, headers={"authorization": token, "content-type": "image/png"}).status == 415
    headers = {"authorization": token, "content-type": "multipart/form-data; boundary=b"}
    assert chat.ask("POST", path, body=b"--b--\r\n", headers=headers).status == 400
    assert chat.ask("POST", path, body=b"nonsense", headers=headers).status == 400


def test_kept_files_are_bounded(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest make room."""
    monkeypatch.setattr(limits, "MEDIA_KEPT_MAX", 2 * len(PNG))
    token = chat.issue()
    for _ in range(3):
        chat.upload(token, PNG, "image/png")
    assert len(chat.account.media) == 2


def test_a_file_beyond_the_cap_is_refused(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the form fits."""
    monkeypatch.setattr(limits, "MEDIA_MAX", 10)
    assert chat.upload(chat.issue(), PNG, "image/png")[0] == 400


# --- ordered errors, sockets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal(429, retry_after_s=3), 8),
        (Refusal(503), 14),
        (Refusal(500), 13),
        (Refusal(418), 13),
        (Refusal(400, "7"), 7),
    ],
)
def test_an_ordered_error_is_the_gateways(refusal: Refusal, code: int) -> None:
    """The status that the fault names, the number of the status or the fault's own."""
    reply: HttpReply = server.refuse(refusal)
    assert (reply.status, orjson.loads(reply.body)["code"]) == (refusal.status, code)
    assert reply.headers.get("Retry-After") == (None if refusal.retry_after_s is None else "3")


async def _event(response: aiohttp.ClientResponse) -> tuple[str, dict[str, object]]:
    async with asyncio.timeout(5):
        lines = [(await response.content.readline()).decode().rstrip("\n") for _ in range(4)]
    assert lines[1:] == ["event: entry", lines[2], ""]
    return lines[0].removeprefix("id: "), json.loads(lines[2].removeprefix("data: "))


async def test_a_page_listens_leaves_and_comes_back() -> None:
    """On a real socket: the entry as it is sent, DELIVERED to the business, and nothing lost in between."""
    async with Receiver() as receiver, Alone(CHANNEL, start=START) as alone, aiohttp.ClientSession() as session:
        alone.connect(receiver.url)
        customer = alone.enrol()
        alone.act(customer, GoOffline())
        base, account = f"{alone.url}/v1/projects/{alone.account.project_id}", alone.account
        proof = {"uuid": customer.identity, "uuid_hash": wire.uuid_hash(customer.identity, account.client_secret)}
        path = f"{base}/clients/{account.client_id}:issueTokenWithSignedUuid"
        async with session.post(path, json=proof) as response:
            headers = {"Authorization": (await response.json())["access_token"]}

        async def send(text: str) -> None:
            body = {"recipient": {"uuid": customer.identity}, "app_message": {"text_message": {"text": text}}}
            business = {"Authorization": f"Bearer {account.app_token}"}
            async with session.post(f"{base}/app:send", json=body, headers=business) as response:
                assert response.status == 200
            assert await alone.world.quiet()

        async with session.get(f"{base}/chat/stream", headers=headers) as stream:
            assert stream.content_type == "text/event-stream"
            await send("one")
            number, entry = await _event(stream)
            assert entry["app_message"] == {"text_message": {"text": "one"}}
        assert [one.json()["message_delivery_report"]["status"] for one in receiver.received] == ["DELIVERED"]
        await send("two")
        async with session.get(f"{base}/chat/stream", headers={**headers, "Last-Event-ID": number}) as stream:
            assert (await _event(stream))[1]["app_message"] == {"text_message": {"text": "two"}}
            alone.world.close()
            assert await stream.content.read() == b""
        assert "SubscribeToStream" in [hop["name"] for hop in alone.world.trace.after()]
        assert [item.text for item in customer.screen] == ["one", "two"]


async def test_an_offline_phone_and_a_page_are_one_person() -> None:
    """What the page says is on the phone's screen too, and the other way round."""
    chat = Chat()
    customer = chat.enrol()
    stream = chat.subscribe(chat.issue(customer.identity))
    chat.act(customer, SendText(text="from the phone"))
    assert [entry["contact_message"] for entry in stream.read()] == [{"text_message": {"text": "from the phone"}}]
