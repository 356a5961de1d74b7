"""Playbooks of the Cloud API: what is sent, what time passes, what must be told."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.effects import Answer, Call
from fake_channels.core.handset import Block, ComeBack, GoOffline, Read, SendText, Tap, Unblock
from fake_channels.core.http import HttpRequest
from fake_channels.core.ids import Ids
from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.whatsapp import limits, server
from fake_channels.whatsapp.state import new_wamid, owner_of
from fake_channels.whatsapp.tests.calls import OGG, PNG, Business
from fake_channels.whatsapp.tests.test_phone import buttons

HELLO_WORLD = {"type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}}


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


# --- the window -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "told"), [(DAY - 1, ["sent", "delivered"]), (DAY, ["failed 131047"])])
def test_the_window_is_open_for_less_than_24_hours(business: Business, after: int, told: list[str]) -> None:
    """One millisecond before it is open; exactly at 24 hours it is closed, and the send was still accepted."""
    customer = business.writer()
    business.advance(after)
    business.text(customer)
    assert business.statuses() == told


def test_writing_opens_the_window_anew(business: Business) -> None:
    """Counted from the latest message."""
    customer = business.writer()
    business.advance(DAY - HOUR)
    business.act(customer, SendText(text="again"))
    business.advance(2 * HOUR)
    business.told()
    business.text(customer)
    assert business.statuses() == ["sent", "delivered"]


def test_whoever_never_wrote_gets_templates_only(business: Business) -> None:
    """A text fails with 131047, a template arrives."""
    customer = business.enrol()
    business.text(customer)
    business.send(customer, HELLO_WORLD)
    assert business.statuses() == ["failed 131047", "sent", "delivered"]
    assert [(item.kind, item.text) for item in customer.screen] == [("template", "Hello World")]


# --- statuses ---------------------------------------------------------------------------------------------------------


def test_statuses_climb_and_never_come_twice(business: Business) -> None:
    """Sent, delivered, read; reading again tells nothing."""
    customer = business.writer()
    wamid = business.text(customer)
    business.advance(5 * SECOND)
    business.act(customer, Read())
    business.act(customer, Read())
    told = [value["statuses"][0] for value in business.values()]
    assert [(one["status"], one["id"]) for one in told] == [(s, wamid) for s in ("sent", "delivered", "read")]
    assert [one["timestamp"] for one in told] == ["1700000000", "1700000000", "1700000005"]
    assert {one["recipient_id"] for one in told} == {customer.identity}


def test_an_offline_phone_gets_it_when_it_is_back(business: Business) -> None:
    """Sent at once, delivered late, in the order of sending."""
    customer = business.writer()
    business.act(customer, GoOffline())
    business.text(customer, "one")
    business.text(customer, "two")
    assert business.statuses() == ["sent", "sent"]
    business.act(customer, ComeBack())
    assert business.statuses() == ["delivered", "delivered"]
    assert [item.text for item in customer.screen if item.author == "business"] == ["one", "two"]


def test_a_blocked_business_learns_nothing(business: Business) -> None:
    """The status stays at sent; after the block is taken back, later messages arrive."""
    customer = business.writer()
    business.act(customer, Block())
    business.text(customer, "unseen")
    assert business.statuses() == ["sent"]
    business.act(customer, Unblock())
    business.text(customer, "seen")
    assert business.statuses() == ["sent", "delivered"]
    assert [item.text for item in customer.screen if item.author == "business"] == ["seen"]


def test_nobody_has_the_number(business: Business) -> None:
    """Accepted, and failed with 131026 afterwards."""
    business.text("15550100100")
    assert business.statuses() == ["failed 131026"]


def test_opaque_data_comes_back_in_every_status(business: Business) -> None:
    """Whatever the business attached."""
    customer = business.writer()
    business.send(customer, {"type": "text", "text": {"body": "x"}, "biz_opaque_callback_data": "order 7"})
    told = [value["statuses"][0]["biz_opaque_callback_data"] for value in business.values()]
    assert told == ["order 7", "order 7"]


def test_a_reaction_is_only_sent(business: Business) -> None:
    """No delivered follows, and the screen shows no message of it."""
    customer = business.writer()
    target = customer.screen[0].id
    business.send(customer, {"type": "reaction", "reaction": {"message_id": target, "emoji": "👍"}})
    assert business.statuses() == ["sent"]
    assert len(customer.screen) == 1


def test_a_number_does_not_write_to_itself(business: Business) -> None:
    """Refused at once with 131021."""
    status, answer = business.post(business.account.display_phone_number, {"type": "text", "text": {"body": "x"}})
    assert (status, answer["error"]["code"]) == (400, 131021)


# --- templates --------------------------------------------------------------------------------------------------------


def template(name: str, *values: str, language: str = "en") -> Any:
    """A template message with body parameters."""
    body = {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}
    return {"type": "template", "template": {"name": name, "language": {"code": language}, "components": [body]}}


def test_a_template_is_filled_and_shows_its_buttons(business: Business) -> None:
    """The answer says accepted; the person sees the text."""
    customer = business.enrol()
    status, answer = business.post(customer, template("order_update", "7", "on its way"))
    assert (status, answer["messages"][0]["message_status"]) == (200, "accepted")
    (item,) = customer.screen
    assert item.text == "Order 7 is now on its way."
    assert [button.title for button in item.buttons] == ["Track it", "Talk to us"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (template("unheard_of"), 404, 132001),
        (template("order_update", "7", "x", language="de"), 404, 132001),
        (template("order_update", "7"), 400, 132000),
        (template("order_update", "7", "x", "y"), 400, 132000),
        (template("Not A Name"), 400, 131009),
    ],
)
def test_templates_that_do_not_fit_are_refused_at_once(
    business: Business, content: Any, status: int, code: int
) -> None:
    """Unknown name or language, too few or too many parameters."""
    answered, answer = business.post(business.enrol(), content)
    assert (answered, answer["error"]["code"]) == (status, code)
    assert business.told() == []


# --- media ------------------------------------------------------------------------------------------------------------


def served(
    status: int = 200, mime: str = "image/png", body: bytes = PNG, problem: str = ""
) -> Callable[[Call], Answer]:
    """A web server with one file, and a webhook that takes everything."""
    file = Answer(status, {"content-type": mime}, body, problem)
    return lambda call: file if call.name == "fetch media" else Answer(200)


def image(link: str = "http://shop.example/a.png", **more: str) -> Any:
    """An image by link."""
    return {"type": "image", "image": {"link": link, **more}}


def test_a_file_by_link_is_fetched_and_shown(business: Business) -> None:
    """After the 200, without our token, with up to three redirects and 20 seconds."""
    customer = business.writer()
    business.answer = served()
    business.send(customer, image(caption="Look"))
    fetch = business.calls[0]
    assert (fetch.method, fetch.max_redirects, fetch.timeout_s) == ("GET", 3, 20)
    assert (fetch.max_bytes, "authorization" in {name.lower() for name in fetch.headers}) == (5 * 1_048_576, False)
    assert business.statuses() == ["sent", "delivered"]
    item = customer.screen[-1]
    assert item.media is not None
    assert (item.text, item.media.mime, customer.media[item.media.id]) == ("Look", "image/png", PNG)


@pytest.mark.parametrize(
    ("answer", "details"),
    [
        (served(404), "http code 404, status message Not Found"),
        (served(799), "http code 799"),
        (served(mime="image/jpeg"), "is of type image/png but was declared as image/jpeg"),
        (served(body=b"hello"), "is of type application/octet-stream but was declared as image/png"),
        (served(302), "http code 302"),
        (served(500), "http code 500"),
        (served(0, problem="no answer within 20 s"), "no answer within 20 s"),
        (served(0, problem="larger than 5242880 bytes"), "larger than"),
        (served(mime="image/webp"), "Unsupported image mime type image/webp"),
        (served(mime="text/html; charset=utf-8", body=b"<html>"), "Unsupported image mime type text/html"),
        (served(body=OGG), "declared as image/png"),
        (served(body=b""), "empty"),
        (served(body=PNG + b"x" * 5_242_880), "too big"),
    ],
)
def test_a_file_that_cannot_be_used_fails_with_131053(
    business: Business, answer: Callable[[Call], Answer], details: str
) -> None:
    """Missing, silent, too large, of a wrong type, mislabelled, empty: caption and all are lost."""
    customer = business.writer()
    business.answer = answer
    business.send(customer, image(caption="lost"))
    (status,) = [value["statuses"][0] for value in business.values()]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131053)
    assert details in status["errors"][0]["error_data"]["details"]
    assert [item.kind for item in customer.screen] == ["text"]


def test_a_link_is_fetched_once_in_ten_minutes(business: Business) -> None:
    """By exact URL: another query string fetches anew, and so does time."""
    customer = business.writer()
    business.answer = served()

    def fetched() -> int:
        calls, business.calls = business.calls, []
        return sum(call.name == "fetch media" for call in calls)

    business.send(customer, image())
    business.send(customer, image())
    assert fetched() == 1
    business.send(customer, image("http://shop.example/a.png?v=2"))
    assert fetched() == 1
    business.advance(10 * MINUTE - 1)
    business.send(customer, image())
    assert fetched() == 0
    business.advance(1)
    business.send(customer, image())
    assert fetched() == 1


def test_an_uploaded_file_is_sent_by_its_id(business: Business) -> None:
    """For thirty days; then, and for an id that never was, the send is refused."""
    customer = business.writer()
    status, answer = business.upload(PNG, "image/png", "a.png")
    assert status == 200
    content = {"type": "image", "image": {"id": answer["id"]}}
    business.send(customer, content)
    assert customer.screen[-1].media is not None
    assert customer.screen[-1].media.sha256
    business.advance(30 * DAY)
    assert business.post(customer, content)[1]["error"]["code"] == 131009
    assert business.post(customer, {"type": "image", "image": {"id": "1"}})[1]["error"]["code"] == 131009


def test_an_uploaded_file_must_fit_the_kind_it_is_sent_as(business: Business) -> None:
    """A PNG is no sticker."""
    customer = business.writer()
    media_id = business.upload(PNG, "image/png")[1]["id"]
    assert business.post(customer, {"type": "sticker", "sticker": {"id": media_id}})[1]["error"]["code"] == 131053


def test_fetching_takes_two_hops_and_both_expire(business: Business) -> None:
    """The id leads to a URL for five minutes; the bytes need the token and the right proof."""
    media_id = business.upload(PNG, "image/png")[1]["id"]
    status, told = business.call("GET", f"/{media_id}")
    assert (status, told["mime_type"], told["file_size"]) == (200, "image/png", len(PNG))
    url = told["url"]
    assert (business.download(url).status, business.download(url).body) == (200, PNG)
    assert business.download(url).content_type == "image/png"
    for wrong in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace("ext=1", "ext=2"), url.split("&hash")[0]):
        assert business.download(wrong).status == 404
    other = business.upload(OGG, "audio/ogg")[1]["id"]
    assert business.download(url.replace(media_id, other)).status == 404
    business.advance(5 * MINUTE - 1)
    assert business.download(url).status == 200
    business.advance(1)
    assert business.download(url).status == 404
    assert business.download(business.call("GET", f"/{media_id}")[1]["url"]).status == 200
    business.advance(30 * DAY)
    assert business.call("GET", f"/{media_id}")[0] == 400


# --- reading, webhooks ------------------------------------------------------------------------------------------------


def read(business: Business, message_id: str, **more: Any) -> tuple[int, Any]:
    """Mark as read."""
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id, **more}
    return business.call("POST", f"/{business.account.phone_number_id}/messages", body)


def test_marking_read_reads_everything_before(business: Business) -> None:
    """Later messages stay as they are; typing shows when asked for."""
    customer = business.enrol()
    for text in ("one", "two", "three"):
        business.act(customer, SendText(text=text))
    assert read(business, customer.screen[1].id, typing_indicator={"type": "text"}) == (200, {"success": True})
    assert [item.state for item in customer.screen] == ["read", "read", "sent"]
    assert customer.typing
    assert read(business, customer.screen[2].id) == (200, {"success": True})
    assert not customer.typing


def test_typing_shows_for_25_seconds_or_until_the_message(business: Business) -> None:
    """Shown anew it lasts anew."""
    customer, indicator = business.writer(), {"typing_indicator": {"type": "text"}}
    read(business, customer.screen[0].id, **indicator)
    business.advance(20 * SECOND)
    read(business, customer.screen[0].id, **indicator)
    seen = []
    for wait in (25 * SECOND - 1, 1):
        business.advance(wait)
        seen.append(customer.typing)
    read(business, customer.screen[0].id, **indicator)
    seen.append(customer.typing)
    business.text(customer)
    assert [*seen, customer.typing] == [True, False, True, False]


def test_only_a_customers_message_can_be_marked_read(business: Business) -> None:
    """One of our own, or none at all, is refused."""
    customer = business.writer()
    own = business.text(customer)
    assert read(business, own)[1]["error"]["code"] == 131009
    assert read(business, "wamid.none")[1]["error"]["code"] == 131009


def test_webhooks_are_signed_over_exactly_their_bytes(business: Business) -> None:
    """ASCII escapes and escaped slashes are part of what is signed."""
    business.act(business.enrol("Zoë"), SendText(text="https://x.example/ 👋"))
    (call,) = business.calls
    expected = hmac.new(business.account.app_secret.encode(), call.body, "sha256").hexdigest()
    assert call.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert call.body.isascii()
    assert b"https:\\/\\/x.example\\/ \\ud83d\\udc4b" in call.body
    assert orjson.loads(call.body)["object"] == "whatsapp_business_account"


def test_webhooks_are_retried_for_seven_days(business: Business) -> None:
    """Ever more slowly, the same bytes, and then dropped; only 200 is taken."""
    business.answer = lambda _: Answer(201)
    business.act(business.enrol(), SendText(text="x"))
    business.advance(2 * SECOND)
    assert len(business.calls) == 2
    business.advance(8 * DAY)
    attempts = len(business.calls)
    assert attempts > 12
    assert len({call.body for call in business.calls}) == 1
    business.advance(8 * DAY)
    assert len(business.calls) == attempts
    assert business.account.outbox.pending() == []


def test_webhooks_of_one_customer_keep_their_order_and_others_do_not_wait(business: Business) -> None:
    """A failing one holds back its own customer only."""
    slow, quick = business.enrol(), business.enrol()
    business.answer = lambda call: Answer(500 if slow.identity.encode() in call.body else 200)
    business.act(slow, SendText(text="one"))
    business.act(slow, SendText(text="two"))
    business.act(quick, SendText(text="three"))
    assert len(business.calls) == 2
    business.answer = lambda _: Answer(200)
    business.advance(2 * SECOND)
    assert [message["text"]["body"] for message in business.messages()] == ["one", "three", "one", "two"]


def test_a_window_needs_a_message_and_not_a_tap_of_ours(business: Business) -> None:
    """What the business sends opens nothing."""
    customer = business.enrol()
    business.send(customer, HELLO_WORLD)
    business.told()
    business.text(customer)
    assert business.statuses() == ["failed 131047"]
    assert limits.WINDOW_MS == DAY


# --- ordered failures -------------------------------------------------------------------------------------------------


def test_an_ordered_failure_is_told_by_a_status_after_the_200(business: Business) -> None:
    """Whatever the window says, with the code's own title or the fault's text; a read receipt is not affected."""
    customer = business.writer()
    business.failing = Refusal(0, "131049", text="Ordered.")
    business.text(customer)
    (told,) = business.values()
    (error,) = told["statuses"][0]["errors"]
    assert (error["code"], error["error_data"]["details"]) == (131049, "Ordered.")
    assert error["title"] == limits.NOT_ENGAGED.text
    assert [item.author for item in customer.screen] == ["customer"]


def test_reading_is_another_operation_than_sending() -> None:
    """So that a fault of the sends counts no receipt; a text about statuses is a send."""
    path = "/v23.0/1/messages"
    bodies = {b'{"status":"read","message_id":"x"}': "read", b'{"text":{"body":"\\"status\\":"}}': "messages"}
    bodies |= {b'{"status":': "messages", b'["status"]': "messages"}
    named = {body: server.operation(HttpRequest("POST", path, body=body)) for body in bodies}
    assert named == bodies


# --- ids, voice, reactions, forgetting --------------------------------------------------------------------------------


def test_a_customer_is_reached_by_their_business_scoped_id(business: Business) -> None:
    """In `to` or in `recipient`; the answer repeats the id and no number."""
    customer = business.writer()
    user_id = business.account.customers[customer.identity].user_id
    body = {"messaging_product": "whatsapp", "type": "text", "text": {"body": "Hello"}}
    for field in ("to", "recipient"):
        path = f"/{business.account.phone_number_id}/messages"
        status, answer = business.call("POST", path, {**body, field: user_id})
        assert (status, answer["contacts"]) == (200, [{"input": user_id, "user_id": user_id}])
    assert business.statuses() == ["sent", "delivered"] * 2
    business.send("US.NOBODY", {"type": "text", "text": {"body": "x"}})
    (value,) = business.values()
    assert value["statuses"][0]["recipient_user_id"] == "US.NOBODY"
    assert "recipient_id" not in value["statuses"][0]


def test_customers_can_hide_their_numbers(business: Business) -> None:
    """By a setting of the account: webhooks name them by id and username alone."""
    business.account.settings = msgspec.structs.replace(business.account.settings, usernames=True)
    customer = business.enrol("Ada")
    business.act(customer, SendText(text="hello"))
    business.text(customer)
    message, status, _ = business.values()
    user_id = business.account.customers[customer.identity].user_id
    profile = {"name": "Ada", "username": f"@{customer.person.username}"}
    assert message["contacts"] == [{"profile": profile, "user_id": user_id}]
    assert ("from" in message["messages"][0], message["messages"][0]["from_user_id"]) == (False, user_id)
    assert status["contacts"] == [{"user_id": user_id}]
    assert "recipient_id" not in status["statuses"][0]


def test_a_reaction_to_nothing_fails_afterwards(business: Business) -> None:
    """131009; a good one is shown on its message, also when the phone was off, and can be taken back."""
    customer = business.writer()
    target = customer.screen[0]

    def react(message_id: str, emoji: str) -> None:
        business.send(customer, {"type": "reaction", "reaction": {"message_id": message_id, "emoji": emoji}})

    react("wamid.none", "👍")
    assert business.statuses() == ["failed 131009"]
    react(target.id, "👍")
    assert (business.statuses(), target.vendor["reaction"]) == (["sent"], "👍")
    business.act(customer, GoOffline())
    react(target.id, "")
    assert target.vendor["reaction"] == "👍"
    business.act(customer, ComeBack())
    assert (business.statuses(), target.vendor["reaction"]) == (["sent"], "")


def voice(**more: Any) -> Any:
    """A voice message by link."""
    return {"type": "audio", "audio": {"link": "http://shop.example/a.ogg", "voice": True, **more}}


def test_a_voice_message_is_played(business: Business) -> None:
    """After read; also when it was read before, and once."""
    customer = business.writer()
    business.answer = served(mime="audio/ogg; codecs=opus", body=OGG)
    business.send(customer, voice())
    item = customer.screen[-1]
    assert [button.title for button in item.buttons] == ["Play"]
    business.act(customer, Tap(item=item.id, button="Play"))
    business.act(customer, Tap(item=item.id, button="Play"))
    assert business.statuses() == ["sent", "delivered", "read", "played"]
    assert business.account.sent == {}


@pytest.mark.parametrize(
    ("mime", "body", "details"),
    [
        ("audio/mpeg", b"ID3" + b"\x00" * 40, "must be of type audio/ogg"),
        ("audio/ogg", OGG + b"\x01vorbis", "vorbis"),
        ("audio/ogg", OGG + b"OpusHead\x01\x02", "one channel"),
    ],
)
def test_a_voice_message_is_ogg_with_one_channel_of_opus(
    business: Business, mime: str, body: bytes, details: str
) -> None:
    """Anything else fails with 131053; by id it is refused at once."""
    customer = business.writer()
    business.answer = served(mime=mime, body=body)
    business.send(customer, voice())
    (status,) = [value["statuses"][0] for value in business.values()]
    assert status["errors"][0]["code"] == 131053
    assert details in status["errors"][0]["error_data"]["details"]
    if mime == "audio/mpeg":
        media_id = business.upload(body, mime)[1]["id"]
        told = business.post(customer, {"type": "audio", "audio": {"id": media_id, "voice": True}})[1]
        assert told["error"]["code"] == 131053


@pytest.mark.parametrize(("flags", "size", "fits"), [(0, 100, True), (0, 101, False), (2, 101, True), (2, 501, False)])
def test_a_sticker_that_moves_may_be_larger(business: Business, flags: int, size: int, *, fits: bool) -> None:
    """100 kB when it stands still, 500 kB when it moves."""
    data = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes([flags]) + bytes(size * 1_024 - 21)
    assert business.upload(data, "image/webp")[0] == (200 if fits else 400)


def test_a_customer_without_receipts_reads_in_silence(business: Business) -> None:
    """Neither read nor played is told."""
    business.account.settings = msgspec.structs.replace(business.account.settings, receipts=False)
    customer = business.writer()
    business.text(customer)
    business.act(customer, Read())
    assert business.statuses() == ["sent", "delivered"]


def test_a_message_dies_after_thirty_days_and_nobody_is_told(business: Business) -> None:
    """What waited longer is not shown; what waited less is."""
    customer = business.writer()
    business.act(customer, GoOffline())
    business.text(customer, "old")
    business.advance(DAY - 1)
    business.text(customer, "young")
    business.advance(29 * DAY + 1)
    business.told()
    business.act(customer, ComeBack())
    assert business.statuses() == ["delivered"]
    assert [item.text for item in customer.screen if item.author == "business"] == ["young"]


def test_what_was_sent_is_forgotten_after_a_month(business: Business) -> None:
    """A number whose customers never read does not grow."""
    customer = business.writer()
    business.text(customer)
    business.advance(limits.MESSAGE_LIFE_MS)
    business.act(customer, SendText(text="again"))
    business.text(customer)
    assert len(business.account.sent) == 1


def test_there_is_an_end_to_what_is_remembered(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest tenth goes first; and so it is with what waits for a phone that is off."""
    monkeypatch.setattr(limits, "SENT_MAX", 20)
    monkeypatch.setattr(limits, "WAITING_MAX", 5)
    customer = business.writer()
    business.act(customer, GoOffline())
    wamids = [business.text(customer) for _ in range(21)]
    assert list(business.account.sent) == wamids[2:]
    assert [item.id for item in customer.waiting] == wamids[-5:]


def test_a_picture_above_buttons_is_shown(business: Business) -> None:
    """By link or id, under the rules for pictures."""
    customer = business.writer()
    business.answer = served()
    header = {"type": "image", "image": {"link": "http://shop.example/a.png"}}
    business.send(customer, buttons(header=header))
    item = customer.screen[-1]
    assert (item.kind, item.text) == ("buttons", "Well?")
    assert item.media is not None
    business.answer = served(404)
    business.send(customer, buttons(header={"type": "image", "image": {"link": "http://shop.example/b.png"}}))
    assert business.statuses()[-1] == "failed 131053"


def test_a_quote_of_what_is_not_there_is_left_out(business: Business) -> None:
    """The message arrives all the same."""
    customer = business.writer()
    content = {"type": "text", "text": {"body": "x"}}
    business.send(customer, {**content, "context": {"message_id": "wamid.none"}})
    business.send(customer, {**content, "context": {"message_id": customer.screen[0].id}})
    assert [item.reply_to for item in customer.screen[1:]] == ["", customer.screen[0].id]


def test_an_id_says_whose_chat_it_belongs_to() -> None:
    """And what is no id says nothing."""
    ids = Ids("x")
    assert owner_of(new_wamid(ids, "15550100100")) == "15550100100"
    assert new_wamid(ids, "15550100100").startswith("wamid.HBgL")
    for wrong in ("", "wamid.", "wamid.HBg=", "wamid.é", "wamid.AAAA", "wamid.HBj/"):
        assert owner_of(wrong) == ""
