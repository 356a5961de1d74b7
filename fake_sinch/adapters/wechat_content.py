"""Parts of a message as bodies of WeChat's customer-service messages, templates and uploads.

Source: developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html and
.../api/material/temporary/api_uploadtempmedia. Must not know: tokens, URLs of the vendor, who calls.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sinch.adapters.bodies import explicit_object
from fake_sinch.adapters.contract import unrenderable
from fake_sinch.mediatypes import suffix_for
from fake_sinch.parts import MediaPart, Part, RawPart, TemplatePart, TextPart

UNKNOWN_MEDIA: Final = "{{media_id}}"
"""What stands for the id of a file that nobody has uploaded."""
_MEGABYTE: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Upload:
    """How a type of file is uploaded."""

    kind: str
    """The type's name, in the upload and in the message."""
    max_bytes: int


_IMAGE: Final = Upload("image", 10 * _MEGABYTE)
_VOICE: Final = Upload("voice", 2 * _MEGABYTE)
_VIDEO: Final = Upload("video", 10 * _MEGABYTE)

_UPLOADS: Final[Mapping[str, Upload]] = {
    "image/jpeg": _IMAGE,
    "image/png": _IMAGE,
    "image/gif": _IMAGE,
    "audio/amr": _VOICE,
    "audio/mpeg": _VOICE,
    "video/mp4": _VIDEO,
}
"""Media that WeChat shows as what they are; the link to every other file goes as a text."""


def upload_of(part: Part) -> Upload | None:
    """Return how a part's file is uploaded, or None when the part has none or its type is not taken."""
    return _UPLOADS.get(_bare(part.mime)) if isinstance(part, MediaPart) else None


def _bare(mime: str) -> str:
    return mime.partition(";")[0].strip().lower()


def body(part: Part, to: str, media_id: str = UNKNOWN_MEDIA) -> dict[str, Any]:
    """Return the message that sends a part; ``media_id`` names its uploaded file."""
    if isinstance(part, RawPart):
        return _raw(part, to)
    if isinstance(part, TemplatePart):
        data = {name: {"value": value} for name, value in part.parameters.items()}
        return {"touser": to, "template_id": part.template_id, "data": data}
    upload = upload_of(part)
    if upload is not None:
        return _message(to, upload.kind, {"media_id": media_id})
    if isinstance(part, MediaPart):
        return _message(to, "text", {"content": part.url})
    if isinstance(part, TextPart):
        return _message(to, "text", {"content": part.text})
    raise unrenderable(f"WeChat has no form for a {type(part).__name__}")


def _message(to: str, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"touser": to, "msgtype": kind, kind: content}


def _raw(part: RawPart, to: str) -> dict[str, Any]:
    told = explicit_object(part, to)
    return {"touser": to, **told}


def is_template(message: Mapping[str, Any]) -> bool:
    """Tell whether a body is a template's, which goes another way."""
    return "template_id" in message


def form(data: bytes, mime: str) -> tuple[str, bytes]:
    """Return content type and body of the form that uploads a file: one part, ``media``, with a telling name."""
    bare = _bare(mime)
    boundary = f"wechat-{hashlib.sha256(data).hexdigest()[:32]}"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="media"; filename="media{suffix_for(bare)}"\r\n'
        f"Content-Type: {bare}\r\n\r\n"
    )
    return f"multipart/form-data; boundary={boundary}", head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
