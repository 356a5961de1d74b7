"""The SMS API's shapes, both ways, good and malformed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.sms import wire
from fake_channels.sms.state import Batch, Order
from fake_channels.tests.scene import START

SAMPLES = Path(__file__).parents[1] / "samples"
REQUESTS: dict[str, Any] = orjson.loads((SAMPLES / "requests.json").read_bytes())
CALLBACKS: dict[str, Any] = orjson.loads((SAMPLES / "callbacks.json").read_bytes())
SINCE = wire.parse_time("now", "2026-11-23T10:00:00Z")


def order(**fields: Any) -> Order:
    """A valid order with these fields."""
    return wire.parse_order({"to": ["15550100100"], "body": "Hello", **fields}, SINCE)


@pytest.mark.parametrize("name", REQUESTS)
def test_sample_requests_are_understood_and_rendered_back_to_the_same_order(name: str) -> None:
    """A rendered order is a request that leads to that order again."""
    understood = wire.parse_order(REQUESTS[name], SINCE)
    assert wire.parse_order(wire.render_order(understood), SINCE) == understood


@pytest.mark.parametrize("name", CALLBACKS)
def test_sample_callbacks_are_valid(name: str) -> None:
    """What the documented fields compose to passes our own schema."""
    assert wire.WEBHOOK.accepts(CALLBACKS[name])


@pytest.mark.parametrize(
    "broken",
    [
        {**CALLBACKS["inbound text"], "from": "+15550100100"},
        {**CALLBACKS["inbound text"], "type": "mo_media"},
        {**CALLBACKS["summary report"], "statuses": []},
        {**CALLBACKS["recipient report, required fields"], "status": "DELIVERED"},
        {**CALLBACKS["recipient report, required fields"], "at": "2026-11-23T10:00:00Z"},
        {**CALLBACKS["recipient report, required fields"], "invented": 1},
    ],
)
def test_the_webhook_schema_refuses_what_the_vendor_never_sends(broken: Any) -> None:
    """Plus signs, unknown types, capitals, other time formats and invented fields are refused."""
    assert not wire.WEBHOOK.accepts(broken)


@pytest.mark.parametrize(
    ("given_number", "returned"),
    [
        ("+15550100100", "15550100100"),
        ("15550100100", "15550100100"),
        ("0015550100100", "15550100100"),
        ("+1 (555) 010-0100", "15550100100"),
        ("+1.555.010.0100", "15550100100"),
        ("+49 30 901820", "4930901820"),
        ("", ""),
        ("+", ""),
        ("0", ""),
        ("+0015550100100", ""),
        ("123", ""),
        ("1" * 16, ""),
        ("\u0661\u0665\u0665\u0665\u0660\u0661\u0660\u0660\u0661\u0660\u0660", ""),
        ("15550100100\n+", ""),
    ],
)
def test_numbers_are_taken_in_any_spelling_and_returned_as_digits(given_number: str, returned: str) -> None:
    """Plus, 00, spaces, dashes, dots and brackets are spelling; anything else is no number."""
    assert wire.normalised(given_number) == returned


MALFORMED = [
    ({"body": "x"}, "syntax_constraint_violation", "[to]"),
    ({"to": ["15550100100"]}, "syntax_constraint_violation", "[body]"),
    ({"to": [], "body": "x"}, "syntax_constraint_violation", "[to]"),
    ({"to": "15550100100", "body": "x"}, "syntax_invalid_parameter_format", "[to]"),
    ({"to": [15550100100], "body": "x"}, "syntax_invalid_parameter_format", "[to] at 0"),
    ({"to": ["nobody"], "body": "x"}, "syntax_constraint_violation", "[to] 'nobody'"),
    ({"to": ["01FC66621VHDBN119Z8PMV1QPU"], "body": "x"}, "unknown_group", "[to]"),
    ({"to": ["15550100100"] * 1_001, "body": "x"}, "syntax_constraint_violation", "[to]"),
    ({"to": ["15550100100"], "body": ""}, "syntax_constraint_violation", "[body]"),
    ({"to": ["15550100100"], "body": "x" * 2_001}, "syntax_constraint_violation", "[body]"),
    ({"to": ["15550100100"], "body": {"url": "x"}}, "syntax_invalid_parameter_format", "[body]"),
    ({"to": ["15550100100"], "body": "x", "type": "mt_media"}, "syntax_constraint_violation", "[type]"),
    ({"to": ["15550100100"], "body": "x", "type": "mt_voice"}, "syntax_constraint_violation", "[type]"),
    ({"to": ["15550100100"], "body": "x", "type": 7}, "syntax_constraint_violation", "[type]"),
    ({"to": ["15550100100"], "body": "x", "delivery_report": "all"}, "syntax_constraint_violation", "[delivery_report"),
    ({"to": ["15550100100"], "body": "x", "send_at": "tomorrow"}, "syntax_invalid_parameter_format", "[send_at]"),
    ({"to": ["15550100100"], "body": "x", "send_at": "9999-12-31T23:59:59Z"}, "syntax_constraint_violation", "[send"),
    ({"to": ["15550100100"], "body": "x", "expire_at": "2026-11-23T10:00:00Z"}, "syntax_constraint_violation", "[exp"),
    ({"to": ["15550100100"], "body": "x", "expire_at": "2026-11-26T10:00:01Z"}, "syntax_constraint_violation", "[exp"),
    ({"to": ["15550100100"], "body": "x", "callback_url": "ftp://x"}, "syntax_invalid_parameter_format", "[callback"),
    ({"to": ["15550100100"], "body": "x", "callback_url": "http://" + "x" * 2_048}, "syntax_constraint_violation", "["),
    ({"to": ["15550100100"], "body": "x", "client_reference": "x" * 129}, "syntax_constraint_violation", "[client_"),
    ({"to": ["15550100100"], "body": "x", "parameters": {"n" * 17: {}}}, "syntax_constraint_violation", "[parameters]"),
    ({"to": ["15550100100"], "body": "x", "parameters": {"n": {"default": "x" * 161}}}, "syntax_constraint", "[param"),
    ({"to": ["15550100100"], "body": "x", "max_number_of_message_parts": 0}, "syntax_constraint_violation", "[max_"),
    ({"to": ["15550100100"], "body": "x", "type": "mt_binary"}, "syntax_constraint_violation", "[udh]"),
    ({"to": ["15550100100"], "body": "x", "type": "mt_binary", "udh": "00"}, "syntax_invalid_parameter_for", "[body]"),
    ({"to": ["15550100100"], "body": "AAAA" * 47, "type": "mt_binary", "udh": "00"}, "syntax_constraint_", "[body]"),
    ([], "syntax_invalid_parameter_format", "[request]"),
    (None, "syntax_invalid_parameter_format", "[request]"),
]


@pytest.mark.parametrize(("body", "code", "text"), MALFORMED)
def test_what_is_wrong_is_refused_with_the_vendors_code_and_the_field(body: Any, code: str, text: str) -> None:
    """Each refusal has a documented code and names the field in brackets."""
    with pytest.raises(wire.Refused) as refused:
        wire.parse_order(body, SINCE)
    assert str(refused.value.error.code).startswith(code)
    assert refused.value.text.startswith(text)


def test_all_mistakes_are_told_at_once() -> None:
    """A business mends a request in one go."""
    with pytest.raises(wire.Refused) as refused:
        wire.parse_order({"to": 1, "body": 2, "flash_message": 3}, SINCE)
    assert [field in refused.value.text for field in ("[to]", "[body]", "[flash_message]")] == [True] * 3


def test_exactly_the_limits_are_taken() -> None:
    """1,000 recipients, 2,000 characters, 3 days and 140 bytes are still right."""
    many = [f"1555{number:07d}" for number in range(1_000)]
    taken = order(to=many, body="x" * 2_000, expire_at="2026-11-26T10:00:00Z", client_reference="r" * 128)
    assert len(taken.to) == 1_000
    assert order(type="mt_binary", body="AAAA" * 46, udh="0000").type == "mt_binary"


def test_recipients_are_each_kept_once() -> None:
    """Two spellings of one number are one recipient."""
    assert order(to=["+15550100100", "0015550100100", "15550100101"]).to == ("15550100100", "15550100101")


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("x" * 160, "text", 1),
        ("x" * 161, "text", 2),
        ("x" * 306, "text", 2),
        ("x" * 307, "text", 3),
        ("€" * 80, "text", 1),
        ("€" * 81, "text", 2),
        ("ж" * 70, "unicode", 1),
        ("ж" * 71, "unicode", 2),
        ("ж" * 134, "unicode", 2),
        ("ж" * 135, "unicode", 3),
        ("👋" * 35, "unicode", 1),
        ("👋" * 36, "unicode", 2),
        ("`", "unicode", 1),
    ],
)
def test_parts_are_counted_as_phones_count_them(text: str, encoding: str, parts: int) -> None:
    """160 and 153 septets, 70 and 67 UTF-16 units; an extension character or an emoji counts twice."""
    found = wire.split(text)
    assert (found.encoding, len(found.parts)) == (encoding, parts)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_joined_parts_are_the_text(text: str) -> None:
    """Splitting loses and changes nothing."""
    assert "".join(wire.split(text).parts) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_a_shortened_text_is_the_longest_start_that_fits_one_part(text: str) -> None:
    """It is a prefix in one part, and one character more would not be, in the same encoding."""
    short = wire.shortened(text)
    assert text.startswith(short)
    assert len(wire.split(short).parts) <= 1
    if short != text and wire.split(short).encoding == wire.split(text).encoding:
        assert len(wire.split(text[: len(short) + 1]).parts) == 2


@pytest.mark.parametrize(
    ("parameters", "text", "missing"),
    [
        ({}, "Hi ${name}", ""),
        ({"name": {"15550100100": "Ada"}}, "Hi Ada", ""),
        ({"name": {"+1 555 010 0100": "Ada", "default": "you"}}, "Hi Ada", ""),
        ({"name": {"default": "you"}}, "Hi you", ""),
        ({"name": {"15550100101": "Bo"}}, "Hi ${name}", "name"),
        ({"other": {"default": "x"}}, "Hi ${name}", "name"),
        ({"name": {"default": "${name}"}}, "Hi ${name}", ""),
    ],
)
def test_parameters_are_filled_for_each_recipient(parameters: Any, text: str, missing: str) -> None:
    """The recipient's own value, else the default, else it is missing; values are not filled again."""
    assert wire.filled(order(body="Hi ${name}", parameters=parameters), "15550100100") == (text, missing)


def test_a_batch_answers_its_defaults() -> None:
    """What was not asked for comes back as the vendor's default; numbers come without plus."""
    batch = Batch("01FC66621VHDBN119Z8PMV1QPQ", order(to=["+15550100100"]), START, START)
    assert wire.render_batch(batch) == {
        "id": "01FC66621VHDBN119Z8PMV1QPQ",
        "to": ["15550100100"],
        "body": "Hello",
        "type": "mt_text",
        "delivery_report": "none",
        "feedback_enabled": False,
        "flash_message": False,
        "truncate_concat": False,
        "canceled": False,
        "created_at": "2023-11-14T22:13:20.000Z",
        "modified_at": "2023-11-14T22:13:20.000Z",
        "expire_at": "2023-11-17T22:13:20.000Z",
    }


def test_a_null_in_an_update_takes_the_field_back_to_its_default() -> None:
    """Null is not "as before"."""
    batch = Batch(
        "01FC66621VHDBN119Z8PMV1QPQ", order(client_reference="a", max_number_of_message_parts=2), SINCE, SINCE
    )
    changed = wire.parse_update({"client_reference": None, "body": "Bye"}, batch)
    assert (changed.client_reference, changed.body, changed.max_parts) == ("", "Bye", 2)


@pytest.mark.parametrize(
    "update",
    [{"to": ["15550100101"]}, {"to_add": ["x"]}, {"to_add": "x"}, {"to_remove": ["15550100100"]}, {"body": 1}, [], 3],
)
def test_malformed_updates_are_refused(update: Any) -> None:
    """Recipients change by to_add and to_remove only, and some must stay."""
    batch = Batch("01FC66621VHDBN119Z8PMV1QPQ", order(), SINCE, SINCE)
    with pytest.raises(wire.Refused):
        wire.parse_update(update, batch)


def test_a_page_counts_all_and_holds_its_own() -> None:
    """`count` is the whole list; a page beyond the end is empty."""
    entries = [{"n": number} for number in range(5)]
    assert wire.render_page("batches", entries, 1, 2) == {
        "count": 5,
        "page": 1,
        "page_size": 2,
        "batches": [{"n": 2}, {"n": 3}],
    }
    assert wire.render_page("batches", entries, 3, 2)["batches"] == []
