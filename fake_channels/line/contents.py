"""What customers sent as files: kept for a while, prepared first when large, gone when unsent.

Source: https://developers.line.biz/en/reference/messaging-api/#get-content
"""

from __future__ import annotations

from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.http import HttpReply, Outcome, json_reply
from fake_channels.core.media import Media
from fake_channels.line import limits
from fake_channels.line.state import Account, Content
from fake_channels.line.wire import Ask, Refused

_PREPARED: Final = frozenset({"video", "audio"})
_JPEG: Final = "image/jpeg"
_BLANK: Final = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c39"
    "33383740485c4e404457453738506d51575f626768673e4d71797064785c656763ffc0000b080001000101011100ffc40014000100000000"
    "000000000000000000000000ffc40014100100000000000000000000000000000000ffda0008010100003f003fffd9"
)
"""One grey pixel: the preview of what no JPEG can be made of here."""


def keep(account: Account, message_id: str, user_id: str, kind: str, media: Media, env: Env) -> None:
    """Keep what a customer sent, forgetting what is too old or too much."""
    contents = account.contents
    while contents:
        oldest = next(iter(contents))
        if contents[oldest].expires_at > env.now and len(contents) < limits.CONTENTS_KEPT:
            break
        del contents[oldest]
    slow = kind in _PREPARED and len(media.data) >= account.settings.prepared_from
    ready_at = env.now + (account.settings.preparing_ms if slow else 0)
    contents[message_id] = Content(user_id, kind, media, ready_at, env.now + limits.CONTENT_LIFE_MS)


def unsend(account: Account, message_id: str) -> None:
    """The customer took the message back: from now on its content is gone."""
    content = account.contents.get(message_id)
    if content is not None:
        content.media = None


def _find(account: Account, message_id: str, now: int) -> tuple[Content, Media]:
    content = account.contents.get(message_id)
    if content is None or content.expires_at <= now:
        raise Refused(limits.CONTENT_NOT_FOUND)
    if content.media is None:
        raise Refused(limits.GONE)
    return content, content.media


def get(account: Account, ask: Ask, env: Env) -> Outcome:
    """The file, or 202 while it is being prepared.

    Raises:
        Refused: unknown, expired or unsent.
    """
    (message_id,) = ask.args
    content, media = _find(account, message_id, env.now)
    if content.ready_at > env.now:
        return Outcome(json_reply({}, 202), ids=(message_id,))
    return Outcome(HttpReply(200, media.data, media.mime), ids=(message_id,))


def preview(account: Account, ask: Ask, env: Env) -> Outcome:
    """A JPEG of a picture or a video.

    Raises:
        Refused: as for the file, and for what has no picture.
    """
    (message_id,) = ask.args
    content, media = _find(account, message_id, env.now)
    if content.kind not in {"image", "video"}:
        raise Refused(limits.CONTENT_NOT_FOUND)
    if content.ready_at > env.now:
        return Outcome(json_reply({}, 202), ids=(message_id,))
    small = media.mime == _JPEG and len(media.data) <= limits.MEGABYTE
    return Outcome(HttpReply(200, media.data if small else _BLANK, _JPEG), ids=(message_id,))


def transcoding(account: Account, ask: Ask, env: Env) -> Outcome:
    """Whether a video or audio is ready.

    Raises:
        Refused: as for the file, and for what needs no preparation.
    """
    (message_id,) = ask.args
    content, _ = _find(account, message_id, env.now)
    if content.kind not in _PREPARED:
        raise Refused(limits.CONTENT_NOT_FOUND)
    status = "processing" if content.ready_at > env.now else "succeeded"
    return Outcome(json_reply({"status": status}), ids=(message_id,))
