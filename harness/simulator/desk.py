"""The agent desk of the page: the driver protocol as a few JSON calls. Tokens of the subject stay on this side."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Annotated, Any, Final

import orjson
from aiohttp import web
from msgspec import Meta, Struct

from fake_channels.core.control.actions import Invalid, decode
from fake_channels.core.control.errors import ApiError
from fake_channels.core.instants import parse_duration, to_rfc3339
from fake_channels.core.media import GENERIC, sniff
from harness.drivers.contract import AttachmentId as FileId
from harness.drivers.contract import (
    Chat,
    ChatId,
    Driver,
    FileMessage,
    LocationMessage,
    Message,
    Position,
    QuickRepliesMessage,
    Refused,
    TemplateMessage,
    TextMessage,
)
from harness.outcomes import Problem
from harness.simulator.evening import AGENT, Evening, sinch_channels

_SHOWN: Final = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/gif", "audio/ogg", "audio/mpeg", "video/mp4"}
)
"""What a browser may show in place: these bytes cannot carry a script."""

EVENING: Final = web.AppKey("evening", Evening)


class OutFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file from the agent's disk."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    mime: Annotated[str, Meta(max_length=200, pattern=r"^[ -~]*\Z")]
    data_base64: str


class OutLocation(Struct, frozen=True, forbid_unknown_fields=True):
    """A place to send."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    title: str = ""


class OutChoices(Struct, frozen=True, forbid_unknown_fields=True):
    """Text with buttons."""

    text: str
    choices: tuple[str, ...]


class OutTemplate(Struct, frozen=True, forbid_unknown_fields=True):
    """A channel template."""

    name: str
    language: str
    parameters: dict[str, str] = {}


class Out(Struct, frozen=True, forbid_unknown_fields=True):
    """What the agent sends: exactly one of these."""

    text: str = ""
    caption: str = ""
    file: OutFile | None = None
    location: OutLocation | None = None
    quick_replies: OutChoices | None = None
    template: OutTemplate | None = None

    def message(self) -> Message:
        """The driver's message that is meant."""
        given = [part for part in (self.text, self.file, self.location, self.quick_replies, self.template) if part]
        if len(given) != 1:
            raise Invalid("give exactly one of text, file, location, quick_replies and template")
        if self.file is not None:
            return FileMessage(self.file.name, self.file.mime, _decode(self.file.data_base64), self.caption or None)
        if self.location is not None:
            return LocationMessage(Position(self.location.latitude, self.location.longitude, self.location.title))
        if self.quick_replies is not None:
            return QuickRepliesMessage(self.quick_replies.text, self.quick_replies.choices)
        if self.template is not None:
            return TemplateMessage(self.template.name, self.template.language, self.template.parameters)
        return TextMessage(self.text)


class Jump(Struct, frozen=True, forbid_unknown_fields=True):
    """How far to move the clocks, for instance `24h`."""

    by: str


def add_routes(app: web.Application, evening: Evening) -> None:
    """Add the desk to the control API's application, under the same guard."""
    app[EVENING] = evening
    app.router.add_get("/desk/v1", _describe)
    app.router.add_get("/desk/v1/chats", _chats)
    app.router.add_get("/desk/v1/chats/{chat}/transcript", _transcript)
    app.router.add_post("/desk/v1/chats/{chat}/messages", _send)
    app.router.add_post("/desk/v1/chats/{chat}:accept", _accept)
    app.router.add_post("/desk/v1/chats/{chat}:end", _end)
    app.router.add_get("/desk/v1/files/{file}", _file)
    app.router.add_post("/desk/v1/clock:advance", _advance)


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(value), content_type="application/json")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Invalid("file.data_base64 is not standard base64") from None


async def _described(work: Any) -> Any:
    """Await the driver and turn its refusals into this API's."""
    try:
        return await work
    except Refused as refused:
        status = refused.status if 400 <= refused.status < 500 else 502  # noqa: PLR2004  HTTP's classes
        raise ApiError(status, refused.code or "refused", refused.message, str(getattr(refused, "hint", ""))) from None
    except Problem as problem:
        raise ApiError(502, "subject", str(problem), "look at the subject's log") from None


async def _describe(request: web.Request) -> web.Response:
    evening = request.app[EVENING]
    return _json(
        {
            "world": evening.world.id,
            "subject": evening.subject,
            "now": to_rfc3339(evening.world.core.now),
            "channels": {sinch: name for name, sinch in sinch_channels(evening.world).items()},
        }
    )


async def _chats(request: web.Request) -> web.Response:
    evening = request.app[EVENING]
    chats: tuple[Chat, ...] = await _described(_driver(request).chats(evening.tenant, AGENT))
    return _json({"chats": [{**asdict(chat), "attached_data": dict(chat.attached_data)} for chat in chats]})


async def _transcript(request: web.Request) -> web.Response:
    """One chat's entries: the page asks for the chosen chat's alone, however many there are."""
    evening = request.app[EVENING]
    entries = await _described(_driver(request).transcript(evening.tenant, AGENT, _chat(request)))
    return _json({"entries": [asdict(entry) for entry in entries]})


def _driver(request: web.Request) -> Driver:
    driver = request.app[EVENING].driver
    if driver is None:
        raise ApiError(
            409, "no_subject", "no bridge is connected, so there is no agent desk", "start without --no-bridge"
        )
    return driver


def _chat(request: web.Request) -> ChatId:
    return ChatId(_id(request, "chat"))


def _id(request: web.Request, name: str) -> str:
    """An id out of a path: it becomes part of the subject's own, and may not lead elsewhere in it."""
    given = request.match_info[name]
    if given in {".", ".."} or not given.isprintable() or any(char in given for char in "/\\?#%"):
        raise ApiError(404, "unknown", f"there is no {name} {given[:80]!r}", "take ids from /desk/v1/chats")
    return given


async def _send(request: web.Request) -> web.Response:
    evening = request.app[EVENING]
    out = decode(await request.read(), Out)
    if not isinstance(out, Out):
        raise TypeError("decode gave another type")
    message, core = out.message(), evening.world.core
    note = out.text or out.caption or (out.file.name if out.file else "")
    hop = core.trace.record(core.now, "phone", "desk", "subject", "send", note=note[:200])
    entry = await _described(_driver(request).send(evening.tenant, AGENT, _chat(request), message))
    if entry.message_id:
        core.trace.tie(hop, entry.message_id)
    core.signal.bump()
    return _json({"entry": asdict(entry)}, 201)


async def _accept(request: web.Request) -> web.Response:
    evening = request.app[EVENING]
    await _described(_driver(request).accept(evening.tenant, AGENT, _chat(request)))
    return _json({})


async def _end(request: web.Request) -> web.Response:
    evening = request.app[EVENING]
    await _described(_driver(request).end_chat(evening.tenant, AGENT, _chat(request)))
    return _json({})


async def _file(request: web.Request) -> web.Response:
    evening = request.app[EVENING]
    data = await _described(_driver(request).attachment(evening.tenant, AGENT, FileId(_id(request, "file"))))
    shown = sniff(data)
    harmless = shown in _SHOWN
    headers = {
        "Content-Type": shown if harmless else GENERIC,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if harmless else "attachment",
    }
    return web.Response(body=data, headers=headers)


async def _advance(request: web.Request) -> web.Response:
    evening = request.app[EVENING]
    jump = decode(await request.read(), Jump)
    if not isinstance(jump, Jump):
        raise TypeError("decode gave another type")
    try:
        now = await _described(evening.advance(parse_duration(jump.by)))
    except ValueError as error:
        raise Invalid(f"by: {error}") from None
    return _json({"now": now.isoformat()})
