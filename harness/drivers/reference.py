"""The driver for the reference bridge: admin API to configure, agent API to act.

It talks HTTP like any other client of that bridge and imports nothing of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.channels import BY_SINCH
from harness.drivers.contract import (
    AgentName,
    Attachment,
    AttachmentId,
    Chat,
    ChatId,
    Configured,
    Consent,
    Delivery,
    Description,
    Direction,
    Entry,
    Feature,
    FileMessage,
    LocationMessage,
    Message,
    Position,
    QuickRepliesMessage,
    Rest,
    Setup,
    TemplateMessage,
    TenantId,
    TextMessage,
    Window,
)
from harness.drivers.wire import JsonObject, Wire
from harness.world import render_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import aiohttp

SERVICE = "sinchconversation"
QUEUE = "Lab"


def agent_token(tenant: TenantId, agent: AgentName) -> str:
    """Return the bearer token under which the driver opens an agent: the same on every xdist worker."""
    return hashlib.sha256(f"{tenant}/{agent}".encode()).hexdigest()


class ReferenceDriver:
    """The reference bridge as a subject."""

    def __init__(self, session: aiohttp.ClientSession, url: str, admin_token: str) -> None:
        self._wire = Wire(session, url, "the reference bridge")
        self._admin_token = admin_token

    async def _admin(self, method: str, path: str, body: object = None) -> Any:
        return await self._wire.json(method, f"/admin/v1/tenants/{path}", token=self._admin_token, body=body)

    async def _agent(self, method: str, path: str, tenant: TenantId, agent: AgentName, body: object = None) -> Any:
        token = agent_token(tenant, agent)
        return await self._wire.json(method, f"/agent/v1/{path}", token=token, body=body)

    async def describe(self) -> Description:
        """Return the claims; the version comes from the bridge's health check."""
        health = await self._wire.json("GET", "/health")
        return Description(
            name="contactpro_bridge",
            version=str(health.get("version", "unknown")),
            channels=frozenset(BY_SINCH[name] for name in health.get("channels", ()) if name in BY_SINCH),
            features=frozenset(Feature),
            clock=True,
        )

    async def configure(self, setup: Setup) -> Configured:
        """Create or replace the tenant with one service, one queue and the agents."""
        answer = await self._admin("PUT", setup.tenant, tenant_body(setup))
        return Configured(
            webhook_url=str(answer["webhook_urls"][SERVICE]),
            warnings=tuple(str(warning) for warning in answer.get("warnings", ())),
        )

    async def chats(self, tenant: TenantId, agent: AgentName) -> tuple[Chat, ...]:
        """Return every chat that the agent may see."""
        answer = await self._agent("GET", "chats", tenant, agent)
        return tuple(_chat(chat) for chat in answer["chats"])

    async def accept(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> None:
        """Take a chat from the queue."""
        await self._agent("POST", f"chats/{chat}:accept", tenant, agent, {})

    async def transcript(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> tuple[Entry, ...]:
        """Return the whole transcript in the agent's order."""
        answer = await self._agent("GET", f"chats/{chat}/transcript?after=0", tenant, agent)
        return tuple(_entry(entry) for entry in sorted(answer["entries"], key=lambda entry: int(entry["seq"])))

    async def attachment(self, tenant: TenantId, agent: AgentName, attachment: AttachmentId) -> bytes:
        """Return the bytes of the internal copy."""
        token = agent_token(tenant, agent)
        return await self._wire.exchange("GET", f"/agent/v1/attachments/{quote(attachment)}", token=token)

    async def send(self, tenant: TenantId, agent: AgentName, chat: ChatId, message: Message) -> Entry:
        """Send to the customer; a file is uploaded first."""
        body = await self._message_body(tenant, agent, message)
        answer = await self._agent("POST", f"chats/{chat}/messages", tenant, agent, body)
        return _entry(answer["entry"])

    async def _message_body(self, tenant: TenantId, agent: AgentName, message: Message) -> JsonObject:
        match message:
            case TextMessage(text):
                return {"text": text}
            case FileMessage(name, mime, content, caption):
                uploaded = await self._wire.json(
                    "POST",
                    f"/agent/v1/attachments?filename={quote(name)}",
                    token=agent_token(tenant, agent),
                    data=content,
                    headers={"Content-Type": mime},
                )
                reference = {"attachment_id": uploaded["attachment_id"]}
                return reference | ({"caption": caption} if caption else {})
            case TemplateMessage(name, language, parameters):
                return {"template": {"name": name, "language": language, "parameters": dict(parameters)}}
            case QuickRepliesMessage(text, choices):
                return {"quick_replies": {"text": text, "choices": list(choices)}}
            case LocationMessage(Position(latitude, longitude, title)):
                return {"location": {"latitude": latitude, "longitude": longitude, "title": title}}

    async def end_chat(self, tenant: TenantId, agent: AgentName, chat: ChatId) -> None:
        """End a chat."""
        await self._agent("POST", f"chats/{chat}:end", tenant, agent, {})

    async def consents(self, tenant: TenantId, agent: AgentName) -> tuple[Consent, ...]:
        """Return the stored consents."""
        answer = await self._agent("GET", "consents", tenant, agent)
        return tuple(Consent(str(row["number"]), bool(row["consent"])) for row in answer["consents"])

    async def set_consent(self, tenant: TenantId, agent: AgentName, consent: Consent) -> None:
        """Store a consent under the customer's number."""
        path = f"consents/{quote(consent.identity, safe='')}"
        await self._agent("PUT", path, tenant, agent, {"consent": consent.value})

    async def set_clock(self, tenant: TenantId, now: dt.datetime) -> None:
        """Stop the tenant's clock at an instant."""
        await self._admin("PUT", f"{tenant}/clock", {"mode": "manual", "now": render_time(now)})

    async def advance_clock(self, tenant: TenantId, to: dt.datetime) -> None:
        """Move the tenant's clock on."""
        await self._admin("POST", f"{tenant}/clock:advance", {"to": render_time(to)})

    async def settle(self, tenant: TenantId, timeout_seconds: float) -> Rest:
        """Return when no job is runnable or running."""
        answer = await self._admin("POST", f"{tenant}:settle", {"timeout_seconds": timeout_seconds})
        waiting = tuple(str(job.get("what", job)) for job in answer.get("waiting", ()))
        return Rest(bool(answer["settled"]), waiting)

    async def clean_up(self, tenant: TenantId) -> None:
        """Remove the tenant."""
        await self._admin("DELETE", tenant)


def tenant_body(setup: Setup) -> JsonObject:
    """Return the admin API's description of a tenant for a setup."""
    service, settings = setup.service, setup.settings
    chat_settings = {
        "max_attachment_bytes": settings.max_attachment_bytes,
        "allowed_file_types": settings.allowed_file_types,
        "retention_seconds": settings.retention_seconds,
        "public_base_url": settings.public_base_url,
        "enforce_whatsapp_window": settings.enforce_whatsapp_window,
        "manage_whatsapp_opt_ins": settings.manage_whatsapp_opt_ins,
    }
    return {
        "services": [
            {
                "name": SERVICE,
                "service_connection": service.service_connection,
                "token_url": service.token_url,
                "key_id": service.key_id,
                "app_id": service.app_id,
                "key_secret": service.key_secret,
                "webhook_secret": service.webhook_secret,
            }
        ],
        "queues": [{"name": QUEUE, "address": "lab.queue@bridge.example"}],
        "routes": [
            {"service": SERVICE, "app_id": service.app_id, "channel": channel, "queue": QUEUE}
            for channel in sorted(setup.channels.values())
        ],
        "catch_all_queue": QUEUE,
        "agents": [
            {
                "id": hashlib.sha256(f"{setup.tenant}/{agent.name}/id".encode()).hexdigest()[:32].upper(),
                "name": agent.name,
                "token": agent_token(setup.tenant, agent.name),
                "rights": sorted(agent.rights),
                "queues": [QUEUE],
            }
            for agent in setup.agents
        ],
        "templates": [
            {
                "name": template.name,
                "language": template.language,
                "text": template.text,
                "parameters": [f"body[{number}]text" for number in range(1, template.text.count("{{") + 1)],
            }
            for template in setup.templates
        ],
        "chat_settings": {key: value for key, value in chat_settings.items() if value is not None},
        "allow_internal_hosts": list(setup.media_hosts),
    }


def _chat(chat: Mapping[str, Any]) -> Chat:
    window = chat.get("window")
    return Chat(
        id=ChatId(chat["id"]),
        state=chat["state"],
        channel=chat["channel"],
        identity=chat["identity"],
        customer_name=chat["customer_name"],
        attached_data=dict(chat.get("attached_data") or {}),
        window=Window(window["state"], window.get("expires_at")) if window else None,
        contact_id=chat.get("contact_id") or "",
        conversation_id=chat.get("conversation_id") or "",
    )


def _entry(entry: Mapping[str, Any]) -> Entry:
    file, place, delivery = entry.get("attachment"), entry.get("location"), entry.get("delivery")
    return Entry(
        id=entry["id"],
        direction=Direction(entry["direction"]),
        kind=entry["kind"],
        text=entry.get("text"),
        message_id=entry.get("message_id"),
        attachment=_attachment(file) if file else None,
        location=Position(float(place["latitude"]), float(place["longitude"]), place.get("title") or "")
        if place
        else None,
        delivery=Delivery(delivery["state"], delivery.get("code"), delivery.get("description")) if delivery else None,
    )


def _attachment(file: Mapping[str, Any]) -> Attachment:
    return Attachment(
        id=AttachmentId(file["id"]),
        name=file.get("name") or "",
        mime=file.get("mime") or "",
        size_bytes=int(file.get("size") or 0),
        state=file["state"],
        sha256=file.get("sha256") or "",
        problem=file.get("problem"),
        public_url=file.get("public_url"),
    )
