"""Conversation API words <-> the Sinch SMS API ("XMS"), which carries the SMS channel.

Sources: developers.sinch.com/docs/sms/api-reference (sms, webhooks, delivery reports, status codes);
developers.sinch.com/docs/conversation/channel-support/sms. Must not know: state, time, how calls are performed.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from fake_sinch.adapters.answers import decoded, no_answer, object_of, retry_after
from fake_sinch.adapters.bodies import explicit_object
from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Json,
    Malformed,
    MediaFailed,
    MediaStep,
    Rejected,
    RetryLater,
    VendorCall,
    Verdict,
    bearer,
    encoded,
    json_call,
    unrenderable,
)
from fake_sinch.adapters.plain import Plain
from fake_sinch.adapters.proofs import is_signed_by_sinch
from fake_sinch.arrivals import Inbound, InboundMessage, InboundStatus, InboundUnsupported, MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import Part, RawPart, TextPart
from fake_sinch.ports import RequestLike
from fake_sinch.reasons import Reason, ReasonCode, reported
from fake_sinch.state import Credential
from fake_sinch.times import from_text

_CREATED: Final = (200, 201)
_TOO_MANY: Final = 429

_STATUSES: Final = {
    "Queued": "QUEUED_ON_CHANNEL",
    "Dispatched": "QUEUED_ON_CHANNEL",
    "Delivered": "DELIVERED",
    "Aborted": "FAILED",
    "Cancelled": "FAILED",
    "Rejected": "FAILED",
    "Deleted": "FAILED",
    "Failed": "FAILED",
    "Expired": "FAILED",
    "Unknown": "FAILED",
}
"""The SMS API's statuses in Sinch's words."""

_REASONS_BY_CODE: Final[Mapping[int, ReasonCode]] = {
    # Which reason belongs to which code is not published: the nearest meaning.
    61: ReasonCode.RECIPIENT_NOT_REACHABLE,
    150: ReasonCode.RECIPIENT_NOT_REACHABLE,
    153: ReasonCode.RECIPIENT_NOT_REACHABLE,
    158: ReasonCode.RECIPIENT_NOT_REACHABLE,
    203: ReasonCode.RECIPIENT_NOT_REACHABLE,
    210: ReasonCode.RECIPIENT_NOT_REACHABLE,
    402: ReasonCode.RECIPIENT_NOT_REACHABLE,
    403: ReasonCode.CHANNEL_FAILURE,
    404: ReasonCode.CHANNEL_FAILURE,
    405: ReasonCode.BAD_REQUEST,
    406: ReasonCode.DELIVERY_TIMED_OUT,
    407: ReasonCode.CHANNEL_REJECT,
    408: ReasonCode.CHANNEL_REJECT,
    410: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    411: ReasonCode.BAD_REQUEST,
    412: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    **dict.fromkeys(range(413, 419), ReasonCode.CHANNEL_BAD_CONFIGURATION),
}
_REASONS_BY_STATUS: Final[Mapping[str, ReasonCode]] = {
    "Expired": ReasonCode.DELIVERY_TIMED_OUT,
    "Rejected": ReasonCode.CHANNEL_REJECT,
    "Unknown": ReasonCode.UNKNOWN,
}
_REASONS_BY_HTTP: Final[Mapping[int, ReasonCode]] = {
    400: ReasonCode.BAD_REQUEST,
    401: ReasonCode.CHANNEL_BAD_CONFIGURATION,
    403: ReasonCode.CHANNEL_REJECT,
    404: ReasonCode.CHANNEL_BAD_CONFIGURATION,
}
_PROPERTIES: Final = (
    # Property of the send, field of the batch, how the text is read.
    ("SMS_SENDER", "from", str),
    ("SMS_FLASH_MESSAGE", "flash_message", lambda text: text.lower() == "true"),
    ("SMS_MAX_NUMBER_OF_MESSAGE_PARTS", "max_number_of_message_parts", int),
)


class Sms(Plain):
    """The adapter for SMS."""

    needs_media_types = False

    # Sending

    def render(
        self, part: Part, to: str, account: Account, properties: Mapping[str, str], message_id: str
    ) -> VendorCall:
        """Return the batch of one that sends a text."""
        batch = {**_batch(part, to), "delivery_report": "per_recipient", "client_reference": message_id}
        for name, field, read in _PROPERTIES:
            if properties.get(name):
                batch[field] = _read(name, properties[name], read)
        if account.callback_url:
            batch["callback_url"] = account.callback_url
        plan, token = account.credential.secret.get("claimed_identity"), account.credential.secret.get("token")
        url = f"{account.base_url}/xms/v1/{plan}/batches"
        return json_call("POST", url, batch, "batches", bearer(str(token)))

    def transcode(self, part: Part, to: str) -> str:
        """Return the batch that would carry the part; the vendor documents no form for SMS, this is inferred."""
        return encoded(_batch(part, to)).decode()

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the answer to a batch means."""
        known = object_of(answer)
        if answer.status in _CREATED and known.get("id"):
            return Accepted(str(known["id"]))
        if answer.status == _TOO_MANY:
            return RetryLater(reported(ReasonCode.RATE_LIMITED, "too many requests"), retry_after(answer))
        if (verdict := no_answer(answer)) is not None:
            return verdict
        text = f"{known.get('code', answer.status)}: {known.get('text', 'no details')}"
        code = _REASONS_BY_HTTP.get(answer.status, ReasonCode.CHANNEL_REJECT)
        if code is ReasonCode.BAD_REQUEST and "[to]" in text.replace("'to'", "[to]"):
            code = ReasonCode.RECIPIENT_INVALID_CHANNEL_IDENTITY
        return Rejected(reported(code, text))

    # Callbacks

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Check the signature over body, nonce and timestamp, if a secret is set."""
        return is_signed_by_sinch(request, credential)

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return the message or the report of a callback."""
        del credential
        told = decoded(body)
        if not isinstance(told, dict) or not isinstance(told.get("type"), str):
            raise Malformed("The body is not a callback of the SMS API: there is no string 'type'.")
        kind = told["type"]
        if kind == "mo_text":
            return [_mo_text(told)]
        if kind == "recipient_delivery_report_sms":
            return _report(told, str(told.get("status")), told.get("code", 0), told.get("at"))
        if kind == "delivery_report_sms":
            statuses = told.get("statuses", ())
            return [s for one in statuses for s in _report(told, str(one.get("status")), one.get("code", 0), None)]
        return [_unsupported(told)]

    # Media

    def fetch_media(self, media: MediaRef, account: Account) -> VendorCall:
        """Raise: no SMS carries media."""
        raise NotImplementedError("SMS carries no media")

    def read_media(self, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
        """Return that there is none: no SMS carries media."""
        del hop, media, answer, account
        return MediaFailed(Reason(ReasonCode.MEDIA_NOT_REACHABLE, "SMS carries no media"), retry=False)


def _batch(part: Part, to: str) -> dict[str, Any]:
    if isinstance(part, RawPart):
        return {"to": [to], **explicit_object(part, to)}
    if not isinstance(part, TextPart):
        raise unrenderable(f"SMS has no form for a {type(part).__name__}")
    return {"to": [to], "body": part.text, "type": "mt_text"}


def _read(name: str, text: str, read: Any) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise unrenderable(f"The channel property {name} is not a number: {text!r}") from error


def _milliseconds(text: Any) -> int:
    return from_text(str(text)) or 0


def _mo_text(told: Json) -> InboundMessage:
    return InboundMessage(
        vendor_id=str(told.get("id", "")),
        identity=str(told.get("from", "")).lstrip("+"),
        at=_milliseconds(told.get("received_at")),
        content={"text_message": {"text": str(told.get("body", ""))}},
        raw=orjson.dumps(told).decode(),
    )


def _unsupported(told: Json) -> InboundUnsupported:
    return InboundUnsupported(
        vendor_id=str(told.get("id", "")),
        identity=str(told.get("from", "")).lstrip("+"),
        at=_milliseconds(told.get("received_at")),
        payload=orjson.dumps(told).decode(),
    )


def _report(told: Json, status: str, code: Any, at: Any) -> list[Inbound]:
    word = _STATUSES.get(status)
    if word is None:
        return []
    reason = None
    if word == "FAILED":
        meant = _REASONS_BY_CODE.get(code) or _REASONS_BY_STATUS.get(status, ReasonCode.CHANNEL_FAILURE)
        reason = reported(meant, f"{status} with code {code}")
    return [InboundStatus(str(told.get("batch_id", "")), word, _milliseconds(at), reason)]


ADAPTER: Final = Sms()
