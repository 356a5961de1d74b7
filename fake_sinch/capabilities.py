"""What each channel does with each kind of message: one row per kind and channel, as data.

The planner, the capability matrix of the report and the Examples of the features read these rows; nothing
else may decide by a channel's name what becomes of a message. Must not know: messages, state, vendors'
wires.

The rows follow the vendor's newest table (developers.sinch.com/docs/conversation/message-types); where the
pages of single channels say more, the page is the row's source. Viber bots left the newest table: their
rows are the channel page of 2021. Where nothing is written the row says ``INFERRED``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from fake_sinch.reasons import ReasonCode


class Channel(StrEnum):
    """The channels of the lab, in the Conversation API's spelling."""

    WHATSAPP = "WHATSAPP"
    MESSENGER = "MESSENGER"
    INSTAGRAM = "INSTAGRAM"
    TELEGRAM = "TELEGRAM"
    VIBER = "VIBER"
    VIBERBM = "VIBERBM"
    LINE = "LINE"
    WECHAT = "WECHAT"
    SMS = "SMS"
    SINCH_CHAT = "SINCH_CHAT"


class Kind(StrEnum):
    """The kinds of AppMessage, by their key on the wire."""

    TEXT = "text_message"
    MEDIA = "media_message"
    CHOICE = "choice_message"
    CARD = "card_message"
    CAROUSEL = "carousel_message"
    LOCATION = "location_message"
    LIST = "list_message"
    CONTACT_INFO = "contact_info_message"
    TEMPLATE = "template_message"


class Support(Enum):
    """What becomes of a kind on a channel."""

    NATIVE = "native"
    TRANSCODED = "transcoded"
    LINK = "link"
    UNSUPPORTED = "unsupported"


class KnownBy(Enum):
    """How a row is known."""

    DOCUMENTED = "documented"
    SAMPLE = "sample"
    INFERRED = "inferred"


class Overflow(Enum):
    """What happens to a part that exceeds its cap."""

    REFUSED = "refused"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Capability:
    """One cell of the matrix."""

    kind: Kind
    channel: Channel
    support: Support
    becomes: Kind
    """The kind that reaches the channel."""
    cap: int | None
    """The most characters of text the channel takes in what the kind becomes; None when none is known."""
    overflow: Overflow
    error: ReasonCode
    """The reason of the failure when the kind is unsupported or its cap is exceeded."""
    source: str
    known_by: KnownBy


_PAGES: Final = "https://developers.sinch.com/docs/conversation/channel-support/"
_TABLE: Final = "https://developers.sinch.com/docs/conversation/message-types"
_OLD: Final = "https://github.com/sinch/docs/tree/a7e241c/docs/conversation/conversation-channel-support/"

_TEXT_CAPS: Final[Mapping[Channel, tuple[int, Overflow]]] = {
    # The vendors' own limits on a text; the most that whatever ends as text may have.
    Channel.WHATSAPP: (4096, Overflow.REFUSED),
    Channel.MESSENGER: (2000, Overflow.REFUSED),
    Channel.INSTAGRAM: (1000, Overflow.REFUSED),
    Channel.TELEGRAM: (4096, Overflow.REFUSED),
    Channel.VIBER: (7000, Overflow.REFUSED),
    Channel.VIBERBM: (1000, Overflow.TRUNCATED),
    Channel.LINE: (5000, Overflow.REFUSED),
    Channel.WECHAT: (2048, Overflow.REFUSED),
    Channel.SMS: (2000, Overflow.REFUSED),
    Channel.SINCH_CHAT: (4096, Overflow.REFUSED),
}

_COLUMNS: Final = tuple(Kind)

# One line per channel, one mark per kind in the order of Kind:
#   text media choice card carousel location list contact_info template
# N native, T transcoded to text, L a link in a text, - unsupported. Lower case: INFERRED; a following s:
# SAMPLE.
_MARKS: Final[Mapping[Channel, tuple[str, str]]] = {
    Channel.WHATSAPP: ("N N N N T N N N N", f"{_PAGES}whatsapp/message-support"),
    Channel.MESSENGER: ("N N N N N T - t t", f"{_PAGES}messenger/message-support"),
    Channel.INSTAGRAM: ("N N N N N L - t t", f"{_PAGES}instagram/message-support"),
    Channel.TELEGRAM: ("N N N N T N - t t", _TABLE),
    Channel.VIBER: ("N N Ts Ts Ts n - t t", f"{_OLD}conversation-viber-bot.md"),
    Channel.VIBERBM: ("N N N N T L - t N", f"{_PAGES}viberbm/message-support"),
    Channel.LINE: ("N N N N N N - t t", _TABLE),
    Channel.WECHAT: ("N N T T T T - t N", f"{_PAGES}wechat"),
    Channel.SMS: ("N L T T T L - t t", f"{_PAGES}sms"),
    Channel.SINCH_CHAT: ("N N N N N N - n t", f"{_PAGES}chat/message-support"),
}

_BECOMES: Final[Mapping[tuple[Channel, Kind], Kind]] = {
    # What a kind is transcoded to where that is not a plain text: a text with one button that carries the
    # label.
    (Channel.MESSENGER, Kind.LOCATION): Kind.CHOICE,
}

_SUPPORT: Final = {
    "N": Support.NATIVE,
    "T": Support.TRANSCODED,
    "L": Support.LINK,
    "-": Support.UNSUPPORTED,
}


def _row(channel: Channel, kind: Kind, mark: str, source: str) -> Capability:
    support = _SUPPORT[mark[0].upper()]
    known_by = KnownBy.DOCUMENTED
    if mark[0].islower():
        known_by = KnownBy.INFERRED
    elif mark.endswith("s"):
        known_by = KnownBy.SAMPLE
    cap, overflow = _TEXT_CAPS[channel]
    reduced = support in {Support.TRANSCODED, Support.LINK}
    becomes = _BECOMES.get((channel, kind), Kind.TEXT) if reduced else kind
    return Capability(
        kind=kind,
        channel=channel,
        support=support,
        becomes=becomes,
        cap=cap if becomes is Kind.TEXT else None,
        overflow=overflow,
        error=ReasonCode.UNSUPPORTED_OPERATION if support is Support.UNSUPPORTED else ReasonCode.BAD_REQUEST,
        source=source,
        known_by=known_by,
    )


CAPABILITIES: Final[Mapping[tuple[Channel, Kind], Capability]] = {
    (channel, kind): _row(channel, kind, mark, source)
    for channel, (marks, source) in _MARKS.items()
    for kind, mark in zip(_COLUMNS, marks.split(), strict=True)
}
"""Every kind on every channel. There is no default: a test wants every cell filled."""

LINKED: Final[frozenset[tuple[Channel, str]]] = frozenset(
    {
        # The vendor wants a thumbnail with every video, and a media message seldom has one.
        (Channel.VIBERBM, "video"),
    }
)
"""Media that a native channel still gets as a link when nothing but their URL is given, by family."""


def capability(channel: Channel, kind: Kind) -> Capability:
    """Return the row of one kind on one channel."""
    return CAPABILITIES[channel, kind]
