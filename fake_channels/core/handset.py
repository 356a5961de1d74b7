"""The person's side: a handset with a screen, and the actions a person can take on it.

One handset is one channel identity. Feature steps, the control API and the browser page all drive these same objects.
What a channel lacks is simply absent from its phone: the action is then `Impossible`, with a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec

Author: TypeAlias = Literal["customer", "business", "system"]
State: TypeAlias = Literal["sending", "sent", "delivered", "read", "failed"]
ButtonKind: TypeAlias = Literal["reply", "url", "call", "row", "contact", "location"]

DEFAULT_SCREEN_CAP = 1_000

T = TypeVar("T")


class Impossible(Exception):
    """The person asks what this phone cannot do; the message says why."""


class MediaView(msgspec.Struct, frozen=True, gc=False):
    """A file as the screen shows it; the bytes lie in the handset's own store under `id`."""

    id: str
    mime: str
    name: str
    bytes: int
    sha256: str


class LocationView(msgspec.Struct, frozen=True, gc=False):
    """A place on the screen."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Button(msgspec.Struct, frozen=True, gc=False):
    """Something to tap. `kind` says what a tap does; only some kinds tell the business."""

    id: str
    title: str
    kind: ButtonKind = "reply"
    value: str = ""


class Item(msgspec.Struct, kw_only=True, gc=False):
    """One thing on the screen, in the order the person sees it."""

    id: str
    at: int
    author: Author
    kind: str
    text: str = ""
    media: MediaView | None = None
    location: LocationView | None = None
    buttons: tuple[Button, ...] = ()
    state: State = "sent"
    reply_to: str = ""
    problem: str = ""
    vendor: dict[str, str] = {}
    """What the channel itself must remember about this message."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds the phones. `name` is None for somebody who shows no display name."""

    id: str
    name: str | None
    username: str
    locale: str
    msisdn: str
    """E.164 digits without a plus sign, from a range reserved for fiction."""

    @property
    def first_name(self) -> str:
        """The first word of the name; empty for the nameless."""
        return (self.name or "").partition(" ")[0]

    @property
    def last_name(self) -> str:
        """All but the first word of the name."""
        return (self.name or "").partition(" ")[2]


class Handset(msgspec.Struct, kw_only=True):
    """One person's app on one channel."""

    identity: str
    person: Person
    name: str | None
    online: bool = True
    blocked: bool = False
    opted_in: bool = True
    typing: bool = False
    """The phone shows that the business is typing."""
    version: int = 0
    screen: list[Item] = []
    waiting: list[Item] = []
    """Messages that reached the vendor while the phone was offline."""
    media: dict[str, bytes] = {}
    cap: int = DEFAULT_SCREEN_CAP

    def show(self, item: Item) -> Item:
        """Put `item` on the screen, dropping the oldest beyond the cap."""
        self.screen.append(item)
        self.version += 1
        while len(self.screen) > self.cap:
            gone = self.screen.pop(0)
            if gone.media is not None:
                self.media.pop(gone.media.id, None)
        return item

    def find(self, item_id: str) -> Item:
        """The item on the screen with this id.

        Raises:
            Impossible: nothing with this id was ever shown.
        """
        item = self.shown(item_id)
        if item is None:
            raise Impossible(f"nothing with id {item_id!r} is on this screen")
        return item

    def shown(self, item_id: str) -> Item | None:
        """The latest item with this id; None when the screen has none, or none any more."""
        return next((item for item in reversed(self.screen) if item.id == item_id), None)

    def read_all(self) -> list[Item]:
        """Read whatever of the business was delivered; returns what that was, oldest first."""
        unread = [item for item in self.screen if item.author == "business" and item.state == "delivered"]
        for item in unread:
            item.state = "read"
        return unread

    def reconnect(self) -> list[Item]:
        """Find the network again; returns what waited, oldest first: it arrives now."""
        self.online = True
        waiting, self.waiting = self.waiting, []
        return waiting

    def keep(self, media_id: str, data: bytes, mime: str, name: str, digest: str) -> MediaView:
        """Store a file that the phone downloaded and describe it."""
        self.media[media_id] = data
        return MediaView(media_id, mime, name, len(data), digest)

    def changed(self) -> None:
        """Note that something visible changed."""
        self.version += 1


class _Action(msgspec.Struct, tag_field="action", forbid_unknown_fields=True, kw_only=True):
    """What a person does."""


class SendText(_Action, tag="send_text"):
    """Type and send."""

    text: str
    reply_to: str = ""


class SendMedia(_Action, tag="send_media"):
    """Send a file; `kind` is how the person sends it, for instance `voice` for a recorded note."""

    kind: Literal["image", "video", "audio", "voice", "document", "sticker"]
    data: bytes
    mime: str
    name: str
    caption: str = ""
    reply_to: str = ""


class SendLocation(_Action, tag="send_location"):
    """Share a place."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class SendContact(_Action, tag="send_contact"):
    """Share somebody's card."""

    name: str
    phone: str


class SendUnsupported(_Action, tag="send_unsupported"):
    """Send something that the business API cannot carry, such as a poll."""

    type: str = "poll"


class Tap(_Action, tag="tap"):
    """Tap a button, by its id or title, of an item on the screen."""

    item: str
    button: str


class Read(_Action, tag="read"):
    """Open the chat: everything the business sent is read."""


class Type(_Action, tag="type"):
    """Start to type without sending."""


class Block(_Action, tag="block"):
    """Block the business."""


class Unblock(_Action, tag="unblock"):
    """Take the block back."""


class OptIn(_Action, tag="opt_in"):
    """Agree to be written to, in the channel's own way; `payload` is what a deep link carried."""

    payload: str = ""


class OptOut(_Action, tag="opt_out"):
    """Ask not to be written to, in the channel's own way."""


class Rename(_Action, tag="rename"):
    """Change the display name."""

    name: str | None


class GoOffline(_Action, tag="go_offline"):
    """Lose the network."""


class ComeBack(_Action, tag="come_back"):
    """Find the network again: what waited arrives now."""


class React(_Action, tag="react"):
    """React to a message with an emoji; an empty one takes the reaction back."""

    item: str
    emoji: str


class Edit(_Action, tag="edit"):
    """Change the text of a message that was sent."""

    item: str
    text: str


class Delete(_Action, tag="delete"):
    """Take a message back, for everybody."""

    item: str


class TapMenu(_Action, tag="tap_menu"):
    """Tap an entry of the menu that is always there, by its id or title."""

    entry: str


class ReplyToStory(_Action, tag="reply_to_story"):
    """Answer a story of the business."""

    text: str
    story: str = "story"


class MentionInStory(_Action, tag="mention_in_story"):
    """Mention the business in a story of one's own."""


Action: TypeAlias = (
    SendText
    | SendMedia
    | SendLocation
    | SendContact
    | SendUnsupported
    | Tap
    | Read
    | Type
    | Block
    | Unblock
    | OptIn
    | OptOut
    | Rename
    | GoOffline
    | ComeBack
    | React
    | Edit
    | Delete
    | TapMenu
    | ReplyToStory
    | MentionInStory
)

_WORKS_OFFLINE: Final = (ComeBack, GoOffline)


def choose(table: Mapping[type, T], handset: Handset, action: Action, why_not: Mapping[type, str], app: str) -> T:
    """What performs `action` on this phone.

    Raises:
        Impossible: the app does not offer it, or the phone is offline.
    """
    found = table.get(type(action))
    if found is None:
        raise Impossible(why_not.get(type(action), f"{app} offers no {action.__struct_config__.tag}"))
    if not handset.online and not isinstance(action, _WORKS_OFFLINE):
        raise Impossible("the phone is offline: come back first")
    return found


def find_button(item: Item, wanted: str) -> Button:
    """The button of `item` with this id or title.

    Raises:
        Impossible: the item never showed such a button.
    """
    for button in item.buttons:
        if wanted in {button.id, button.title}:
            return button
    shown = ", ".join(repr(button.title) for button in item.buttons) or "no buttons"
    raise Impossible(f"this message has no button {wanted!r}; it shows {shown}")


def item_document(item: Item, number: int) -> dict[str, Any]:
    """An item as the control API gives it."""
    document: dict[str, Any] = msgspec.to_builtins(item)
    document.pop("vendor")
    return {"n": number, **document}
