"""JSON Schemas as data: accept fast, refuse in words.

A document lies beside the `wire` that speaks it. `jsonschema-rs` accepts; only when it refuses does `jsonschema` say
what is wrong, every mistake at once and each with its path.
"""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import msgspec
import orjson

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


class Mistake(msgspec.Struct, frozen=True):
    """One violation: where (`text.body`), which rule of the schema, and a sentence."""

    path: str
    rule: str
    says: str
    schema: dict[str, Any] = {}
    """The part of the schema that was violated, for vendors that tell its numbers."""


class Checker:
    """One compiled schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self._fast = jsonschema_rs.validator_for(schema)

    @cached_property
    def _slow(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - a sixth of a second that only a refusal needs

        return Draft202012Validator(self.schema)

    def accepts(self, value: Any) -> bool:
        """True when `value` is valid."""
        return bool(self._fast.is_valid(value))

    def mistakes(self, value: Any) -> list[Mistake]:
        """Everything that is wrong with `value`, in document order; nothing only when it is accepted."""
        errors = sorted(self._slow.iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
        found = [Mistake(_path(error), str(error.validator), error.message[:300], error.schema) for error in errors]
        if found or self.accepts(value):
            return found
        # The two disagree on a line feed behind what a pattern ends with, which the quick one refuses.
        return [Mistake("", "pattern", "A text ends with a line feed, or is otherwise not of its pattern")]


def _path(error: Any) -> str:
    parts = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        # One error a missing property, told apart by its message alone.
        parts.append(next((name for name in error.validator_value if error.message.startswith(f"{name!r} ")), ""))
    return ".".join(parts)


def load(package: str, name: str) -> dict[str, Any]:
    """The JSON document `name` in the `schemas` folder of `package`."""
    document: dict[str, Any] = orjson.loads(files(package).joinpath("schemas", name).read_bytes())
    return document


def checkers(package: str, name: str) -> dict[str, Checker]:
    """One checker for each entry of the document's `kinds`, sharing its `$defs`; `common` is merged into each."""
    document = load(package, name)
    common, definitions = document.get("common", {}), document.get("$defs", {})
    return {
        kind: Checker({"$defs": definitions, "allOf": [common, schema]}) for kind, schema in document["kinds"].items()
    }
