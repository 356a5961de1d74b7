"""Contacts: who is reached how. Look-up by identity, automatic contacts, and the contact operations.

Must not know: messages, delivery.
"""

from typing import Any, Final

from fake_sinch import callbacks, conversations
from fake_sinch.asking import Asked, Handled, changes, plain_identity, text
from fake_sinch.context import Context, lane_of
from fake_sinch.effects import Effect
from fake_sinch.errors import INVALID_ARGUMENT, Refusal, Violation, invalid, missing
from fake_sinch.limits import APP_SCOPED_CHANNELS, CHANNELS, PAGES, PROFILE_CHANNELS
from fake_sinch.paging import page, size
from fake_sinch.state import App, Contact, Identity

UPDATABLE: Final = (
    "channel_identities",
    "channel_priority",
    "display_name",
    "email",
    "external_id",
    "metadata",
    "language",
)
UNKNOWN_NAME: Final = "Unknown"


def render(contact: Contact) -> dict[str, Any]:
    """Render the Contact resource."""
    return {
        "id": contact.id,
        "channel_identities": [render_identity(i) for i in contact.identities],
        "channel_priority": contact.channel_priority,
        "display_name": contact.display_name,
        "email": contact.email,
        "external_id": contact.external_id,
        "metadata": contact.metadata,
        "language": contact.language,
    }


def render_identity(identity: Identity) -> dict[str, str]:
    """Render a channel identity."""
    return {"channel": identity.channel, "identity": identity.identity, "app_id": identity.app_id}


# Look-up


def identity_key(channel: str, identity: str, app_id: str) -> str:
    """Return the key of the index by identity; the app counts only on app-scoped channels."""
    scope = app_id if channel in APP_SCOPED_CHANNELS else ""
    return f"{channel} {plain_identity(channel, identity)} {scope}"


def with_identity(ctx: Context, channel: str, identity: str, app_id: str) -> list[str]:
    """Return the ids of the contacts with an identity, oldest first; one without a scope fits every app."""
    index = ctx.state.contacts_by_identity
    found = index.get(identity_key(channel, identity, app_id))
    if not found and channel in APP_SCOPED_CHANNELS:
        found = index.get(identity_key(channel, identity, ""))
    return found or []


def find(ctx: Context, channel: str, identity: str, app_id: str) -> Contact | None:
    """Return the oldest contact that has this identity."""
    found = with_identity(ctx, channel, identity, app_id)
    return ctx.state.contacts[found[0]] if found else None


def find_or_create(
    ctx: Context, app: App, identities: list[Identity], display_name: str, now: int
) -> tuple[Contact, list[Effect]]:
    """Return the contact that has one of the identities, or a new one with all of them.

    Several contacts that match are told to the app by CONTACT_IDENTITIES_DUPLICATION; the oldest is taken.
    """
    matching = [(i.channel, with_identity(ctx, i.channel, i.identity, app.id)) for i in identities]
    found = sorted({contact_id for _, ids in matching for contact_id in ids})
    if len(found) == 1:
        return ctx.state.contacts[found[0]], []
    if found:
        return ctx.state.contacts[found[0]], _tell_duplicates(ctx, app, matching, found, now)
    contact = Contact(ctx.ids.ulid(now), [], display_name or UNKNOWN_NAME)
    _set_identities(ctx, contact, [_scoped(i, app.id) for i in identities])
    ctx.state.contacts[contact.id] = contact
    return contact, _tell(ctx, "CONTACT_CREATE", contact, now, app.id)


def _scoped(identity: Identity, app_id: str) -> Identity:
    scope = app_id if identity.channel in APP_SCOPED_CHANNELS else ""
    return Identity(identity.channel, plain_identity(identity.channel, identity.identity), scope)


def _tell_duplicates(
    ctx: Context, app: App, matching: list[tuple[str, list[str]]], found: list[str], now: int
) -> list[Effect]:
    entries = [{"channel": channel, "contact_ids": ids or found} for channel, ids in matching]
    content = {"duplicated_identities": entries}
    return callbacks.emit(ctx, "CONTACT_IDENTITIES_DUPLICATION", app.id, content, now, lane=found[0])


def _set_identities(ctx: Context, contact: Contact, identities: list[Identity]) -> None:
    index = ctx.state.contacts_by_identity
    for old in contact.identities:
        key = identity_key(old.channel, old.identity, old.app_id)
        index[key].remove(contact.id)
        if not index[key]:
            del index[key]
    contact.identities = identities
    for new in identities:
        listed = index.setdefault(identity_key(new.channel, new.identity, new.app_id), [])
        listed.append(contact.id)
        listed.sort()


def _tell(ctx: Context, trigger: str, contact: Contact, now: int, app_id: str = "") -> list[Effect]:
    content = {"contact": render(contact)}
    return callbacks.emit(ctx, trigger, app_id, content, now, lane=lane_of(contact.id, "", ""), ids=(contact.id,))


# Operations


def _get(ctx: Context, contact_id: str) -> Contact:
    contact = ctx.state.contacts.get(contact_id)
    if contact is None:
        raise missing("Contact", contact_id)
    return contact


def list_contacts(ctx: Context, asked: Asked) -> Handled:
    """GET /contacts."""
    external_id, channel, identity = (text(asked, n) for n in ("external_id", "channel", "identity"))
    _check_filters(external_id, channel, identity)
    found = list(ctx.state.contacts.values())
    if external_id:
        found = [c for c in found if c.external_id == external_id]
    if channel:
        plain = plain_identity(channel, identity)
        found = [c for c in found if any((i.channel, i.identity) == (channel, plain) for i in c.identities)]
    count = size(text(asked, "page_size"), PAGES["contacts"])
    shown, after = page(found, lambda c: (0, c.id), count, text(asked, "page_token"))
    return {"contacts": [render(c) for c in shown], "next_page_token": after}, []


def _check_filters(external_id: str, channel: str, identity: str) -> None:
    wrong = []
    if external_id and (channel or identity):
        wrong.append(Violation("external_id", "external_id excludes channel and identity"))
    if bool(channel) != bool(identity):
        wrong.append(Violation("identity", "channel and identity must be given together"))
    if channel and channel not in CHANNELS:
        wrong.append(Violation("channel", f"{channel[:60]!r} is not a channel"))
    if wrong:
        raise Refusal(INVALID_ARGUMENT, wrong[0].description, wrong)


def create_contact(ctx: Context, asked: Asked) -> Handled:
    """POST /contacts."""
    body = asked.body
    contact = Contact(ctx.ids.ulid(asked.now), [])
    ctx.state.contacts[contact.id] = contact
    _apply(ctx, contact, {name: body[name] for name in UPDATABLE if name in body})
    return render(contact), _tell(ctx, "CONTACT_CREATE", contact, asked.now)


def get_contact(ctx: Context, asked: Asked) -> Handled:
    """GET /contacts/{id}."""
    return render(_get(ctx, asked.ids[0])), []


def update_contact(ctx: Context, asked: Asked) -> Handled:
    """PATCH /contacts/{id}."""
    contact = _get(ctx, asked.ids[0])
    changed = changes(asked, UPDATABLE)
    if "channel_identities" in changed and not changed["channel_identities"]:
        raise invalid("channel_identities", "a contact needs at least one channel identity")
    _apply(ctx, contact, changed)
    return render(contact), _tell(ctx, "CONTACT_UPDATE", contact, asked.now)


def _apply(ctx: Context, contact: Contact, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        if name == "channel_identities":
            identities = [_stored(i) for i in value]
            _set_identities(ctx, contact, identities)
        elif name == "channel_priority":
            contact.channel_priority = value or []
        elif name == "display_name":
            contact.display_name = value or UNKNOWN_NAME
        elif name == "language":
            contact.language = value or "UNSPECIFIED"
        else:
            setattr(contact, name, value or "")


def _stored(given: dict[str, Any]) -> Identity:
    return _scoped(Identity(given["channel"], given["identity"]), given.get("app_id", ""))


def delete_contact(ctx: Context, asked: Asked) -> Handled:
    """DELETE /contacts/{id}: the contact's conversations and their messages go with it."""
    contact = _get(ctx, asked.ids[0])
    for conversation in [c for c in ctx.state.conversations.values() if c.contact_id == contact.id]:
        conversations.remove(ctx, conversation)
    _forget(ctx, contact)
    return {}, _tell(ctx, "CONTACT_DELETE", contact, asked.now)


def _forget(ctx: Context, contact: Contact) -> None:
    kept = contact.identities
    _set_identities(ctx, contact, [])
    contact.identities = kept
    del ctx.state.contacts[contact.id]


def merge_contact(ctx: Context, asked: Asked) -> Handled:
    """POST /contacts/{destination_id}:merge."""
    destination, source = _get(ctx, asked.ids[0]), _get(ctx, asked.body["source_id"])
    if destination is source:
        raise invalid("source_id", "a contact cannot be merged with itself")
    has = {i.channel for i in destination.identities}
    _forget(ctx, source)
    moved = [i for i in source.identities if i.channel not in has]
    _set_identities(ctx, destination, destination.identities + moved)
    destination.channel_priority += [c for c in source.channel_priority if c not in destination.channel_priority]
    _fill(destination, source)
    conversations.move(ctx, source.id, destination.id)
    content = {"preserved_contact": render(destination), "deleted_contact": render(source)}
    effects = callbacks.emit(ctx, "CONTACT_MERGE", "", content, asked.now, lane=destination.id)
    return render(destination), effects


def _fill(destination: Contact, source: Contact) -> None:
    for name, empty in (
        ("display_name", UNKNOWN_NAME),
        ("email", ""),
        ("external_id", ""),
        ("metadata", ""),
        ("language", "UNSPECIFIED"),
    ):
        if getattr(destination, name) == empty:
            setattr(destination, name, getattr(source, name))


def get_channel_profile(ctx: Context, asked: Asked) -> Handled:
    """POST /contacts:getChannelProfile: no channel that offers profiles is emulated."""
    channel = asked.body["channel"]
    if channel not in PROFILE_CHANNELS:
        raise invalid("channel", f"{channel} offers no profiles; {', '.join(sorted(PROFILE_CHANNELS))} do")
    if asked.body["app_id"] not in ctx.state.apps:
        raise missing("App", asked.body["app_id"])
    raise Refusal(INVALID_ARGUMENT, "NO_PROFILE_AVAILABLE: no profile of this recipient is available.")


def list_identity_conflicts(ctx: Context, asked: Asked) -> Handled:
    """GET /contacts:identityConflicts: phone numbers that more than one contact has."""
    holders: dict[str, dict[str, set[str]]] = {}
    for key, ids in ctx.state.contacts_by_identity.items():
        channel, identity, _ = key.split(" ", 2)
        if channel in {"SMS", "RCS", "MMS"}:
            holders.setdefault(identity, {})[channel] = set(ids)
    conflicts = [
        {"identity": number, "channels": sorted(by), "contact_ids": sorted(set().union(*by.values()))}
        for number, by in holders.items()
    ]
    conflicts = [c for c in conflicts if len(c["contact_ids"]) > 1]
    count = size(text(asked, "page_size"), PAGES["conflicts"])
    shown, after = page(conflicts, lambda c: (0, str(c["identity"])), count, text(asked, "page_token"))
    return {"conflicts": shown, "next_page_token": after}, []
