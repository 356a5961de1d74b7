"""What an adapter is: the one place where a vendor's wire and the Conversation API's words meet.

An adapter is pure. It renders a part as a vendor call, reads the vendor's answer, and reads what the vendor
calls back with; it performs nothing and remembers nothing. A new channel is one module beside this one and
one line in `fake_sinch.adapters.registry`. A vendor that wants several calls for one part is `Stepwise`, one
that hands out access tokens is `Granting`; both on top of `Adapter`. What most vendors lack is in `plain`, what
adapters share in `bodies`, `answers`, `proofs` and (Meta's) `graph`. Must not know: the service, its state beyond the
channel's credential.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Protocol, TypeAlias

import orjson
from msgspec import Struct

from fake_sinch.arrivals import Inbound, InboundMessage, MediaRef
from fake_sinch.effects import MAX_BYTES, Answer, Call
from fake_sinch.events import Event
from fake_sinch.parts import Part
from fake_sinch.ports import Reply, RequestLike
from fake_sinch.reasons import Reason, ReasonCode
from fake_sinch.state import Credential

Json = Mapping[str, Any]


class Account(Struct, frozen=True):
    """The business account behind a channel of an app, as an adapter needs it."""

    credential: Credential
    base_url: str
    """Origin of the vendor's server, without a slash at the end."""
    callback_url: str = ""
    """Where the vendor reports to us."""
    access_token: str = ""
    """What the vendor granted for the credential; "" while there is nothing, and where it grants nothing."""


class VendorCall(Struct, frozen=True):
    """One HTTP request to the vendor."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    name: str
    """The vendor's own name of the operation, for traces and faults."""
    step: str = ""
    """What `Stepwise.read_step` wants to hear again with the answer; "" when the answer is the verdict."""
    target: str = ""
    """Who is called: ``media`` for the business's own server, "" for the vendor."""
    max_bytes: int = MAX_BYTES
    """The most bytes of the answer that are of use."""


# ------------------------------------------------------------------------------- answers to sends


class Accepted(Struct, frozen=True):
    """The vendor took the part under this id; it is "" when the vendor names none."""

    vendor_id: str


class Rejected(Struct, frozen=True):
    """The vendor will never take the part."""

    reason: Reason


class RetryLater(Struct, frozen=True):
    """The vendor may take the part later."""

    reason: Reason
    """What the failure is called when no later try succeeds."""
    after_s: float | None = None
    """How long the vendor asked us to wait."""


class Ungranted(Struct, frozen=True):
    """The vendor takes the access token no longer: a new one is asked for and the part goes again, once."""

    reason: Reason
    """What the failure is called when the new token is not taken either."""


Verdict: TypeAlias = Accepted | Rejected | RetryLater | Ungranted


class Unrenderable(Exception):
    """Raised by `Adapter.render` for a part that has no form on the channel."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.description)
        self.reason = reason


def unrenderable(description: str, code: ReasonCode = ReasonCode.BAD_REQUEST) -> Unrenderable:
    """Return the exception for a part that cannot be rendered."""
    return Unrenderable(Reason(code, description))


# ------------------------------------------------------------------------------------------ media


class MediaFile(Struct, frozen=True):
    """A customer's file, fetched."""

    mime: str
    data: bytes


class MediaFailed(Struct, frozen=True):
    """The file could not be fetched with this answer."""

    reason: Reason
    retry: bool


MediaStep: TypeAlias = VendorCall | MediaFile | MediaFailed | Ungranted


class Malformed(Exception):
    """Raised by `Adapter.parse_callback` for a body that the vendor would not send."""


# --------------------------------------------------------------------------------------- contract


class Adapter(Protocol):
    """One channel's wire."""

    needs_media_types: bool
    """Whether rendering media depends on their type, so that an undetermined one must be asked for."""

    def render(
        self, part: Part, to: str, account: Account, properties: Mapping[str, str], message_id: str
    ) -> VendorCall:
        """Return the call that sends a part; raise `Unrenderable` when there is none."""

    def transcode(self, part: Part, to: str) -> str:
        """Return the body that would send the part, as `messages:transcode` shows it."""

    def read_answer(self, answer: Answer) -> Verdict:
        """Return what the vendor's answer to a rendered call means."""

    def render_event(self, event: Json, to: str, account: Account, last_inbound: str) -> VendorCall | None:
        """Return the call for an app event, or None when the channel has nothing like it.

        ``last_inbound`` is the vendor's id of the customer's last message, or "".
        """

    def authenticate(self, request: RequestLike, credential: Credential) -> bool:
        """Tell whether a callback comes from the vendor; compares in constant time."""

    def handshake(self, request: RequestLike, credential: Credential) -> Reply | None:
        """Return the answer to the vendor's check of our callback URL, or None when it is no check."""

    def parse_callback(self, body: bytes, credential: Credential) -> list[Inbound]:
        """Return what a callback tells, in its order; raise `Malformed` for what is not the vendor's."""

    def acknowledge(self, message: InboundMessage, account: Account) -> VendorCall | None:
        """Return the call that acknowledges a message to the vendor, or None when it wants none."""

    def fetch_media(self, media: MediaRef, account: Account) -> VendorCall:
        """Return the first call of fetching a customer's file."""

    def read_media(self, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
        """Return what follows the answer to the call number ``hop`` (from 0) of fetching a file."""


# ------------------------------------------------------------------- parts that take several calls


class Sent(Struct, frozen=True):
    """A part on its way, as it was rendered."""

    part: Part
    to: str
    account: Account
    properties: Mapping[str, str]
    message_id: str


class Stepwise(Protocol):
    """A wire on which a part may take several calls, such as an upload before the message that names the file."""

    def read_step(self, step: str, sent: Sent, answer: Answer) -> VendorCall | Verdict:
        """Return what follows the answer to the call of this ``step``.

        What earlier answers told travels in ``step``: nothing else is kept between two calls.
        A part that is tried again starts with `Adapter.render`.
        """


# -------------------------------------------------------------------------------- access tokens


class Granted(Struct, frozen=True):
    """The vendor granted an access token."""

    token: str
    life_s: int


Grant: TypeAlias = Granted | Rejected | RetryLater


class Granting(Protocol):
    """A vendor that wants an access token of its own making with every call."""

    def grant(self, account: Account) -> VendorCall:
        """Return the call that asks for a token."""

    def read_grant(self, answer: Answer) -> Grant:
        """Return what the answer to it means."""


# --------------------------------------------------------------------------------- shared by adapters

_GARBLED: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading JSON of the wrong shape raises."""


def verdict_of(adapter: Adapter, answer: Answer) -> Verdict:
    """Return what an answer means; one that does not have the vendor's shape is a failure of the channel."""
    try:
        return adapter.read_answer(answer)
    except _GARBLED:
        return _shapeless(answer)


def step_of(wire: Stepwise, step: str, sent: Sent, answer: Answer) -> VendorCall | Verdict:
    """Return what follows an answer of a send in steps; one without the vendor's shape is a failure of the channel."""
    try:
        return wire.read_step(step, sent, answer)
    except _GARBLED:
        return _shapeless(answer)


def grant_of(vendor: Granting, answer: Answer) -> Grant:
    """Return what the answer to a request for a token means; one without the vendor's shape is a failure."""
    try:
        return vendor.read_grant(answer)
    except _GARBLED:
        return _shapeless(answer)


def _shapeless(answer: Answer) -> Rejected:
    told = f"The channel's answer (status {answer.status}) does not have its shape"
    return Rejected(Reason(ReasonCode.CHANNEL_FAILURE, told))


def media_step(adapter: Adapter, hop: int, media: MediaRef, answer: Answer, account: Account) -> MediaStep:
    """Return what follows an answer of a media fetch; one without the vendor's shape is asked for again."""
    try:
        return adapter.read_media(hop, media, answer, account)
    except _GARBLED:
        return MediaFailed(Reason(ReasonCode.MEDIA_NOT_REACHABLE, "The channel's answer has no shape"), retry=True)


def arrivals_of(adapter: Adapter, body: bytes, credential: Credential) -> list[Inbound]:
    """Return what a callback tells; raise `Malformed` for anything that does not have the vendor's shape."""
    try:
        told = adapter.parse_callback(body, credential)
    except _GARBLED as error:
        raise Malformed(f"The callback does not have the channel's shape: {error!r}") from error
    if any(not 0 <= one.at < _LAST for one in told):
        raise Malformed("The callback tells of a time beyond the calendar")
    return told


_LAST: Final = 32_503_680_000_000
"""The year 3000, in milliseconds."""
_ULID: Final = r"[0-9A-HJKMNP-TV-Z]{26}"
_PAYLOAD: Final = re.compile(rf"({_ULID})(?:_(.*)|#(\d{{1,9}}))", re.DOTALL)


class Tapped(Struct, frozen=True):
    """What a tapped button carried."""

    message_id: str
    """The message it belongs to, or "" when the button was not made here."""
    postback: str
    place: int | None = None
    """The button's place among the message's, when its postback was too long to travel."""


def choice_payload(message_id: str, postback: str, place: int, most_bytes: int) -> str:
    """Return what a button carries: the message's id with the postback, or with the button's place.

    Not documented; inferred from the vendor's limit on postbacks, which is WhatsApp's own less an id and a sign.
    """
    payload = f"{message_id}_{postback}"
    return payload if len(payload.encode()) <= most_bytes else f"{message_id}#{place}"


def split_choice(payload: str) -> Tapped:
    """Read what a tapped button carried, as `choice_payload` wrote it or as somebody else did."""
    match = _PAYLOAD.fullmatch(payload)
    if match is None:
        return Tapped("", payload)
    return Tapped(match[1], match[2] or "", int(match[3]) if match[3] else None)


def json_call(
    method: str, url: str, body: Mapping[str, Any], name: str, headers: Mapping[str, str] | None = None
) -> VendorCall:
    """Return a call with a JSON body."""
    return VendorCall(method, url, {"content-type": "application/json", **(headers or {})}, encoded(body), name)


def as_call(call: VendorCall, target: str, ids: tuple[str, ...], then: Event, timeout_s: float = 30.0) -> Call:
    """Return a vendor call as an effect; ``target`` is the vendor's name as a participant."""
    return Call(
        method=call.method,
        url=call.url,
        headers=dict(call.headers),
        body=call.body,
        target=call.target or target,
        name=call.name,
        ids=ids,
        then=then,
        timeout_s=timeout_s,
        max_bytes=call.max_bytes,
    )


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return a vendor body as JSON; an explicit channel message may be deeper than can be written."""
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise unrenderable(f"The message has no JSON: {error}") from error


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a bearer token."""
    return {"authorization": f"Bearer {token}"}
