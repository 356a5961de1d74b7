"""The shapes in which channels take choices and cards natively: rows of conditions, all of which must hold.

A kind that the capability rows call native has, on some channels, conditions on its content. What meets
none of the forms of its row is transcoded. Sources stand with the rows. Must not know: how anything is
rendered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fake_sinch.capabilities import Channel, Kind
from fake_sinch.mediatypes import Family
from fake_sinch.parts import Button

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """What the conditions look at."""

    words: str
    """The question of a choice message; title and description of a card."""
    buttons: Sequence[Button]
    media: Family | None


Condition: TypeAlias = Callable[[Content], bool]


@dataclass(frozen=True, slots=True)
class Form:
    """One native shape and its conditions."""

    name: str
    conditions: tuple[Condition, ...]


def _kinds(*kinds: str) -> Condition:
    return lambda content: all(button.kind in kinds for button in content.buttons)


def _count(least: int, most: int) -> Condition:
    return lambda content: least <= len(content.buttons) <= most


def _titles(most: int) -> Condition:
    return lambda content: all(len(button.title) <= most for button in content.buttons)


def _words(most: int) -> Condition:
    return lambda content: 0 < len(content.words) <= most


def _media(*families: Family | None) -> Condition:
    return lambda content: content.media in families


def _unique_titles(content: Content) -> bool:
    return len({button.title for button in content.buttons}) == len(content.buttons)


def _postbacks(most: int) -> Condition:
    return lambda content: all(len(button.postback) <= most for button in content.buttons)


def _no_markdown(content: Content) -> bool:
    return not any(mark in button.title for button in content.buttons for mark in "*_~`")


_REPLY: Final = "text_message"
_URL: Final = "url_message"
_CALL: Final = "call_message"
_PLACE: Final = "location_message"

_WHATSAPP_REPLIES: Final = (
    # developers.sinch.com/docs/conversation/channel-support/whatsapp/message-support
    _count(1, 3),
    _kinds(_REPLY),
    _words(1024),
    _titles(20),
    _unique_titles,
    _no_markdown,
    _postbacks(229),
)
_WHATSAPP_LINK: Final = (_count(1, 1), _kinds(_URL), _words(1024), _titles(20))
_VIBER_BUTTON: Final = (_count(1, 1), _kinds(_URL, _CALL, _PLACE))
_TELEGRAM_KEYBOARD: Final = (
    # A button opens a link or calls back, it cannot dial: InlineKeyboardButton of the Bot API,
    # https://core.telegram.org/bots/api
    _count(1, 10),
    _kinds(_REPLY, _URL, _PLACE),
)

FORMS: Final[Mapping[tuple[Channel, Kind], tuple[Form, ...]]] = {
    (Channel.WHATSAPP, Kind.CHOICE): (
        Form("reply buttons", _WHATSAPP_REPLIES),
        Form("link button", _WHATSAPP_LINK),
    ),
    (Channel.WHATSAPP, Kind.CARD): (
        Form(
            "reply buttons under a header",
            (*_WHATSAPP_REPLIES, _media(None, Family.IMAGE, Family.VIDEO, Family.DOCUMENT)),
        ),
        Form("link button under a header", (*_WHATSAPP_LINK, _media(None, Family.IMAGE, Family.VIDEO))),
    ),
    (Channel.TELEGRAM, Kind.CHOICE): (Form("inline keyboard", (*_TELEGRAM_KEYBOARD, _words(4096))),),
    (Channel.TELEGRAM, Kind.CARD): (
        Form("inline keyboard under media", (*_TELEGRAM_KEYBOARD, _words(1024))),
        Form("media with caption", (_count(0, 0), _words(1024))),
    ),
    (Channel.VIBERBM, Kind.CHOICE): (Form("one button", (*_VIBER_BUTTON, _words(1000))),),
    (Channel.VIBERBM, Kind.CARD): (Form("picture and one button", (*_VIBER_BUTTON, _media(Family.IMAGE))),),
    (Channel.MESSENGER, Kind.CHOICE): (
        # developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
        Form("quick replies", (_count(1, 13), _kinds(_REPLY), _words(2000), _titles(20))),
        Form("button template", (_count(1, 3), _kinds(_REPLY, _URL, _CALL, _PLACE), _words(640), _titles(20))),
    ),
    (Channel.MESSENGER, Kind.CARD): (
        Form("generic template", (_count(0, 3), _kinds(_REPLY, _URL, _CALL, _PLACE), _titles(20))),
    ),
    (Channel.INSTAGRAM, Kind.CHOICE): (
        Form("quick replies", (_count(1, 13), _kinds(_REPLY), _words(1000), _titles(20))),
    ),
    (Channel.INSTAGRAM, Kind.CARD): (Form("generic template", (_count(0, 3), _kinds(_REPLY, _URL), _titles(20))),),
}
"""Conditions by channel and kind. A native kind without a row has no conditions."""


def _content(kind: Kind, message: Json, buttons: Sequence[Button], media: Family | None) -> Content:
    if kind is Kind.CHOICE:
        return Content(str(message.get("text_message", {}).get("text", "")), buttons, media)
    words = "\n".join(str(message[key]) for key in ("title", "description") if message.get(key))
    return Content(words, buttons, media)


def is_native(channel: Channel, kind: Kind, message: Json, buttons: Sequence[Button], media: Family | None) -> bool:
    """Tell whether the content meets one of the channel's forms for its kind."""
    forms = FORMS.get((channel, kind))
    if forms is None:
        return True
    content = _content(kind, message, buttons, media)
    return any(all(holds(content) for holds in form.conditions) for form in forms)
