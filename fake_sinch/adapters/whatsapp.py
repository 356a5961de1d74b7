"""Conversation API words <-> WhatsApp Cloud API wire.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp (messages, webhooks, media,
error-codes); for what Sinch makes of it, developers.sinch.com/docs/conversation/channel-support/whatsapp.
Must not know: state, time, how calls are performed. Not emulated: order details, payments, catalogues
beyond lists.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from fake_sinch.adapters import graph
from fake_sinch.adapters import whatsapp_content as content
from fake_sinch.adapters import whatsapp_errors as errors
from fake_sinch.adapters.answers import no_media, object_of, read_bytes
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Json,
    MediaStep,
    VendorCall,
    Verdict,
    bearer,
    encoded,
    json_call,
)
from fake_sinch.adapters.graph import GraphAdapter
from fake_sinch.arrivals import (
    Inbound,
    InboundEvent,
    InboundMessage,
    InboundStatus,
    InboundUnsupported,
    MediaRef,
)
from fake_sinch.effects import Answer
from fake_sinch.parts import Part
from fake_sinch.reasons import Reason, ReasonCode, to_wire
from fake_sinch.state import Credential

_OK: Final = 200
_MEDIA: Final = ("image", "video", "audio", "document", "sticker")
_STATUSES: Final = {
    "sent": "QUEUED_ON_CHANNEL",
    "delivered": "DELIVERED",
    "read": "READ",
    "played": "READ",
    "failed": "FAILED",
}
"""WhatsApp's statuses in Sinch's words; others (warning, deleted) say nothing about delivery."""


def _token(credential: Credential) -> str:
    return str(credential.secret.get("token", ""))


def _phone_number_id(credential: Credential) -> str:
    return str(credential.secret.get("claimed_identity", ""))


class WhatsApp(GraphAdapter):
    """The adapter for WHATSAPP."""

    # ------------------------------------------------------------------------------------- sending

    def render(
        self,
        part: Part,
        to: str,
        account: Account,
        properties: Mapping[str, str],  # noqa: ARG002 - WhatsApp has no channel properties
        message_id: str,
    ) -> VendorCall:
        """Return the call that sends a part."""
        return self._messages_call(content.body(part, to, message_id), account)

    def transcode(self, part: Part, to: str) -> str:
        """Return the body that would send the part, in the order of keys the vendor shows."""
        body = content.body(part, to, "")
        first = {"messaging_product": "whatsapp", "biz_opaque_callback_data": None}
        return encoded(first | body).decode()

    def _messages_call(self, body: Mapping[str, Any], account: Account) -> VendorCall:
        url = f"{account.base_url}/{graph.VERSION}/{_phone_number_id(account.credential)}/messages"
        return json_call("POST", url, body, "messages", bearer(_token(account.credential)))

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the answer means: 200 is acceptance only, delivery is told by statuses."""
        told = object_of(answer)
        if answer.status == _OK and told.get("messages"):
            return Accepted(str(told["messages"][0].get("id", "")))
        return graph.refusal(told, answer, errors.verdict)

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return the typing indicator for composing; it needs a message to answer."""
        del to
        if "composing_event" not in event or not last_inbound:
            return None
        body = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": last_inbound,
            "typing_indicator": {"type": "text"},
        }
        return self._messages_call(body, account)

    # ------------------------------------------------------------------------------------ callbacks

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return the messages and statuses of a callback that concern the app's own number."""
        found: list[Inbound] = []
        for entry in graph.entries(body):
            for change in entry.get("changes", ()):
                value = change.get("value", {})
                number = value.get("metadata", {}).get("phone_number_id", "")
                if change.get("field") == "messages" and str(number) == _phone_number_id(credential):
                    found += _value(value)
        return found

    # ---------------------------------------------------------------------------------------- media

    def fetch_media(self, media: MediaRef, account: Account) -> VendorCall:
        """Ask for the file's short-lived link."""
        url = f"{account.base_url}/{graph.VERSION}/{media.ref}"
        return VendorCall("GET", url, bearer(_token(account.credential)), b"", "media")

    def read_media(self, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
        """Go from the link to the bytes, both with the bearer token."""
        if hop:
            return read_bytes(answer, media.mime)
        told = object_of(answer)
        if answer.status == _OK and told.get("url"):
            headers = bearer(_token(account.credential))
            return VendorCall("GET", str(told["url"]), headers, b"", "media-download")
        return no_media(answer)


# ------------------------------------------------------------------------------------- reading a value


def _value(value: Json) -> list[Inbound]:
    contacts = value.get("contacts", ())
    names = {
        key: str(contact.get("profile", {}).get("name", ""))
        for contact in contacts
        for key in (contact.get("wa_id"), contact.get("user_id"))
        if key
    }
    found: list[Inbound] = [_message(message, names) for message in value.get("messages", ())]
    known = [status for status in value.get("statuses", ()) if str(status.get("status")) in _STATUSES]
    found += [_status(status, _STATUSES[str(status["status"])]) for status in known]
    return found


def _status(status: Json, word: str) -> InboundStatus:
    told = status.get("errors") or [{}]
    reason = errors.reason(told[0]) if word == "FAILED" else None
    return InboundStatus(str(status.get("id", "")), word, _milliseconds(status), reason)


def _milliseconds(message: Json) -> int:
    stamp = str(message.get("timestamp", "0"))
    return int(stamp) * 1000 if stamp.isdecimal() else 0


def _message(message: Json, names: Mapping[str, str]) -> Inbound:
    identity = str(message.get("from") or message.get("from_user_id") or "")
    kind = str(message.get("type", ""))
    read = _READERS.get(kind, _unsupported)
    name = names.get(identity) or names.get(str(message.get("from_user_id", "")), "")
    return read(message, identity, name, kind)


def _inbound(message: Json, identity: str, name: str, **fields: Any) -> InboundMessage:
    context = message.get("context", {})
    return InboundMessage(
        vendor_id=str(message.get("id", "")),
        identity=identity,
        at=_milliseconds(message),
        display_name=name,
        refers_to=str(context.get("id", "")),
        raw=orjson.dumps(message).decode(),
        **fields,
    )


def _text(message: Json, identity: str, name: str, kind: str) -> Inbound:
    words = {"text_message": {"text": str(message[kind].get("body", ""))}}
    return _inbound(message, identity, name, content=words)


def _media(message: Json, identity: str, name: str, kind: str) -> Inbound:
    told = message[kind]
    media = MediaRef(
        ref=str(told.get("id", "")),
        mime=str(told.get("mime_type", "")),
        filename=str(told.get("filename", "")),
        caption=str(told.get("caption", "")),
    )
    return _inbound(message, identity, name, media=media)


def _location(message: Json, identity: str, name: str, kind: str) -> Inbound:
    told = message[kind]
    place = {
        "title": str(told.get("name", "")),
        "label": str(told.get("address", "")),
        "coordinates": {"latitude": told.get("latitude", 0), "longitude": told.get("longitude", 0)},
    }
    return _inbound(message, identity, name, content={"location_message": place})


def _interactive(message: Json, identity: str, name: str, kind: str) -> Inbound:
    told = message[kind]
    for reply in ("button_reply", "list_reply"):
        if reply in told:
            return _inbound(message, identity, name, choice=str(told[reply].get("id", "")))
    if "nfm_reply" in told:
        answer = {
            "message_type": "nfm_reply",
            "message": {"type": "nfm_reply", "nfm_reply": told["nfm_reply"]},
        }
        return _inbound(message, identity, name, content={"channel_specific_message": answer})
    return _unsupported(message, identity, name, kind)


def _template_button(message: Json, identity: str, name: str, kind: str) -> Inbound:
    return _inbound(message, identity, name, choice=str(message[kind].get("payload", "")))


def _order(message: Json, identity: str, name: str, kind: str) -> Inbound:
    told = message[kind]
    products = [
        {
            "id": str(item.get("product_retailer_id", "")),
            "marketplace": "FACEBOOK",
            "quantity": item.get("quantity", 0),
            "item_price": item.get("item_price", 0),
            "currency": str(item.get("currency", "")),
        }
        for item in told.get("product_items", ())
    ]
    answer = {
        "products": products,
        "title": str(told.get("text", "")),
        "catalog_id": str(told.get("catalog_id", "")),
    }
    return _inbound(message, identity, name, content={"product_response_message": answer})


def _contacts(message: Json, identity: str, name: str, kind: str) -> Inbound:
    # ContactMessage has no kind for a contact card; that it comes as a fallback is inferred.
    raw = orjson.dumps(message[kind]).decode()
    why = Reason(ReasonCode.UNSUPPORTED_OPERATION, "Contact cards have no contact message of their own")
    fallback = {"raw_message": raw, "reason": to_wire(why)}
    return _inbound(message, identity, name, content={"fallback_message": fallback})


def _reaction(message: Json, identity: str, name: str, kind: str) -> Inbound:
    emoji = str(message[kind].get("emoji") or "")
    action = "REACTION_ACTION_REACT" if emoji else "REACTION_ACTION_UNREACT"
    return InboundEvent(
        vendor_id=str(message.get("id", "")),
        identity=identity,
        at=_milliseconds(message),
        key="contact_message_event",
        content={"reaction_event": {"emoji": emoji, "action": action}},
        display_name=name,
        refers_to=str(message[kind].get("message_id", "")),
    )


def _unsupported(message: Json, identity: str, name: str, kind: str) -> Inbound:
    del kind
    return InboundUnsupported(
        vendor_id=str(message.get("id", "")),
        identity=identity,
        at=_milliseconds(message),
        payload=orjson.dumps(message).decode(),
        display_name=name,
    )


_READERS: Final[Mapping[str, Callable[[Json, str, str, str], Inbound]]] = {
    "text": _text,
    **dict.fromkeys(_MEDIA, _media),
    "location": _location,
    "interactive": _interactive,
    "button": _template_button,
    "order": _order,
    "contacts": _contacts,
    "reaction": _reaction,
}
"""Inbound types by name; every other one (system, edit, revoke, unsupported ...) has no shape here."""

ADAPTER: Final = WhatsApp()
