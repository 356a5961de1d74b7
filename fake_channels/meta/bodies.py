"""Bodies of Graph requests: JSON, URL-encoded or multipart, all read as one object. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from fake_channels.core.forms import Upload, is_form, read_form
from fake_channels.core.http import HttpRequest, parse_json


class Given(msgspec.Struct, frozen=True):
    """What a request says: its parameters, wherever they stood, and its files."""

    parameters: dict[str, Any]
    uploads: dict[str, Upload]


def read(request: HttpRequest, *, keep_secrets: bool = False) -> Given:
    """The parameters of a request; those of the body win over those of the query; tokens are none, unless asked for.

    In forms and queries objects are JSON strings, and may be so in JSON too:
    https://developers.facebook.com/docs/graph-api/overview

    Raises:
        ValueError: the body is not what its content type promises, or no object. A `FormError` is one.
    """
    parameters: dict[str, Any] = {name: _decoded(value) for name, value in request.query.items()}
    uploads: dict[str, Upload] = {}
    if is_form(request):
        form = read_form(request)
        parameters |= {name: _decoded(value) for name, value in form.fields.items()}
        uploads = form.files
    elif request.body:
        try:
            body = request.json()
        except ValueError as error:
            raise ValueError(f"The body is not valid JSON: {error}") from None
        if not isinstance(body, dict):
            raise ValueError("The body is not a JSON object")
        parameters |= {name: _decoded(value) for name, value in body.items()}
    if not keep_secrets:
        for secret in ("access_token", "appsecret_proof"):
            parameters.pop(secret, None)
    return Given(parameters, uploads)


def _decoded(value: Any) -> Any:
    """A parameter: the object or list that its string spells, or else what it is."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        return parse_json(value)
    except ValueError:
        return value


def names(value: Any) -> tuple[str, ...]:
    """A list of names as Graph takes it: comma-separated, or a JSON list."""
    parts = value if isinstance(value, list) else str(value).split(",")
    return tuple(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))
