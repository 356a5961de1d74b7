"""What control APIs take about phones and clocks, as types: msgspec checks bodies with them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from fake_channels.core import handset as acts
from fake_channels.core.control.gallery import SAMPLES, sample
from fake_channels.core.instants import from_rfc3339, parse_duration

Text: TypeAlias = Annotated[str, Meta(max_length=100_000)]
Name: TypeAlias = Annotated[str, Meta(max_length=200)]
Latitude: TypeAlias = Annotated[float, Meta(ge=-90, le=90)]
Longitude: TypeAlias = Annotated[float, Meta(ge=-180, le=180)]

_MEDIA_BASE64_MAX = 150_000_000


class Invalid(ValueError):
    """The body is well-formed but says something that cannot be; the message says what."""


class File(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the person's: a built-in `sample` by media type, or `data_base64` with `name` and `mime`."""

    sample: str = ""
    name: Name = ""
    mime: Annotated[str, Meta(max_length=200)] = ""
    data_base64: Annotated[str, Meta(max_length=_MEDIA_BASE64_MAX)] = ""

    def resolve(self, default: str) -> tuple[bytes, str, str]:
        """Bytes, type and name; a file that names nothing is the sample of type `default`."""
        if self.data_base64:
            try:
                data = base64.b64decode(self.data_base64, validate=True)
            except ValueError:
                raise Invalid("media.data_base64 is not standard base64") from None
            return data, self.mime or default, self.name or "file"
        wanted = self.sample or default
        if wanted not in SAMPLES:
            raise Invalid(
                f"media.sample: there is no sample of type {wanted!r}; there are {', '.join(sorted(SAMPLES))}"
            )
        data, name = sample(wanted)
        return data, self.mime or wanted, self.name or name


class _SendFile(Struct, frozen=True, tag_field="action", forbid_unknown_fields=True, kw_only=True):
    media: File = File()
    caption: Text = ""
    reply_to: Name = ""


class SendImage(_SendFile, frozen=True, tag="send_image"):
    """Send a picture."""


class SendVideo(_SendFile, frozen=True, tag="send_video"):
    """Send a film."""


class SendAudio(_SendFile, frozen=True, tag="send_audio"):
    """Send an audio file."""


class SendVoiceNote(_SendFile, frozen=True, tag="send_voice_note"):
    """Record and send a voice note."""


class SendDocument(_SendFile, frozen=True, tag="send_document"):
    """Send a document."""


class SendSticker(_SendFile, frozen=True, tag="send_sticker"):
    """Send a sticker."""


class _Plain(Struct, frozen=True, tag_field="action", forbid_unknown_fields=True, kw_only=True):
    """An action that is the core's own."""


class SendLocation(_Plain, frozen=True, tag="send_location"):
    """Share a place."""

    latitude: Latitude
    longitude: Longitude
    name: Name = ""
    address: Name = ""


PhoneAction: TypeAlias = (
    acts.SendText
    | SendImage
    | SendVideo
    | SendAudio
    | SendVoiceNote
    | SendDocument
    | SendSticker
    | SendLocation
    | acts.SendContact
    | acts.SendUnsupported
    | acts.Tap
    | acts.Read
    | acts.Type
    | acts.Block
    | acts.Unblock
    | acts.OptIn
    | acts.OptOut
    | acts.Rename
    | acts.GoOffline
    | acts.ComeBack
    | acts.React
    | acts.Edit
    | acts.Delete
    | acts.TapMenu
    | acts.ReplyToStory
    | acts.MentionInStory
)

ACTIONS: Final[Mapping[str, type[Struct]]] = {str(kind.__struct_config__.tag): kind for kind in get_args(PhoneAction)}
"""By what a call writes as `action`."""


def listed_actions() -> list[dict[str, object]]:
    """Every action with what it does and its fields, for people."""
    return [
        {
            "action": name,
            "does": (kind.__doc__ or "").partition("\n")[0],
            "needs": [field.name for field in msgspec.structs.fields(kind) if field.required],
            "may_have": [field.name for field in msgspec.structs.fields(kind) if not field.required],
        }
        for name, kind in ACTIONS.items()
    ]


_KINDS: dict[type, tuple[Literal["image", "video", "audio", "voice", "document", "sticker"], str]] = {
    SendImage: ("image", "image/jpeg"),
    SendVideo: ("video", "video/mp4"),
    SendAudio: ("audio", "audio/mpeg"),
    SendVoiceNote: ("voice", "audio/ogg"),
    SendDocument: ("document", "application/pdf"),
    SendSticker: ("sticker", "image/webp"),
}


def to_core(action: PhoneAction, own: Mapping[str, str]) -> acts.Action:
    """The core's action that a control call means; `own` has the media types that the channel's app makes itself."""
    if isinstance(action, _SendFile):
        kind, usual = _KINDS[type(action)]
        data, mime, name = action.media.resolve(own.get(kind, usual))
        return acts.SendMedia(
            kind=kind, data=data, mime=mime, name=name, caption=action.caption, reply_to=action.reply_to
        )
    if isinstance(action, SendLocation):
        return acts.SendLocation(
            latitude=action.latitude, longitude=action.longitude, name=action.name, address=action.address
        )
    return action


class CreateCustomer(Struct, frozen=True, forbid_unknown_fields=True):
    """A new person; without a name one is invented, null makes somebody without display name."""

    name: Name | UnsetType | None = UNSET
    locale: Annotated[str, Meta(max_length=40)] = ""
    channels: list[str] = []


class Advance(Struct, frozen=True, forbid_unknown_fields=True):
    """How far to move the clock: exactly one of the three."""

    by: str = ""
    """A duration such as `24h1m`."""
    seconds: Annotated[float, Meta(ge=0, le=3_153_600_000)] | UnsetType = UNSET
    to: str = ""
    """An RFC 3339 time."""

    def target(self, now: int) -> int:
        """The instant that is meant, which may be one that no clock reads.

        Raises:
            Invalid: not exactly one is given, or what is given names no time.
        """
        given = [bool(self.by), isinstance(self.seconds, float | int), bool(self.to)]
        if sum(given) != 1:
            raise Invalid("give exactly one of by, seconds and to")
        try:
            if self.by:
                return now + parse_duration(self.by)
            if self.to:
                return from_rfc3339(self.to)
        except ValueError as error:
            raise Invalid(str(error)) from None
        return now + round((self.seconds if isinstance(self.seconds, float | int) else 0) * 1_000)


def _which(wrong: str, kind: object) -> str:
    """The actions there are, for whoever named none of them."""
    unnamed = wrong.endswith(("at `$.action`", "required field `action`"))
    return f"; the actions are {', '.join(ACTIONS)}" if kind is PhoneAction and unnamed else ""


def decode(body: bytes, kind: type[msgspec.Struct] | object) -> object:
    """The body as `kind`; an empty body is an empty object.

    Raises:
        Invalid: with what is wrong and where.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except UnicodeDecodeError:
        raise Invalid("the body is not UTF-8") from None
    except msgspec.ValidationError as error:
        raise Invalid(f"{error}{_which(str(error), kind)}") from None
    except msgspec.DecodeError as error:
        raise Invalid(f"the body is not valid JSON: {error}") from None
    except RecursionError:
        raise Invalid("the body is nested too deep") from None
