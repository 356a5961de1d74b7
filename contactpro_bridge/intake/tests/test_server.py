"""The webhook endpoint over HTTP: what is believed, what is stored, and what is answered."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from contactpro_bridge.chats.attached import OWN_KEY
from contactpro_bridge.clock import DAY_US
from contactpro_bridge.intake.signature import NONCE, SIGNATURE, TIMESTAMP
from contactpro_bridge.intake.tests.test_storing import stored
from contactpro_bridge.store.tables import chats, raw_events
from contactpro_bridge.tests.stage import CONTACT, CONVERSATION, PHONE, Stage, at, inbound, receipt, texts

HOOK = "/main/webhooks/sinch"


async def raw(stage: Stage, body: Any, **headers: str) -> tuple[int, str]:
    """Post without signing; return status and code."""
    answer = await stage.call("POST", HOOK, data=body, **{"Content-Type": "application/json", **headers})
    return answer.status, "" if answer.status == 200 else answer.code


async def test_a_wrong_signature_is_401_and_nothing_is_stored(stage: Stage) -> None:
    """Whoever does not know the secret is not believed."""
    answer = await stage.webhook(inbound(), secret="guess")
    assert (answer.status, answer.code) == (401, "signature_wrong")
    assert await stored(stage) == (0, 0)


async def test_a_missing_signature_is_401_and_nothing_is_stored(stage: Stage) -> None:
    """Each of the headers is needed."""
    assert await raw(stage, orjson.dumps(inbound())) == (401, "signature_missing")
    assert await raw(stage, orjson.dumps(inbound()), **{SIGNATURE: "x", NONCE: "n"}) == (401, "signature_missing")
    assert await raw(stage, b"{}", **{SIGNATURE: "x", NONCE: "n", TIMESTAMP: "1"}) == (401, "signature_wrong")
    assert await stored(stage) == (0, 0)


async def test_the_error_says_nothing_of_the_secret(stage: Stage) -> None:
    """Neither the secret nor the right signature is in the answer."""
    answer = await stage.webhook(inbound(), secret="guess")
    assert b"foo_secret" not in answer.raw


@pytest.mark.parametrize(("age", "status"), [(172_800, 200), (172_801, 401)])
async def test_a_replay_from_long_ago_is_401(stage: Stage, age: int, status: int) -> None:
    """Two days by default; the vendor gives up earlier."""
    assert (await stage.webhook(inbound(), age=age)).status == status


async def test_a_replay_is_acknowledged_and_does_nothing(stage: Stage) -> None:
    """The same bytes with the same signature: once is enough."""
    callback = inbound("once")
    for _ in range(3):
        assert (await stage.webhook(callback)).status == 200
    assert await stored(stage) == (1, 1)
    chat = await stage.chat()
    assert texts(await stage.transcript(chat["id"])) == ["once"]


async def test_a_message_whose_callback_is_long_deleted_is_not_shown_again(stage: Stage) -> None:
    """Its chat has ended, its raw callback is gone; the replay opens no chat."""
    chat_id = await stage.open_chat("once")
    (before,) = await stage.transcript(chat_id)
    await stage.agent("POST", f"chats/{chat_id}:end")
    await stage.db.write(lambda tx: tx.conn.execute(sa.delete(raw_events)))
    assert (await stage.webhook(inbound("once", id=before["message_id"]))).status == 200
    assert [chat["id"] for chat in await stage.chats()] == [chat_id]


async def test_without_a_secret_webhooks_are_accepted_unless_strict(stage: Stage) -> None:
    """Accepted with a warning; refused in strict mode."""
    services = [{**stage.tenant_body()["services"][0], "webhook_secret": ""}]
    configured = await stage.configure(services=services)
    assert "no webhook secret" in " ".join(configured.body["warnings"])
    assert await raw(stage, orjson.dumps(inbound())) == (200, "")
    await stage.configure(services=services, chat_settings={"strict_webhook_signatures": True})
    assert await raw(stage, orjson.dumps(inbound())) == (401, "no_webhook_secret")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"message":', b'{"a":"\xff"}', b"\xff\xfe{}", b"[" * 50_000],
    ids=["empty", "list", "null", "truncated", "bad UTF-8", "UTF-16", "deep"],
)
async def test_a_malformed_body_is_400_and_nothing_is_stored(stage: Stage, body: bytes) -> None:
    """Signed, so believed to be the vendor's, but no JSON object."""
    answer = await stage.webhook(body)
    assert (answer.status, answer.code) == (400, "malformed_callback")
    assert await stored(stage) == (0, 0)


async def test_a_body_of_ten_megabytes_is_413(stage: Stage) -> None:
    """Announced, it is refused unread."""
    answer = await stage.webhook(b'{"a":"' + b"x" * 10_000_000 + b'"}')
    assert (answer.status, answer.code) == (413, "too_large")


async def test_a_body_that_shows_only_by_and_by_how_large_it_is_is_413(stage: Stage) -> None:
    """Chunked, without a length."""

    async def body() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    assert await raw(stage, body()) == (413, "too_large")


async def test_a_compressed_bomb_is_413(stage: Stage) -> None:
    """Small on the wire, and never large in memory."""
    bomb = gzip.compress(b" " * 20_000_000)
    assert len(bomb) < 100_000
    assert await raw(stage, bomb, **{"Content-Encoding": "gzip"}) == (413, "too_large")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_that_is_not_what_its_headers_say_is_400(stage: Stage, encoding: str) -> None:
    """The sender's mistake, and no defect of ours."""
    assert await raw(stage, b"\xff\xff\xff\xff", **{"Content-Encoding": encoding}) == (400, "bad_body")


@pytest.mark.parametrize("mime", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"])
async def test_another_content_type_is_415(stage: Stage, mime: str) -> None:
    """A callback is JSON."""
    answer = await stage.call("POST", HOOK, data=b"{}", **{"Content-Type": mime})
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/main/webhooks/other", "/nobody/webhooks/sinch", "/admin/webhooks/sinch"])
async def test_an_unknown_address_is_404(stage: Stage, path: str) -> None:
    """Neither tenants nor services are told apart."""
    answer = await stage.call("POST", path, {})
    assert (answer.status, answer.code) == (404, "not_found")
    assert "such webhook address" in answer.body["error"]["message"]


async def test_an_unknown_callback_is_kept_and_acknowledged(stage: Stage) -> None:
    """The vendor may add triggers at any time; their names make no metric grow."""
    for number in range(3):
        callback = {"app_id": "A", f"new_{'x' * number}_notification": {"a": number}}
        assert (await stage.webhook(callback)).status == 200
    assert await stored(stage) == (3, 0)
    metrics = (await stage.call("GET", "/metrics")).raw.decode()
    assert "new_" not in metrics
    assert 'trigger="UNKNOWN"' in metrics


async def test_a_callback_that_fits_no_column_is_kept(stage: Stage) -> None:
    """Refusing it would make the vendor deliver it again and again."""
    assert (await stage.webhook(inbound("x", identity="9" * 300))).status == 200
    assert await stored(stage) == (1, 0)


POISON = orjson.dumps({"\u00e9": 1}).decode().replace("\u00e9", "\\ud800")


@pytest.mark.parametrize(
    "metadata",
    ["{", POISON, '{"a":"\\u0000\\ud800"}', orjson.dumps({OWN_KEY: "\u0000"}).decode(), "x" * 200_000, "[" * 50_000],
    ids=["truncated", "surrogate key", "surrogate value", "our key", "huge", "deep"],
)
async def test_malformed_metadata_never_costs_the_message(stage: Stage, metadata: str) -> None:
    """The text is shown, and the chat can be listed."""
    await stage.receive("shown", metadata=metadata, message_metadata=metadata)
    chat = await stage.chat()
    assert texts(await stage.transcript(chat["id"])) == ["shown"]


async def test_raw_metadata_is_kept(stage: Stage) -> None:
    """The callback is stored as it came, for diagnosis."""
    await stage.receive("x", metadata="{broken")
    body = await stage.db.read(lambda conn: conn.execute(sa.select(raw_events.c.body)).scalar_one())
    assert orjson.loads(body)["message"]["metadata"] == "{broken"


async def test_metadata_grows_with_the_chat(stage: Stage) -> None:
    """On opening and on every later message; problems are told once."""
    await stage.receive("1", metadata='{"a":"1","b c":"1"}')
    await stage.receive("2", metadata='{"a":"2","d":true,"b c":"2"}', seconds=1)
    await stage.receive("late", metadata='{"a":"0"}', seconds=0.5)
    chat = await stage.chat()
    assert chat["attached_data"] == {"a": "2", "d": "true"}
    assert [problem["key"] for problem in chat["attached_data_problems"]] == ["b c"]


async def test_receipts_with_a_strangers_entry_id_do_nothing(stage: Stage) -> None:
    """They are acknowledged whatever their metadata holds."""
    for value in ("\\ud800", "A" * 32, "\\u0000"):
        report = receipt("MT9", "FAILED", metadata="")
        body = orjson.dumps(report).replace(b'"metadata":""', b'"metadata":"{\\"bridge_entry\\":\\"%b\\"}"' % value.encode().replace(b"\\", b"\\\\"))  # fmt: skip # noqa: E501 - one expression
        assert (await stage.webhook(body)).status == 200


async def test_messages_stand_in_the_order_of_their_acceptance(stage: Stage) -> None:
    """A late one is put at its place; of equal times the first that came is first."""
    chat_id = await stage.open_chat("1", seconds=1)
    await stage.say(chat_id, "answer")
    await stage.receive("3", seconds=3)
    await stage.receive("3b", seconds=3)
    await stage.receive("2", seconds=2)
    await stage.receive("0", seconds=0)
    entries_ = await stage.transcript(chat_id)
    assert texts(entries_) == ["0", "1", "2", "3", "3b"]
    assert [entry["text"] for entry in entries_] == ["0", "1", "answer", "2", "3", "3b"]


async def test_dozens_of_late_messages_at_one_place_find_room(stage: Stage) -> None:
    """When there is none left, positions are numbered anew, and readers are told by revision."""
    chat_id = await stage.open_chat("0", seconds=0)
    await stage.receive("last", seconds=100)
    for number in range(30):
        await stage.receive(str(99 - number), seconds=99 - number)
    assert texts(await stage.transcript(chat_id)) == ["0", *map(str, range(70, 100)), "last"]


async def test_concurrent_deliveries_of_one_message_are_one_entry(stage: Stage) -> None:
    """Races of the vendor's retries."""
    import asyncio  # noqa: PLC0415 - this test alone races

    callback = inbound("once")
    answers = await asyncio.gather(*(stage.webhook(callback) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert await stored(stage) == (1, 1)


async def test_an_unrouted_chat_is_kept_and_says_so(stage: Stage) -> None:
    """Without a catch-all the message is not lost, and everybody sees the mistake."""
    await stage.configure(catch_all_queue=None)
    await stage.receive("hello")
    (chat,) = await stage.chats()
    assert chat["queue"] is None
    system, said = await stage.transcript(chat["id"])
    assert "No queue is configured" in system["text"]
    assert said["text"] == "hello"


async def test_routes_decide_the_queue(stage: Stage) -> None:
    """The most specific row wins over the catch-all."""
    await stage.configure(routes=[{"channel": "SMS", "queue": "Other"}])
    await stage.receive("x", channel="SMS")
    assert await stage.chats() == []


async def test_conversation_stop_ends_the_chat(stage: Stage) -> None:
    """Handled when an agent had it; the next message opens a new one."""
    chat_id = await stage.open_chat()
    stop = {"app_id": "", "conversation_stop_notification": {"conversation": {"id": CONVERSATION}}}
    assert (await stage.webhook(stop)).status == 200
    chat = await stage.chat()
    assert (chat["id"], chat["state"]) == (chat_id, "handled")
    await stage.receive("again", seconds=1)
    assert sorted(found["state"] for found in await stage.chats()) == ["handled", "in_queue"]


async def test_conversation_stop_abandons_a_chat_that_waits(stage: Stage) -> None:
    """Nobody had taken it."""
    await stage.receive()
    await stage.webhook({"conversation_stop_notification": {"conversation": {"id": CONVERSATION}}})
    assert (await stage.chat())["state"] == "abandoned"


async def test_names_come_from_the_contact(stage: Stage) -> None:
    """Looked up after the message is shown, and followed when they change."""
    stage.api.names[CONTACT] = "Ada"
    await stage.receive()
    await stage.settle()
    assert (await stage.chat())["customer_name"] == "Ada"
    update = {
        "accepted_time": at(1),
        "contact_update_notification": {"contact": {"id": CONTACT, "display_name": "Ada L."}},
    }
    await stage.webhook(update)
    assert (await stage.chat())["customer_name"] == "Ada L."


async def test_a_contact_id_cannot_lead_to_another_call(stage: Stage) -> None:
    """It is a path segment, whatever it contains."""
    await stage.receive(contact="../messages?x=")
    await stage.settle()
    assert "list" not in stage.api.calls


async def test_a_merged_contact_keeps_the_chat(stage: Stage) -> None:
    """Its id and name are those of the contact that stays."""
    await stage.receive()
    kept, gone = {"id": "KEPT", "display_name": "Ada"}, {"id": CONTACT}
    await stage.webhook({"contact_merge_notification": {"preserved_contact": kept, "deleted_contact": gone}})
    chat = await stage.chat()
    assert (chat["contact_id"], chat["customer_name"]) == ("KEPT", "Ada")


async def test_a_channel_switch_is_told_in_the_transcript(stage: Stage) -> None:
    """SWITCHING_CHANNEL is no failure yet."""
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "Hi")
    reason = {"code": "RECIPIENT_NOT_REACHABLE", "description": ""}
    await stage.webhook(receipt("MT1", "SWITCHING_CHANNEL", reason=reason))
    entry, line = (await stage.transcript(chat_id))[-2:]
    assert entry["delivery"]["state"] == "sent"
    assert "another channel is tried" in line["text"]


async def test_a_failed_receipt_tells_code_and_text(stage: Stage) -> None:
    """What fails later is told in the transcript."""
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "Hi")
    reason = {"code": "OUTSIDE_ALLOWED_SENDING_WINDOW", "description": "Too late"}
    await stage.webhook(receipt("MT1", "FAILED", reason=reason))
    delivery = (await stage.transcript(chat_id))[-1]["delivery"]
    assert delivery == {"state": "failed", "code": reason["code"], "description": "Too late"}


async def test_a_clock_of_theirs_that_is_ahead_does_not_keep_the_window_open(stage: Stage) -> None:
    """The window is counted from now at the latest."""
    await stage.receive(seconds=30 * DAY_US / 1_000_000)
    assert (await stage.chat())["window"]["expires_at"] == at(DAY_US / 1_000_000)


async def test_opt_outs_are_kept_when_they_are_managed_here(stage: Stage) -> None:
    """OPT_IN and OPT_OUT change the consent of the number."""
    await stage.configure(chat_settings={"manage_whatsapp_opt_ins": True})
    for trigger, word in (("opt_in", "OPT_IN"), ("opt_out", "OPT_OUT")):
        part = {"channel": "WHATSAPP", "identity": PHONE, "status": f"{word}_SUCCEEDED"}
        await stage.webhook({f"{trigger}_notification": part})
        consent = (await stage.agent("GET", f"consents/{PHONE}")).body
        assert consent["consent"] is (trigger == "opt_in")


async def test_a_chat_is_one_per_service_app_channel_and_identity(stage: Stage) -> None:
    """However the number is written."""
    await stage.receive("1", identity="+358 40 1234567")
    await stage.receive("2", identity="358401234567")
    await stage.receive("3", channel="SMS")
    await stage.receive("4", app_id="OTHERAPP")
    count = await stage.db.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(chats)).scalar_one())
    assert count == 3
