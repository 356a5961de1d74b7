"""Metadata to attached data: the documented rules, and those decided where the vendor is silent."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactpro_bridge.chats.attached import (
    MAX_DEPTH,
    MAX_KEY_LENGTH,
    MAX_KEYS,
    MAX_TEXT_LENGTH,
    MAX_VALUE_LENGTH,
    OWN_KEY,
    Problem,
    combine,
    extract,
    is_xml_name,
    merge,
    own_entry_id,
)

PLAIN = '{"customerId":"4711","zipcode":"01230"}'
ENTRY = "0123456789ABCDEF0123456789ABCDEF"


def test_plain_json_becomes_attached_data() -> None:
    """An object of texts is taken over as it stands."""
    found = extract(PLAIN)
    assert found.values == {"customerId": "4711", "zipcode": "01230"}
    assert found.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace('"', '\\"'),
        json.dumps(PLAIN),
        PLAIN.replace('"', '\\"').replace(",", ",\n  "),
    ],
    ids=["escaped quotes", "json in a json string", "escaped quotes over several lines"],
)
def test_backslash_escaped_json_is_the_same(text: str) -> None:
    """Quotes escaped with backslashes, as the vendor's example has them, mean the same."""
    assert extract(text).values == {"customerId": "4711", "zipcode": "01230"}


@pytest.mark.parametrize(
    "key",
    ["customer Id", "2ndcustomerId", "-a", ".a", "", " a", "a:b", "a/b", "a!", "ключ 1", "\ud800", "k" * 129],
)
def test_an_illegal_key_is_skipped_alone(key: str) -> None:
    """A key that is no XML element name is skipped with a problem; its neighbours stay."""
    found = extract(json.dumps({"good": "1", key: "2", "fine": "3"}))
    assert found.values == {"good": "1", "fine": "3"}
    (problem,) = found.problems
    assert problem.key == key[:MAX_KEY_LENGTH].encode("utf-8", "replace").decode()


@pytest.mark.parametrize("key", ["customerId", "secondcustomerId", "_x", "a-b.c1", "ключ", "Größe", "k" * 128])
def test_legal_keys(key: str) -> None:
    """Letters of any script, digits, dots and dashes behind the first one, up to the longest key."""
    assert is_xml_name(key)


@pytest.mark.parametrize(
    ("json_value", "text"),
    [("1", "1"), ("1.10", "1.10"), ("-0", "-0"), ("1e400", "1e400"), ("true", "true"), ("false", "false"), ('""', "")],
)
def test_numbers_and_booleans_become_text_as_they_were_written(json_value: str, text: str) -> None:
    """1.10 stays 1.10: attached data is text."""
    assert extract(f'{{"k":{json_value}}}').values == {"k": text}


def test_a_number_of_thousands_of_digits_is_text_too() -> None:
    """No number is too long to be text."""
    assert extract('{"k":' + "9" * 4096 + "}").values == {"k": "9" * 4096}


def test_nested_values_are_flattened_with_dots() -> None:
    """Objects and lists become dotted keys."""
    found = extract('{"order":{"id":7,"items":["a",{"b":true}]}}')
    assert found.values == {"order.id": "7", "order.items.0": "a", "order.items.1.b": "true"}


def test_nesting_has_a_limit() -> None:
    """What is nested deeper is skipped with a problem."""
    text = '{"a":' * (MAX_DEPTH + 2) + "1" + "}" * (MAX_DEPTH + 2)
    found = extract(text)
    assert found.values == {}
    assert "nested" in found.problems[0].problem


def test_null_is_skipped_with_a_problem() -> None:
    """Null is no value."""
    assert extract('{"a":null,"b":"1"}') == extract('{"b":"1","a":null}')
    assert extract('{"a":null}').problems == (Problem("a", "The value is null."),)


def test_of_a_key_given_twice_the_last_value_stays() -> None:
    """As in most readers of JSON."""
    assert extract('{"a":"1","a":"2"}').values == {"a": "2"}


@pytest.mark.parametrize(
    "text",
    ["{", "[1]", '"text"', "7", "null", "metadata", "{'a':1}", "\\", '{"a":1}}', "[" * 60_000, "\ud800", "\0"],
)
def test_malformed_metadata_is_one_problem_and_no_value(text: str) -> None:
    """Whatever is no JSON object of keys and values is told once, under no key."""
    found = extract(text)
    assert found.values == {}
    assert [problem.key for problem in found.problems] == [""]


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_no_metadata_is_no_problem(text: str) -> None:
    """Empty metadata yields nothing at all."""
    assert extract(text).values == {}
    assert extract(text).problems == ()


def test_too_large_metadata_is_not_read() -> None:
    """Beyond the greatest length nothing is taken."""
    found = extract(json.dumps({"a": "x" * MAX_TEXT_LENGTH}))
    assert found.values == {}
    assert "characters" in found.problems[0].problem


def test_a_value_has_a_greatest_length() -> None:
    """The longest value is taken, a longer one is skipped."""
    found = extract(json.dumps({"a": "x" * MAX_VALUE_LENGTH, "b": "x" * (MAX_VALUE_LENGTH + 1)}))
    assert set(found.values) == {"a"}
    assert [problem.key for problem in found.problems] == ["b"]


def test_keys_have_a_greatest_number() -> None:
    """Keys beyond the greatest number are skipped."""
    found = extract(json.dumps({f"k{n}": "1" for n in range(MAX_KEYS + 3)}))
    assert len(found.values) == MAX_KEYS
    assert [problem.key for problem in found.problems] == [f"k{MAX_KEYS + n}" for n in range(3)]


def test_what_a_database_cannot_hold_is_replaced() -> None:
    """NUL and halves of surrogate pairs do not get into values."""
    assert extract('{"a":"x\\u0000y\\ud800z"}').values == {"a": "x\ufffdy?z"}


@settings(max_examples=40)
@given(st.text() | st.builds(json.dumps, st.dictionaries(st.text(max_size=5), st.text() | st.lists(st.text()))))
def test_no_text_makes_it_raise_and_everything_can_be_stored(text: str) -> None:
    """Metadata never costs the message: whatever it is, the result is UTF-8 without NUL."""
    found = extract(text)
    for part in (*found.values, *found.values.values(), *(problem.key for problem in found.problems)):
        assert "\0" not in part
        part.encode()


def test_metadata_wins_over_message_metadata() -> None:
    """Both are read; of a key in both, metadata's value stays."""
    found = combine('{"a":"1","b":"1"}', '{"b":"2","c":"2"}')
    assert found.values == {"a": "1", "b": "1", "c": "2"}


def test_precedence_can_be_turned_round() -> None:
    """When it is configured so, message_metadata wins."""
    found = combine('{"a":"1"}', '{"a":"2"}', prefer_message_metadata=True)
    assert found.values == {"a": "2"}


def test_the_same_mistake_in_both_texts_is_told_once() -> None:
    """The API repeats one text in both places."""
    assert len(combine("{", "{").problems) == 1


def test_a_later_message_overwrites_and_adds() -> None:
    """Attached data grows with the chat."""
    stored = merge({}, {"a": "1", "b": "1"}, 10)
    assert merge(stored, {"b": "2", "c": "2"}, 20) == {"a": ["1", 10], "b": ["2", 20], "c": ["2", 20]}


def test_an_older_message_that_comes_late_does_not_overwrite() -> None:
    """The time of the message decides, not that of its arrival."""
    assert merge({"a": ["new", 20]}, {"a": "old", "b": "1"}, 10) == {"a": ["new", 20], "b": ["1", 10]}


def test_a_chat_has_a_greatest_number_of_keys() -> None:
    """Known keys are still updated, new ones beyond the limit are not added."""
    stored = {f"k{n}": ["1", 1] for n in range(MAX_KEYS)}
    merged = merge(stored, {"k0": "2", "more": "2"}, 2)
    assert len(merged) == MAX_KEYS
    assert merged["k0"] == ["2", 2]


def test_our_own_entry_id_is_recognised_and_never_attached_data() -> None:
    """What we sent along with a message is not the customer's data."""
    ours = json.dumps({OWN_KEY: ENTRY, "a": "1"})
    assert own_entry_id(ours) == ENTRY
    assert extract(ours).values == {"a": "1"}


@pytest.mark.parametrize("value", ["", "x", "\ud800", ENTRY.lower(), ENTRY + "0", 7, None])
def test_what_is_no_entry_id_is_not_looked_up(value: object) -> None:
    """A stranger's value under our key is ignored."""
    assert own_entry_id(json.dumps({OWN_KEY: value})) == ""


def test_a_chat_holds_so_much_and_no_more() -> None:
    """What fits is taken; what is there may change within the room, and shrink always."""
    value = "x" * MAX_VALUE_LENGTH
    full = merge({}, {f"k{number}": value for number in range(MAX_KEYS)}, 1)
    assert sum(len(key) + len(value) for key, (value, _at) in full.items()) <= MAX_TEXT_LENGTH
    assert len(full) == MAX_TEXT_LENGTH // (MAX_VALUE_LENGTH + 3)
    assert merge(full, {"more": value, "k0": value + "x" * MAX_VALUE_LENGTH}, 2) == full
    assert merge(full, {"k0": "y"}, 2)["k0"] == ["y", 2]
