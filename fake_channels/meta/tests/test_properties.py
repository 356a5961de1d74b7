"""What holds for every input: nothing makes the server fail, and nothing changes on the way."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_channels.core.handset import SendText
from fake_channels.core.http import HttpRequest
from fake_channels.meta import bodies, graph
from fake_channels.meta.tests.calls import FAMILY, Business

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
_WORDS = """
message text attachment attachments type template payload template_type generic elements quick_replies recipient id
sender_action react image url reply_to mid tag like_heart get_started persistent_menu greeting
"""
WORDS = st.sampled_from(_WORDS.split())
SHAPED = st.recursive(
    JSON | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)
_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_SLOW
@given(message=SHAPED, more=st.dictionaries(WORDS, SHAPED, max_size=3), name=st.sampled_from(sorted(FAMILY)))
def test_no_request_makes_the_server_fail(message: Any, more: Any, name: str) -> None:
    """Whatever it says, the answer is a 200 or an error in Graph's envelope."""
    business = Business(FAMILY[name])
    customer = business.writer()
    body = {"message": message, **more, "recipient": {"id": customer.identity}}
    for path in ("/me/messages", "/me/message_attachments", "/me/messenger_profile", "/me/subscribed_apps"):
        status, answer = business.call("POST", path, body)
        assert status < 500
        assert status == 200 or answer["error"]["code"]


@given(fields=st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_a_form_says_what_json_says(fields: dict[str, str]) -> None:
    """Each field as it was, or as the JSON that it spells."""
    fields = {key: value for key, value in fields.items() if key not in {"access_token", "appsecret_proof"}}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    read = bodies.read(HttpRequest("POST", "/", headers=headers, body=urlencode(fields).encode())).parameters
    assert {key: read[key] for key in fields if fields[key][:1] not in {"{", "["}} == {
        key: value for key, value in fields.items() if value[:1] not in {"{", "["}
    }
    objects = {key: {"text": value} for key, value in fields.items()}
    spelt = urlencode({key: orjson.dumps(value).decode() for key, value in objects.items()}).encode()
    assert bodies.read(HttpRequest("POST", "/", headers=headers, body=spelt)).parameters == objects


@given(payload=JSON)
def test_what_is_signed_reads_as_it_was(payload: Any) -> None:
    """ASCII escapes and escaped slashes change nothing."""
    body = graph.sign_webhook(payload, "secret").body
    assert body.isascii()
    assert orjson.loads(body) == payload


@_SLOW
@given(text=TEXTS, name=st.sampled_from(sorted(FAMILY)))
def test_a_text_comes_back_as_it_went(text: str, name: str) -> None:
    """Both ways, whatever it holds."""
    if not text.strip():
        return
    business = Business(FAMILY[name])
    customer = business.writer()
    business.act(customer, SendText(text=text))
    assert [one["text"] for one in business.heard("message")] == [text]
    business.text(customer, text)
    assert [one["text"] for one in business.heard("message")] == [text]
    assert customer.screen[-1].text == text
