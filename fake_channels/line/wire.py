"""The shapes of the Messaging API: what a request may hold, how it is refused, what answers look like. Pure.

Sources: https://developers.line.biz/en/reference/messaging-api/ and https://github.com/line/line-openapi
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import msgspec
import orjson

from fake_channels.core.http import JSON_TYPE, HttpRequest
from fake_channels.core.media import bare
from fake_channels.core.schemas import Checker, Mistake, checkers, load
from fake_channels.core.tables import VendorError
from fake_channels.line import limits

Json = dict[str, Any]

_PACKAGE: Final = "fake_channels.line"
ENVELOPES: Final = checkers(_PACKAGE, "send.json")
MESSAGES: Final = checkers(_PACKAGE, "messages.json")
REQUESTS: Final = checkers(_PACKAGE, "requests.json")
WEBHOOK: Final = Checker(load(_PACKAGE, "webhook.json"))

_ENVELOPES: Final = load(_PACKAGE, "send.json")
_MESSAGES: Final = load(_PACKAGE, "messages.json")
_BY_TYPE: Final = [
    {"if": {"properties": {"type": {"const": kind}}, "required": ["type"]}, "then": {"$ref": f"#/$defs/message.{kind}"}}
    for kind in _MESSAGES["kinds"]
]
_SENDS: Final = {
    kind: Checker(
        {
            "$defs": {
                **_ENVELOPES["$defs"],
                **_MESSAGES["$defs"],
                **{f"message.{name}": schema for name, schema in _MESSAGES["kinds"].items()},
            },
            "allOf": [_ENVELOPES["common"], envelope],
            "properties": {"messages": {"items": {"allOf": [_MESSAGES["common"], *_BY_TYPE]}}},
        }
    )
    for kind, envelope in _ENVELOPES["kinds"].items()
}
"""A whole send, messages included: it accepts in one go. What is wrong is told by its parts, each by itself."""
URL_PATTERN: Final[str] = _MESSAGES["$defs"]["url"]["pattern"]
"""An https URL, or an http one of a host that only the lab itself could reach."""
_DEEPEST: Final = 60
_INDEX: Final = re.compile(r"\.(\d+)")
_NESTED: Final = {"template": "template", "flex": "contents"}
"""Message types whose inner mistakes are told in another way, and the property that they lie under."""
_ADDRESSES: Final = re.compile(r"^(to|chatId|userIds|chat)\b")


class Ask(msgspec.Struct, frozen=True, gc=False):
    """A request with what its path names."""

    request: HttpRequest
    args: tuple[str, ...]
    request_id: str


class Refused(Exception):
    """The request is not what the API takes. `details` are (message, property) pairs."""

    def __init__(self, error: VendorError, details: tuple[tuple[str, str], ...] = (), **fields: Any) -> None:
        self.error = error
        self.message = error.text.format(**fields) if fields else error.text
        self.details = details
        super().__init__(self.message)


def render_error(message: str, details: tuple[tuple[str, str], ...] = ()) -> Json:
    """An error's body; without details the property is left out."""
    body: Json = {"message": message}
    if details:
        body["details"] = [{"message": says, "property": name} for says, name in details]
    return body


# --- requests ---------------------------------------------------------------------------------------------------------


def decode(request: HttpRequest) -> Json:
    """The body as a JSON object.

    Raises:
        Refused: another content type, no JSON, no object, or nested beyond reason.
    """
    declared = request.headers.get("content-type", "")
    if not _is_json(declared):
        raise Refused(limits.BAD_TYPE, type=declared)
    try:
        body = orjson.loads(request.body)
    except json.JSONDecodeError as error:
        raise Refused(limits.NOT_JSON, line=error.lineno, column=error.colno) from None
    except ValueError:
        raise Refused(limits.NOT_JSON, line=1, column=1) from None
    if not isinstance(body, dict) or _too_deep(request.body, body):
        raise Refused(limits.NOT_JSON, line=1, column=1)
    return body


@lru_cache(maxsize=256)
def _is_json(declared: str) -> bool:
    return bare(declared) == JSON_TYPE


def _too_deep(raw: bytes, body: Json) -> bool:
    if raw.count(b"[") + raw.count(b"{") <= _DEEPEST:
        return False
    level: list[Any] = [body]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def check(kind: str, body: Json) -> Json:
    """`body`, when it is a valid request of this kind.

    Raises:
        Refused: with all mistakes.
    """
    checker = REQUESTS[kind]
    if not checker.accepts(body):
        raise _refused(_mistakes(checker, body), [])
    return body


def check_send(kind: str, body: Json) -> list[Json]:
    """The messages of a valid send request.

    Raises:
        Refused: with all mistakes, those of the messages included.
    """
    messages = body.get("messages")
    if not _SENDS[kind].accepts(body):
        raise _refused(_mistakes(ENVELOPES[kind], body), messages if isinstance(messages, list) else [])
    sound: list[Json] = body["messages"]
    for message in sound:
        further = _FURTHER.get(message["type"])
        if further is not None and further(message):
            raise _refused([], sound)
    return sound


def _mistakes(checker: Checker, value: Any) -> list[Mistake]:
    """The mistakes that have a place: that of a line feed behind an id has none, and is only counted."""
    return [mistake for mistake in checker.mistakes(value) if mistake.path or mistake.rule != "pattern"]


def _refused(mistakes: list[Mistake], messages: list[Any]) -> Refused:
    wrong = [(mistake, "") for mistake in mistakes]
    nested: dict[int, list[tuple[str, str]]] = {}
    told: list[tuple[str, str]] = []
    for index, message in enumerate(messages[: limits.MESSAGES_MAX]):
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(kind, str) or kind not in MESSAGES:
            continue
        inner = _NESTED.get(kind, " ")
        for mistake in _mistakes(MESSAGES[kind], message):
            within = mistake.path.startswith(f"{inner}.") or (mistake.path == inner and mistake.rule == "anyOf")
            if within and mistake.rule != "type":
                nested.setdefault(index, []).append((_phrase(mistake, inner=True), _pointer(kind, mistake.path)))
            else:
                wrong.append((mistake, f"messages.{index}."))
        if kind in _FURTHER and index not in nested and MESSAGES[kind].accepts(message):
            says = _FURTHER[kind](message)
            target = nested.setdefault(index, []) if kind in {"template", "coupon"} else told
            target += [(text, name if target is not told else f"messages[{index}].{name}") for text, name in says]
    return _render_mistakes(wrong, told, {index: found for index, found in nested.items() if found})


def _render_mistakes(
    wrong: list[tuple[Mistake, str]], told: list[tuple[str, str]], nested: dict[int, list[tuple[str, str]]]
) -> Refused:
    for mistake, prefix in wrong:
        name = _property(prefix + mistake.path)
        if mistake.rule == "type" or (mistake.rule == "pattern" and not prefix and _ADDRESSES.match(name)):
            return Refused(limits.BAD_PROPERTY, name=name)
    told = [(_phrase(mistake, inner=False), _property(prefix + mistake.path)) for mistake, prefix in wrong] + told
    told = list(dict.fromkeys(told))
    if not told and not nested:  # only the stricter of two validators saw it, as a line feed behind an id
        return Refused(limits.BODY_ERRORS, count=1)
    if not told:
        index = min(nested)
        return Refused(limits.MESSAGE_INVALID, tuple(dict.fromkeys(nested[index])), index=index)
    for index, found in nested.items():
        told += [(says, f"messages[{index}]{name if name.startswith('/') else '/' + name}") for says, name in found]
    return Refused(limits.BODY_ERRORS, tuple(told), count=len(told))


def _property(path: str) -> str:
    return _INDEX.sub(r"[\1]", path)


def _pointer(kind: str, path: str) -> str:
    """Inside a Flex message from its contents on, with a slash before it; inside a template from the message on."""
    return f"/{path.partition('.')[2].replace('.', '/')}" if kind == "flex" else path.replace(".", "/")


def _phrase(mistake: Mistake, *, inner: bool) -> str:
    """What the API says of a mistake: at the top of a message with a capital, further in without."""
    says = _PHRASES.get(mistake.rule, _wrong)(mistake.schema, inner)
    return says[0].lower() + says[1:] if inner else says


def _wrong(schema: Json, _inner: bool) -> str:  # noqa: FBT001  called from the table alone
    return "invalid uri scheme" if "http" in str(schema.get("pattern", "")) else "is invalid"


def _absent(_: Json, inner: bool) -> str:  # noqa: FBT001  as above
    return "must be specified" if inner else limits.MAY_NOT_BE_EMPTY


def _blank(_: Json, inner: bool) -> str:  # noqa: FBT001  as above
    return "must be non-empty text" if inner else limits.MAY_NOT_BE_EMPTY


def _length(schema: Json, inner: bool) -> str:  # noqa: FBT001  as above
    return f"{'Size' if inner else 'Length'} must be between 0 and {schema['maxLength']}"


def _size(schema: Json, _inner: bool) -> str:  # noqa: FBT001  as above
    return f"Size must be between {schema.get('minItems', 0)} and {schema.get('maxItems', 'any')}"


def _choice(schema: Json, _inner: bool) -> str:  # noqa: FBT001  as above
    values = schema.get("enum") or [schema.get("const")]
    return f"Must be one of the following values: [{', '.join(str(value) for value in values)}]"


def _range(schema: Json, _inner: bool) -> str:  # noqa: FBT001  as above
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"must be greater than or equal to {low}" if high is None else f"must be between {low} and {high}"


_PHRASES: Final[dict[str, Callable[[Json, bool], str]]] = {
    **dict.fromkeys(("required", "anyOf"), _absent),
    "minLength": _blank,
    "maxLength": _length,
    **dict.fromkeys(("minItems", "maxItems"), _size),
    **dict.fromkeys(("enum", "const"), _choice),
    **dict.fromkeys(("minimum", "maximum"), _range),
}


# --- what a schema cannot say -----------------------------------------------------------------------------------------


def _long_text(message: Json) -> list[tuple[str, str]]:
    text: str = message["text"]
    if 2 * len(text) <= limits.TEXT_MAX or len(text.encode("utf-16-le")) <= 2 * limits.TEXT_MAX:
        return []
    return [(f"Length must be between 0 and {limits.TEXT_MAX}", "text")]


def _uneven_columns(message: Json) -> list[tuple[str, str]]:
    template = message["template"]
    if template["type"] != "carousel":
        return []
    columns = template["columns"]
    if len({len(column["actions"]) for column in columns}) > 1:
        return [("the number of actions must be the same for all columns", "template/columns")]
    if len({("title" in column, "thumbnailImageUrl" in column) for column in columns}) > 1:
        return [("all columns must have the same properties", "template/columns")]
    return []


def _no_coupon(_: Json) -> list[tuple[str, str]]:
    return [("coupon not found", "couponId")]  # none can be made here


_FURTHER: Final = {"text": _long_text, "textV2": _long_text, "template": _uneven_columns, "coupon": _no_coupon}


# --- answers ----------------------------------------------------------------------------------------------------------


def render_profile(user_id: str, name: str | None, language: str, picture_url: str) -> Json:
    """What the account may see of a user. Somebody without a name is shown by a blank."""
    return {"userId": user_id, "displayName": name or " ", "pictureUrl": picture_url, "language": language}
