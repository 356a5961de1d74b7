"""One API call as the operations see it, and the small rules that many of them share.

Must not know: any operation in particular.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson
from msgspec import Struct

from fake_sinch.context import Context
from fake_sinch.effects import Effect
from fake_sinch.errors import Violation, invalid
from fake_sinch.limits import CHANNELS, MSISDN_CHANNELS
from fake_sinch.ports import RequestLike
from fake_sinch.times import from_text


class Asked(Struct, frozen=True):
    """A call whose caller and body have been checked."""

    request: RequestLike
    now: int
    ids: tuple[str, ...]
    """The ids in the path."""
    body: dict[str, Any]
    """The valid request body; empty when the operation takes none."""


Handled: TypeAlias = tuple[Any, list[Effect]]
"""What an operation returns: the answer (to be rendered as JSON) and what else is to be done."""
Handler: TypeAlias = Callable[[Context, Asked], Handled]


def text(asked: Asked, name: str) -> str:
    """Return a query parameter; "" when it is absent."""
    return asked.request.query.get(name, "")


def choice(asked: Asked, name: str, *allowed: str) -> str:
    """Return a query parameter that has one of these values; the first one when it is absent."""
    found = text(asked, name) or allowed[0]
    if found not in allowed:
        raise invalid(name, f"{found[:60]!r} is not one of {', '.join(filter(None, allowed))}")
    return found


def flag(asked: Asked, name: str) -> bool:
    """Return a query parameter that is true or false; false when it is absent."""
    return choice(asked, name, "false", "true", "False", "True").lower() == "true"


def channel(asked: Asked, name: str = "channel") -> str:
    """Return a query parameter that names a channel; "" when it is absent."""
    return choice(asked, name, "", *CHANNELS)


def moment(value: str, name: str) -> int | None:
    """Return a time filter in ms; None when it is absent."""
    if not value:
        return None
    found = from_text(value.replace(" ", "+"))  # a raw plus sign of an offset, read as a space
    if found is None:
        raise invalid(name, f"{value[:60]!r} is not an RFC 3339 time")
    return found


def plain_identity(channel_name: str, identity: str) -> str:
    """Return an identity as it is stored: phone numbers without "+" (which a query may hold as a space)."""
    return identity.strip(" +") if channel_name in MSISDN_CHANNELS else identity.strip()


def changes(asked: Asked, known: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of the body that a PATCH changes: those of ``update_mask``, or all known ones.

    A field named in the mask and absent from the body is set to nothing (None here).
    """
    mask = [name.strip() for name in text(asked, "update_mask").split(",") if name.strip()]
    if not mask:
        return {name: asked.body[name] for name in known if name in asked.body}
    heads = [name.partition(".")[0] for name in mask]
    unknown = [name for name in heads if name not in known]
    if unknown:
        raise invalid("update_mask", f"{unknown[0][:60]!r} is not a field that can be updated")
    return {name: asked.body.get(name) for name in heads}


def merge_patch(target: Any, patch: Any) -> Any:
    """Return ``target`` changed by an RFC 7386 merge patch."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def too_long(name: str, value: Any, most: int) -> list[Violation]:
    """Return the violation of a JSON value that is longer than ``most`` bytes."""
    length = len(orjson.dumps(value))
    return [Violation(name, f"{length} bytes are more than {most}")] if length > most else []
