"""The control API's OpenAPI 3.1 document, made of the same table that the router is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

import msgspec

from harness.lab.routes import Operation

_PARAMETER = re.compile(r"{(\w+)(?::[^}]*)?}")
_COMMON: Final = (400, 401, 403, 404, 413, 415)
_ERROR: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "hint"],
            "properties": {name: {"type": "string"} for name in ("code", "message", "hint")},
        }
    },
}


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """The whole document."""
    listed = list(operations)
    bodies = [operation.body for operation in listed if operation.body is not None]
    schemas, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    body_schemas = dict(zip([id(body) for body in bodies], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, body_schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "bridgelab control API",
            "version": version("bridgelab"),
            "description": "Worlds, customers, phones, clocks, faults and traces of the lab.",
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": _ERROR},
            "securitySchemes": {"control_token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"control_token": []}],
    }


def _operation(operation: Operation, body_schemas: dict[int, Any]) -> dict[str, Any]:
    refusal = {"description": "refused, with a sentence", "content": _json({"$ref": "#/components/schemas/Error"})}
    entry: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": re.sub(r"\W+", "_", f"{operation.method.lower()}{operation.path}").strip("_"),
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {
            str(operation.status): {"description": "done", "content": {operation.produces: {"schema": {}}}},
            **{str(status): refusal for status in sorted({*_COMMON, *operation.refuses})},
        },
    }
    if operation.body is not None:
        entry["requestBody"] = {"content": _json(body_schemas[id(operation.body)])}
    return entry


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(operation.path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": meaning, "schema": {"type": kind}}
        for name, kind, meaning in operation.query
    ]


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
