"""What the app is told about customers, as playbooks."""

import orjson
import pytest

from fake_sinch.tests.stage import ADA, PAT, Stage, change

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
