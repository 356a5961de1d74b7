"""The driver for a subject in any language: the protocol of `contract`, over HTTP and JSON.

The shapes are `schemas/protocol.json`; every body is checked with it both ways. A request that does not fit
is our defect, an answer that does not fit is the driver server's: its author is told the path.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import jsonschema
import jsonschema_rs
import msgspec

from harness.drivers.contract import (
    AgentName,
    AttachmentId,
    Chat,
    ChatId,
    Configured,
    Consent,
    Description,
    Entry,
    FileMessage,
    LocationMessage,
    Message,
    QuickRepliesMessage,
    Refused,
    Rest,
    Setup,
    TemplateMessage,
    TenantId,
    TextMessage,
)
from harness.drivers.wire import JsonObject, Wire
from harness.outcomes import ConfigurationProblem, LabDefect, Untested
from harness.world import render_time

if TYPE_CHECKING:
    import datetime as dt

    import aiohttp

T = TypeVar("T")

SCHEMA_FILE = Path(__file__).parent / "schemas" / "protocol.json"
NOT_IMPLEMENTED = 501


@cache
def _schema(name: str) -> JsonObject:
    document = json.loads(SCHEMA_FILE.read_text("utf-8"))
    return {"$ref": f"#/$defs/{name}", "$defs": document["$defs"]}


@cache
def _quick(name: str) -> jsonschema_rs.Validator:
    """Return the validator that says yes or no, a hundred times as fast as the one that explains."""
    return jsonschema_rs.validator_for(_schema(name))


def mistakes(name: str, body: object) -> list[str]:
    """Return every way in which a body departs from a definition, each with its path."""
    if _quick(name).is_valid(body):
        return []
    found = jsonschema.Draft202012Validator(_schema(name)).iter_errors(body)
    return sorted(f"{error.json_path}: {error.message}" for error in found)


def _segment(value: str) -> str:
    return quote(value, safe="")


class HttpDriver:
    """A driver server as a subject."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None = None) -> None:
        self._wire = Wire(session, url, "the driver server")
        self._token = token

    async def _call(self, method: str, path: str, body: tuple[str, object] | None = None) -> Any:
        content: object = None
        if body is not None:
            shape, content = body
            if wrong := mistakes(shape, content):
                raise LabDefect(f"the suite's {shape} for {method} {path} breaks the protocol: {wrong[0]}")
        try:
            return await self._wire.json(method, f"/driver/v1/{path}", token=self._token, body=content)
        except Refused as refused:
            if refused.status == NOT_IMPLEMENTED:
                raise Untested(f"the driver server does not implement {method} {path}") from refused
            raise

    async def _ask(
        self, method: str, path: str, shape: str, kind: type[T], body: tuple[str, object] | None = None
    ) -> T:
        answer = await self._call(method, path, body)
        if wrong := mistakes(shape, answer):
            raise ConfigurationProblem(
                f"the driver server's answer to {method} {path} is not a {shape}: " + "; ".join(wrong[:3]),
                "compare it with harness/drivers/PROTOCOL.md",
            )
        value = answer[shape] if shape in {"chats", "entries", "consents"} else answer
        return msgspec.convert(value, kind)

    async def describe(self) -> Description:
        """GET description."""
        return await self._ask("GET", "description", "description", Description)

    async def configure(self, setup: Setup) -> Configured:
        """PUT tenants/{tenant}."""
        path = f"tenants/{_segment(setup.tenant)}"
        body = msgspec.json.decode(msgspec.json.encode(setup))
        for agent in body["agents"]:
            agent["rights"] = sorted(agent["rights"])
        return await self._ask("PUT", path, "configured", Configured, ("setup", body))

    def _desk(self, tenant: TenantId, agent: AgentName) -> str:
        return f"tenants/{_segment(tenant)}/agents/{_segment(agent)}"

    async def chats(self, tenant: TenantId, agent: AgentName) -> tuple[Chat, ...]:
        """GET …/chats."""
        return await self._ask("GET", f"{self._desk(tenant, agent)}/chats", "chats", tuple[Chat, ...])

    async def accept(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> None:
        """POST …/chats/{chat}/accept."""
        path = f"{self._desk(tenant, agent)}/chats/{_segment(chat)}/accept"
        await self._call("POST", path, ("nothing", {}))

    async def transcript(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> tuple[Entry, ...]:
        """GET …/chats/{chat}/transcript."""
        path = f"{self._desk(tenant, agent)}/chats/{_segment(chat)}/transcript"
        return await self._ask("GET", path, "entries", tuple[Entry, ...])

    async def attachment(self, tenant: TenantId, agent: AgentName, attachment: AttachmentId) -> bytes:
        """GET …/attachments/{attachment}."""
        path = f"/driver/v1/{self._desk(tenant, agent)}/attachments/{_segment(attachment)}"
        return await self._wire.exchange("GET", path, token=self._token)

    async def send(self, tenant: TenantId, agent: AgentName, chat: ChatId, message: Message) -> Entry:
        """POST …/chats/{chat}/messages."""
        path = f"{self._desk(tenant, agent)}/chats/{_segment(chat)}/messages"
        return await self._ask("POST", path, "entry", Entry, ("message", message_body(message)))

    async def end_chat(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> None:
        """POST …/chats/{chat}/end."""
        await self._call("POST", f"{self._desk(tenant, agent)}/chats/{_segment(chat)}/end", ("nothing", {}))

    async def consents(self, tenant: TenantId, agent: AgentName) -> tuple[Consent, ...]:
        """GET …/consents."""
        return await self._ask("GET", f"{self._desk(tenant, agent)}/consents", "consents", tuple[Consent, ...])

    async def set_consent(self, tenant: TenantId, agent: AgentName, consent: Consent) -> None:
        """PUT …/consents."""
        body = ("consent", msgspec.to_builtins(consent))
        await self._call("PUT", f"{self._desk(tenant, agent)}/consents", body)

    async def set_clock(self, tenant: TenantId, now: dt.datetime) -> None:
        """PUT tenants/{tenant}/clock."""
        await self._call("PUT", f"tenants/{_segment(tenant)}/clock", ("clock", {"now": render_time(now)}))

    async def advance_clock(self, tenant: TenantId, to: dt.datetime) -> None:
        """POST tenants/{tenant}/clock/advance."""
        body = ("advance", {"to": render_time(to)})
        await self._call("POST", f"tenants/{_segment(tenant)}/clock/advance", body)

    async def settle(self, tenant: TenantId, timeout_seconds: float) -> Rest:
        """POST tenants/{tenant}/settle."""
        body = ("settle", {"timeout_seconds": timeout_seconds})
        return await self._ask("POST", f"tenants/{_segment(tenant)}/settle", "rest", Rest, body)

    async def clean_up(self, tenant: TenantId) -> None:
        """DELETE tenants/{tenant}."""
        await self._call("DELETE", f"tenants/{_segment(tenant)}")


def message_body(message: Message) -> JsonObject:
    """Return a message as the protocol writes it."""
    match message:
        case TextMessage(text):
            return {"kind": "text", "text": text}
        case FileMessage(name, mime, content, caption):
            encoded = base64.b64encode(content).decode()
            return {"kind": "file", "name": name, "mime": mime, "content_base64": encoded, "caption": caption}
        case TemplateMessage(name, language, parameters):
            return {"kind": "template", "name": name, "language": language, "parameters": dict(parameters)}
        case QuickRepliesMessage(text, choices):
            return {"kind": "quick_replies", "text": text, "choices": list(choices)}
        case LocationMessage(position):
            return {"kind": "location", "position": msgspec.to_builtins(position)}
