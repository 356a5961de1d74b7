"""Schemas as data: acceptance and refusal agree, and a refusal says everything."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.schemas import Checker, checkers, load

CHECKER = Checker(
    {
        "type": "object",
        "required": ["to", "text"],
        "properties": {
            "to": {"type": "string"},
            "text": {"type": "object", "required": ["body"], "properties": {"body": {"type": "string"}}},
            "list": {"type": "array", "items": {"type": "integer"}},
        },
    }
)


@pytest.mark.parametrize(
    ("value", "mistakes"),
    [
        ({"to": "1", "text": {"body": "x"}}, []),
        ({"to": 1, "text": {}}, [("text.body", "required"), ("to", "type")]),
        ({"to": "1"}, [("text", "required")]),
        ({"to": "1", "text": {"body": 1}, "list": [1, "x"]}, [("list.1", "type"), ("text.body", "type")]),
        ([], [("", "type")]),
    ],
)
def test_every_mistake_is_told_with_its_path(value: Any, mistakes: list[tuple[str, str]]) -> None:
    """Fast acceptance and slow explanation agree."""
    assert CHECKER.accepts(value) is (not mistakes)
    assert [(one.path, one.rule) for one in CHECKER.mistakes(value)] == mistakes


def test_two_missing_fields_are_two_different_mistakes() -> None:
    """Each missing field is named once."""
    assert [one.path for one in CHECKER.mistakes({})] == ["to", "text"]


def test_a_long_value_does_not_make_a_long_sentence() -> None:
    """What is wrong is told in at most 300 characters."""
    (mistake,) = CHECKER.mistakes({"to": ["x" * 10_000], "text": {"body": ""}})
    assert len(mistake.says) <= 300


def test_kinds_share_definitions_and_what_is_common() -> None:
    """One document, a checker a kind."""
    made = checkers("fake_channels.whatsapp", "send.json")
    assert set(made) == set(load("fake_channels.whatsapp", "send.json")["kinds"])
    assert not made["text"].accepts({"type": "text"})


def test_whatever_is_not_accepted_has_a_mistake() -> None:
    """Also a line feed behind the end of a pattern, of which the two validators think differently."""
    checker = Checker({"type": "string", "pattern": "^[a-z]+$"})
    assert (checker.accepts("ab"), checker.mistakes("ab")) == (True, [])
    assert not checker.accepts("ab\n")
    assert [mistake.rule for mistake in checker.mistakes("ab\n")] == ["pattern"]
