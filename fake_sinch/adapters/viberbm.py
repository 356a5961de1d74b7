"""Conversation API words <-> Viber Business Messages, as public clients write it.

Sources: developers.sinch.com/docs/conversation/channel-support/viberbm; github.com/andrey0001/n8n-nodes-viber-bm (MIT).
Callbacks are this project's own contract, see `fake_channels.viberbm`: the vendor's is not public. Which numeric type
Sinch chooses is not published: those that can be replied to are taken here, never those of a session.
Must not know: state, time, how calls are performed.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

import orjson

from fake_sinch.adapters import viber_failures
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
    encoded,
    json_call,
    unrenderable,
)
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import same
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.mediatypes import Family, family, file_name, suffix_for
from fake_sinch.parts import Button, ChoicePart, MediaPart, Part, RawPart, TemplatePart, TextPart
from fake_sinch.ports import RequestLike
from fake_sinch.reasons import ReasonCode, reported
from fake_sinch.state import Credential

_OK: Final = 200
_TOO_MANY: Final = 429
_TEXT_CHARS: Final = 1000
_CAPTION_CHARS: Final = 30
_NAME_CHARS: Final = 25
_UNKNOWN: Final = 1
"""What is told of a video's size and length, which nobody here knows."""
_TEXT, _FILE, _IMAGE, _VIDEO, _IMAGE_BUTTON, _TEXT_BUTTON = 206, 220, 207, 231, 208, 209
_TEMPLATE, _TEMPLATE_PRIMARY = 1702, 1701
_TEMPLATES: Final = (_TEMPLATE, _TEMPLATE_PRIMARY)
_TRANSACTIONAL: Final = frozenset({_TEXT, _FILE, *_TEMPLATES})

_DOCUMENTS: Final = frozenset(
    {
        *("doc", "docx", "rtf", "dot", "dotx", "odt", "odf", "fodt", "txt", "info", "pdf"),
        *("xps", "pdax", "eps", "xls", "xlsx", "ods", "fods", "csv", "xlsm", "xltx"),
    }
)
"""Documents that go out as files; any other file becomes a link."""

REASONS: Final[Mapping[int, ReasonCode]] = {
    # Suggested in this project's notes; Sinch publishes no table.
    1: ReasonCode.CHANNEL_FAILURE,
    2: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    3: ReasonCode.BAD_REQUEST,
    5: ReasonCode.BAD_REQUEST,
    6: ReasonCode.BAD_REQUEST,
    8: ReasonCode.RECIPIENT_NOT_OPTED_IN,
    9: ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY,
    10: ReasonCode.RECIPIENT_NOT_REACHABLE,
    11: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    21: ReasonCode.OUTSIDE_ALLOWED_SENDING_WINDOW,
    27: ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY,
    28: ReasonCode.MEDIA_TYPE_UNSUPPORTED,
    31: ReasonCode.MEDIA_TOO_LARGE,
    38: ReasonCode.TEMPLATE_NOT_FOUND,
    39: ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS,
    401: ReasonCode.CHANNEL_BAD_CONFIGURATION,
}
_TRY_AGAIN: Final = frozenset({1, 7})
"""Statuses of a server in trouble."""


class ViberBm(Plain):
    """The adapter for VIBERBM."""

    # Sending

    def render(
        self, part: Part, to: str, account: Account, properties: Mapping[str, str], message_id: str
    ) -> VendorCall:
        """Return the call that sends a part."""
        body = _body(part, to)
        if body["type"] in _TEMPLATES and properties.get("VIBERBM_TEMPLATE_MESSAGE_DEVICES") == "PRIMARY_ONLY":
            body["type"] = _TEMPLATE_PRIMARY
        service = str(account.credential.secret.get("claimed_identity", ""))
        body["service_id"] = int(service) if service.isdecimal() else service
        body.setdefault("seq", int.from_bytes(blake2b(message_id.encode(), digest_size=6).digest(), "big"))
        return json_call("POST", f"{account.base_url}/vibersrvc/1/send_message", body, "send_message")

    def transcode(self, part: Part, to: str) -> str:
        """Return the body that would send the part."""
        return encoded(_body(part, to)).decode()

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what an answer means: it is told in the body, whatever the HTTP status."""
        known = object_of(answer)
        status = known.get("status")
        if answer.status == _OK and status == 0 and known.get("message_token"):
            return Accepted(str(known["message_token"]))
        text = f"{status}: {known.get('reason', f'HTTP status {answer.status}')}"
        if answer.status == _TOO_MANY:
            return RetryLater(reported(ReasonCode.RATE_LIMITED, text), retry_after(answer))
        if (unanswered := no_answer(answer)) is not None:
            return unanswered
        if answer.status == _OK and status in _TRY_AGAIN:
            return RetryLater(reported(ReasonCode.CHANNEL_FAILURE, text))
        known_code = REASONS.get(status) if isinstance(status, int) else None
        return Rejected(reported(known_code or ReasonCode.CHANNEL_FAILURE, text))

    # Callbacks

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check that the callback is about this service; nothing more proves it."""
        told = decoded(request.body)
        service = str(told.get("service_id", "")) if isinstance(told, dict) else ""
        return same(service, str(credential.secret.get("claimed_identity", "")))

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return what one callback tells."""
        del credential
        told = decoded(body)
        if not isinstance(told, dict) or not isinstance(told.get("event"), str):
            raise Malformed("The body is not a callback about business messages: there is no string 'event'.")
        read = _EVENTS.get(told["event"])
        return [_unsupported(told)] if read is None else [read(told)]


# Bodies


def _body(part: Part, to: str) -> dict[str, Any]:
    if isinstance(part, RawPart):
        told = explicit_object(part, to)
        if "type" not in told:
            raise unrenderable("The explicit channel message has no type")
        return {"dest": to, "label": "transaction", **told}
    body = form_of(part, _RENDERERS, "Viber Business Messages")(part)
    if body["type"] not in _TEMPLATES:
        body["message"]["#tracking_data"] = ""
    label = "transaction" if body["type"] in _TRANSACTIONAL else "promotion"
    return {"dest": to, "label": label, **body}


def _text(part: TextPart) -> dict[str, Any]:
    return {"type": _TEXT, "message": {"#txt": part.text}}


def _media(part: MediaPart) -> dict[str, Any]:
    kind = family(part.mime)
    if kind is Family.IMAGE:
        return {"type": _IMAGE, "message": _image(part)}
    if kind is Family.VIDEO and part.thumbnail:
        message = {"#thumbnail": part.thumbnail, "#action": part.url}
        words = {"#txt": part.caption[:_TEXT_CHARS]} if part.caption else {}
        return {"type": _VIDEO, "file_size": _UNKNOWN, "duration": _UNKNOWN, "message": {**message, **words}}
    name = part.filename or file_name(part.url) or "file"
    stem, dot, suffix = name.rpartition(".")
    suffix = suffix if dot else suffix_for(part.mime).removeprefix(".")
    if suffix.lower() not in _DOCUMENTS:
        return _text(TextPart("\n".join(filter(None, (part.caption, part.url)))[:_TEXT_CHARS]))
    told = f"{(stem or name)[: _NAME_CHARS - len(suffix) - 1]}.{suffix}"
    return {"type": _FILE, "file_type": suffix.lower(), "message": {"#action": part.url, "#fileName": told}}


def _image(part: MediaPart) -> dict[str, Any]:
    animated = {"#imageFormat": "gif"} if part.mime.startswith("image/gif") else {}
    return {"#img": part.url, **animated}


def _choice(part: ChoicePart) -> dict[str, Any]:
    if len(part.buttons) != 1:
        raise unrenderable("Viber Business Messages has one button, not several")
    button = _button(part.buttons[0])
    if part.media is None:
        return {"type": _TEXT_BUTTON, "message": {"#txt": part.text[:_TEXT_CHARS], **button}}
    words = {"#txt": part.text[:_TEXT_CHARS]} if part.text else {}
    return {"type": _IMAGE_BUTTON, "message": {**words, **_image(part.media), **button}}


def _button(button: Button) -> dict[str, str]:
    target = f"tel:{button.value}" if button.kind == "call_message" else button.value
    return {"#caption": button.title[:_CAPTION_CHARS], "#action": target}


def _template(part: TemplatePart) -> dict[str, Any]:
    return {
        "type": _TEMPLATE,
        "templateId": part.template_id,
        "templateLang": part.language_code,
        "templateParams": dict(part.parameters),
    }


_RENDERERS: Final[Mapping[type, Callable[[Any], dict[str, Any]]]] = {
    TextPart: _text,
    MediaPart: _media,
    ChoicePart: _choice,
    TemplatePart: _template,
}


# Reading callbacks


def _message(told: Json) -> Inbound:
    common: dict[str, Any] = {
        "vendor_id": str(told.get("message_token", "")),
        "identity": str(told.get("msisdn", "")),
        "at": int(told.get("ts", 0)),
        "raw": orjson.dumps(told).decode(),
    }
    words = str(told.get("text", ""))
    media = told.get("media")
    if media is None:
        return InboundMessage(**common, content={"text_message": {"text": words}})
    file = MediaRef(str(media.get("url", "")), str(media.get("type", "")), str(media.get("name", "")), words)
    return InboundMessage(**common, media=file)


_STATUSES: Final = {"delivered": "DELIVERED", "seen": "READ", "expired": "FAILED", "failed": "FAILED"}


def _receipt(told: Json) -> Inbound:
    status, text = str(told.get("status")), str(told.get("reason", ""))
    word = _STATUSES.get(status)
    if word is None:
        return _unsupported(told)
    reason = None
    if status == "expired":
        reason = reported(ReasonCode.DELIVERY_TIMED_OUT, text or status)
    elif status == "failed":
        reason = reported(viber_failures.reason_code(text), text or status)
    return InboundStatus(str(told.get("message_token", "")), word, int(told.get("ts", 0)), reason)


def _opt(told: Json) -> Inbound:
    identity, at = str(told.get("msisdn", "")), int(told.get("ts", 0))
    event = str(told["event"])
    return InboundOpt(f"{event}:{identity}:{at}", identity, at, opted_in=event == "unblocked")


def _unsupported(told: Json) -> Inbound:
    return InboundUnsupported(
        vendor_id=str(told.get("message_token", "")),
        identity=str(told.get("msisdn", "")),
        at=int(told.get("ts", 0)),
        payload=orjson.dumps(told).decode(),
    )


_EVENTS: Final[Mapping[str, Callable[[Json], Inbound]]] = {
    "message": _message,
    "receipt": _receipt,
    "blocked": _opt,
    "unblocked": _opt,
}

ADAPTER: Final = ViberBm()
