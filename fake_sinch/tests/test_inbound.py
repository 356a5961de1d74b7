"""Inbound as playbooks: vendors' callbacks in, callbacks to the app and calls to vendors out."""

from typing import Any

import orjson
import pytest

from fake_sinch.tests.scene import Headers, Request
from fake_sinch.tests.stage import ADA, PAT, SECRET, Stage, change

IMAGE = {"type": "image", "image": {"id": "M1", "mime_type": "image/jpeg"}}
LINK = {"url": "http://wa.test/bytes/M1"}
YES_NO = {
    "choice_message": {
        "text_message": {"text": "Sure?"},
        "choices": [
            {"text_message": {"text": "Yes"}, "postback_data": "y"},
            {"text_message": {"text": "No"}, "postback_data": "n" * 60},
        ],
    }
}


def test_first_message_of_a_stranger() -> None:
    """A first message makes a contact with the profile's name and a conversation, and is told with both."""
    stage = Stage()
    assert stage.whatsapp(type="text", text={"body": "hi"}).status == 200
    keys = [next(key for key in body if key in NOTIFICATIONS) for body in stage.heard]
    assert sorted(keys) == ["contact_create_notification", "conversation_start_notification", "message"]
    told = {key: body[key] for key, body in zip(keys, stage.heard, strict=True)}
    contact = told["contact_create_notification"]["contact"]
    assert contact["display_name"] == "Ada"
    message = told["message"]
    assert message["contact_message"] == {"text_message": {"text": "hi"}}
    assert message["direction"] == "TO_APP"
    assert message["channel_identity"] == {"channel": "WHATSAPP", "identity": ADA, "app_id": ""}
    assert message["contact_id"] == contact["id"]
    assert message["conversation_id"] == told["conversation_start_notification"]["conversation"]["id"]
    assert stage.calls == []


NOTIFICATIONS = {"contact_create_notification", "conversation_start_notification", "message"}


def test_dispatch_mode_makes_nothing() -> None:
    """In dispatch mode there is neither contact nor conversation."""
    stage = Stage("DISPATCH")
    stage.whatsapp(type="text", text={"body": "hi"})
    (message,) = stage.hear("message")
    assert (message["contact_id"], message["conversation_id"]) == ("", "")
    assert message["processing_mode"] == "DISPATCH"
    assert stage.service.state.contacts == {}


def test_app_scoped_identity_names_the_app() -> None:
    """A Telegram identity carries the app it was met by."""
    stage = Stage()
    stage.telegram(text="hi")
    (message,) = stage.hear("message")
    assert message["channel_identity"] == {"channel": "TELEGRAM", "identity": PAT, "app_id": stage.app_id}


def test_what_is_sent_twice_is_told_once() -> None:
    """A vendor's repeat is answered 200 and told no second time."""
    stage = Stage()
    for _ in range(3):
        assert stage.whatsapp(type="text", text={"body": "hi"}).status == 200
    assert len(stage.hear("message")) == 1


def test_text_waits_for_the_image_before_it() -> None:
    """A text never overtakes the image before it, however long that takes to fetch."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.whatsapp(id="wamid.2", type="text", text={"body": "what is this?"})
    assert stage.hear("message") == []
    first = stage.call()
    assert (first.url, first.target) == ("http://wa.test/v23.0/M1", "whatsapp")
    stage.reply_to(first, 200, LINK)
    second = stage.call()
    assert (second.url, second.headers["authorization"]) == ("http://wa.test/bytes/M1", "Bearer t")
    stage.reply_to(second, 200, b"jpg", content_type="image/jpeg")
    image, text = stage.hear("message")
    assert "media_message" in image["contact_message"]
    assert text["contact_message"] == {"text_message": {"text": "what is this?"}}


def test_other_customers_do_not_wait() -> None:
    """Only the same customer on the same channel waits."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.telegram(text="hi")
    stage.whatsapp(**{"id": "wamid.2", "from": "46700000002", "type": "text", "text": {"body": "hi"}})
    assert [message["channel_identity"]["identity"] for message in stage.hear("message")] == [PAT, "46700000002"]


def fetched(stage: Stage, **media: Any) -> dict[str, Any]:
    """Let an image with these fields arrive whole; return the contact message."""
    stage.whatsapp(type="image", image={"id": "M1", "mime_type": "image/jpeg", **media})
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 200, b"jpg", content_type="image/jpeg")
    (message,) = stage.hear("message")
    content: dict[str, Any] = message["contact_message"]
    return content


def test_file_is_served_from_an_unguessable_link() -> None:
    """The file lies under the gateway's own address, with its type, until its time is over."""
    stage = Stage()
    url = fetched(stage)["media_message"]["url"]
    path = url.removeprefix("http://127.0.0.1:8601")
    assert path.startswith("/media/")
    assert len(path.split("/")[2]) >= 32
    served = stage.raw("GET", path)
    assert (served.status, served.body, served.headers["content-type"]) == (200, b"jpg", "image/jpeg")
    stage.advance(7 * 86_400_000)
    assert stage.raw("GET", path).status == 404


def test_caption_makes_a_media_card() -> None:
    """A captioned file is a media card."""
    content = fetched(Stage(), caption="look")
    assert content["media_card_message"]["caption"] == "look"


def test_file_name_is_kept() -> None:
    """A document's own name is told, and stands at the end of the link."""
    stage = Stage()
    stage.whatsapp(type="document", document={"id": "M1", "filename": "a b.pdf", "mime_type": "application/pdf"})
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 200, b"pdf", content_type="application/pdf")
    (message,) = stage.hear("message")
    media = message["contact_message"]["media_message"]
    assert media["filename_override"] == "a b.pdf"
    assert media["url"].endswith("/a%20b.pdf")


def test_expired_link_is_asked_for_again() -> None:
    """When the second hop fails the first is made again: the link may have expired."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 404)
    assert stage.calls == []
    stage.advance(2_000)
    assert stage.call().url == "http://wa.test/v23.0/M1"
    stage.reply_to(stage.call(), 200, LINK)
    stage.reply_to(stage.call(), 200, b"jpg", content_type="image/jpeg")
    assert "media_message" in stage.hear("message")[0]["contact_message"]


def test_lost_file_becomes_a_fallback_and_lets_the_next_pass() -> None:
    """A file that cannot be had is told as a fallback after some tries; what waited behind it follows."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.whatsapp(id="wamid.2", type="text", text={"body": "there?"})
    tries = 0
    while stage.calls:
        tries += 1
        stage.reply_to(stage.call(), 503)
        stage.advance(60_000)
    lost, text = stage.hear("message")
    assert tries == 6
    fallback = lost["contact_message"]["fallback_message"]
    assert fallback["reason"]["code"] == "MEDIA_NOT_REACHABLE"
    assert orjson.loads(fallback["raw_message"])["image"]["id"] == "M1"
    assert text["contact_message"] == {"text_message": {"text": "there?"}}
    assert stage.wakes == []


def test_refused_file_is_not_asked_for_again() -> None:
    """A file that the channel does not have is given up at once."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    stage.reply_to(stage.call(), 400, {"error": {"code": 100, "error_subcode": 33}})
    assert stage.calls == []
    assert "fallback_message" in stage.hear("message")[0]["contact_message"]


def test_fetch_survives_a_snapshot() -> None:
    """A world restored between the hops, or between tries, still tells the messages in order."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", **IMAGE)
    stage.whatsapp(id="wamid.2", type="text", text={"body": "next"})
    stage.restart()
    stage.reply_to(stage.call(), 503)
    stage.restart()
    stage.advance(2_000)
    stage.reply_to(stage.call(), 200, LINK)
    stage.restart()
    stage.reply_to(stage.call(), 200, b"jpg", content_type="image/jpeg")
    assert [next(iter(m["contact_message"])) for m in stage.hear("message")] == ["media_message", "text_message"]


def offer(stage: Stage, identity: str, channel: str, vendor_id: str) -> tuple[str, list[str]]:
    """Send a choice and let it be accepted; return its id and what its buttons carry."""
    sent = stage.send(identity, channel, message=YES_NO, message_metadata="case-7")
    body = orjson.loads(stage.accept(vendor_id).body)
    stage.heard.clear()
    if channel == "TELEGRAM":
        return sent["message_id"], [row[0]["callback_data"] for row in body["reply_markup"]["inline_keyboard"]]
    return sent["message_id"], [button["reply"]["id"] for button in body["interactive"]["action"]["buttons"]]


def test_tapped_button_answers_the_choice() -> None:
    """A tap is told as the answer to the message that offered it, with that message's metadata."""
    stage = Stage()
    sent, payloads = offer(stage, ADA, "WHATSAPP", "wamid.MT1")
    reply = {"type": "button_reply", "button_reply": {"id": payloads[0], "title": "Yes"}}
    stage.whatsapp(type="interactive", interactive=reply, context={"id": "wamid.MT1"})
    (message,) = stage.hear("message")
    assert message["contact_message"] == {
        "choice_response_message": {"message_id": sent, "postback_data": "y"},
    }
    assert message["metadata"] == "case-7"


@pytest.mark.parametrize(("button", "postback"), [(0, "y"), (1, "n" * 60)])
def test_postback_that_was_too_long_to_travel(button: int, postback: str) -> None:
    """Telegram's 64 bytes cannot carry a long postback; its answer still has it, and is acknowledged."""
    stage = Stage()
    sent, payloads = offer(stage, PAT, "TELEGRAM", "77")
    assert all(len(payload) <= 64 for payload in payloads)
    person = {"id": int(PAT), "is_bot": False, "first_name": "Pat"}
    tapped = {"message_id": 77, "chat": {"id": int(PAT), "type": "private"}}
    query = {"id": "q1", "from": person, "message": tapped, "data": payloads[button]}
    stage.vendor("TELEGRAM", {"update_id": 9, "callback_query": query})
    (message,) = stage.hear("message")
    assert message["contact_message"] == {
        "choice_response_message": {"message_id": sent, "postback_data": postback},
    }
    call = stage.call()
    assert (call.name, orjson.loads(call.body)) == ("answerCallbackQuery", {"callback_query_id": "q1"})
    stage.reply_to(call, 200, {"ok": True, "result": True})
    assert stage.calls == []


def test_template_button_is_matched_by_its_message() -> None:
    """A payload that the business wrote itself is the postback; the message is the one it was tapped on."""
    stage = Stage()
    template = {"channel_template": {"WHATSAPP": {"template_id": "hello", "language_code": "en"}}}
    sent = stage.send(message={"template_message": template})
    stage.accept("wamid.T")
    stage.heard.clear()
    stage.whatsapp(type="button", button={"payload": "go", "text": "Go"}, context={"id": "wamid.T"})
    (message,) = stage.hear("message")
    assert message["contact_message"] == {
        "choice_response_message": {"message_id": sent["message_id"], "postback_data": "go"},
    }


def test_quote_of_the_business_and_of_the_customer() -> None:
    """A quoted message is named by its id, whoever wrote it; the business's one lends its metadata."""
    stage = Stage()
    sent = stage.send(message_metadata="case-7")
    stage.accept()
    stage.heard.clear()
    stage.whatsapp(id="wamid.1", type="text", text={"body": "why?"}, context={"id": "wamid.MT1"})
    stage.whatsapp(id="wamid.2", type="text", text={"body": "well?"}, context={"id": "wamid.1"})
    first, second = stage.hear("message")
    assert first["contact_message"]["reply_to"] == {"message_id": sent["message_id"]}
    assert first["metadata"] == "case-7"
    assert second["contact_message"]["reply_to"] == {"message_id": first["id"]}
    assert second["metadata"] == ""


def test_quote_of_a_stranger_is_left_out() -> None:
    """A quoted message that nobody knows is not named."""
    stage = Stage()
    stage.whatsapp(type="text", text={"body": "why?"}, context={"id": "wamid.unknown"})
    assert "reply_to" not in stage.hear("message")[0]["contact_message"]


def test_reaction_is_an_event() -> None:
    """A reaction is told as an event that names the message."""
    stage = Stage()
    sent = stage.send()
    stage.accept()
    stage.heard.clear()
    stage.whatsapp(type="reaction", reaction={"message_id": "wamid.MT1", "emoji": "x"})
    (event,) = stage.hear("event")
    assert event["contact_message_event"]["reaction_event"] == {
        "emoji": "x",
        "action": "REACTION_ACTION_REACT",
        "message_id": sent["message_id"],
    }
    assert event["direction"] == "TO_APP"


def test_start_opts_in_before_its_text() -> None:
    """/start on Telegram is an opt-in, then a text."""
    stage = Stage()
    stage.telegram(text="/start")
    keys = [key for body in stage.heard for key in body if key in {"opt_in_notification", "message"}]
    assert keys == ["opt_in_notification", "message"]
    opt_in = next(body["opt_in_notification"] for body in stage.heard if "opt_in_notification" in body)
    assert (opt_in["status"], opt_in["channel"], opt_in["identity"]) == ("OPT_IN_SUCCEEDED", "TELEGRAM", PAT)


def test_block_opts_out() -> None:
    """Blocking the bot is an opt-out of the known contact."""
    stage = Stage()
    stage.telegram(text="hi")
    contact_id = stage.hear("message")[0]["contact_id"]
    bot = {"id": 9, "is_bot": True}
    blocked = {
        "chat": {"id": int(PAT), "type": "private"},
        "from": {"id": int(PAT), "first_name": "Pat"},
        "date": 1,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": "kicked"},
    }
    stage.vendor("TELEGRAM", {"update_id": 2, "my_chat_member": blocked})
    (opt_out,) = stage.hear("opt_out_notification")
    assert (opt_out["status"], opt_out["contact_id"]) == ("OPT_OUT_SUCCEEDED", contact_id)


def test_what_has_no_shape_is_told_as_unsupported() -> None:
    """What the API has no shape for is handed on with the vendor's JSON."""
    stage = Stage()
    stage.whatsapp(type="unsupported", errors=[{"code": 131051}])
    (told,) = stage.hear("unsupported_callback")
    assert told["channel"] == "WHATSAPP"
    assert orjson.loads(told["payload"])["type"] == "unsupported"
    assert told["channel_identity"]["identity"] == ADA


def test_new_profile_name_is_taken_over_unless_somebody_changed_it() -> None:
    """A customer's new name shows with the next message; a name that the app gave stays."""
    stage = Stage()
    stage.whatsapp(id="wamid.1", type="text", text={"body": "hi"})
    contact_id = stage.hear("message")[0]["contact_id"]
    contact = stage.service.state.contacts[contact_id]

    def rename(n: int, name: str) -> None:
        message = {"from": ADA, "id": f"wamid.r{n}", "timestamp": "1", "type": "text", "text": {"body": "x"}}
        contacts = [{"profile": {"name": name}, "wa_id": ADA}]
        stage.vendor("WHATSAPP", change(contacts=contacts, messages=[message]))

    rename(1, "Ada L.")
    assert contact.display_name == "Ada L."
    assert stage.hear("contact_update_notification")[0]["contact"]["display_name"] == "Ada L."
    contact.display_name = "Customer 7"
    rename(2, "Ada Lovelace")
    assert contact.display_name == "Customer 7"


def test_sms_has_no_name() -> None:
    """A number without a name makes a contact called Unknown."""
    stage = Stage()
    stage.vendor("SMS", {"type": "mo_text", "id": "MO1", "from": ADA, "to": "1", "body": "hi", "received_at": ""})
    (message,) = stage.hear("message")
    assert stage.service.state.contacts[message["contact_id"]].display_name == "Unknown"


def test_unsigned_callbacks_are_refused() -> None:
    """With a callback secret only the vendor's own signature is believed; nothing is told otherwise."""
    stage = Stage()
    stage.service.state.apps[stage.app_id].credentials[0].callback_secret = SECRET
    try:
        body = change(messages=[{"from": ADA, "id": "w", "timestamp": "1", "type": "text", "text": {"body": "hi"}}])
        assert stage.vendor("WHATSAPP", body).status == 401
        assert stage.vendor("WHATSAPP", body, secret="other").status == 401
        assert stage.hear("message") == []
        assert stage.vendor("WHATSAPP", body, secret=SECRET).status == 200
        assert len(stage.hear("message")) == 1
    finally:
        stage.service.state.apps[stage.app_id].credentials[0].callback_secret = ""


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"{}", b'{"entry":[1]}', b'{"entry":[{"changes":[{"field":"messages","value":[]}]}]}'],
)
def test_nonsense_is_refused(body: bytes) -> None:
    """A body that is not the vendor's gets a 400 and changes nothing."""
    stage = Stage()
    assert stage.vendor("WHATSAPP", body).status == 400
    assert stage.heard == []


def test_callbacks_of_unknown_apps_and_channels() -> None:
    """Nobody answers for an app or a channel that is not there."""
    stage = Stage()
    path = f"/adapter/v1/VIBER/{stage.app_id}/callback"
    assert stage.raw("POST", path, b"{}").status == 404
    assert stage.raw("POST", "/adapter/v1/WHATSAPP/nobody/callback", b"{}").status == 404


def test_handshake() -> None:
    """Graph's check of the callback URL is answered with its challenge."""
    stage = Stage()
    query = {"hub.mode": "subscribe", "hub.verify_token": "x", "hub.challenge": "42"}
    path = f"/adapter/v1/WHATSAPP/{stage.app_id}/callback"
    outcome = stage.service.request(Request("GET", path, query=query, headers=Headers()), stage.now)
    assert (outcome.reply.status, outcome.reply.body) == (200, b"42")


def test_repeats_are_remembered_within_bounds() -> None:
    """The memory of what arrived does not grow without end."""
    stage = Stage()
    stage.service.state.traffic.seen = {str(n): 0 for n in range(20_000)}
    stage.whatsapp(type="text", text={"body": "hi"})
    assert len(stage.service.state.traffic.seen) == 20_000
    assert len(stage.hear("message")) == 1


def test_idle_summary_names_waiting_customers() -> None:
    """Who waits for a file is said in a sentence."""
    stage = Stage()
    stage.whatsapp(**IMAGE)
    assert any(ADA in line for line in stage.service.idle_summary())
