"""Whatever a vendor's server sends, the gateway answers, and its state stays one that can be saved."""

from typing import Any

import msgspec
import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_sinch.state import Project
from fake_sinch.tests.stage import Stage

WORDS = st.sampled_from(
    [
        "entry", "changes", "field", "messages", "value", "metadata", "phone_number_id", "WA", "contacts", "statuses",
        "id", "from", "type", "text", "image", "interactive", "button_reply", "list_reply", "context", "status",
        "delivered", "failed", "errors", "update_id", "message", "callback_query", "data", "chat", "photo", "location",
        "my_chat_member", "new_chat_member", "kicked", "mo_text", "body", "batch_id", "recipient_delivery_report_sms",
    ]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | WORDS
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=20
)
STAGE = Stage()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["WHATSAPP", "TELEGRAM", "SMS"]), TREES, TREES)
def test_any_json_gets_an_answer(channel: str, whole: Any, part: Any) -> None:
    """Any JSON, bare or where the vendor's objects stand, is answered 200 or 400 and can be saved."""
    shaped: dict[str, Any] = {
        "WHATSAPP": {"entry": [{"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "WA"}}}]}]},
        "TELEGRAM": {"update_id": 1, "message": part},
        "SMS": {"type": "mo_text", "id": part},
    }[channel]
    if channel == "WHATSAPP" and isinstance(part, dict):
        shaped["entry"][0]["changes"][0]["value"] |= {"messages": [part], "statuses": [part]}
    for body in (whole, shaped):
        assert STAGE.vendor(channel, orjson.dumps(body)).status in {200, 400}
    STAGE.calls.clear()
    msgspec.msgpack.decode(msgspec.msgpack.encode(STAGE.service.state), type=Project)
