"""What each callback does: inside one transaction with the stored callback itself, so that it happens exactly once.

Customer's text is visible to agents from that commit on; only files wait for a job, and their entries stand already.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from contactpro_bridge.chats import attached
from contactpro_bridge.chats.changes import Announcer, dump, end_chat, system_entry
from contactpro_bridge.chats.channels import channel_of, identity_key, phone_key
from contactpro_bridge.chats.hub import Hub
from contactpro_bridge.ids import AttachmentId, ChatId, EntryId, hex32
from contactpro_bridge.intake.callbacks import (
    Callback,
    ContactGone,
    ContactSeen,
    ConversationEnded,
    InboundEvent,
    InboundMessage,
    OptChange,
)
from contactpro_bridge.jobs.room import JobKind, Jobs
from contactpro_bridge.outbound.receipts import SWITCHING, Delivery, Receipt, moves, state_of
from contactpro_bridge.store import small
from contactpro_bridge.store.chats import (
    CONSENT_PURPOSE,
    Chat,
    ChatKey,
    ChatState,
    insert_chat,
    live_chat,
    live_chats_where,
    locked_chat,
    note_incoming,
)
from contactpro_bridge.store.database import Tx
from contactpro_bridge.store.entries import (
    Attachment,
    Entry,
    FullEntry,
    add_entry,
    add_incoming,
    change_entry,
    full_entry,
    insert_attachment,
)
from contactpro_bridge.store.tables import chats, entries
from contactpro_bridge.tenants import Tenant

UNKNOWN_MIME: Final = "application/octet-stream"
_NAME_AGE_US: Final = 24 * 3600 * 1_000_000


@dataclass(frozen=True)
class Intake:
    """What applying needs: the hub to tell, the jobs to add to, and who looks a name up."""

    hub: Hub
    jobs: Jobs
    look_up_name: Callable[[Tenant, str, str, str], None]


def apply_callback(tx: Tx, intake: Intake, tenant: Tenant, service: str, callback: Callback, body: bytes) -> bool:
    """Store a callback and do what it says; say no, and do nothing, when it was there before."""
    now_us = tenant.clock.now()
    raw: dict[str, Any] = {
        "tenant": tenant.id,
        "service": service,
        "dedup_key": callback.dedup_key,
        "kind": callback.trigger,
        "body": body,
        "received_us": now_us,
    }
    if not small.keep_raw_event(tx, raw):
        return False
    event = callback.event
    match event:
        case InboundMessage():
            _message(tx, intake, tenant, service, event, now_us)
        case Receipt():
            _receipt(tx, intake, tenant, event, now_us)
        case InboundEvent():
            _event(tx, intake, tenant, service, event, now_us)
        case ConversationEnded():
            _ended(tx, intake, tenant, event, now_us)
        case ContactSeen():
            learn_name(tx, intake.hub, tenant, event.contact_id, event.name, now_us)
        case ContactGone():
            _contact_gone(tx, intake, tenant, event, now_us)
        case OptChange():
            _opt_change(tx, tenant, event, now_us)
    return True


def _message(tx: Tx, intake: Intake, tenant: Tenant, service: str, message: InboundMessage, now_us: int) -> None:
    at_us = message.accept_us if message.accept_us is not None else now_us
    identity = identity_key(message.channel, message.identity)
    key = ChatKey(tenant.id, service, message.app_id, message.channel, identity)
    chat = live_chat(tx.conn, key)
    announcer_new = chat is None
    if chat is None:
        if full_entry(tx.conn, tenant.id, entries.c.message_id == message.message_id) is not None:
            return  # its stored callback is long deleted, the message is not
        chat = _open_chat(tx, tenant, key, now_us)
    announcer = Announcer(intake.hub, tenant, chat, chat_changed=announcer_new)
    if announcer_new and chat.queue is None:
        _say_unrouted(tx, announcer, chat, now_us)
    entry, attachment = _entry_of(tx, chat, message, at_us, now_us)
    if not add_incoming(tx, chat, entry):
        return
    announcer.entry(entry, attachment)
    _take_metadata(announcer, tenant, chat, message, at_us)
    if announcer_new or (message.contact_id and chat.contact_id != message.contact_id):
        chat.contact_id = message.contact_id or chat.contact_id
        _name(tx, intake, tenant, chat, now_us)
    chat.conversation_id = message.conversation_id or chat.conversation_id
    if channel_of(message.channel).window:
        # A clock of theirs that is ahead must not keep the window open.
        note_incoming(tx, tenant.id, message.app_id, identity, min(at_us, now_us))
    if attachment is not None:
        insert_attachment(tx, attachment)
        intake.jobs.add(tx, chat, JobKind.DOWNLOAD, attachment.id, now_us)
    announcer.save(tx)


def _open_chat(tx: Tx, tenant: Tenant, key: ChatKey, now_us: int) -> Chat:
    chat = Chat(
        id=ChatId(hex32()),
        tenant=key.tenant,
        service=key.service,
        app_id=key.app_id,
        channel=key.channel,
        identity=key.identity,
        state=ChatState.IN_QUEUE.value,
        created_us=now_us,
        queue=tenant.queue_for(key.service, key.app_id, key.channel),
    )
    insert_chat(tx, chat)
    return chat


def _say_unrouted(tx: Tx, announcer: Announcer, chat: Chat, now_us: int) -> None:
    entry = system_entry(
        chat,
        f"No queue is configured for service {chat.service}, app {chat.app_id}, channel {chat.channel}. "
        "An administrator adds a route or a catch-all queue.",
        now_us,
    )
    add_entry(tx, chat, entry)
    announcer.entry(entry)


def _entry_of(tx: Tx, chat: Chat, message: InboundMessage, at_us: int, now_us: int) -> tuple[Entry, Attachment | None]:
    content = message.content
    text = content.text
    if content.choice is not None:
        text = _chosen_title(tx, chat, content.choice["message_id"], content.choice["postback_data"]) or text
    attachment = None
    if content.media_url:
        attachment = Attachment(
            id=AttachmentId(hex32()),
            tenant=chat.tenant,
            chat_id=chat.id,
            name=content.media_name,
            mime=UNKNOWN_MIME,
            state="pending",
            created_us=now_us,
            source_url=content.media_url,
        )
    entry = Entry(
        id=EntryId(hex32()),
        tenant=chat.tenant,
        chat_id=chat.id,
        at_us=at_us,
        direction="in",
        kind=content.kind,
        text=text,
        content=dump({"location": content.location, "choice": content.choice, "reply_to": message.reply_to or None}),
        message_id=message.message_id,
        attachment_id=None if attachment is None else attachment.id,
    )
    return entry, attachment


def _chosen_title(tx: Tx, chat: Chat, message_id: str, postback: str) -> str | None:
    """Return what stood on the choice the customer took; by default its postback ends with ``_title``."""
    if not message_id:
        return None
    asked = full_entry(tx.conn, chat.tenant, entries.c.message_id == message_id)
    choices = [] if asked is None else orjson.loads(asked.entry.content).get("choices") or []
    for choice in choices:
        if postback in {choice.get("postback_data"), choice.get("title"), f"{message_id}_{choice.get('title')}"}:
            return str(choice["title"])
    return postback.removeprefix(f"{message_id}_") or None


def _take_metadata(announcer: Announcer, tenant: Tenant, chat: Chat, message: InboundMessage, at_us: int) -> None:
    if not message.metadata and not message.message_metadata:
        return
    found = attached.combine(
        message.metadata,
        message.message_metadata,
        prefer_message_metadata=tenant.settings.chat_settings.metadata_precedence == "message_metadata",
    )
    problems = list(found.problems)
    if found.values:
        merged = attached.merge(orjson.loads(chat.attached), found.values, at_us)
        problems += [attached.Problem(key, attached.NO_ROOM) for key in found.values if key not in merged]
        chat.attached = orjson.dumps(merged).decode()
        announcer.chat_changed = True
    if problems:
        known = orjson.loads(chat.problems)
        fresh = [{"key": problem.key, "problem": problem.problem} for problem in problems]
        known += [problem for problem in fresh if problem not in known]
        chat.problems = orjson.dumps(known[-attached.MAX_PROBLEMS :]).decode()
        announcer.chat_changed = True


def _name(tx: Tx, intake: Intake, tenant: Tenant, chat: Chat, now_us: int) -> None:
    """Show the name that is known; look it up after the commit when it is unknown or old. The text does not wait."""
    if not chat.contact_id:
        return
    known = small.contact_name(tx.conn, tenant.id, chat.contact_id)
    if known is not None:
        chat.customer_name = known[0]
    if known is None or now_us - known[1] > _NAME_AGE_US:
        service, contact_id, chat_id = chat.service, chat.contact_id, chat.id
        tx.after_commit.append(lambda: intake.look_up_name(tenant, service, contact_id, chat_id))


def learn_name(tx: Tx, hub: Hub, tenant: Tenant, contact_id: str, name: str | None, now_us: int) -> None:
    """Remember a contact's name and show it in the contact's live chats."""
    small.save_contact_name(tx, tenant.id, contact_id, name, now_us)
    for chat in live_chats_where(tx.conn, tenant.id, chats.c.contact_id == contact_id):
        if chat.customer_name != name:
            chat.customer_name = name
            Announcer(hub, tenant, chat, chat_changed=True).save(tx)


def _receipt(tx: Tx, intake: Intake, tenant: Tenant, receipt: Receipt, now_us: int) -> None:
    """Move a message's delivery state; a receipt may come before the answer to the send call did."""
    found = full_entry(tx.conn, tenant.id, entries.c.message_id == receipt.message_id)
    if found is None and receipt.entry_id:
        found = full_entry(tx.conn, tenant.id, entries.c.id == receipt.entry_id)
    if found is None or found.entry.direction != "out":
        return
    chat = locked_chat(tx.conn, tenant.id, found.entry.chat_id)
    if chat is None:
        return
    announcer = Announcer(intake.hub, tenant, chat)
    if receipt.status == SWITCHING:
        line = system_entry(
            chat,
            f"{channel_of(receipt.channel).sub_channel} could not deliver a message"
            f"{_reason(receipt)}; another channel is tried.",
            now_us,
            message_id=receipt.message_id,
        )
        add_entry(tx, chat, line)
        announcer.entry(line)
        announcer.save(tx)
        return
    _move(tx, announcer, chat, found, receipt)


def _move(tx: Tx, announcer: Announcer, chat: Chat, found: FullEntry, receipt: Receipt) -> None:
    # The row is locked now; read the state again, another process may have moved it.
    current = full_entry(tx.conn, chat.tenant, entries.c.id == found.entry.id)
    new = state_of(receipt.status)
    if current is None or new is None or not moves(Delivery(current.entry.delivery or "sent"), new):
        return
    changes: dict[str, Any] = {"delivery": new.value, "message_id": receipt.message_id}
    if new is Delivery.FAILED:
        changes |= {"delivery_code": receipt.code or "UNKNOWN", "delivery_description": receipt.description or None}
    change_entry(tx, chat, found.entry.id, **changes)
    announcer.changed_entry(tx, found.entry.id)
    announcer.save(tx)


def _reason(receipt: Receipt) -> str:
    reason = ": ".join(part for part in (receipt.code, receipt.description) if part)
    return f" ({reason})" if reason else ""


def _event(tx: Tx, intake: Intake, tenant: Tenant, service: str, event: InboundEvent, now_us: int) -> None:
    identity = identity_key(event.channel, event.identity)
    chat = live_chat(tx.conn, ChatKey(tenant.id, service, event.app_id, event.channel, identity))
    if chat is None:
        return
    entry = Entry(
        id=EntryId(hex32()),
        tenant=chat.tenant,
        chat_id=chat.id,
        at_us=event.accept_us if event.accept_us is not None else now_us,
        direction="in",
        kind=event.kind,
        text=event.text,
        content=dump({"reply_to": event.reply_to or None}),
        message_id=event.event_id,
    )
    announcer = Announcer(intake.hub, tenant, chat)
    if add_entry(tx, chat, entry):
        announcer.entry(entry)
        announcer.save(tx)


def _ended(tx: Tx, intake: Intake, tenant: Tenant, ended: ConversationEnded, now_us: int) -> None:
    for chat in live_chats_where(tx.conn, tenant.id, chats.c.conversation_id == ended.conversation_id):
        end_chat(tx, Announcer(intake.hub, tenant, chat), chat, "The conversation was ended.", now_us)


def _contact_gone(tx: Tx, intake: Intake, tenant: Tenant, gone: ContactGone, now_us: int) -> None:
    small.forget_contact(tx, tenant.id, gone.contact_id)
    for chat in live_chats_where(tx.conn, tenant.id, chats.c.contact_id == gone.contact_id):
        chat.contact_id = gone.replaced_by
        Announcer(intake.hub, tenant, chat, chat_changed=True).save(tx)
    if gone.replaced_by:
        learn_name(tx, intake.hub, tenant, gone.replaced_by, gone.name, now_us)


def _opt_change(tx: Tx, tenant: Tenant, change: OptChange, now_us: int) -> None:
    """Keep what a customer decided about WhatsApp, when opt-ins are managed here."""
    if change.channel != "WHATSAPP" or not tenant.settings.chat_settings.manage_whatsapp_opt_ins:
        return
    number = phone_key(change.identity)
    if number:
        small.save_consent(tx, tenant.id, number, CONSENT_PURPOSE, value=change.opted_in, now_us=now_us)
