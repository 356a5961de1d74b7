"""From an agent's request to stored intents: every check, one transaction, and entries that are seen at once."""

from dataclasses import dataclass

import orjson

from contactpro_bridge.attachments.public import new_token, url_for
from contactpro_bridge.chats.changes import Announcer, dump
from contactpro_bridge.chats.channels import Kind, channel_of
from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.chats.views import window_for
from contactpro_bridge.clock import SECOND_US
from contactpro_bridge.errors import Refusal, not_found
from contactpro_bridge.ids import EntryId, hex32
from contactpro_bridge.outbound.content import Outgoing, app_message, check_channel, check_template, check_window
from contactpro_bridge.outbound.receipts import Delivery
from contactpro_bridge.store.chats import Chat, ChatState, chat_facts, locked_chat
from contactpro_bridge.store.database import Database, Tx
from contactpro_bridge.store.entries import (
    Attachment,
    Entry,
    PublicFile,
    add_entry,
    attachment_by_id,
    full_entry,
    insert_public_file,
)
from contactpro_bridge.store.tables import entries
from contactpro_bridge.tenants import Caller, Tenant


@dataclass(frozen=True, slots=True)
class Composed:
    """What was stored: the entries to send in order, and whether they were there before."""

    entry_ids: tuple[str, ...]
    repeated: bool = False


class Composer:
    """Turns requests into intents."""

    def __init__(self, db: Database, hub: Hub, sender: str, own_url: str) -> None:
        self._db = db
        self._hub = hub
        self._sender = sender
        self.own_url = own_url

    async def compose(self, caller: Caller, chat_id: str, outgoing: Outgoing) -> Composed:
        """Check a message and store it; raises a Refusal, and stores nothing, when it may not be sent."""
        return await self._db.write(lambda tx: self._compose(tx, caller, chat_id, outgoing))

    def _compose(self, tx: Tx, caller: Caller, chat_id: str, outgoing: Outgoing) -> Composed:
        tenant = caller.tenant
        chat = locked_chat(tx.conn, tenant.id, chat_id)
        if chat is None or not (caller.serves(chat.queue) or chat.agent_id == caller.id):
            raise not_found("chat")
        if outgoing.client_id is not None:
            same = (entries.c.chat_id == chat.id) & (entries.c.client_id == outgoing.client_id)
            known = full_entry(tx.conn, tenant.id, same)
            if known is not None:
                return Composed((known.entry.id,), repeated=True)
        check_owner(chat, caller)
        shown_text = self._check(tx, tenant, chat, outgoing)
        attachment = self._attachment(tx, caller, chat, outgoing)
        announcer = Announcer(self._hub, tenant, chat)
        ids = [self._store(tx, tenant, announcer, chat, outgoing, attachment, shown_text)]
        if outgoing.caption:
            caption = Outgoing(Kind.TEXT, outgoing.caption)
            ids.append(self._store(tx, tenant, announcer, chat, caption, None, outgoing.caption))
        announcer.save(tx)
        return Composed(tuple(ids))

    def _check(self, tx: Tx, tenant: Tenant, chat: Chat, outgoing: Outgoing) -> str | None:
        settings = tenant.settings.chat_settings
        check_channel(outgoing, channel_of(chat.channel))
        facts = chat_facts(tx.conn, tenant.id, chat.id)
        if facts is not None and settings.enforce_whatsapp_window:
            now_us = tenant.clock.now()
            check_window(outgoing, window_for(facts, manage_opt_ins=settings.manage_whatsapp_opt_ins, now_us=now_us))
        if outgoing.template is not None:
            return check_template(outgoing.template, tenant.settings.templates)
        return outgoing.text

    def _attachment(self, tx: Tx, caller: Caller, chat: Chat, outgoing: Outgoing) -> Attachment | None:
        if outgoing.kind is not Kind.MEDIA:
            return None
        attachment = attachment_by_id(tx.conn, caller.tenant.id, outgoing.attachment_id)
        mine = attachment is not None and (attachment.uploaded_by == caller.id or attachment.chat_id == chat.id)
        if attachment is None or not mine:
            raise not_found("attachment", "Upload the file first: POST /agent/v1/attachments.")
        if attachment.state != "stored":
            raise Refusal(409, "attachment_not_stored", "The file is not on the share.", "Wait until it is stored.")
        return attachment

    def _store(
        self,
        tx: Tx,
        tenant: Tenant,
        announcer: Announcer,
        chat: Chat,
        outgoing: Outgoing,
        attachment: Attachment | None,
        shown_text: str | None,
    ) -> str:
        public = None if attachment is None else self._publish(tx, tenant, attachment)
        message = app_message(
            outgoing,
            chat.channel,
            media_url="" if public is None else public.url,
            media_name="" if public is None else public.name,
        )
        entry = Entry(
            id=EntryId(hex32()),
            tenant=chat.tenant,
            chat_id=chat.id,
            at_us=tenant.clock.now(),
            direction="out",
            kind=outgoing.kind.value,
            text=shown_text,
            content=dump(outgoing.shown),
            client_id=outgoing.client_id,
            attachment_id=None if attachment is None else attachment.id,
            public_token=None if public is None else public.token,
            delivery=Delivery.SENDING.value,
            outgoing=orjson.dumps({"message": message}).decode(),
            sender=self._sender,
        )
        add_entry(tx, chat, entry)
        announcer.entry(entry, attachment, public)
        return entry.id

    def _publish(self, tx: Tx, tenant: Tenant, attachment: Attachment) -> PublicFile:
        """Publish a file under a fresh token, for the retention time from now."""
        settings, now_us, token = tenant.settings.chat_settings, tenant.clock.now(), new_token()
        public = PublicFile(
            token=token,
            tenant=tenant.id,
            attachment_id=attachment.id,
            name=attachment.name,
            mime=attachment.mime,
            size_bytes=attachment.size_bytes,
            url=url_for(settings.public_base_url or self.own_url, tenant.id, token, attachment.name),
            published_us=now_us,
            expires_us=now_us + settings.retention_seconds * SECOND_US,
        )
        insert_public_file(tx, public)
        return public


def check_owner(chat: Chat, caller: Caller) -> None:
    """Refuse to act in a chat that is not the caller's, or no longer live."""
    if not chat.live:
        raise Refusal(409, "chat_ended", "The chat has ended.", "When the customer writes again, a new chat begins.")
    if chat.state == ChatState.IN_QUEUE:
        raise Refusal(409, "chat_not_accepted", "The chat is still in the queue.", "Accept it first.")
    if chat.agent_id != caller.id:
        raise Refusal(403, "not_your_chat", "Another agent has this chat.")
