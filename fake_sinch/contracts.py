"""The gateway's JSON Schemas, compiled: every request, response and callback can be checked.

Must not know: routes, state. The documents are data in ``schemas/``; the suite checks both ways with them.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import jsonschema_rs
import orjson

from fake_sinch.errors import INVALID_ARGUMENT, Refusal, Violation
from fake_sinch.limits import TRIGGERS

if TYPE_CHECKING:
    import jsonschema

Family: TypeAlias = Literal["requests", "responses", "callbacks"]
FAMILIES: Final[tuple[Family, ...]] = ("requests", "responses", "callbacks")
SENTENCE_CHARS: Final = 300
"""A violation's sentence quotes the value; this keeps a huge value from filling the reply."""
VIOLATIONS: Final = 100
DEPTH: Final = 100
FREE_JSON: Final = frozenset({"conversation_metadata", "metadata_json"})
"""Fields that hold the caller's own JSON, in which a null means something (to a merge patch)."""
_REFERENCE: Final = re.compile(r"#/\$defs/(\w+)")


def trigger_of(body: Mapping[str, Any]) -> str | None:
    """Return the trigger of a callback, which its one particular key tells; None for a key of no trigger."""
    return next((trigger for trigger, key in TRIGGERS.items() if key in body), None)


@cache
def _file(name: str) -> dict[str, Any]:
    text = resources.files("fake_sinch").joinpath("schemas", f"{name}.json").read_bytes()
    found: dict[str, Any] = orjson.loads(text)
    return found


def names(family: Family) -> tuple[str, ...]:
    """Return the names of the documents of a family; those of callbacks are the triggers."""
    return tuple(_file(family))


@cache
def document(family: Family, name: str) -> dict[str, Any]:
    """Return one self-contained JSON Schema (draft 2020-12)."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    body = _file(family)[name]
    needed: dict[str, Any] = {}
    waiting = [body]
    while waiting:
        for found in _REFERENCE.findall(orjson.dumps(waiting.pop()).decode()):
            if found not in needed:
                needed[found] = _file("definitions")[found]
                waiting.append(needed[found])
    return {**head, **body, "$defs": needed}


@cache
def compiled(family: Family, name: str) -> jsonschema_rs.Draft202012Validator:
    """Return the quick validator of a document: it says yes or no."""
    return jsonschema_rs.Draft202012Validator(document(family, name))


@cache
def _wordy(family: Family, name: str) -> "jsonschema.Draft202012Validator":
    import jsonschema  # noqa: PLC0415 - a sixth of a second that only a refusal needs

    return jsonschema.Draft202012Validator(document(family, name))


def violations(family: Family, name: str, value: Any) -> tuple[Violation, ...]:
    """Return everything that is wrong with a value, each with its path; nothing when it is valid."""
    if compiled(family, name).is_valid(value):
        return ()
    errors = _wordy(family, name).iter_errors(value)
    found = dict.fromkeys(_violation(error) for error in errors)
    return tuple(found)[:VIOLATIONS]


def too_deep(value: Any) -> bool:
    """Say whether a value is nested deeper than protocol buffers read JSON."""
    level: list[Any] = [value]
    for _ in range(DEPTH + 1):
        inner = [i.values() if isinstance(i, dict) else i for i in level if isinstance(i, dict | list)]
        if not inner:
            return False
        level = [v for values in inner for v in values]
    return True


def accept(name: str, value: Any) -> dict[str, Any]:
    """Return a valid request body, or refuse it with all its mistakes.

    A null counts as an absent field, as in the JSON form of protocol buffers.
    """
    if compiled("requests", name).is_valid(value):
        return value  # type: ignore[no-any-return]  # every request document is an object
    pruned = _without_nulls(value)
    found = violations("requests", name, pruned)
    if found:
        raise refuse(found)
    return pruned  # type: ignore[no-any-return]  # as above


def refuse(found: tuple[Violation, ...]) -> Refusal:
    """Return the refusal of a request with these mistakes."""
    sentence = "; ".join(f"{v.field or 'body'}: {v.description}" for v in found[:3])
    return Refusal(INVALID_ARGUMENT, f"Invalid argument: {sentence}", found)


def _violation(error: "jsonschema.ValidationError") -> Violation:
    path = list(error.absolute_path)
    sentence = error.message
    instance: Any = error.instance
    wanted: Any = error.validator_value
    alternatives = tuple(_alternatives(str(error.validator), wanted, instance))
    if alternatives:
        sentence = _choice_sentence(instance, alternatives)
    if error.validator == "required":
        absent = [n for n in wanted if n not in instance and f"'{n}'" in error.message]
        path += absent[:1]
    if len(sentence) > SENTENCE_CHARS:
        sentence = f"{sentence[: SENTENCE_CHARS // 2]} ... {sentence[-SENTENCE_CHARS // 2 :]}"
    return Violation(_dotted(path), sentence)


def _alternatives(keyword: str, branches: Any, instance: Any) -> Iterator[str]:
    """Yield the field names of a oneOf or anyOf that only says which field must be there."""
    if keyword not in {"oneOf", "anyOf"} or not isinstance(instance, Mapping):
        return
    for branch in branches:
        if set(branch) != {"required"}:
            return
        yield from branch["required"]


def _choice_sentence(instance: Mapping[str, Any], alternatives: tuple[str, ...]) -> str:
    present = [name for name in alternatives if name in instance]
    which = ", ".join(alternatives)
    given = ", ".join(present) if present else "none"
    return f"exactly one of {which} must be set, given: {given}"


def _dotted(path: list[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: v if k in FREE_JSON else _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value]
    return value
