"""What a channel is asked to render: a message after planning, in shapes every adapter understands.

Must not know: channels, vendors' wires, AppMessages.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct, field

from fake_sinch.reasons import Reason


class Button(Struct, frozen=True):
    """One thing to tap."""

    kind: str
    """The choice's key on the wire, e.g. ``text_message`` or ``url_message``."""
    title: str
    value: str = ""
    """Where it leads: a link, a telephone number, or "" for a reply."""
    postback: str = ""
    """What the answer carries back; never empty for replies."""
    description: str = ""


class TextPart(Struct, frozen=True, tag="text"):
    """Words."""

    text: str


class MediaPart(Struct, frozen=True, tag="media"):
    """A file at a link."""

    url: str
    mime: str
    """The media type; "" when neither the name nor the file's server told."""
    caption: str = ""
    filename: str = ""
    thumbnail: str = ""


class ChoicePart(Struct, frozen=True, tag="choice"):
    """A text with buttons; a card is one with a title and perhaps media."""

    text: str
    buttons: tuple[Button, ...]
    media: MediaPart | None = None
    header: str = ""
    footer: str = ""
    title: str = ""
    description: str = ""


class CarouselPart(Struct, frozen=True, tag="carousel"):
    """Cards side by side."""

    cards: tuple[ChoicePart, ...]
    buttons: tuple[Button, ...] = ()


class LocationPart(Struct, frozen=True, tag="location"):
    """A place; coordinates are already the single-precision decimals that the vendor sends."""

    title: str
    label: str
    latitude: str
    longitude: str


class ListSection(Struct, frozen=True):
    """A titled group of a list."""

    title: str
    rows: tuple[Button, ...] = ()
    products: tuple[str, ...] = ()


class ListPart(Struct, frozen=True, tag="list"):
    """A menu that opens."""

    title: str
    description: str
    sections: tuple[ListSection, ...]
    menu: str = ""
    catalog_id: str = ""
    header: str = ""


class ContactPart(Struct, frozen=True, tag="contact"):
    """A contact card, in the Conversation API's own fields."""

    contact: Mapping[str, Any]


class TemplatePart(Struct, frozen=True, tag="template"):
    """A template that the channel itself keeps."""

    template_id: str
    language_code: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class SpecificPart(Struct, frozen=True, tag="specific"):
    """A message of a kind that only one channel has."""

    message_type: str
    message: Mapping[str, Any]


class RawPart(Struct, frozen=True, tag="raw"):
    """The channel's own JSON, as the caller wrote it; ``{{to}}`` stands for the recipient."""

    body: str


Part: TypeAlias = (
    TextPart
    | MediaPart
    | ChoicePart
    | CarouselPart
    | LocationPart
    | ListPart
    | ContactPart
    | TemplatePart
    | SpecificPart
    | RawPart
)


class Plan(Struct, frozen=True):
    """The parts of one message for one channel, to be sent in this order under one message id."""

    parts: tuple[Part, ...]

    def undetermined_media(self) -> str:
        """Return the first link whose media type must still be asked for, or ""."""
        for part in self.parts:
            media = part if isinstance(part, MediaPart) else getattr(part, "media", None)
            if media is not None and not media.mime:
                return str(media.url)
        return ""


class Refused(Struct, frozen=True):
    """The channel cannot take this message."""

    reason: Reason
