"""What Messenger and Instagram have in common on the wire: calls, signatures, challenges, and reading webhooks.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks.
Must not know: state, time, how calls are performed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

from fake_sinch.adapters import graph
from fake_sinch.adapters import sendapi_content as content
from fake_sinch.adapters import sendapi_errors as errors
from fake_sinch.adapters.answers import object_of
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Json,
    Malformed,
    VendorCall,
    Verdict,
    bearer,
    encoded,
    json_call,
)
from fake_sinch.adapters.graph import GraphAdapter
from fake_sinch.arrivals import Inbound, InboundEvent, InboundMessage, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import Part
from fake_sinch.state import Credential

_OK: Final = 200
_ACTIONS: Final = {"composing_event": "typing_on", "composing_end_event": "typing_off"}
Reader = Callable[[Json], Iterable[Inbound]]
"""Reads one event of a webhook."""


class SendApi(GraphAdapter):
    """The part of an adapter that both products share."""

    media_name = "file"
    readers: Mapping[str, Reader] = {}
    """What reads an event, by the key that tells its kind; of several the first."""

    def extras(self, properties: Mapping[str, str]) -> dict[str, Any]:
        """Return what the channel properties add to a send."""
        raise NotImplementedError

    def owner(self, credential: Credential) -> str:
        """Return the id of the account that webhooks name; "" when it is not known."""
        raise NotImplementedError

    # Sending

    def render(
        self, part: Part, to: str, account: Account, properties: Mapping[str, str], message_id: str
    ) -> VendorCall:
        """Return the call that sends a part."""
        return _messages({**content.body(part, to, message_id), **self.extras(properties)}, account)

    def transcode(self, part: Part, to: str) -> str:
        """Return the body that would send the part; the form is inferred."""
        return encoded(content.body(part, to, "")).decode()

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the answer means: all that can go wrong is told in it."""
        told = object_of(answer)
        if answer.status == _OK and told.get("message_id"):
            return Accepted(str(told["message_id"]))
        return graph.refusal(told, answer, errors.verdict)

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return the sender action for composing and its end."""
        del last_inbound
        action = next((_ACTIONS[key] for key in _ACTIONS if key in event), None)
        return None if action is None else _messages({"recipient": {"id": to}, "sender_action": action}, account)

    # Callbacks

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return what the events about the app's own account tell."""
        owner = self.owner(credential)
        found: list[Inbound] = []
        for entry in graph.entries(body):
            if not isinstance(entry.get("messaging"), list):
                raise Malformed("The webhook's entry has no list 'messaging'.")
            if owner and str(entry.get("id")) != owner:
                continue
            for event in entry["messaging"]:
                read = next((reader for key, reader in self.readers.items() if key in event), unsupported)
                found += read(event)
        return found


def _messages(body: Mapping[str, Any], account: Account) -> VendorCall:
    token = str(account.credential.secret.get("token", ""))
    return json_call("POST", f"{account.base_url}/{graph.VERSION}/me/messages", body, "messages", bearer(token))


# --------------------------------------------------------------------------------- reading an event


def person(event: Json) -> str:
    """Return who caused an event."""
    return str(event.get("sender", {}).get("id", ""))


def instant(event: Json) -> int:
    """Return when it happened."""
    told = event.get("timestamp", 0)
    return told if isinstance(told, int) else 0


def inbound(event: Json, vendor_id: str, **fields: Any) -> InboundMessage:
    """Return a message of an event."""
    reply = event.get("message", {}).get("reply_to", {})
    return InboundMessage(
        vendor_id=vendor_id,
        identity=person(event),
        at=instant(event),
        refers_to=str(reply.get("mid", "")),
        raw=orjson.dumps(event).decode(),
        **fields,
    )


def text(words: str) -> dict[str, Any]:
    """Return words as a contact message."""
    return {"text_message": {"text": words}}


def unsupported(event: Json, vendor_id: str = "") -> list[Inbound]:
    """Return an event that has no shape here."""
    payload = orjson.dumps(event).decode()
    key = vendor_id or f"{person(event)}:{instant(event)}"
    return [InboundUnsupported(key, person(event), instant(event), payload)]


def choice_of(event: Json) -> str | None:
    """Return the payload of the quick reply that a message is; None when it is none."""
    reply = event["message"].get("quick_reply")
    return None if reply is None else str(reply.get("payload", ""))


def file_of(attachment: Json, caption: str = "") -> MediaRef | None:
    """Return the file of an attachment; None when it has no link."""
    url = (attachment.get("payload") or {}).get("url")
    return MediaRef(str(url), caption=caption) if url else None


def reaction(event: Json) -> list[Inbound]:
    """Return a reaction to a message, or its end."""
    told = event["reaction"]
    gone = told.get("action") == "unreact"
    action = "REACTION_ACTION_UNREACT" if gone else "REACTION_ACTION_REACT"
    mid = str(told.get("mid", ""))
    return [
        InboundEvent(
            vendor_id=f"{mid}:{person(event)}:reaction:{instant(event)}",
            identity=person(event),
            at=instant(event),
            key="contact_message_event",
            content={"reaction_event": {"emoji": str(told.get("emoji", "")), "action": action}},
            refers_to=mid,
        )
    ]


def referral(event: Json, told: Json, title: str = "", payload: str = "") -> Inbound:
    """Return that a short link was followed; ``told`` is what it carried."""
    activated = {
        "payload": payload,
        "title": title,
        "ref": str(told.get("ref", "")),
        "source": str(told.get("source", "SHORTLINK")),
        "type": str(told.get("type", "OPEN_THREAD")),
        "existing_thread": "postback" not in event,
    }
    return InboundEvent(
        vendor_id=f"{person(event)}:referral:{instant(event)}",
        identity=person(event),
        at=instant(event),
        key="contact_message_event",
        content={"shortlink_activated_event": activated},
    )
