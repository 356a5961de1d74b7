"""The vendor's own API description as JSON Schemas, read from where `BRIDGELAB_SPECS` points. It is never copied here.

https://github.com/line/line-openapi writes polymorphism as a discriminator over schemas that refer back to their base;
JSON Schema knows none, so each reference to such a base becomes a choice by the discriminating property.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import orjson

_PREFIX: Final = "#/components/schemas/"
_JSON: Final = "application/json"


class Description:
    """One OpenAPI document."""

    def __init__(self, path: Path) -> None:
        import yaml  # type: ignore[import-untyped]  # noqa: PLC0415  only whoever has the descriptions needs it

        document = yaml.safe_load(path.read_text("utf-8"))
        self._paths: Mapping[str, Any] = document["paths"]
        schemas: dict[str, Any] = document["components"]["schemas"]
        self._bases = {name for name, schema in schemas.items() if "discriminator" in schema}
        self._schemas: dict[str, Any] = {}
        self._validators: dict[bytes, jsonschema_rs.Validator] = {}
        for name, schema in schemas.items():
            self._schemas[name] = self._plain(schema, inside_all_of=False)
            if name in self._bases:
                self._schemas[f"{name}.any"] = self._choice(name, schema)

    def _plain(self, schema: Any, *, inside_all_of: bool) -> Any:
        if isinstance(schema, list):
            return [self._plain(one, inside_all_of=inside_all_of) for one in schema]
        if not isinstance(schema, dict):
            return schema
        target = schema.get("$ref", "").removeprefix(_PREFIX)
        if target:
            return {"$ref": f"#/$defs/{target}{'.any' if target in self._bases and not inside_all_of else ''}"}
        return {
            key: self._plain(value, inside_all_of=key == "allOf")
            for key, value in schema.items()
            if key not in {"discriminator", "example", "externalDocs"}
        }

    def _choice(self, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        told = schema["discriminator"]
        key, kinds = told["propertyName"], told["mapping"]
        branches = [
            {
                "if": {"properties": {key: {"const": kind}}, "required": [key]},
                "then": {"$ref": f"#/$defs/{target.removeprefix(_PREFIX)}"},
            }
            for kind, target in kinds.items()
        ]
        return {
            "allOf": [{"$ref": f"#/$defs/{name}"}, *branches],
            "properties": {key: {"enum": list(kinds)}},
            "required": [key],
        }

    def check(self, name: str, value: Any) -> None:
        """Assert that `value` is what the description calls `name`."""
        self._check({"$ref": f"#/$defs/{name}{'.any' if name in self._bases else ''}"}, value)

    def _check(self, schema: dict[str, Any], value: Any) -> None:
        key = orjson.dumps(schema)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator({**schema, "$defs": self._schemas})
        self._validators[key].validate(value)

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The description of a request; None when there is none."""
        for template, methods in sorted(self._paths.items(), key=lambda pair: pair[0].count("{")):
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in methods:
                found: dict[str, Any] = methods[method.lower()]
                return found
        return None

    def check_request(self, operation: dict[str, Any], value: Any) -> None:
        """Assert that a JSON body is what the operation takes."""
        content = operation.get("requestBody", {}).get("content", {})
        if _JSON in content:
            self._check(self._plain(content[_JSON]["schema"], inside_all_of=False), value)

    def check_response(self, operation: dict[str, Any], status: int, value: Any) -> None:
        """Assert that a JSON answer is what the operation gives; other errors have the common shape."""
        told = operation["responses"].get(str(status))
        content = (told or {}).get("content", {})
        if _JSON in content:
            self._check(self._plain(content[_JSON]["schema"], inside_all_of=False), value)
        elif status >= 400:
            self.check("ErrorResponse", value)
        else:
            assert told is not None, f"{status} is not described"
