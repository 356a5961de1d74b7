"""Sending: tokens, refusals, failures, and never twice."""

from typing import Any

import aiohttp
import pytest

from contactpro_bridge.clients.http import HttpConversationApi
from contactpro_bridge.outbound.outbox import NO_SERVICE
from contactpro_bridge.tests.stage import Stage, at, texts
from contactpro_bridge.tests.stub_api import Failure


async def delivery(stage: Stage, chat_id: str) -> tuple[str, str | None]:
    """Return state and code of the last entry."""
    found = (await stage.transcript(chat_id))[-1]["delivery"]
    return found["state"], found["code"]


async def test_one_token_serves_many_messages(stage: Stage) -> None:
    """It is asked for once."""
    chat_id = await stage.open_chat()
    for number in range(3):
        await stage.say(chat_id, str(number))
    assert stage.api.calls.count("token") == 1


async def test_an_expired_token_is_renewed_at_once(stage: Stage) -> None:
    """401 from the send call: one new token, one more try, one message."""
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "1")
    stage.api.tokens.append("rotated")
    await stage.say(chat_id, "2")
    assert stage.api.texts() == ["1", "2"]
    assert stage.api.calls.count("token") == 2


async def test_a_token_near_its_end_is_renewed_before_it_is_refused(stage: Stage) -> None:
    """By the tenant's clock."""
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "1")
    await stage.advance(3600)
    await stage.say(chat_id, "2")
    assert stage.api.calls.count("send") == 2
    assert stage.api.calls.count("token") == 2


async def test_401_twice_is_a_failure_and_no_loop(stage: Stage) -> None:
    """The key is wrong: said in the transcript."""
    chat_id = await stage.open_chat()
    stage.api.send_failures += [Failure(401), Failure(401)]
    assert (await stage.say(chat_id, "x")).status == 201
    assert await delivery(stage, chat_id) == ("failed", "UNAUTHENTICATED")
    assert stage.api.calls.count("send") == 2


async def test_a_refused_key_is_told_in_the_transcript(stage: Stage) -> None:
    """With the endpoint's own words, and without the key."""
    stage.api.refuse_key = True
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "x")
    entry = (await stage.transcript(chat_id))[-1]
    assert entry["delivery"] == {"state": "failed", "code": "UNAUTHENTICATED", "description": "Unknown key."}
    assert "key-secret" not in str(entry)


async def test_basic_authentication_asks_for_no_token(stage: Stage) -> None:
    """Without a token URL the key itself signs in; the stub, which wants a token, refuses it."""
    service = {**stage.tenant_body()["services"][0], "token_url": None}
    await stage.configure(services=[service])
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "x")
    assert "token" not in stage.api.calls
    assert await delivery(stage, chat_id) == ("failed", "UNAUTHENTICATED")


async def test_retry_after_is_kept_to(stage: Stage) -> None:
    """429: not a second earlier, by the tenant's clock; later messages wait behind."""
    chat_id = await stage.open_chat()
    stage.api.send_failures.append(Failure(429, headers={"Retry-After": "17"}))
    await stage.say(chat_id, "first")
    await stage.say(chat_id, "second")
    await stage.advance(16)
    assert (stage.api.texts(), await delivery(stage, chat_id)) == ([], ("sending", None))
    await stage.advance(1)
    assert stage.api.texts() == ["first", "second"]
    assert await delivery(stage, chat_id) == ("sent", None)


@pytest.mark.parametrize("header", ["soon", "-1", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_strange_retry_after_is_bounded(stage: Stage, header: str) -> None:
    """An hour at most, and never an error."""
    chat_id = await stage.open_chat()
    stage.api.send_failures.append(Failure(429, headers={"Retry-After": header}))
    await stage.say(chat_id, "x")
    await stage.advance(3600)
    assert stage.api.texts() == ["x"]


async def test_5xx_is_repeated_on_the_tenants_clock_after_asking(stage: Stage) -> None:
    """The waits that are configured; before each repetition the API is asked for the message."""
    await stage.configure(chat_settings={"send_retry_seconds": [5, 10, 20]})
    chat_id = await stage.open_chat()
    stage.api.send_failures += [Failure(500), Failure(503)]
    await stage.say(chat_id, "x")
    await stage.advance(4)
    assert stage.api.calls.count("send") == 1
    await stage.advance(1)
    assert stage.api.calls.count("send") == 2
    await stage.advance(10)
    assert stage.api.texts() == ["x"]
    assert stage.api.calls.count("list") == 2


async def test_a_lost_answer_is_asked_for_and_nothing_is_sent_twice(stage: Stage) -> None:
    """The API had taken the message before it failed."""
    chat_id = await stage.open_chat()
    stage.api.send_failures.append(Failure(502, after_doing=True))
    await stage.say(chat_id, "once")
    await stage.advance(1)
    assert stage.api.texts() == ["once"]
    entry = (await stage.transcript(chat_id))[-1]
    assert (entry["message_id"], entry["delivery"]["state"]) == ("MT1", "sent")


async def test_after_a_crash_the_api_is_asked_before_sending_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip # noqa: E501 - a name says it
    """The process ended between the call and our knowing of it."""
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "before")
    original = HttpConversationApi.send

    async def send_and_die(self: HttpConversationApi, body: dict[str, object]) -> str:
        await original(self, body)
        raise SystemExitSim

    monkeypatch.setattr(HttpConversationApi, "send", send_and_die)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await stage.say(chat_id, {"text": "once", "client_id": "c"})
    monkeypatch.undo()
    await stage.stop_bridge()
    await stage.start_bridge()
    await stage.advance(1)
    assert stage.api.texts() == ["before", "once"]
    assert "list" in stage.api.calls
    assert await delivery(stage, chat_id) == ("sent", None)
    again = await stage.say(chat_id, {"text": "once", "client_id": "c"})
    assert again.body["entry"]["message_id"] == "MT2"


class SystemExitSim(BaseException):
    """Stands for the end of the process: nothing after it runs."""


async def test_a_message_left_in_sending_is_taken_up_by_the_next_start(stage: Stage) -> None:
    """Its sender died before it called; it is sent, after asking."""
    from contactpro_bridge.outbound.content import read_outgoing  # noqa: PLC0415 - this test alone composes by hand

    chat_id = await stage.open_chat()
    assert stage.bridge is not None
    caller = stage.bridge.tenants.caller("agent-token-of-the-tests")
    assert caller is not None
    composer = stage.bridge.composer
    await composer.compose(caller, chat_id, read_outgoing({"text": "orphan"}))
    await stage.stop_bridge()
    await stage.start_bridge()
    await stage.settle()
    assert stage.api.texts() == ["orphan"]
    assert stage.api.calls.count("list") == 1


async def test_what_is_refused_for_good_is_told_at_once(stage: Stage) -> None:
    """400: code and sentence of the API; nothing is repeated."""
    chat_id = await stage.open_chat()
    error = {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "No such channel"}}
    stage.api.send_failures.append(Failure(400, error))
    answer = await stage.say(chat_id, "x")
    assert answer.body["entry"]["delivery"]["description"] == "No such channel"
    await stage.advance(3600)
    assert stage.api.calls.count("send") == 1


async def test_when_all_attempts_fail_the_transcript_says_so(stage: Stage) -> None:
    """And the chat goes on with the next message."""
    await stage.configure(chat_settings={"send_retry_seconds": [1, 1]})
    chat_id = await stage.open_chat()
    stage.api.send_failures += [Failure(503)] * 3
    await stage.say(chat_id, "lost")
    await stage.say(chat_id, "next")
    await stage.advance(60)
    entries = await stage.transcript(chat_id)
    assert [entry["delivery"]["state"] for entry in entries if entry["direction"] == "out"] == ["failed", "sent"]
    assert stage.api.texts() == ["next"]


async def test_a_defect_of_ours_costs_no_message(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried again like any failure."""
    chat_id = await stage.open_chat()

    async def broken(*_args: object) -> str:
        raise KeyError("defect")

    monkeypatch.setattr(HttpConversationApi, "send", broken)
    assert (await stage.say(chat_id, "x")).status == 201
    monkeypatch.undo()
    await stage.advance(1)
    assert stage.api.texts() == ["x"]


async def test_an_api_that_cannot_be_reached_is_tried_again(stage: Stage) -> None:
    """The API is down, and comes back at another address."""
    chat_id = await stage.open_chat()
    await stage.api.stop()
    await stage.say(chat_id, "x")
    assert await delivery(stage, chat_id) == ("sending", None)
    await stage.api.start()
    await stage.admin("PUT", "", stage.tenant_body())
    await stage.advance(1)
    assert stage.api.texts() == ["x"]


@pytest.mark.parametrize("message_id", [None, 7, "", "x" * 129])
async def test_an_answer_without_a_usable_id_is_asked_for_and_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, message_id: Any
) -> None:
    """Neither when it is sent nor when it is listed."""
    chat_id = await stage.open_chat()
    really = HttpConversationApi._call

    async def answer(api: HttpConversationApi, method: str, url: str, **parts: Any) -> dict[str, Any]:
        found = await really(api, method, url, **parts)
        messages = [{**message, "id": message_id} for message in found.get("messages", [])]
        return {"message_id": message_id, "messages": messages}

    monkeypatch.setattr(HttpConversationApi, "_call", answer)
    await stage.say(chat_id, "x")
    await stage.advance(1)
    assert await delivery(stage, chat_id) == ("sending", None)
    monkeypatch.undo()
    await stage.advance(2)
    assert (await delivery(stage, chat_id), stage.api.texts()) == (("sent", None), ["x"])


async def test_a_service_that_is_gone_fails_its_messages(stage: Stage) -> None:
    """The administrator removed it while the chat was open."""
    chat_id = await stage.open_chat()
    await stage.configure(services=[])
    await stage.say(chat_id, "x")
    assert await delivery(stage, chat_id) == ("failed", "SERVICE_NOT_CONFIGURED")
    assert NO_SERVICE.__traceback__ is None, "what is raised again and again holds on to whatever raised it"


async def test_any_success_is_one(stage: Stage) -> None:
    """202 with a message id is taken for what it is."""
    chat_id = await stage.open_chat()
    stage.api.send_failures.append(Failure(202, {"message_id": "MT202"}, after_doing=True))
    assert (await stage.say(chat_id, "x")).body["entry"]["message_id"] == "MT202"


async def test_messages_of_a_chat_are_sent_in_order_also_when_one_waits(stage: Stage) -> None:
    """None overtakes."""
    chat_id = await stage.open_chat()
    stage.api.send_failures += [Failure(503), Failure(503)]
    for number in range(4):
        await stage.say(chat_id, str(number))
    await stage.advance(120)
    assert stage.api.texts() == ["0", "1", "2", "3"]
    assert texts(await stage.transcript(chat_id), "out") == ["0", "1", "2", "3"]
    assert (await stage.admin("GET", "/clock")).body["now"] == at(120)
