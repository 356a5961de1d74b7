"""Parameters of a method, however they came: query, form, multipart or JSON, every value by the method's own schema.

The server takes numbers and booleans as text and nested objects as JSON text, whatever the encoding:
https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import orjson

from fake_channels.core.forms import FormError, Upload, is_form, read_form
from fake_channels.core.http import JSON_TYPE, HttpRequest, parse_json
from fake_channels.core.schemas import Checker, load
from fake_channels.core.tables import VendorError
from fake_channels.telegram import limits
from fake_channels.telegram.wire import Refused

Args = dict[str, Any]
_Cast = Callable[[Any], Any]

_SCHEMAS: Final = load("fake_channels.telegram", "methods.json")
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}")
_LABELS: Final = {"reply_markup": "reply keyboard markup"}
_TRUE: Final = frozenset({"true", "yes", "1"})


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return (
        str(value) if isinstance(value, int | float) and not isinstance(value, bool) else orjson.dumps(value).decode()
    )


def _integer(value: Any) -> int | None:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value.strip()) else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else _text(value).strip().lower() in _TRUE


def _nested(field: str, checker: Checker | None, value: Any) -> Any:
    if value == "":
        return None
    wrong = Refused(limits.BAD_JSON_FIELD, field=_LABELS.get(field, field.replace("_", " ")))
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError:
            raise wrong from None
    if field == "reply_markup" and not isinstance(value, dict):
        raise Refused(limits.BAD_MARKUP)
    if not isinstance(value, dict | list) or (checker is not None and not checker.accepts(value)):
        raise wrong
    return value


_PLAIN: Final[Mapping[str, _Cast]] = {"string": _text, "integer": _integer, "number": _number, "boolean": _boolean}


def _cast_of(field: str, schema: dict[str, Any]) -> _Cast:
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference in {"chat_id", "file"}:
        return _text
    if reference:
        return partial(_nested, field, Checker({"$defs": _SCHEMAS["$defs"], **schema}))
    plain = _PLAIN.get(schema["type"])
    return partial(_nested, field, None) if plain is None else plain


METHODS: Final[Mapping[str, Mapping[str, _Cast]]] = {
    name: {field: _cast_of(field, one) for field, one in schema["properties"].items()}
    for name, schema in _SCHEMAS["kinds"].items()
}
"""Every method that is served, with its parameters and how each is read."""

NAMES: Final[Mapping[str, str]] = {name.lower(): name for name in METHODS}
"""Method names are case-insensitive."""


def read(method: str, request: HttpRequest) -> tuple[Args, Mapping[str, Upload]]:
    """The parameters of a request, and the files that came with it. What a method does not know is ignored.

    Raises:
        Refused: the body or a nested object cannot be read.
    """
    raw, files = _raw(request)
    args: Args = {}
    casts = METHODS[method]
    for name, value in raw.items():
        cast = casts.get(name)
        if cast is not None and value is not None and (kept := cast(value)) is not None:
            args[name] = kept
    return args, files


def method_of(request: HttpRequest) -> str:
    """The method that the answer to an update names; empty when it names none.

    Raises:
        Refused: the body cannot be read.
    """
    return str(_raw(request)[0].get("method", ""))


def _raw(request: HttpRequest) -> tuple[Mapping[str, Any], Mapping[str, Upload]]:
    query = request.query if request.raw_query else {}
    if not request.body:
        return query, {}
    if request.content_type == JSON_TYPE:
        body = _json(request)
        return ({**query, **body} if query else body), {}
    if not is_form(request):
        return query, {}
    try:
        form = read_form(request)
    except FormError as error:
        wrong = limits.NOT_UTF8 if isinstance(error.__cause__, UnicodeError) else limits.BAD_BODY
        raise Refused(wrong, kind="a form") from None
    return {**query, **form.fields}, form.files


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        raise Refused(_not_json(request.body), kind="JSON") from None
    if not isinstance(body, dict):
        raise Refused(limits.BAD_BODY, kind="a JSON object")
    return body


def _not_json(body: bytes) -> VendorError:
    try:
        body.decode()
    except UnicodeDecodeError:
        return limits.NOT_UTF8
    return limits.BAD_BODY
