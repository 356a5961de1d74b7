"""A small correct bridge: webhook in, Conversation API out, public files, and the driver protocol.

The methods are small on purpose: `defects` overrides one or two of them to be wrong in one named way. Everything
runs inside the request that causes it, so that the bridge is always at rest.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
from typing import Any

import aiohttp
from aiohttp import web

from harness.drivers.contract import Feature
from harness.miniatures.tenant import WINDOW, Job, Json, MiniChat, MiniEntry, MiniFile, Tenant, attached_data

RETRY_SECONDS = (1, 2, 5, 10, 30, 60)
PASSING = {429, 500, 502, 503, 504}
STATES = {"QUEUED_ON_CHANNEL": "sent", "DELIVERED": "delivered", "READ": "read", "FAILED": "failed"}
RANK = {"sending": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
DEFAULT_RETENTION_SECONDS = 86_400


class Refusal(Exception):
    """A 4xx with a reason."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class MiniBridge:
    """The small correct bridge."""

    features = frozenset(Feature)

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.tenants: dict[str, Tenant] = {}
        self.base_url = ""

    # -- in: callbacks

    def believes(self, tenant: Tenant, body: bytes, headers: Any) -> bool:
        """Return whether a callback is signed with the tenant's secret."""
        nonce = headers.get("x-sinch-webhook-signature-nonce", "")
        stamp = headers.get("x-sinch-webhook-signature-timestamp", "")
        signed = b".".join((body, nonce.encode(), stamp.encode()))
        secret = tenant.setup["service"]["webhook_secret"].encode()
        wanted = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(wanted, headers.get("x-sinch-webhook-signature", ""))

    def is_new(self, tenant: Tenant, message_id: str) -> bool:
        """Return whether a message has not been counted yet, and count it."""
        fresh = message_id not in tenant.seen
        tenant.seen.add(message_id)
        return fresh

    async def take(self, tenant: Tenant, callback: Json) -> None:
        """Act on a callback."""
        if message := callback.get("message"):
            await self.take_message(tenant, callback, message)
        elif report := callback.get("message_delivery_report"):
            self.take_report(tenant, report)
        elif unsupported := callback.get("unsupported_callback"):
            identity = unsupported["channel_identity"]
            chat = await self.chat_for(tenant, unsupported, identity)
            self.add(tenant, chat, "in", "unsupported", text="(something that cannot be shown)")

    async def take_message(self, tenant: Tenant, callback: Json, message: Json) -> None:
        """Put a customer's message into its chat."""
        if not self.is_new(tenant, message["id"]):
            return
        chat = await self.chat_for(tenant, message, message["channel_identity"])
        when = dt.datetime.fromisoformat(message["accept_time"])
        chat.last_heard = self.heard_at(chat, when)
        self.attach(chat, message.get("metadata") or "", callback.get("message_metadata") or "")
        entry = self.add(tenant, chat, "in", "text", when=when)
        entry.message_id = message["id"]
        await self.fill(tenant, entry, message["contact_message"])

    def heard_at(self, chat: MiniChat, when: dt.datetime) -> dt.datetime:
        """Return the instant from which the window counts."""
        return max(chat.last_heard or when, when)

    def attach(self, chat: MiniChat, metadata: str, message_metadata: str) -> None:
        """Merge a message's metadata into the chat."""
        chat.attached |= attached_data(metadata or message_metadata)

    async def fill(self, tenant: Tenant, entry: MiniEntry, content: Json) -> None:
        """Fill an entry with a customer's content."""
        if text := content.get("text_message"):
            entry.text = text["text"]
        elif media := content.get("media_message") or content.get("media_card_message"):
            entry.kind, entry.text = "media", media.get("caption")
            entry.attachment = await self.download(tenant, media["url"])
        elif place := content.get("location_message"):
            entry.kind = "location"
            entry.location = {**place["coordinates"], "title": place.get("title") or ""}
        elif choice := content.get("choice_response_message"):
            entry.kind, entry.text = "choice_response", self.chosen(choice["postback_data"])
        else:
            entry.kind, entry.text = "unsupported", "(something that cannot be shown)"

    def chosen(self, postback: str) -> str:
        """Return the title behind a postback."""
        return postback.removeprefix("choice:")

    async def chat_for(self, tenant: Tenant, message: Json, identity: Json) -> MiniChat:
        """Return the live chat with an identity, or a new one."""
        channel, who = identity["channel"], identity["identity"]
        chat = tenant.live_chat(channel, who)
        if chat is None:
            contact = message.get("contact_id") or ""
            name = await self.display_name(tenant, contact) if contact else None
            chat = MiniChat(tenant.serial("chat"), channel, who, name or who, contact_id=contact)
            chat.conversation_id = message.get("conversation_id") or ""
            tenant.chats.append(chat)
        return chat

    def take_report(self, tenant: Tenant, report: Json) -> None:
        """Move an outgoing entry on, never back."""
        state = STATES.get(report["status"])
        for entry in (entry for chat in tenant.chats for entry in chat.entries):
            if state and entry.message_id == report["message_id"] and entry.delivery:
                reason = report.get("reason") or {}
                if self.moves_on(entry.delivery["state"], state):
                    entry.delivery = {
                        "state": state,
                        "code": reason.get("code"),
                        "description": reason.get("description"),
                    }

    def moves_on(self, old: str, new: str) -> bool:
        """Return whether a receipt is news."""
        return RANK[new] > RANK[old]

    def add(
        self,
        tenant: Tenant,
        chat: MiniChat,
        direction: str,
        kind: str,
        *,
        text: str | None = None,
        when: dt.datetime | None = None,
    ) -> MiniEntry:
        """Append an entry to a chat."""
        entry = MiniEntry(tenant.serial("entry"), when or tenant.now, direction, kind, text)
        chat.entries.append(entry)
        return entry

    def in_order(self, chat: MiniChat) -> list[MiniEntry]:
        """Return the transcript as the agent sees it."""
        return sorted(chat.entries, key=lambda entry: entry.when)

    # -- out: the Conversation API

    async def download(self, tenant: Tenant, url: str) -> Json:
        """Return the attachment made of a customer's file, stored."""
        async with self.session.get(url) as response:
            content, mime = await response.read(), response.headers.get("Content-Type", "")
        name = tenant.serial("file")
        tenant.files[name] = MiniFile(url.rsplit("/", 1)[-1], mime, self.kept(content))
        return self.attachment(tenant, name)

    def kept(self, content: bytes) -> bytes:
        """Return the bytes that go to the share."""
        return content

    def attachment(self, tenant: Tenant, name: str) -> Json:
        """Return a file as the protocol writes it."""
        file = tenant.files[name]
        return {"id": name, "name": file.name, "mime": file.mime, "size_bytes": len(file.content), "state": "stored"}

    async def access_token(self, tenant: Tenant) -> str | None:
        """Return a token that is still good, a new one if need be; None when it is refused."""
        if tenant.token is not None and tenant.token[1] > tenant.now:
            return tenant.token[0]
        service = tenant.setup["service"]
        key = base64.b64encode(f"{service['key_id']}:{service['key_secret']}".encode()).decode()
        async with self.session.post(
            service["token_url"],
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {key}"},
        ) as response:
            if response.status != web.HTTPOk.status_code:
                return None
            answer = await response.json()
        lasts = dt.timedelta(seconds=int(answer["expires_in"]) - 60)
        tenant.token = (str(answer["access_token"]), tenant.now + self.token_life(lasts))
        return tenant.token[0]

    def token_life(self, lasts: dt.timedelta) -> dt.timedelta:
        """Return how long a token is used."""
        return lasts

    async def call(self, tenant: Tenant, method: str, url: str, body: Json | None = None) -> tuple[int, Json]:
        """Return status and body of an authorised call; 401 when there is no token to be had."""
        token = await self.access_token(tenant)
        if token is None:
            return web.HTTPUnauthorized.status_code, {}
        async with self.session.request(
            method, url, json=body, headers={"Authorization": f"Bearer {token}"}
        ) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith("{") else {}

    async def display_name(self, tenant: Tenant, contact: str) -> str | None:
        """Return the contact's display name, if it has one."""
        base = tenant.setup["service"]["service_connection"].removesuffix("/messages:send")
        _, body = await self.call(tenant, "GET", f"{base}/contacts/{contact}")
        name = body.get("display_name")
        return None if name in (None, "", "Unknown") else str(name)

    async def send(self, tenant: Tenant, chat: MiniChat, message: Json) -> MiniEntry:
        """Send an agent's message, or refuse it."""
        self.check(tenant, chat, message)
        entry = self.add(tenant, chat, "out", message["kind"], text=message.get("text"))
        entry.delivery = {"state": "sending"}
        body = {
            "app_id": tenant.setup["service"]["app_id"],
            "recipient": {
                "identified_by": {"channel_identities": [{"channel": chat.channel, "identity": chat.identity}]}
            },
            "message": self.content(tenant, entry, message),
            "channel_priority_order": [chat.channel],
        }
        await self.attempt(tenant, Job(tenant.now, entry, body, 0))
        return entry

    def check(self, tenant: Tenant, chat: MiniChat, message: Json) -> None:
        """Raise `Refusal` for what must not be sent."""
        if self.window_closed(tenant, chat) and message["kind"] != "template":
            raise Refusal(409, "window_closed", "More than 24 hours have passed since the customer wrote.")
        if message["kind"] == "file":
            size = len(base64.b64decode(message["content_base64"]))
            if size > tenant.setting("max_attachment_bytes", 10**8):
                raise Refusal(422, "file_too_large", "The file is larger than agents may send.")
            types = tenant.setting("allowed_file_types", None)
            if types is not None and message["name"].rsplit(".", 1)[-1] not in types:
                raise Refusal(422, "file_type", "Files of this type must not be sent.")

    def window_closed(self, tenant: Tenant, chat: MiniChat) -> bool:
        """Return whether WhatsApp's window is closed."""
        if chat.channel != "WHATSAPP" or chat.last_heard is None:
            return False
        return tenant.now - chat.last_heard >= WINDOW

    def content(self, tenant: Tenant, entry: MiniEntry, message: Json) -> Json:
        """Return the Conversation API's form of an agent's message."""
        match message["kind"]:
            case "text":
                return {"text_message": {"text": message["text"]}}
            case "file":
                return {"media_message": {"url": self.publish(tenant, entry, message)}}
            case "template":
                reference = {
                    "template_id": message["name"],
                    "language_code": message["language"],
                    "parameters": message["parameters"],
                }
                return {"template_message": {"channel_template": {"WHATSAPP": reference}}}
            case "quick_replies":
                choices = [
                    {"text_message": {"text": choice}, "postback_data": f"choice:{choice}"}
                    for choice in message["choices"]
                ]
                return {"choice_message": {"text_message": {"text": message["text"]}, "choices": choices}}
            case _:
                place = message["position"]
                coordinates = {"latitude": place["latitude"], "longitude": place["longitude"]}
                return {"location_message": {"title": place["title"] or "Here", "coordinates": coordinates}}

    def publish(self, tenant: Tenant, entry: MiniEntry, message: Json) -> str:
        """Store an agent's file and return its public URL."""
        name = tenant.serial("file")
        until = tenant.now + self.retention(tenant)
        content = base64.b64decode(message["content_base64"])
        tenant.files[name] = MiniFile(message["name"], message["mime"], content, until)
        token = self.new_token(tenant)
        tenant.public[token] = name
        entry.kind, entry.attachment = "media", self.attachment(tenant, name)
        base = tenant.setting("public_base_url", self.base_url)
        return f"{base}/{tenant.name}/sms/richcontent/{token}/{message['name']}"

    def retention(self, tenant: Tenant) -> dt.timedelta:
        """Return how long a file is public."""
        return dt.timedelta(seconds=tenant.setting("retention_seconds", DEFAULT_RETENTION_SECONDS))

    def new_token(self, tenant: Tenant) -> str:
        """Return the secret part of a public URL."""
        del tenant
        return secrets.token_hex(24)

    async def attempt(self, tenant: Tenant, job: Job) -> None:
        """Try to send once; plan the next try or tell the failure."""
        status, body = await self.call(tenant, "POST", tenant.setup["service"]["service_connection"], job.body)
        if status == web.HTTPOk.status_code:
            job.entry.message_id = body.get("message_id")
            job.entry.delivery = {"state": "sent"}
        elif status in PASSING and job.attempt < len(RETRY_SECONDS):
            due = tenant.now + dt.timedelta(seconds=RETRY_SECONDS[job.attempt])
            tenant.jobs.append(Job(due, job.entry, job.body, job.attempt + 1))
        else:
            said = (body.get("error") or {}).get("message", "")
            job.entry.delivery = {"state": "failed", "code": str(status), "description": said}

    async def advance(self, tenant: Tenant, to: dt.datetime) -> None:
        """Move the clock, doing what falls due in order."""
        while due := sorted((job for job in tenant.jobs if job.due <= to), key=lambda job: job.due):
            tenant.jobs.remove(due[0])
            tenant.frozen = max(tenant.now, due[0].due)
            await self.attempt(tenant, due[0])
        tenant.frozen = to

    # -- public files

    def served(self, tenant: Tenant, token: str) -> MiniFile | None:
        """Return the file behind a public URL while it is public."""
        name = tenant.public.get(token)
        file = tenant.files.get(name) if name else None
        if file is None or file.public_until is None or tenant.now >= file.public_until:
            return None
        return file

    def copy_of(self, tenant: Tenant, name: str) -> bytes | None:
        """Return the internal copy of a file."""
        file = tenant.files.get(name)
        return file.content if file else None

    def may_see_consents(self, agent: Json) -> bool:
        """Return whether an agent has the right to consents."""
        return "consents:view" in agent["rights"]
