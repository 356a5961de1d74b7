"""What agents send: read, checked against channel, window and templates, and written as an AppMessage."""

from typing import Any

import pytest

from contactpro_bridge.chats.channels import CHANNELS, Kind, channel_of
from contactpro_bridge.errors import Refusal
from contactpro_bridge.outbound.content import (
    app_message,
    check_channel,
    check_template,
    check_window,
    read_outgoing,
    send_body,
)
from contactpro_bridge.settings.tenant import TemplateSettings
from contactpro_bridge.whatsapp.window import Window, WindowState

TEMPLATE = {"name": "shipped", "language": "en_US", "parameters": {"body[1]text": "4711"}}
PLACE = {"latitude": 60.17, "longitude": 24.94, "title": "Here"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"text": "Hi"}, {"text_message": {"text": "Hi"}}),
        (
            {"attachment_id": "F"},
            {"media_message": {"url": "https://b.example/f", "filename_override": "f.pdf"}},
        ),
        (
            {"location": PLACE},
            {"location_message": {"title": "Here", "coordinates": {"latitude": 60.17, "longitude": 24.94}}},
        ),
        (
            {"location": {"latitude": 0, "longitude": 0, "label": "Door"}},
            {
                "location_message": {
                    "title": "Location",
                    "coordinates": {"latitude": 0.0, "longitude": 0.0},
                    "label": "Door",
                }
            },
        ),
        (
            {"quick_replies": {"text": "Well?", "choices": ["Yes", {"title": "No"}]}},
            {
                "choice_message": {
                    "text_message": {"text": "Well?"},
                    "choices": [
                        {"text_message": {"text": "Yes"}, "postback_data": "Yes"},
                        {"text_message": {"text": "No"}, "postback_data": "No"},
                    ],
                }
            },
        ),
        (
            {"template": TEMPLATE},
            {
                "template_message": {
                    "channel_template": {
                        "WHATSAPP": {
                            "template_id": "shipped",
                            "language_code": "en_US",
                            "parameters": {"body[1]text": "4711"},
                        }
                    }
                }
            },
        ),
        (
            {"template": {**TEMPLATE, "parameters": ["4711"]}},
            {
                "template_message": {
                    "channel_template": {
                        "WHATSAPP": {
                            "template_id": "shipped",
                            "language_code": "en_US",
                            "parameters": {"body[1]text": "4711"},
                        }
                    }
                }
            },
        ),
    ],
    ids=lambda body: next(iter(body)),
)
def test_every_kind_becomes_its_app_message(body: dict[str, Any], message: dict[str, Any]) -> None:
    """As the Conversation API documents them."""
    outgoing = read_outgoing(body)
    assert app_message(outgoing, "WHATSAPP", media_url="https://b.example/f", media_name="f.pdf") == message


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, "bad_request"),
        ({}, 400, "exactly_one_content"),
        ({"text": "a", "location": PLACE}, 400, "exactly_one_content"),
        ({"text": "a", "colour": "red"}, 400, "bad_request"),
        ({"text": " "}, 400, "empty_text"),
        ({"text": 7}, 400, "empty_text"),
        ({"text": "x" * 20_001}, 422, "text_too_long"),
        ({"text": "a\ud800"}, 400, "bad_text"),
        ({"text": "a", "client_id": ""}, 400, "bad_request"),
        ({"text": "a", "client_id": 7}, 400, "bad_request"),
        ({"text": "a", "client_id": "x\0"}, 400, "bad_request"),
        ({"text": "a", "client_id": "x" * 129}, 400, "bad_request"),
        ({"text": "a", "caption": "b"}, 400, "bad_request"),
        ({"location": []}, 400, "bad_request"),
        ({"location": {"latitude": 90.1, "longitude": 0}}, 400, "bad_location"),
        ({"location": {"latitude": True, "longitude": 0}}, 400, "bad_location"),
        ({"location": {"latitude": 0, "longitude": float("nan")}}, 400, "bad_location"),
        ({"quick_replies": {"text": "a", "choices": []}}, 400, "bad_choices"),
        ({"quick_replies": {"text": "a", "choices": ["x"] * 2}}, 400, "bad_choices"),
        ({"quick_replies": {"text": "a", "choices": [str(n) for n in range(11)]}}, 400, "bad_choices"),
        ({"template": {"name": "a"}}, 400, "empty_text"),
        ({"template": {**TEMPLATE, "parameters": "x"}}, 400, "bad_request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_mistakes_are_refused_with_a_code(body: Any, status: int, code: str) -> None:
    """Before anything is stored."""
    with pytest.raises(Refusal) as refused:
        read_outgoing(body)
    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize("name", sorted(CHANNELS))
@pytest.mark.parametrize("kind", list(Kind))
def test_a_channel_takes_what_its_row_says(name: str, kind: Kind) -> None:
    """What it cannot carry is refused at once."""
    bodies: dict[Kind, dict[str, Any]] = {
        Kind.TEXT: {"text": "a"},
        Kind.MEDIA: {"attachment_id": "F"},
        Kind.LOCATION: {"location": PLACE},
        Kind.QUICK_REPLIES: {"quick_replies": {"text": "a", "choices": ["b"]}},
        Kind.TEMPLATE: {"template": TEMPLATE},
    }
    outgoing = read_outgoing(bodies[kind])
    if kind in CHANNELS[name].kinds:
        check_channel(outgoing, channel_of(name))
        return
    with pytest.raises(Refusal) as refused:
        check_channel(outgoing, channel_of(name))
    assert refused.value.code == "not_on_this_channel"


def test_a_text_may_be_exactly_as_long_as_the_channel_takes() -> None:
    """One character more is refused."""
    check_channel(read_outgoing({"text": "x" * 4096}), channel_of("WHATSAPP"))
    with pytest.raises(Refusal) as refused:
        check_channel(read_outgoing({"text": "x" * 4097}), channel_of("WHATSAPP"))
    assert refused.value.code == "text_too_long"


@pytest.mark.parametrize(
    ("state", "body", "code"),
    [
        (WindowState.OPEN, {"text": "a"}, None),
        (WindowState.NONE, {"text": "a"}, None),
        (WindowState.TEMPLATE_ONLY, {"text": "a"}, "whatsapp_window_closed"),
        (WindowState.TEMPLATE_ONLY, {"template": TEMPLATE}, None),
        (WindowState.BLOCKED, {"text": "a"}, "whatsapp_not_opted_in"),
        (WindowState.BLOCKED, {"template": TEMPLATE}, "whatsapp_not_opted_in"),
    ],
)
def test_the_window_decides(state: WindowState, body: dict[str, Any], code: str | None) -> None:
    """Outside the window templates only; without an opt-in nothing."""
    if code is None:
        check_window(read_outgoing(body), Window(state))
        return
    with pytest.raises(Refusal) as refused:
        check_window(read_outgoing(body), Window(state))
    assert (refused.value.status, refused.value.code) == (409, code)


KNOWN = [TemplateSettings(name="shipped", language="en_US", text="Order {{1}} left.", parameters=["body[1]text"])]


def test_a_template_is_shown_with_its_parameters() -> None:
    """Agents read what the customer reads."""
    assert check_template(TEMPLATE, KNOWN) == "Order 4711 left."


def test_without_templates_configured_any_may_be_sent() -> None:
    """Then only Meta knows them."""
    assert check_template(TEMPLATE, []) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "other"}, "template_unknown"),
        ({"language": "fi"}, "template_unknown"),
        ({"parameters": {}}, "template_parameters_missing"),
    ],
)
def test_a_template_that_cannot_be_right_is_refused(changes: dict[str, Any], code: str) -> None:
    """Name, language and parameters are checked."""
    with pytest.raises(Refusal) as refused:
        check_template({**TEMPLATE, **changes}, KNOWN)
    assert refused.value.code == code


def test_a_contact_is_addressed_by_id_and_a_number_by_channel() -> None:
    """In dispatch mode, and in chats that an agent began, there is no contact."""
    where = {"app_id": "A", "channel": "SMS", "identity": "358401"}
    assert send_body({}, "E", **where, contact_id="C")["recipient"] == {"contact_id": "C"}
    identities = [{"channel": "SMS", "identity": "358401"}]
    body = send_body({}, "E", **where, contact_id="")
    assert body["recipient"] == {"identified_by": {"channel_identities": identities}}
