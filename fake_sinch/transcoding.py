"""Turns rich messages into the texts the vendor sends where a channel cannot render them.

Each channel's dialect is a `Style`, a row; the code only fills it in. Shapes were read from the vendor's
rendered examples (github.com/sinch/docs at a7e241c, channel-support pages, 2021): SMS, WhatsApp, Viber
Business, Viber and Telegram. Other channels publish none and take the plainest, SMS; their rows say so.

Must not know: state, vendors' wires, which kinds a channel renders natively (`fake_sinch.capabilities` does).
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from fake_sinch.capabilities import Channel, KnownBy

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Style:
    """How one channel's texts look."""

    bullet: str
    upper_case_replies: bool
    """Whether the text of a suggested reply is put in capitals."""
    title: str
    """What a card's title becomes; ``{}`` stands for the title."""
    description: str
    spaced: bool
    """Whether blank lines set a card's media link and choices apart."""
    known_by: KnownBy


_PLAIN: Final = Style(
    bullet="> ",
    upper_case_replies=True,
    title="{}",
    description="{}",
    spaced=False,
    known_by=KnownBy.SAMPLE,
)
_MARKED: Final = replace(_PLAIN, title="*{}*", description="_{}_", spaced=True)
_STARRED: Final = replace(_PLAIN, bullet="* ")
_ASSUMED: Final = replace(_PLAIN, known_by=KnownBy.INFERRED)

STYLES: Final[Mapping[Channel, Style]] = {
    Channel.WHATSAPP: _MARKED,
    Channel.MESSENGER: _ASSUMED,
    Channel.INSTAGRAM: _ASSUMED,
    Channel.TELEGRAM: _STARRED,
    # The one sample for Viber bots keeps the reply's case.
    Channel.VIBER: replace(_STARRED, upper_case_replies=False),
    Channel.VIBERBM: _MARKED,
    Channel.LINE: _ASSUMED,
    Channel.WECHAT: _ASSUMED,
    Channel.SMS: _PLAIN,
    Channel.SINCH_CHAT: _ASSUMED,
}

_MAP_LINK: Final = "https://www.google.com/maps/search/?api=1&query={},{}"
_FLOAT32_DIGITS: Final = 9


def float32(value: float) -> float:
    """Return the coordinate as the vendor keeps it: rounded to single precision."""
    (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    return float(rounded)


def coordinate(value: float) -> str:
    """Return the shortest decimal that names the single-precision coordinate, as the vendor prints it."""
    rounded = float32(value)
    for digits in range(1, _FLOAT32_DIGITS + 1):
        text = f"{rounded:.{digits}g}"
        if float32(float(text)) == rounded:
            break
    return f"{Decimal(text):f}"


def map_link(coordinates: Json) -> str:
    """Return the map link to a place."""
    return _MAP_LINK.format(coordinate(coordinates["latitude"]), coordinate(coordinates["longitude"]))


_LEADS_TO: Final[Mapping[str, Callable[[Json], str]]] = {
    "url_message": lambda choice: str(choice.get("url", "")),
    "call_message": lambda choice: str(choice.get("phone_number", "")),
    "location_message": lambda choice: map_link(choice["coordinates"]),
    # No sample shows these two; the link they carry for channels without the feature is the natural text.
    "calendar_message": lambda choice: str(choice.get("fallback_url", "")),
    "share_location_message": lambda choice: str(choice.get("fallback_url", "")),
}
CHOICE_KINDS: Final = ("text_message", *_LEADS_TO)


def location_text(location: Json) -> str:
    """Return a location as text; its label is dropped, as the vendor does."""
    return f"{location.get('title', '')}: {map_link(location['coordinates'])}"


def choice_kind(choice: Json) -> str:
    """Return the key of the one kind a choice has."""
    return next((key for key in CHOICE_KINDS if key in choice), CHOICE_KINDS[0])


def choice_title(choice: Json) -> str:
    """Return the words of a choice, whatever its kind."""
    kind = choice_kind(choice)
    content = choice.get(kind, {})
    return str(content.get("text" if kind == "text_message" else "title", ""))


def destination(choice: Json) -> str:
    """Return where a choice leads: a link, a telephone number, or "" for a reply."""
    kind = choice_kind(choice)
    return _LEADS_TO[kind](choice[kind]) if kind in _LEADS_TO else ""


def bullet_line(choice: Json, style: Style) -> str:
    """Return one choice as its line of the list: a reply's words, or a title and where it leads."""
    kind = choice_kind(choice)
    title = choice_title(choice)
    if kind not in _LEADS_TO:
        return style.bullet + (title.upper() if style.upper_case_replies else title)
    return f"{style.bullet}{title}: {destination(choice)}"


def _bullets(choices: Sequence[Json], style: Style) -> str:
    return "\n".join(bullet_line(choice, style) for choice in choices)


def choice_text(message: Json, style: Style) -> str:
    """Return a choice message as text: the question, a blank line, the choices."""
    question = str(message.get("text_message", {}).get("text", ""))
    return "\n\n".join(part for part in (question, _bullets(message.get("choices", ()), style)) if part)


def card_text(card: Json, style: Style, *, with_media: bool = True, number: int = 0) -> str:
    """Return a card as text; ``with_media=False`` for a caption, ``number`` for its place in a carousel."""
    head = []
    if title := card.get("title"):
        head.append(style.title.format(title))
    if description := card.get("description"):
        head.append(style.description.format(description))
    if number:
        head[:1] = [f"{number}. {head[0] if head else ''}".rstrip()]
    blocks = ["\n".join(head)]
    if with_media and (url := card.get("media_message", {}).get("url")):
        blocks.append(str(url))
    blocks.append(_bullets(card.get("choices", ()), style))
    return ("\n\n" if style.spaced else "\n").join(block for block in blocks if block)


def carousel_text(carousel: Json, style: Style) -> str:
    """Return a carousel as text: numbered cards, then the outer choices, apart by blank lines."""
    cards = [card_text(card, style, number=n) for n, card in enumerate(carousel.get("cards", ()), 1)]
    outer = _bullets(carousel.get("choices", ()), style)
    return "\n\n".join([*cards, outer] if outer else cards)


def contact_text(contact: Json) -> str:
    """Return a contact's name, numbers and addresses, one a line (no sample shows the vendor's own form)."""
    lines = [contact.get("name", {}).get("full_name", "")]
    lines += [phone.get("phone_number", "") for phone in contact.get("phone_numbers", ())]
    lines += [mail.get("email_address", "") for mail in contact.get("email_addresses", ())]
    lines += [url.get("url", "") for url in contact.get("urls", ())]
    return "\n".join(line for line in lines if line)


def media_text(media: Json) -> str:
    """Return media as the link to it."""
    return str(media.get("url", ""))


def substitute(template: str, parameters: Mapping[str, str]) -> str:
    """Fill ``${name}`` places in; unknown names stay as they are."""
    for name, value in parameters.items():
        template = template.replace(f"${{{name}}}", value)
    return template
