"""OpenAPI documents of the agent and admin APIs, made from tables of operations, so that none is forgotten."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from contactpro_bridge.agent.web_json import json_response

Schema = Mapping[str, Any]

ERROR: Final[Schema] = {
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


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: method and path, what it does, what goes in and out; ``query`` maps names to descriptions."""

    method: str
    path: str
    summary: str
    answers: Mapping[int, str] = field(default_factory=lambda: {200: "Done."})
    result: Schema | None = None
    body: Schema | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    raw: bool = False
    """Whether bodies are bytes, not JSON."""


def reference(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def an_object(**properties: Schema) -> Schema:
    """Return the schema of an object."""
    return {"type": "object", "properties": properties}


def a_list(of: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": of}


def document(title: str, operations: Sequence[Operation], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """Return the OpenAPI document of some operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas, "Error": ERROR},
        },
    }


class OpenApiRoutes:
    """The documents, each at its path; made when somebody asks."""

    def __init__(self, documents: Mapping[str, Callable[[], Mapping[str, Any]]]) -> None:
        self._documents = documents

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        for path in self._documents:
            app.router.add_get(path, self.show)

    async def show(self, request: web.Request) -> web.Response:
        """Return a document; it holds no secret, so nobody is asked who they are."""
        return json_response(self._documents[request.path]())


def _described(operation: Operation) -> dict[str, Any]:
    names = [part[1:].partition("}")[0] for part in operation.path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    parameters += [
        {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}
        for name, description in operation.query.items()
    ]
    described: dict[str, Any] = {"summary": operation.summary, "parameters": parameters, "responses": {}}
    for status, description in operation.answers.items():
        answer: dict[str, Any] = {"description": description}
        if operation.result is not None:
            answer["content"] = {_media(raw=operation.raw and operation.body is None): {"schema": operation.result}}
        described["responses"][str(status)] = answer
    described["responses"]["default"] = {
        "description": "Refused, with the reason.",
        "content": {"application/json": {"schema": reference("Error")}},
    }
    if operation.body is not None:
        described["requestBody"] = {"content": {_media(raw=operation.raw): {"schema": operation.body}}}
    return described


def _media(*, raw: bool) -> str:
    return "application/octet-stream" if raw else "application/json"
