"""WeChat's shapes: what an account may send, what it is called back with, and what it may answer. Pure.

Sources: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html and
https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_standard_messages.html
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from fake_channels.core.handset import Button, Item, LocationView
from fake_channels.core.http import HttpRequest
from fake_channels.core.schemas import Mistake, checkers
from fake_channels.core.tables import VendorError
from fake_channels.wechat import errors, limits
from fake_channels.wechat.errors import Refused
from fake_channels.wechat.markup import Json, Number

_SEND: Final = checkers("fake_channels.wechat", "send.json")
_REQUESTS: Final = checkers("fake_channels.wechat", "requests.json")
_CALLBACKS: Final = checkers("fake_channels.wechat", "callback.json")
_REPLIES: Final = checkers("fake_channels.wechat", "reply.json")


class MediaRef(msgspec.Struct, frozen=True):
    """A medium that a message names."""

    media_id: str
    kind: str
    """The type under which it must have been uploaded."""
    shown: bool = True
    """False for a picture that only goes with it."""


class Content(msgspec.Struct, frozen=True):
    """What a message shows, and the media that it names."""

    item: Item
    media: tuple[MediaRef, ...] = ()


class Sending(msgspec.Struct, frozen=True):
    """One valid customer-service message, understood."""

    openid: str
    kf_account: str
    content: Content


# --- JSON bodies ------------------------------------------------------------------------------------------------------


def read_json(request: HttpRequest) -> Json:
    """The JSON object of a body, whatever its content type.

    Raises:
        Refused: empty, no JSON, no UTF-8, or no object.
    """
    if not request.body.strip():
        raise Refused(errors.EMPTY_BODY)
    try:
        body = request.json()
    except ValueError as error:
        raise Refused(errors.BAD_JSON, str(error)) from None
    if not isinstance(body, dict):
        raise Refused(errors.BAD_JSON, "not a JSON object")
    return body


def checked(kind: str, body: Json, error: VendorError = errors.PARAMETER) -> Json:
    """`body`, when it is what the call `kind` takes.

    Raises:
        Refused: with all mistakes.
    """
    checker = _REQUESTS[kind]
    if not checker.accepts(body):
        mistakes = checker.mistakes(body)
        raise Refused(_code_of(mistakes, error), _hint(mistakes))
    return body


def _hint(mistakes: list[Mistake]) -> str:
    return "; ".join(f"{mistake.path or 'body'}: {mistake.says}" for mistake in mistakes)


_BY_PLACE: Final[dict[tuple[str, str], VendorError]] = {
    ("touser", "required"): errors.OPENID,
    ("touser", "type"): errors.OPENID,
    ("touser", "minLength"): errors.OPENID,
    ("text.content", "minLength"): errors.EMPTY_CONTENT,
    ("text.content", "required"): errors.EMPTY_CONTENT,
    ("news.articles", "minItems"): errors.EMPTY_NEWS,
    ("news.articles", "maxItems"): errors.ARTICLES,
}
_MEDIA_NAMES: Final = ("media_id", "thumb_media_id")


def _code_of(mistakes: list[Mistake], default: VendorError) -> VendorError:
    """The code of the first mistake that has one of its own."""
    for mistake in mistakes:
        known = _BY_PLACE.get((mistake.path, mistake.rule))
        if known is not None:
            return known
        if mistake.path.endswith(_MEDIA_NAMES):
            return errors.NO_MEDIA_ID if mistake.rule == "required" else errors.MEDIA_ID
        if mistake.rule == "maxLength":
            return errors.CONTENT_SIZE
    return default


# --- customer-service messages ----------------------------------------------------------------------------------------


def parse_send(body: Json) -> Sending:
    """Understand a send request.

    Raises:
        Refused: with the code of the first mistake and all mistakes in its hint.
    """
    kind = body.get("msgtype")
    checker = _SEND.get(kind) if isinstance(kind, str) else None
    if checker is None:
        raise Refused(errors.MESSAGE_TYPE, f"msgtype: known are {', '.join(_SEND)}")
    if not checker.accepts(body):
        mistakes = checker.mistakes(body)
        raise Refused(_code_of(mistakes, errors.PARAMETER), _hint(mistakes))
    return Sending(
        openid=body["touser"],
        kf_account=body.get("customservice", {}).get("kf_account", ""),
        content=_CONTENT[body["msgtype"]](body[body["msgtype"]]),
    )


def _item(kind: str, text: str = "", **rest: Any) -> Item:
    return Item(id="", at=0, author="business", kind=kind, text=text, **rest)


def _lines(*lines: Any) -> str:
    return "\n".join(str(line) for line in lines if line)


def text_content(text: str) -> Content:
    """A text with what can be tapped in it.

    Raises:
        Refused: it is too long.
    """
    if len(text.encode()) > limits.TEXT_MAX_BYTES:
        raise Refused(errors.CONTENT_SIZE, f"{len(text.encode())} bytes, at most {limits.TEXT_MAX_BYTES}")
    return Content(_item("text", text, buttons=_links(text)))


_LINK: Final = re.compile(r"""<a\s[^>]*?href=["']([^"']+)["'][^>]*>(.*?)</a>""", re.DOTALL)
_MENU_LINK: Final = re.compile(r"weixin://bizmsgmenu\?msgmenucontent=([^&]*)&msgmenuid=([^&]*)")


def _links(text: str) -> tuple[Button, ...]:
    """Links of a text: those to `weixin://bizmsgmenu` answer like an entry of a msgmenu."""
    found = []
    for href, title in _LINK.findall(text):
        target = html.unescape(href)
        entry = _MENU_LINK.fullmatch(target)
        if entry:
            found.append(Button(unquote(entry[2]), title, "reply", unquote(entry[1])))
        else:
            found.append(Button(title, title, "url", target))
    return tuple(found)


def _text(part: Json) -> Content:
    return text_content(part["content"])


def _medium(kind: str) -> Callable[[Json], Content]:
    return lambda part: Content(_item(kind), (MediaRef(part["media_id"], kind),))


def _video(part: Json) -> Content:
    thumb = part.get("thumb_media_id") or ""
    media = (MediaRef(part["media_id"], "video"), *((MediaRef(thumb, "thumb", shown=False),) if thumb else ()))
    return Content(_item("video", _lines(part.get("title"), part.get("description"))), media)


def _card(title: str, text: str, url: str) -> Item:
    return _item("link", text, buttons=(Button("open", title, "url", url),) if url else ())


def _music(part: Json) -> Content:
    title = part.get("title") or "music"
    item = _card(title, _lines(part.get("title"), part.get("description")), part["musicurl"] or part["hqmusicurl"])
    return Content(item, (MediaRef(part["thumb_media_id"], "thumb", shown=False),))


def _news(part: Json) -> Content:
    article = part["articles"][0]
    text = _lines(article["title"], article.get("description"))
    return Content(_card(article["title"], text, article.get("url", "")))


def _link(part: Json) -> Content:
    return Content(_card(part["title"], _lines(part["title"], part.get("description")), part["url"]))


def _msgmenu(part: Json) -> Content:
    entries = tuple(Button(str(entry["id"]), entry["content"]) for entry in part["list"])
    return Content(_item("buttons", _lines(part.get("head_content"), part.get("tail_content")), buttons=entries))


def _mini_program(part: Json) -> Content:
    title = part.get("title") or part["appid"]
    item = _card(title, title, f"{part['appid']}/{part['pagepath']}")
    return Content(item, (MediaRef(part["thumb_media_id"], "thumb", shown=False),))


def _missing(error: VendorError) -> Callable[[Json], Content]:
    def refuse(_: Json) -> Content:
        raise Refused(error)

    return refuse


_CONTENT: Final[dict[str, Callable[[Json], Content]]] = {
    "text": _text,
    "image": _medium("image"),
    "voice": _medium("voice"),
    "video": _video,
    "music": _music,
    "news": _news,
    "mpnews": _missing(errors.MEDIA_ID),
    "mpnewsarticle": _missing(errors.ARTICLE_ID),
    "msgmenu": _msgmenu,
    "wxcard": _missing(errors.CARD_ID),
    "miniprogrampage": _mini_program,
    "link": _link,
}


# --- passive replies --------------------------------------------------------------------------------------------------


class BadReply(ValueError):
    """The answer to a callback is nothing that a person could be shown."""


def parse_reply(fields: Json) -> Content | None:
    """What a passive reply shows; None when it only hands the person over to the agents.

    Raises:
        BadReply: with all mistakes.
    """
    kind = fields.get("MsgType")
    checker = _REPLIES.get(kind) if isinstance(kind, str) else None
    if checker is None:
        raise BadReply("MsgType: no reply of this kind")
    if not checker.accepts(fields):
        raise BadReply(_hint(checker.mistakes(fields)))
    read = _REPLY.get(str(kind))
    return None if read is None else read(fields)


def _reply_text(fields: Json) -> Content:
    try:
        return text_content(fields["Content"])
    except Refused as refused:
        raise BadReply(refused.hint) from None


def _reply_medium(kind: str) -> Callable[[Json], Content]:
    return lambda fields: Content(_item(kind), (MediaRef(fields[kind.capitalize()]["MediaId"], kind),))


def _reply_video(fields: Json) -> Content:
    video = fields["Video"]
    item = _item("video", _lines(video.get("Title"), video.get("Description")))
    return Content(item, (MediaRef(video["MediaId"], "video"),))


def _reply_music(fields: Json) -> Content:
    music = fields["Music"]
    text = _lines(music.get("Title"), music.get("Description"))
    url = music.get("MusicUrl") or music.get("HQMusicUrl") or ""
    media = (MediaRef(music["ThumbMediaId"], "thumb", shown=False),)
    return Content(_card(music.get("Title") or "music", text, url), media)


def _reply_news(fields: Json) -> Content:
    told = fields["Articles"]["item"]
    articles = told if isinstance(told, list) else [told]
    if len(articles) != int(fields["ArticleCount"]):
        raise BadReply(f"ArticleCount: {fields['ArticleCount']}, but there are {len(articles)}")
    text = "\n\n".join(_lines(article["Title"], article["Description"]) for article in articles)
    links = (
        Button(f"open{place}", article["Title"], "url", article["Url"])
        for place, article in enumerate(articles)
        if article["Url"]
    )
    return Content(_item("link", text, buttons=tuple(links)))


_REPLY: Final[dict[str, Callable[[Json], Content]]] = {
    "text": _reply_text,
    "image": _reply_medium("image"),
    "voice": _reply_medium("voice"),
    "video": _reply_video,
    "music": _reply_music,
    "news": _reply_news,
}


# --- callbacks --------------------------------------------------------------------------------------------------------


def accepts_callback(fields: Any) -> bool:
    """True for the fields of a callback that this channel sends, decrypted where need be."""
    kind = fields.get("MsgType") if isinstance(fields, dict) else None
    checker = _CALLBACKS.get(kind) if isinstance(kind, str) else None
    return checker is not None and checker.accepts(fields)


def render_head(original_id: str, openid: str, now: int, kind: str) -> Json:
    """What every callback begins with."""
    return {"ToUserName": original_id, "FromUserName": openid, "CreateTime": now // 1000, "MsgType": kind}


def render_location(place: LocationView) -> Json:
    """A place that a person shares."""
    return {
        "Location_X": Number(f"{place.latitude:.6f}"),
        "Location_Y": Number(f"{place.longitude:.6f}"),
        "Scale": 16,
        "Label": _lines(place.name, place.address).replace("\n", " "),
    }


def render_position(latitude: float, longitude: float) -> Json:
    """Where a person is who lets the account know."""
    return {
        "Latitude": Number(f"{latitude:.6f}"),
        "Longitude": Number(f"{longitude:.6f}"),
        "Precision": Number("30.000000"),
    }
