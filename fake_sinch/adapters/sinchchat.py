"""Conversation API words <-> the lab's web chat, which stands for Sinch Chat.

The chat carries the Conversation API's own shapes, so hardly anything changes on the way. Its wire is the lab's own: in
life the chat sits inside the gateway, and no public object holds its credential (inferred: a static bearer of project
and token). Source of the shapes: developers.sinch.com/docs/conversation/message-types.
Must not know: state, time, how calls are performed. Not emulated: metadata on its way to the subject.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from fake_sinch.adapters.answers import decoded, no_answer, object_of, retry_after
from fake_sinch.adapters.bodies import explicit_object, form_of
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Json,
    Malformed,
    Rejected,
    RetryLater,
    VendorCall,
    Verdict,
    bearer,
    choice_payload,
    encoded,
    json_call,
    split_choice,
)
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import is_signed_by_sinch
from fake_sinch.arrivals import Inbound, InboundEvent, InboundMessage, InboundStatus, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.mediatypes import file_name
from fake_sinch.parts import (
    Button,
    CarouselPart,
    ChoicePart,
    ContactPart,
    ListPart,
    LocationPart,
    MediaPart,
    Part,
    RawPart,
    TextPart,
)
from fake_sinch.ports import RequestLike
from fake_sinch.reasons import Reason, ReasonCode, reported, to_wire
from fake_sinch.state import Credential
from fake_sinch.times import from_text

_OK: Final = 200
_TOO_MANY: Final = 429
_PAYLOAD_BYTES: Final = 65_536
"""More than any postback has."""
_EVENTS: Final = frozenset(
    {"composing_event", "composing_end_event", "agent_joined_event", "agent_left_event", "generic_event"}
)

_REASONS_BY_HTTP: Final[Mapping[int, ReasonCode]] = {
    400: ReasonCode.BAD_REQUEST,
    401: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    404: ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY,
}


class SinchChat(Plain):
    """The adapter for SINCH_CHAT."""

    needs_media_types = False
    media_name = "media"

    # Sending

    def render(
        self, part: Part, to: str, account: Account, properties: Mapping[str, str], message_id: str
    ) -> VendorCall:
        """Return the call that sends a part; the entry's id is the message's."""
        del properties
        return _send(account, {"message_id": message_id, **_body(part, to)})

    def transcode(self, part: Part, to: str) -> str:
        """Return the body that would send the part; inferred, for the vendor documents none."""
        return encoded(_body(part, to)).decode()

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the answer to a send means."""
        known = object_of(answer)
        if answer.status == _OK and known.get("message_id"):
            return Accepted(str(known["message_id"]))
        if answer.status == _TOO_MANY:
            return RetryLater(reported(ReasonCode.RATE_LIMITED, "too many requests"), retry_after(answer))
        if (verdict := no_answer(answer)) is not None:
            return verdict
        code = _REASONS_BY_HTTP.get(answer.status, ReasonCode.CHANNEL_REJECT)
        return Rejected(reported(code, f"{known.get('code', answer.status)}: {known.get('message', 'no details')}"))

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return the call that sends an app event as it is; the chat has no comments to reply to."""
        del last_inbound
        if not _EVENTS & set(event):
            return None
        return _send(account, {"recipient": {"uuid": to}, "app_event": event})

    # Callbacks

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check the signature over body, nonce and timestamp, if a secret is set."""
        return is_signed_by_sinch(request, credential)

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return the message, the event or the report of a callback; metadata alone is nothing here."""
        del credential
        told = decoded(body)
        if not isinstance(told, dict) or not isinstance(told.get("uuid"), str):
            raise Malformed("The body is not a callback of the chat: there is no string 'uuid'.")
        for key, read in _CALLBACKS.items():
            if key in told:
                return [read(told, told[key])]
        if "metadata" in told:
            return []
        raise Malformed("The callback tells nothing.")


def _send(account: Account, body: Mapping[str, Any]) -> VendorCall:
    secret = account.credential.secret
    url = f"{account.base_url}/v1/projects/{secret.get('claimed_identity')}/app:send"
    return json_call("POST", url, body, "app send", bearer(str(secret.get("token"))))


# Parts as app messages


def _body(part: Part, to: str) -> dict[str, Any]:
    return {"recipient": {"uuid": to}, "app_message": _message(part, to)}


def _message(part: Part, to: str) -> Json:
    if isinstance(part, RawPart):
        return explicit_object(part, to)
    return form_of(part, _RENDERERS, "Sinch Chat")(part)


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _text(part: TextPart) -> Json:
    return {"text_message": {"text": part.text}}


def _file(part: MediaPart) -> Json:
    return {"url": part.url, **_filled(thumbnail_url=part.thumbnail, filename_override=part.filename)}


def _media(part: MediaPart) -> Json:
    if part.caption:  # a file of the business has no caption; a card has a title
        return {"card_message": {"title": part.caption, "media_message": _file(part)}}
    return {"media_message": _file(part)}


def _choice(button: Button) -> Json:
    if button.kind == "text_message":
        return {"text_message": {"text": button.title}, "postback_data": button.postback}
    if button.kind == "call_message":
        return {"call_message": {"title": button.title, "phone_number": button.value}}
    return {"url_message": {"title": button.title, "url": button.value}}


def _card(part: ChoicePart) -> Json:
    return {
        "title": part.title or part.text,
        **_filled(
            description=part.description,
            media_message=_file(part.media) if part.media else None,
            choices=[_choice(button) for button in part.buttons],
        ),
    }


def _choices(part: ChoicePart) -> Json:
    if part.title or part.media is not None:
        return {"card_message": _card(part)}
    text = _filled(text_message={"text": part.text} if part.text else None)
    return {"choice_message": {**text, "choices": [_choice(button) for button in part.buttons]}}


def _carousel(part: CarouselPart) -> Json:
    choices = [_choice(button) for button in part.buttons]
    return {"carousel_message": {"cards": [_card(card) for card in part.cards], **_filled(choices=choices)}}


def _location(part: LocationPart) -> Json:
    place = {"latitude": float(part.latitude), "longitude": float(part.longitude)}
    return {"location_message": {**_filled(title=part.title, label=part.label), "coordinates": place}}


def _list(part: ListPart) -> Json:
    sections = [
        {
            **_filled(title=section.title),
            "items": [
                *({"choice": _row(row)} for row in section.rows),
                *({"product": {"id": product}} for product in section.products),
            ],
        }
        for section in part.sections
    ]
    return {"list_message": {"title": part.title, **_filled(description=part.description), "sections": sections}}


def _row(row: Button) -> Json:
    return {"title": row.title, "postback_data": row.postback, **_filled(description=row.description)}


def _contact(part: ContactPart) -> Json:
    return {"contact_info_message": dict(part.contact)}


_RENDERERS: Final[Mapping[type, Callable[[Any], Json]]] = {
    TextPart: _text,
    MediaPart: _media,
    ChoicePart: _choices,
    CarouselPart: _carousel,
    LocationPart: _location,
    ListPart: _list,
    ContactPart: _contact,
}


# Reading callbacks


def _at(told: Json) -> int:
    return from_text(str(told.get("event_time", ""))) or 0


def _customers_message(told: Json, message: Json) -> InboundMessage:
    fields: dict[str, Any]
    if "choice_response_message" in message:
        fields = _answer(message["choice_response_message"])
    else:
        fields = {"refers_to": str(message.get("reply_to", {}).get("message_id", "")), **_content(message)}
    return InboundMessage(
        vendor_id=str(told.get("message_id", "")),
        identity=str(told["uuid"]),
        at=_at(told),
        display_name=str(told.get("display_name", "")),
        raw=orjson.dumps(message).decode(),
        **fields,
    )


def _answer(told: Json) -> dict[str, Any]:
    """Write the answer as a button of ours would carry it, so that a postback beginning with the id stays whole."""
    message_id, postback = str(told["message_id"]), str(told["postback_data"])
    payload = choice_payload(message_id, postback, 0, _PAYLOAD_BYTES)
    return {"choice": payload if split_choice(payload).message_id else postback, "refers_to": message_id}


def _content(message: Json) -> dict[str, Any]:
    for key in ("media_card_message", "media_message"):
        if key in message:
            url = str(message[key]["url"])
            return {"media": MediaRef(url, "", file_name(url), str(message[key].get("caption", "")))}
    kept = {key: value for key, value in message.items() if key != "reply_to"}
    if "fallback_message" in kept:
        why = to_wire(Reason(ReasonCode.UNKNOWN, "The chat gave no reason"))
        kept = {"fallback_message": {"reason": why, **kept["fallback_message"]}}
    return {"content": kept}


def _event(told: Json, event: Json) -> InboundEvent:
    return InboundEvent(
        vendor_id=str(told.get("message_id", "")),
        identity=str(told["uuid"]),
        at=_at(told),
        key="contact_event",
        content=dict(event),
        display_name=str(told.get("display_name", "")),
    )


def _report(told: Json, report: Json) -> InboundStatus:
    reason = None
    if report["status"] == "FAILED":
        why = report.get("reason", {})
        known = why.get("code") in set(ReasonCode)
        code = ReasonCode(why["code"]) if known else ReasonCode.CHANNEL_FAILURE
        reason = reported(code, str(why.get("description", "")))
    return InboundStatus(str(report["message_id"]), str(report["status"]), _at(told), reason)


_CALLBACKS: Final[Mapping[str, Callable[[Json, Any], Inbound]]] = {
    "contact_message": _customers_message,
    "contact_event": _event,
    "message_delivery_report": _report,
}

ADAPTER: Final = SinchChat()
