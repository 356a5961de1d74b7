"""What adapters do before they write a vendor's body: find the form of a part, and read an explicit channel message.

Must not know: any vendor's shapes.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import orjson

from fake_sinch.adapters.contract import unrenderable
from fake_sinch.parts import Part, RawPart

_PLACEHOLDER: Final = "{{to}}"
"""Stands for the recipient in an explicit channel message."""

Form = TypeVar("Form")


def form_of(part: Part, forms: Mapping[type, Form], channel: str) -> Form:
    """Return what writes this kind of part; raise `Unrenderable` when nothing does."""
    form = forms.get(type(part))
    if form is None:
        raise unrenderable(f"{channel} has no form for a {type(part).__name__}")
    return form


def explicit(part: RawPart, to: str) -> Any:
    """Return the JSON that the business wrote itself, with the recipient put in; raise `Unrenderable` for no JSON."""
    try:
        return orjson.loads(part.body.replace(_PLACEHOLDER, to))
    except orjson.JSONDecodeError as error:
        raise unrenderable(f"The explicit channel message is not JSON: {error}") from error


def explicit_object(part: RawPart, to: str) -> dict[str, Any]:
    """Return it as an object; raise `Unrenderable` for anything else."""
    told = explicit(part, to)
    if not isinstance(told, dict):
        raise unrenderable("The explicit channel message is not a JSON object")
    return told
