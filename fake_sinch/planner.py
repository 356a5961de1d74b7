"""Decides what a channel is asked to render: one planner for all channels, driven by the capability rows.

`plan` takes an AppMessage and a channel and returns the parts to send, or the reason why the channel
cannot. It is also what `messages:transcode` shows. Which precedence holds between a channel's own entries
and the generic kind is not documented; here the more particular one wins.

Must not know: state, vendors' wires, recipients.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from fake_sinch import transcoding
from fake_sinch.capabilities import Capability, Channel, Kind, Overflow, Support, capability
from fake_sinch.forms import is_native
from fake_sinch.mediatypes import Family, family, guess
from fake_sinch.parts import (
    Button,
    CarouselPart,
    ChoicePart,
    ContactPart,
    ListPart,
    ListSection,
    LocationPart,
    MediaPart,
    Part,
    Plan,
    RawPart,
    Refused,
    SpecificPart,
    TemplatePart,
    TextPart,
)
from fake_sinch.reasons import Reason, ReasonCode

Json = Mapping[str, Any]
Templates: TypeAlias = Callable[[Json], Json | Reason]
"""Looks an omni-template reference up: the AppMessage kind it stands for, parameters not yet filled in."""


_KINDS: Final = tuple(Kind)


def _no_templates(reference: Json) -> Reason:
    return Reason(ReasonCode.TEMPLATE_NOT_FOUND, f"There is no template {reference.get('template_id', '')!r}")


@dataclass(frozen=True, slots=True)
class Planner:
    """What planning needs to know beside the message."""

    channel: Channel
    message_id: str
    media_types: Mapping[str, str] = field(default_factory=dict)
    """Media types that the files' own servers told, by link."""
    templates: Templates = _no_templates

    def plan(self, message: Json) -> Plan | Refused:
        """Return the parts of the message, or why the channel cannot take it."""
        if (raw := message.get("explicit_channel_message", {}).get(self.channel)) is not None:
            return Plan((RawPart(str(raw)),))
        if (specific := message.get("channel_specific_message", {}).get(self.channel)) is not None:
            return Plan((SpecificPart(str(specific.get("message_type", "")), specific.get("message", {})),))
        if (omni := message.get("explicit_channel_omni_message", {}).get(self.channel)) is not None:
            message = _omni_override(omni)
        kind = next((kind for kind in _KINDS if kind in message), None)
        if kind is None:
            return _refuse(ReasonCode.BAD_REQUEST, "The message has no content for this channel")
        if kind is Kind.TEMPLATE:
            return self._template(message[kind])
        row = capability(self.channel, kind)
        if row.support is Support.UNSUPPORTED:
            return _refuse(row.error, f"{self.channel} does not support {kind}")
        return _within_caps(self._parts(kind, message[kind], row), self.channel)

    def _parts(self, kind: Kind, content: Json, row: Capability) -> tuple[Part, ...]:
        if row.support is Support.NATIVE and is_native(
            self.channel, kind, content, self.buttons(content.get("choices", ())), self._family(content)
        ):
            return _NATIVE[kind](self, content)
        if kind is Kind.CARD and self._captions_cards(content):
            media = self.media(content["media_message"])
            caption = transcoding.card_text(content, self.style, with_media=False)
            if len(caption) > _CAPTION_CHARS:
                return (media, TextPart(caption))
            return (replace(media, caption=caption),)
        if row.becomes is Kind.CHOICE and row.becomes is not kind:
            return (_place_as_choice(content),)
        return (TextPart(_TEXT[kind](content, self.style)),)

    @property
    def style(self) -> transcoding.Style:
        """The dialect of this channel's texts."""
        return transcoding.STYLES[self.channel]

    def _captions_cards(self, content: Json) -> bool:
        """Tell whether a card that is not native goes as its media with the rest as the caption."""
        return self.channel in _CAPTIONED and self._family(content) in _CAPTIONED[self.channel]

    def _family(self, content: Json) -> Family | None:
        media = content.get("media_message")
        return None if not media else family(self._mime(media))

    def _mime(self, media: Json) -> str:
        url = str(media.get("url", ""))
        return guess(str(media.get("filename_override", ""))) or guess(url) or self.media_types.get(url, "")

    def media(self, media: Json) -> MediaPart:
        """Return media as a part, its type taken from its name or from what its server told."""
        return MediaPart(
            url=str(media.get("url", "")),
            mime=self._mime(media),
            filename=str(media.get("filename_override") or ""),
            thumbnail=str(media.get("thumbnail_url") or ""),
        )

    def buttons(self, choices: Iterable[Json]) -> tuple[Button, ...]:
        """Return choices as buttons, default postbacks filled in."""
        return tuple(button(choice, self.message_id) for choice in choices)

    def _template(self, template: Json) -> Plan | Refused:
        own = template.get("channel_template", {}).get(self.channel)
        if own is not None and capability(self.channel, Kind.TEMPLATE).support is Support.NATIVE:
            return Plan(
                (
                    TemplatePart(
                        template_id=str(own.get("template_id", "")),
                        language_code=str(own.get("language_code", "")),
                        parameters={str(key): str(value) for key, value in own.get("parameters", {}).items()},
                    ),
                )
            )
        reference = template.get("omni_template")
        if reference is None:
            return _refuse(ReasonCode.TEMPLATE_NOT_FOUND, f"The message has no template for {self.channel}")
        found = self.templates(reference)
        if isinstance(found, Reason):
            return Refused(found)
        return self.plan(_filled_in(found, reference.get("parameters", {})))


def plan(
    message: Json,
    channel: Channel,
    *,
    message_id: str,
    media_types: Mapping[str, str] | None = None,
    templates: Templates = _no_templates,
) -> Plan | Refused:
    """Return the parts to send for a message on a channel, or the reason why the channel cannot take it."""
    return Planner(channel, message_id, media_types or {}, templates).plan(message)


def button(choice: Json, message_id: str) -> Button:
    """Return a choice as a button; a missing postback is the message's id and the choice's words."""
    kind = transcoding.choice_kind(choice)
    title = transcoding.choice_title(choice)
    leads_to = transcoding.destination(choice)
    postback = str(choice.get("postback_data") or f"{message_id}_{title}")
    return Button(kind=kind, title=title, value=leads_to, postback=postback)


# ------------------------------------------------------------------------------------- native kinds


def _text(_: Planner, content: Json) -> tuple[Part, ...]:
    return (TextPart(str(content.get("text", ""))),)


def _media_parts(planner: Planner, content: Json) -> tuple[Part, ...]:
    return (planner.media(content),)


def _choice(planner: Planner, content: Json) -> tuple[Part, ...]:
    return (
        ChoicePart(
            text=str(content.get("text_message", {}).get("text", "")),
            buttons=planner.buttons(content.get("choices", ())),
            footer=str(content.get("message_properties", {}).get("whatsapp_footer") or ""),
        ),
    )


def _card(planner: Planner, content: Json) -> ChoicePart:
    words = {**content, "choices": ()}
    media = content.get("media_message")
    return ChoicePart(
        text=transcoding.card_text(words, planner.style, with_media=False),
        buttons=planner.buttons(content.get("choices", ())),
        media=planner.media(media) if media else None,
        header=str(content.get("message_properties", {}).get("whatsapp_header") or ""),
        title=str(content.get("title", "")),
        description=str(content.get("description", "")),
    )


def _carousel(planner: Planner, content: Json) -> tuple[Part, ...]:
    cards = tuple(_card(planner, card) for card in content.get("cards", ()))
    return (CarouselPart(cards, planner.buttons(content.get("choices", ()))),)


def _location(_: Planner, content: Json) -> tuple[Part, ...]:
    coordinates = content["coordinates"]
    return (
        LocationPart(
            title=str(content.get("title", "")),
            label=str(content.get("label", "")),
            latitude=transcoding.coordinate(coordinates["latitude"]),
            longitude=transcoding.coordinate(coordinates["longitude"]),
        ),
    )


def _list(planner: Planner, content: Json) -> tuple[Part, ...]:
    properties = content.get("message_properties", {})
    return (
        ListPart(
            title=str(content.get("title", "")),
            description=str(content.get("description", "")),
            sections=tuple(_section(planner, section) for section in content.get("sections", ())),
            menu=str(properties.get("menu") or ""),
            catalog_id=str(properties.get("catalog_id") or ""),
            header=str(properties.get("whatsapp_header") or ""),
        ),
    )


def _section(planner: Planner, section: Json) -> ListSection:
    items: Sequence[Json] = section.get("items", ())
    rows = [item["choice"] for item in items if "choice" in item]
    products = [item["product"] for item in items if "product" in item]
    return ListSection(
        title=str(section.get("title", "")),
        rows=tuple(
            Button(
                kind="text_message",
                title=str(row.get("title", "")),
                postback=str(row.get("postback_data") or f"{planner.message_id}_{row.get('title', '')}"),
                description=str(row.get("description", "")),
            )
            for row in rows
        ),
        products=tuple(str(product.get("id", "")) for product in products),
    )


def _contact(_: Planner, content: Json) -> tuple[Part, ...]:
    return (ContactPart(content),)


_NATIVE: Final[Mapping[Kind, Callable[[Planner, Json], tuple[Part, ...]]]] = {
    Kind.TEXT: _text,
    Kind.MEDIA: _media_parts,
    Kind.CHOICE: _choice,
    Kind.CARD: lambda planner, content: (_card(planner, content),),
    Kind.CAROUSEL: _carousel,
    Kind.LOCATION: _location,
    Kind.LIST: _list,
    Kind.CONTACT_INFO: _contact,
}

# ------------------------------------------------------------------------------------ kinds as text

_TEXT: Final[Mapping[Kind, Callable[[Json, transcoding.Style], str]]] = {
    Kind.TEXT: lambda content, _: str(content.get("text", "")),
    Kind.MEDIA: lambda content, _: transcoding.media_text(content),
    Kind.CHOICE: transcoding.choice_text,
    Kind.CARD: transcoding.card_text,
    Kind.CAROUSEL: transcoding.carousel_text,
    Kind.LOCATION: lambda content, _: transcoding.location_text(content),
    Kind.CONTACT_INFO: lambda content, _: transcoding.contact_text(content),
}

_CAPTION_CHARS: Final = 1024
"""The longest caption; longer words follow their media as a text of their own (inferred)."""
_CAPTIONED: Final[Mapping[Channel, frozenset[Family]]] = {
    # A card that WhatsApp cannot take whole is sent as its picture or film with the words as caption; other
    # media become a link in the text: the channel page for WhatsApp, "Media support in CardMessage".
    Channel.WHATSAPP: frozenset({Family.IMAGE, Family.VIDEO}),
}


def _place_as_choice(content: Json) -> Part:
    title, label = str(content.get("title", "")), str(content.get("label", ""))
    link = transcoding.map_link(content["coordinates"])
    return ChoicePart(text=title, buttons=(Button("url_message", label or title, link, label or title),))


# ------------------------------------------------------------------------------------------- limits


def _within_caps(parts: tuple[Part, ...], channel: Channel) -> Plan | Refused:
    row = capability(channel, Kind.TEXT)
    kept: list[Part] = []
    for part in parts:
        if not isinstance(part, TextPart) or row.cap is None or len(part.text) <= row.cap:
            kept.append(part)
        elif row.overflow is Overflow.TRUNCATED:
            kept.append(TextPart(part.text[: row.cap]))
        else:
            return _refuse(row.error, f"The text has {len(part.text)} characters, {channel} takes {row.cap}")
    return Plan(tuple(kept))


def _refuse(code: ReasonCode, description: str) -> Refused:
    return Refused(Reason(code, description))


def _omni_override(omni: Json) -> Json:
    if "template_reference" in omni:
        return {"template_message": {"omni_template": omni["template_reference"]}}
    return omni


def _filled_in(message: Any, parameters: Mapping[str, str]) -> Any:
    if isinstance(message, str):
        return transcoding.substitute(message, parameters)
    if isinstance(message, Mapping):
        return {key: _filled_in(value, parameters) for key, value in message.items()}
    if isinstance(message, list):
        return [_filled_in(value, parameters) for value in message]
    return message
