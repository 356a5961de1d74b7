"""Finding the form of a part, and explicit channel messages."""

import pytest

from fake_sinch.adapters.bodies import explicit, explicit_object, form_of
from fake_sinch.adapters.contract import Unrenderable
from fake_sinch.parts import RawPart, TextPart


def test_a_part_without_a_form_is_refused_by_name() -> None:
    """Who has no form for what is told; a part with one gets it."""
    assert form_of(TextPart("Hello"), {TextPart: "form"}, "The channel") == "form"
    with pytest.raises(Unrenderable, match="The channel has no form for a TextPart"):
        form_of(TextPart("Hello"), {}, "The channel")


def test_an_explicit_message_gets_the_recipient() -> None:
    """Everywhere that it asks for it; the rest stays as it was written."""
    told = explicit_object(RawPart('{"to": "{{to}}", "ref": "for {{to}}", "n": 1}'), "4670")
    assert told == {"to": "4670", "ref": "for 4670", "n": 1}


@pytest.mark.parametrize("body", ["", "{", "[1", "{{to}}x"])
def test_an_explicit_message_that_is_no_json_is_refused(body: str) -> None:
    """With what is wrong."""
    with pytest.raises(Unrenderable, match="is not JSON"):
        explicit(RawPart(body), "4670")


@pytest.mark.parametrize("body", ["[]", "null", "1", '"text"'])
def test_an_explicit_message_that_is_no_object_is_refused(body: str) -> None:
    """Where a wire takes nothing else."""
    with pytest.raises(Unrenderable, match="not a JSON object"):
        explicit_object(RawPart(body), "4670")
