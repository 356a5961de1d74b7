"""Files for agents: upload what is to be sent, and read the internal copies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import sqlalchemy as sa
from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from contactpro_bridge.agent.access import caller_of, may_see
from contactpro_bridge.agent.web_json import json_response
from contactpro_bridge.attachments.checks import AttachmentRefused, OutgoingRules, RefusedBecause, check_outgoing
from contactpro_bridge.attachments.names import content_disposition
from contactpro_bridge.attachments.public import send_pieces
from contactpro_bridge.attachments.ranges import Part, Selection, Unsatisfiable, Whole, parse_range, range_applies
from contactpro_bridge.attachments.share import Share, ShareError, ShareProblem
from contactpro_bridge.errors import Refusal, bad_request, not_found
from contactpro_bridge.ids import AttachmentId, hex32
from contactpro_bridge.store.chats import locked_chat
from contactpro_bridge.store.database import Database
from contactpro_bridge.store.entries import Attachment, attachment_by_id, entries_with_attachment, insert_attachment
from contactpro_bridge.tenants import Caller, Tenants

HEAD_BYTES: Final = 16 * 1024
READ_BYTES: Final = 64 * 1024
SILENT_SECONDS: Final = 30.0


@dataclass
class _Upload:
    """A file that is coming in: its name and type as declared, its first bytes, and the rest as it arrives."""

    name: str
    mime: str | None
    chunks: AsyncIterator[bytes]
    head: bytearray = field(default_factory=bytearray)
    ended: bool = False

    async def read_head(self) -> None:
        """Read enough to recognise the file."""
        while len(self.head) < HEAD_BYTES and not self.ended:
            self.head += await self._next()

    async def everything(self) -> AsyncIterator[bytes]:
        """Return the whole file."""
        yield bytes(self.head)
        while not self.ended:
            yield await self._next()

    async def _next(self) -> bytes:
        """Return the next bytes, none at the end; a sender who falls silent does not hold the place for ever."""
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                return await anext(self.chunks)
        except StopAsyncIteration:
            self.ended = True
            return b""
        except TimeoutError:
            raise _too_slow() from None


@dataclass(frozen=True)
class FileRoutes:
    """The routes below /agent/v1/attachments."""

    db: Database
    tenants: Tenants
    share: Share

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/agent/v1/attachments", self.upload)
        app.router.add_get("/agent/v1/attachments/{attachment_id:[0-9A-F]{32}}", self.download)

    async def upload(self, request: web.Request) -> web.Response:
        """Check a file and put it on the share."""
        caller = caller_of(request, self.tenants, "files")
        settings = caller.tenant.settings.chat_settings
        rules = OutgoingRules(settings.max_attachment_bytes, settings.allowed_file_types)
        upload = await _incoming(request)
        try:
            await upload.read_head()
            announced = request.content_length if request.content_type != "multipart/form-data" else None
            size = max(len(upload.head), announced or 0)
            checked = check_outgoing(upload.name, upload.mime, bytes(upload.head), size, rules)
            attachment_id = AttachmentId(hex32())
            stored = await self.share.put(
                caller.tenant.id, attachment_id, upload.everything(), max_bytes=settings.max_attachment_bytes
            )
        except (ValueError, RuntimeError) as problem:
            # aiohttp's words for a multipart body that ends early, or in an encoding that nobody uses.
            raise bad_request(f"The multipart body is malformed: {problem}", code="malformed_multipart") from None
        except AttachmentRefused as problem:
            status = 413 if problem.code is RefusedBecause.TOO_LARGE else 422
            raise Refusal(status, problem.code.value, problem.message, problem.hint) from None
        except ShareError as problem:
            raise _share_refusal(problem, settings.max_attachment_bytes) from None
        attachment = Attachment(
            id=attachment_id,
            tenant=caller.tenant.id,
            chat_id=None,
            name=checked.name,
            mime=checked.mime,
            state="stored",
            created_us=caller.tenant.clock.now(),
            uploaded_by=caller.id,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
        )
        await self.db.write(lambda tx: insert_attachment(tx, attachment))
        body = {
            "attachment_id": attachment.id,
            "name": attachment.name,
            "mime": attachment.mime,
            "size": attachment.size_bytes,
            "sha256": attachment.sha256,
        }
        return json_response(body, 201)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Return the internal copy of a file that the agent may see."""
        caller = caller_of(request, self.tenants, "files")
        wanted = request.match_info["attachment_id"]
        attachment = await self.db.read(lambda conn: _visible(conn, caller, wanted))
        if attachment is None:
            raise not_found("attachment")
        if attachment.state != "stored":
            raise Refusal(
                409, "attachment_not_stored", f"The file is {attachment.state}.", attachment.problem or "Wait."
            )
        selected = _selection(request, attachment)
        if isinstance(selected, Unsatisfiable):
            answer = json_response(_NO_SUCH_RANGE.body(), _NO_SUCH_RANGE.status)
            answer.headers[hdrs.CONTENT_RANGE] = f"bytes */{attachment.size_bytes}"
            return answer
        start, end = (selected.start, selected.end) if isinstance(selected, Part) else (0, attachment.size_bytes)
        try:
            chunks = await self.share.open(caller.tenant.id, attachment.id, start, end)
        except ShareError as problem:
            raise _share_refusal(problem, 0) from None
        response = web.StreamResponse(headers=_headers(attachment))
        if isinstance(selected, Part):
            response.set_status(HTTPStatus.PARTIAL_CONTENT)
            response.headers[hdrs.CONTENT_RANGE] = selected.content_range(attachment.size_bytes)
        response.content_length = end - start
        await response.prepare(request)
        if request.method == hdrs.METH_GET:
            await send_pieces(request, response, chunks)
        return response


_NO_SUCH_RANGE: Final = Refusal(
    416, "range_not_satisfiable", "The file has no such bytes.", "Ask for a range within the file's size."
)


def _selection(request: web.Request, attachment: Attachment) -> Selection:
    """Return what of the file is asked for; Range means something with GET only (RFC 9110, 14.2)."""
    applies = request.method == hdrs.METH_GET and range_applies(
        request.headers.get(hdrs.IF_RANGE), f'"{attachment.sha256}"'
    )
    return parse_range(request.headers.get(hdrs.RANGE), attachment.size_bytes) if applies else Whole()


def _headers(attachment: Attachment) -> dict[str, str]:
    """Return the headers of a file: a customer chose it, so a browser may save it, and nothing else."""
    return {
        hdrs.CONTENT_TYPE: attachment.mime,
        hdrs.CONTENT_DISPOSITION: content_disposition("attachment", attachment.name or "file"),
        hdrs.ETAG: f'"{attachment.sha256}"',
        hdrs.ACCEPT_RANGES: "bytes",
        hdrs.CACHE_CONTROL: "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


async def _incoming(request: web.Request) -> _Upload:
    """Return the file of a multipart form (field ``file``), or a raw body with ``?filename=``."""
    if request.content_type == "multipart/form-data":
        try:
            async with asyncio.timeout(SILENT_SECONDS):  # other fields of the form are small, or never end
                form = await request.multipart()
                part = await _file_part(form)
        except TimeoutError:
            raise _too_slow() from None
        except (ValueError, HttpProcessingError):
            raise bad_request("The multipart body is malformed.", code="malformed_multipart") from None
        if part is None:
            raise bad_request("The form has no field 'file'.")
        return _Upload(part.filename or "file", part.headers.get(hdrs.CONTENT_TYPE), _part_chunks(form, part))
    name = request.query.get("filename", "")
    if not name:
        raise bad_request("Give the file's name as ?filename=, or send a multipart form with a field 'file'.")
    return _Upload(name, request.headers.get(hdrs.CONTENT_TYPE), request.content.iter_chunked(READ_BYTES).__aiter__())


async def _file_part(form: MultipartReader) -> BodyPartReader | None:
    async for part in form:
        if isinstance(part, BodyPartReader) and part.name == "file":
            return part
    return None


async def _part_chunks(form: MultipartReader, part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(READ_BYTES):
        yield part.decode(chunk)
    await form.next()  # raises ValueError when no boundary ends the part: half a file is none


def _visible(conn: sa.Connection, caller: Caller, attachment_id: str) -> Attachment | None:
    """Return a file that the agent uploaded, or that stands in a chat the agent may see."""
    attachment = attachment_by_id(conn, caller.tenant.id, attachment_id)
    if attachment is None or attachment.uploaded_by == caller.id:
        return attachment
    for entry in entries_with_attachment(conn, caller.tenant.id, attachment_id):
        chat = locked_chat(conn, caller.tenant.id, entry.chat_id)
        if chat is not None and caller.may("chats") and may_see(caller, chat):
            return attachment
    return None


def _too_slow() -> Refusal:
    return Refusal(408, "too_slow", f"Nothing of the file arrived for {SILENT_SECONDS:g} seconds.", "Send it again.")


def _share_refusal(problem: ShareError, max_bytes: int) -> Refusal:
    if problem.code is ShareProblem.TOO_LARGE:
        return Refusal(
            413,
            RefusedBecause.TOO_LARGE.value,
            f"The file has more than {max_bytes} bytes.",
            "Send a smaller file, or ask the administrator to raise the maximum attachment size.",
        )
    return Refusal(503, problem.code.value, "The share cannot serve the file now.", "Try again.")
