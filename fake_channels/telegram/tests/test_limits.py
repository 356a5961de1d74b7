"""The tables agree with the schemas and with themselves."""

from __future__ import annotations

from fake_channels.core.schemas import load
from fake_channels.telegram import limits, parameters, server


def test_every_method_with_a_schema_is_served_and_no_other() -> None:
    """The coverage table is the code."""
    assert set(server._METHODS) == set(parameters.METHODS)


def test_required_parameters_are_parameters() -> None:
    """A schema names nothing that it does not describe."""
    kinds = load("fake_channels.telegram", "methods.json")["kinds"]
    assert all(set(schema["required"]) <= set(schema["properties"]) for schema in kinds.values())


def test_errors_carry_their_status_as_their_code() -> None:
    """The server's two are always the same."""
    assert len(limits.ERRORS) > 40
    assert all(error.code == error.status for error in limits.ERRORS)
    assert len({error.text for error in limits.ERRORS}) == len(limits.ERRORS)


def test_what_comes_by_url_is_among_what_may_be_uploaded() -> None:
    """Except documents, which take anything as an upload."""
    for rule in limits.MEDIA_RULES.values():
        assert not rule.types or set(rule.url_types) <= set(rule.types)
