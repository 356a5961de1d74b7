"""Contracts: documents compile, both validators agree, and a refusal names every mistake."""

import jsonschema_rs
import pytest

from fake_sinch import contracts
from fake_sinch.errors import Refusal
from fake_sinch.limits import TRIGGERS

EVERY = [(f, n) for f in contracts.FAMILIES for n in contracts.names(f)]


def _send(**changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "app_id": "A",
        "recipient": {"contact_id": "C"},
        "message": {"text_message": {"text": "hi"}},
    }
    return {**body, **changes}


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_every_document_is_a_schema(family: contracts.Family, name: str) -> None:
    """Each document is itself a valid schema and compiles in the quick validator."""
    assert jsonschema_rs.meta.is_valid(contracts.document(family, name))
    contracts.compiled(family, name)


def test_every_trigger_has_a_callback_document() -> None:
    """A trigger without a document could not be checked; SMART_CONVERSATIONS is a second spelling."""
    assert set(contracts.names("callbacks")) == set(TRIGGERS) - {"SMART_CONVERSATIONS"}


def test_a_callback_tells_its_trigger_by_its_key() -> None:
    """Consumers switch on the key; so does whoever checks callbacks."""
    for trigger in contracts.names("callbacks"):
        assert contracts.trigger_of({"app_id": "", TRIGGERS[trigger]: {}}) == trigger
    assert contracts.trigger_of({"app_id": ""}) is None


def test_a_valid_body_comes_back_as_it_is() -> None:
    """A valid request is accepted untouched, unknown fields included."""
    body = _send(novelty=1)
    assert contracts.accept("send_message", body) is body


def test_all_mistakes_are_named_at_once() -> None:
    """Every wrong field is listed with its path, not only the first."""
    body = _send(
        message={"choice_message": {"choices": [{"text_message": {"text": ""}}]}},
        ttl="soon",
        queue="FAST",
    )
    del body["app_id"]
    with pytest.raises(Refusal) as refused:
        contracts.accept("send_message", body)
    fields = {v.field for v in refused.value.violations}
    assert fields == {"app_id", "ttl", "queue", "message.choice_message.choices[0].text_message.text"}


@pytest.mark.parametrize(
    ("message", "given"),
    [
        ({}, "none"),
        ({"text_message": {"text": "a"}, "media_message": {"url": "u"}}, "text_message, media_message"),
    ],
)
def test_exactly_one_kind_is_asked_for_in_plain_words(message: object, given: str) -> None:
    """A choice between fields is explained as such and says what was given."""
    (found,) = contracts.violations("requests", "send_message", _send(message=message))
    assert found.field == "message"
    assert found.description.startswith("exactly one of text_message,")
    assert found.description.endswith(f"given: {given}")


def test_null_is_absence() -> None:
    """A null field counts as not sent; a null required field is missing."""
    assert contracts.accept("send_message", _send(ttl=None)) == _send()
    with pytest.raises(Refusal) as refused:
        contracts.accept("send_message", _send(app_id=None))
    assert [v.field for v in refused.value.violations] == ["app_id"]


@pytest.mark.parametrize("body", [[], "text", 7, None, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    """The whole body is at fault then, and the path is empty."""
    with pytest.raises(Refusal) as refused:
        contracts.accept("send_message", body)
    assert refused.value.violations[0].field == ""


def test_a_huge_value_does_not_fill_the_reply() -> None:
    """A sentence that quotes the value is cut."""
    (found,) = contracts.violations("requests", "send_message", _send(ttl="x" * 100_000))
    assert len(found.description) < 400
