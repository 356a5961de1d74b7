"""The whole way: a customer's message to the agent, the agent's answer to the API, the receipt back."""

from contactpro_bridge.chats.attached import OWN_KEY
from contactpro_bridge.tests.stage import PHONE, Stage, receipt, texts


async def test_text_goes_both_ways(stage: Stage) -> None:
    """A customer's text is read by the agent, and the answer is sent to the same contact on the same channel."""
    chat_id = await stage.open_chat("Where is my order?")
    assert texts(await stage.transcript(chat_id)) == ["Where is my order?"]
    answer = await stage.say(chat_id, "It left this morning.")
    assert answer.status == 201
    assert answer.body["entry"]["delivery"]["state"] == "sent"
    (sent,) = stage.api.sent
    assert sent["message"] == {"text_message": {"text": "It left this morning."}}
    assert sent["recipient"] == {"contact_id": "01CONTACT0000000000000000A"}
    assert sent["channel_priority_order"] == ["WHATSAPP"]
    assert OWN_KEY in sent["message_metadata"]


async def test_a_chat_shows_who_and_where(stage: Stage) -> None:
    """A new chat waits in its queue under the customer's identity, with an open window."""
    await stage.receive()
    chat = await stage.chat()
    assert (chat["state"], chat["sub_channel"], chat["identity"]) == ("in_queue", "whatsapp", PHONE)
    assert chat["queue"]["name"] == "General"
    assert chat["customer_name"] == PHONE
    assert chat["window"] == {"state": "open", "expires_at": "2026-01-02T12:00:00.000000Z"}


async def test_receipts_move_the_state_forward_only(stage: Stage) -> None:
    """READ before DELIVERED stays read."""
    chat_id = await stage.open_chat()
    await stage.say(chat_id, "Hi")
    for status in ("QUEUED_ON_CHANNEL", "READ", "DELIVERED"):
        assert (await stage.webhook(receipt("MT1", status))).status == 200
    entry = (await stage.transcript(chat_id))[-1]
    assert entry["delivery"]["state"] == "read"
