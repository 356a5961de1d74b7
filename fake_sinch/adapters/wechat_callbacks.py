"""What WeChat calls back with, read: XML, signatures, the vendor's encryption, messages and events.

Sources: developers.weixin.qq.com/doc/service/guide/product/message/Receiving_standard_messages.html, .../
Receiving_event_pushes.html and .../guide/dev/push/encryption.html. Must not know: who calls, what is answered.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.parsers import expat

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from fake_sinch import statuses
from fake_sinch.adapters.contract import Malformed
from fake_sinch.arrivals import Inbound, InboundMessage, InboundOpt, InboundStatus, InboundUnsupported, MediaRef
from fake_sinch.reasons import Reason, ReasonCode, reported, to_wire

Fields = Mapping[str, str]
"""The elements of a callback by name; those that hold elements are left out."""

_BLOCK: Final = 16
_PADDING: Final = 32
_FRAME: Final = 20
"""16 random octets and the length, in front of the text."""
_MAX_DEPTH: Final = 8


# XML


def fields_of(body: bytes) -> dict[str, str]:
    """Return the elements of a callback; raise `Malformed` for what is no such document."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)  # noqa: FBT003  the parser's own signature
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Malformed(f"The body is not WeChat's XML: {error}") from error
    return reader.fields


class _Reader:
    """Keeps the text of the elements right below the root."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._depth = 0
        self._texts: list[str] = []

    def refuse(self, *_: object) -> None:
        raise ValueError("it has a DTD")

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if self._depth == 0 and name != "xml":
            raise ValueError(f"its root is <{name}>")
        if self._depth == _MAX_DEPTH:
            raise ValueError("it is nested too deeply")
        self._depth += 1
        self._texts = []

    def text(self, data: str) -> None:
        self._texts.append(data)

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            self.fields[name] = "".join(self._texts)
        self._texts = []


# Proof and secrecy


def signature(*parts: str) -> str:
    """Return the SHA-1, in hex, of the sorted parts one behind the other."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def opened(fields: Fields, aes_key: str, app_id: str) -> Fields:
    """Return what an encrypted callback says, or the callback itself when it is not encrypted."""
    sealed = fields.get("Encrypt", "")
    if not sealed or (not aes_key and "MsgType" in fields):
        return fields
    try:
        return fields_of(_decrypted(sealed, aes_key, app_id))
    except ValueError as error:
        raise Malformed(f"The callback is not encrypted for this account: {error}") from error


def _decrypted(sealed: str, aes_key: str, app_id: str) -> bytes:
    key = base64.b64decode(f"{aes_key}=", validate=True)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:_BLOCK])).decryptor()
    framed = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
    padding = framed[-1] if framed else 0
    if not 1 <= padding <= _PADDING:
        raise ValueError("wrong padding")
    end = _FRAME + int.from_bytes(framed[_BLOCK:_FRAME], "big")
    if framed[end : len(framed) - padding] != app_id.encode():
        raise ValueError("it is another account's")
    return framed[_FRAME:end]


# Messages and events


def arrivals(fields: Fields) -> list[Inbound]:
    """Return what a decrypted callback tells."""
    kind = fields.get("MsgType", "")
    if not kind or not fields.get("FromUserName"):
        raise Malformed("The callback has no MsgType or no FromUserName.")
    if kind == "event":
        return _event(fields)
    read = _menu_entry if fields.get("bizmsgmenuid") else _CONTENT.get(kind)
    if read is None:
        return [_unsupported(fields, fields["MsgId"])]
    message = InboundMessage(
        vendor_id=fields["MsgId"], identity=fields["FromUserName"], at=_at(fields), raw=_raw(fields), **read(fields)
    )
    return [message]


def _at(fields: Fields) -> int:
    return int(fields.get("CreateTime", "0")) * 1000


def _raw(fields: Fields) -> str:
    return orjson.dumps(dict(fields)).decode()


def _unsupported(fields: Fields, vendor_id: str) -> InboundUnsupported:
    return InboundUnsupported(vendor_id, fields["FromUserName"], _at(fields), _raw(fields))


def _menu_entry(fields: Fields) -> dict[str, Any]:
    """Read the tapped entry of a msgmenu, which comes as a text; only a business's own JSON can have sent one."""
    return {"choice": fields["bizmsgmenuid"]}


def _text(fields: Fields) -> dict[str, Any]:
    return {"content": {"text_message": {"text": fields["Content"]}}}


def _media(mime: str) -> Callable[[Fields], dict[str, Any]]:
    return lambda fields: {"media": MediaRef(fields["MediaId"], mime)}


def _location(fields: Fields) -> dict[str, Any]:
    coordinates = {"latitude": float(fields["Location_X"]), "longitude": float(fields["Location_Y"])}
    place = {"title": "", "label": fields.get("Label", ""), "coordinates": coordinates}
    return {"content": {"location_message": place}}


def _fallback(what: str) -> Callable[[Fields], dict[str, Any]]:
    why = Reason(ReasonCode.UNSUPPORTED_OPERATION, f"{what} have no contact message of their own")

    def read(fields: Fields) -> dict[str, Any]:
        return {"content": {"fallback_message": {"raw_message": _raw(fields), "reason": to_wire(why)}}}

    return read


_CONTENT: Final[Mapping[str, Callable[[Fields], dict[str, Any]]]] = {
    "text": _text,
    "image": _media("image/jpeg"),
    "voice": _media("audio/amr"),
    "video": _media("video/mp4"),
    "shortvideo": _media("video/mp4"),
    "location": _location,
    "link": _fallback("Shared links"),
    "file": _fallback("Files, which WeChat only names,"),
}

_OPTS: Final = {"subscribe": True, "unsubscribe": False}
_SENT_TEMPLATE: Final = "TEMPLATESENDJOBFINISH"


def _event(fields: Fields) -> list[Inbound]:
    event, at = fields.get("Event", ""), _at(fields)
    if event == _SENT_TEMPLATE:
        told = fields.get("Status", "")
        failed = None if told == "success" else reported(_why(told), told)
        status = statuses.DELIVERED if failed is None else statuses.FAILED
        return [InboundStatus(fields["MsgID"], status, at, failed)]
    # An event has no id: the vendor's advice is to tell repeats by person and time.
    vendor_id = ":".join((fields["FromUserName"], str(at), event, fields.get("EventKey", "")))
    if event in _OPTS:
        return [InboundOpt(vendor_id, fields["FromUserName"], at, opted_in=_OPTS[event])]
    return [_unsupported(fields, vendor_id)]


def _why(told: str) -> ReasonCode:
    return ReasonCode.RECIPIENT_NOT_REACHABLE if "block" in told else ReasonCode.CHANNEL_FAILURE
