"""Media of the account: uploads that live three days, downloads, and pictures behind URLs.

https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia
"""

from __future__ import annotations

import base64
from typing import Final

from fake_channels.core.contract import Env
from fake_channels.core.forms import FormError, Upload, read_form
from fake_channels.core.http import HttpReply, HttpRequest, Outcome
from fake_channels.core.instants import DAY
from fake_channels.core.media import Media, sniff
from fake_channels.wechat import delivery, errors, limits, measure
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.state import Account, Stored, keep
from fake_channels.wechat.tokens import done

_SUFFIXES: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
}
_FOR_GOOD_MS: Final = 36_500 * DAY
_PICTURE_TYPES: Final = ("image/jpeg", "image/png")
THUMBNAIL: Final = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqm"
    "x5moq6T/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)
"""One grey point as a JPEG: what stands for the first picture of a person's video."""


def suffix(mime: str) -> str:
    """The usual ending of a file of this type."""
    return _SUFFIXES.get(mime, mime.rpartition("/")[2])


def _uploaded(request: HttpRequest) -> Upload:
    if request.content_type != "multipart/form-data":
        raise Refused(errors.NO_MEDIA, "send the file as the part media of multipart/form-data")
    try:
        upload = read_form(request).files.get("media")
    except FormError as error:
        raise Refused(errors.NO_MEDIA, str(error)) from None
    if upload is None:
        raise Refused(errors.NO_MEDIA, "media: the form has no such part with a file name")
    if not upload.data:
        raise Refused(errors.EMPTY_MEDIA)
    return upload


def upload(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Take a temporary medium.

    Raises:
        Refused: as the API does.
    """
    kind = request.query.get("type", "")
    if kind not in limits.MEDIA_RULES:
        raise Refused(errors.MEDIA_TYPE, f"type: {', '.join(limits.MEDIA_RULES)}")
    given = _uploaded(request)
    media = Media(given.data, sniff(given.data), given.name)
    problem = file_problem(kind, media)
    if problem is not None:
        raise problem
    media_id = add(account, kind, media, env)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return done({"type": kind, name: media_id, "created_at": env.now // 1000}, (media_id,))


def file_problem(kind: str, media: Media) -> Refused | None:
    """Why a file is not taken as `kind`; None when it is."""
    rule = limits.MEDIA_RULES[kind]
    if media.mime not in rule.types:
        return Refused(errors.FILE_TYPE, f"{kind} is {' or '.join(rule.types)}, not {media.mime}")
    if len(media.data) > rule.max_bytes:
        return Refused(errors.MEDIA_SIZE, f"{len(media.data)} bytes, at most {rule.max_bytes}")
    if kind == "voice" and measure.seconds(media.data) > limits.VOICE_MAX_S:
        return Refused(errors.PLAYTIME, f"{measure.seconds(media.data)} s, at most {limits.VOICE_MAX_S}")
    return None


def add(account: Account, kind: str, media: Media, env: Env) -> str:
    """Keep a medium for three days; returns its id."""
    media_id = env.ids.token("wechat.media_id", 48)
    keep(account.media, media_id, Stored(kind, media, env.now + limits.MEDIA_LIFE_MS), env.now)
    return media_id


def get(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Give a medium out: its bytes, or for a video where to fetch them.

    Raises:
        Refused: there is none.
    """
    media_id = request.query.get("media_id", "")
    if not media_id:
        raise Refused(errors.NO_MEDIA_ID)
    stored = delivery.find_media(account, media_id, env.now)
    if stored.kind == "video":
        return done({"video_url": picture_url(account, stored, env)}, (media_id,))
    name = f'attachment; filename="{media_id}.{suffix(stored.media.mime)}"'
    reply = HttpReply(200, stored.media.data, stored.media.mime, {"Content-disposition": name})
    return Outcome(reply, ids=(media_id,))


def upload_image(account: Account, request: HttpRequest, env: Env) -> Outcome:
    """Take a picture for articles; it gets a URL and no id.

    Raises:
        Refused: as the API does.
    """
    given = _uploaded(request)
    mime = sniff(given.data)
    if mime not in _PICTURE_TYPES:
        raise Refused(errors.IMAGE_FORMAT, f"{' or '.join(_PICTURE_TYPES)}, not {mime}")
    if len(given.data) > limits.UPLOADIMG_MAX:
        raise Refused(errors.MEDIA_SIZE, f"{len(given.data)} bytes, at most {limits.UPLOADIMG_MAX}")
    stored = Stored("image", Media(given.data, mime, given.name), env.now + _FOR_GOOD_MS)
    return done({"url": picture_url(account, stored, env)})


def picture_url(account: Account, stored: Stored, env: Env) -> str:
    """A new URL for a medium: good for as long as the medium is."""
    key = env.ids.token("wechat.picture", 24)
    keep(account.pictures, key, stored, env.now)
    return f"{env.base_url}/mmbiz/{account.space}/{key}/0"


def picture(account: Account, path: str, now: int) -> Outcome:
    """What lies behind such a URL."""
    stored = account.pictures.get(path.removeprefix(f"/mmbiz/{account.space}/").removesuffix("/0"))
    if stored is None or stored.expires_at <= now:
        return Outcome(HttpReply(404, b"", "text/plain"))
    return Outcome(HttpReply(200, stored.media.data, stored.media.mime))
