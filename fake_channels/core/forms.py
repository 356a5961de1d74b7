"""Form bodies, decoded from bytes: URL-encoded and multipart, with caps on parts and sizes."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import msgspec
import multipart

from fake_channels.core.http import HttpRequest

MAX_PARTS: Final = 128


class Upload(msgspec.Struct, frozen=True):
    """One uploaded file of a form."""

    data: bytes
    name: str
    content_type: str


class Form(msgspec.Struct, frozen=True):
    """A decoded form: text fields and files by field name; of a repeated one, the last."""

    fields: dict[str, str]
    files: dict[str, Upload]


class FormError(ValueError):
    """The body is not the form that its content type promises."""


def is_form(request: HttpRequest) -> bool:
    """True when the content type names one of the two HTML form encodings."""
    return request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}


def read_form(request: HttpRequest) -> Form:
    """Decode the body of `request`.

    Raises:
        FormError: malformed, truncated, not UTF-8, or beyond the caps.
    """
    try:
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.input": BytesIO(request.body),
        }
        fields, files = multipart.parse_form_data(
            environ,
            strict=True,
            ignore_errors=False,
            part_limit=MAX_PARTS,
            spool_limit=len(request.body) + 1,
            memory_limit=len(request.body) + 1,
        )
        texts = {name: fields[name] for name in fields}
    except (multipart.MultipartError, LookupError, ValueError) as error:  # a lookup of a charset that there is not
        raise FormError(str(error) or "malformed form body") from error
    uploads = {
        name: Upload(part.file.read(), part.filename or name, part.content_type or "application/octet-stream")
        for name in files
        for part in [files[name]]
    }
    return Form(texts, uploads)
