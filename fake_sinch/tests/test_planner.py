"""What each channel is asked to render, as rows of (message, channel, parts)."""

from typing import Any

import pytest

from fake_sinch.capabilities import CAPABILITIES, Channel, Kind, Support
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
from fake_sinch.planner import plan
from fake_sinch.reasons import Reason, ReasonCode

ID = "01KAXZ0000000000000000MT01"
PLACE = {"title": "Office", "label": "Second floor", "coordinates": {"latitude": 55.610479, "longitude": 13.0}}
JPG = "https://media.example/a.jpg"
YES_NO: list[dict[str, Any]] = [
    {"text_message": {"text": "Yes"}, "postback_data": "y"},
    {"text_message": {"text": "No"}},
]
YES_NO_BUTTONS = (Button("text_message", "Yes", "", "y"), Button("text_message", "No", "", f"{ID}_No"))
LINK: list[dict[str, Any]] = [{"url_message": {"title": "Site", "url": "https://site.example"}}]
LINK_BUTTON = Button("url_message", "Site", "https://site.example", f"{ID}_Site")
CALL: list[dict[str, Any]] = [{"call_message": {"title": "Ring us", "phone_number": "+46700000001"}}]


def choice(choices: list[dict[str, Any]], text: str = "Sure?") -> dict[str, Any]:
    """Return a choice message."""
    return {"choice_message": {"text_message": {"text": text}, "choices": choices}}


def card(choices: list[dict[str, Any]], url: str = "", **extra: Any) -> dict[str, Any]:
    """Return a card message."""
    media = {"media_message": {"url": url}} if url else {}
    return {"card_message": {"title": "Title", "description": "Words", "choices": choices, **media, **extra}}


def parts(message: dict[str, Any], channel: Channel, **known: Any) -> tuple[Part, ...]:
    """Return the planned parts; fail when the channel refuses."""
    planned = plan(message, channel, message_id=ID, **known)
    assert isinstance(planned, Plan)
    return planned.parts


def reason(message: dict[str, Any], channel: Channel, **known: Any) -> Reason:
    """Return why the channel refuses; fail when it does not."""
    planned = plan(message, channel, message_id=ID, **known)
    assert isinstance(planned, Refused)
    return planned.reason


ROWS: list[tuple[str, dict[str, Any], Channel, tuple[Part, ...]]] = [
    ("text", {"text_message": {"text": "hi"}}, Channel.SMS, (TextPart("hi"),)),
    ("media is a link on SMS", {"media_message": {"url": JPG}}, Channel.SMS, (TextPart(JPG),)),
    (
        "media by its override's name",
        {"media_message": {"url": "https://m.example/x", "filename_override": "a.pdf"}},
        Channel.WHATSAPP,
        (MediaPart("https://m.example/x", "application/pdf", filename="a.pdf"),),
    ),
    ("reply buttons", choice(YES_NO), Channel.WHATSAPP, (ChoicePart("Sure?", YES_NO_BUTTONS),)),
    ("inline keyboard", choice(YES_NO), Channel.TELEGRAM, (ChoicePart("Sure?", YES_NO_BUTTONS),)),
    ("a single link", choice(LINK), Channel.WHATSAPP, (ChoicePart("Sure?", (LINK_BUTTON,)),)),
    (
        "four replies are a text on WhatsApp",
        choice([{"text_message": {"text": t}} for t in "abcd"]),
        Channel.WHATSAPP,
        (TextPart("Sure?\n\n> A\n> B\n> C\n> D"),),
    ),
    (
        "a call is a text on Telegram",
        choice(CALL),
        Channel.TELEGRAM,
        (TextPart("Sure?\n\n* Ring us: +46700000001"),),
    ),
    ("choices on SMS", choice(YES_NO), Channel.SMS, (TextPart("Sure?\n\n> YES\n> NO"),)),
    (
        "card under a header",
        card(YES_NO, JPG),
        Channel.WHATSAPP,
        (
            ChoicePart(
                "*Title*\n_Words_",
                YES_NO_BUTTONS,
                MediaPart(JPG, "image/jpeg"),
                title="Title",
                description="Words",
            ),
        ),
    ),
    (
        "a mixed card is captioned media",
        card([*YES_NO, *CALL], JPG),
        Channel.WHATSAPP,
        (
            MediaPart(
                JPG,
                "image/jpeg",
                caption="*Title*\n_Words_\n\n> YES\n> NO\n> Ring us: +46700000001",
            ),
        ),
    ),
    (
        "audio in a card is a link",
        card(YES_NO, "https://m.example/a.mp3"),
        Channel.WHATSAPP,
        (TextPart("*Title*\n_Words_\n\nhttps://m.example/a.mp3\n\n> YES\n> NO"),),
    ),
    (
        "a carousel on WhatsApp",
        {"carousel_message": {"cards": [{"title": "A"}, {"title": "B"}]}},
        Channel.WHATSAPP,
        (TextPart("1. *A*\n\n2. *B*"),),
    ),
    (
        "a carousel on LINE",
        {"carousel_message": {"cards": [{"title": "A"}], "choices": LINK}},
        Channel.LINE,
        (CarouselPart((ChoicePart("A", (), title="A"),), (LINK_BUTTON,)),),
    ),
    (
        "a place on WhatsApp",
        {"location_message": PLACE},
        Channel.WHATSAPP,
        (LocationPart("Office", "Second floor", "55.610477", "13"),),
    ),
    (
        "a place on SMS",
        {"location_message": PLACE},
        Channel.SMS,
        (TextPart("Office: https://www.google.com/maps/search/?api=1&query=55.610477,13"),),
    ),
    (
        "a place on Messenger is a button with the label",
        {"location_message": PLACE},
        Channel.MESSENGER,
        (
            ChoicePart(
                "Office",
                (
                    Button(
                        "url_message",
                        "Second floor",
                        "https://www.google.com/maps/search/?api=1&query=55.610477,13",
                        "Second floor",
                    ),
                ),
            ),
        ),
    ),
    (
        "a list on WhatsApp",
        {
            "list_message": {
                "title": "Pick",
                "sections": [
                    {"title": "S", "items": [{"choice": {"title": "One", "description": "first"}}]},
                    {"title": "P", "items": [{"product": {"id": "sku", "marketplace": "FACEBOOK"}}]},
                ],
                "message_properties": {"menu": "Open", "catalog_id": "77"},
            }
        },
        Channel.WHATSAPP,
        (
            ListPart(
                "Pick",
                "",
                (
                    ListSection("S", (Button("text_message", "One", "", f"{ID}_One", "first"),)),
                    ListSection("P", products=("sku",)),
                ),
                menu="Open",
                catalog_id="77",
            ),
        ),
    ),
    (
        "a contact on WhatsApp",
        {"contact_info_message": {"name": {"full_name": "Ada"}}},
        Channel.WHATSAPP,
        (ContactPart({"name": {"full_name": "Ada"}}),),
    ),
    (
        "a contact elsewhere",
        {"contact_info_message": {"name": {"full_name": "Ada"}}},
        Channel.TELEGRAM,
        (TextPart("Ada"),),
    ),
    (
        "a channel's own template",
        {
            "template_message": {
                "channel_template": {
                    "WHATSAPP": {
                        "template_id": "hello",
                        "language_code": "en",
                        "parameters": {"body[1]text": "Ada"},
                    }
                }
            }
        },
        Channel.WHATSAPP,
        (TemplatePart("hello", "en", {"body[1]text": "Ada"}),),
    ),
    (
        "the channel's raw body wins",
        {"text_message": {"text": "generic"}, "explicit_channel_message": {"WHATSAPP": '{"to":"{{to}}"}'}},
        Channel.WHATSAPP,
        (RawPart('{"to":"{{to}}"}'),),
    ),
    (
        "the channel's own kind wins",
        {
            "text_message": {"text": "generic"},
            "explicit_channel_omni_message": {"SMS": {"text_message": {"text": "for SMS"}}},
        },
        Channel.SMS,
        (TextPart("for SMS"),),
    ),
    (
        "another channel's entries are ignored",
        {
            "text_message": {"text": "generic"},
            "explicit_channel_message": {"WHATSAPP": "{}"},
            "explicit_channel_omni_message": {"WHATSAPP": {"text_message": {"text": "no"}}},
        },
        Channel.SMS,
        (TextPart("generic"),),
    ),
    (
        "a kind of one channel",
        {
            "text_message": {"text": "generic"},
            "channel_specific_message": {
                "WHATSAPP": {"message_type": "FLOWS", "message": {"flow_id": "1"}},
            },
        },
        Channel.WHATSAPP,
        (SpecificPart("FLOWS", {"flow_id": "1"}),),
    ),
]


@pytest.mark.parametrize(("message", "channel", "expected"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS])
def test_plans(message: dict[str, Any], channel: Channel, expected: tuple[Part, ...]) -> None:
    """A message becomes exactly these parts on a channel."""
    assert parts(message, channel) == expected


@pytest.mark.parametrize(
    "spoiled",
    [
        {"text_message": {"text": "x" * 21}},
        {"text_message": {"text": "Yes"}},
        {"text_message": {"text": "*No*"}},
        {"text_message": {"text": "No"}, "postback_data": "p" * 230},
        LINK[0],
    ],
    ids=["long title", "same title", "markdown", "long postback", "mixed kinds"],
)
def test_whatsapp_buttons_have_conditions(spoiled: dict[str, Any]) -> None:
    """One choice that WhatsApp cannot show as a reply button turns the whole message into text."""
    assert isinstance(parts(choice([YES_NO[0], spoiled]), Channel.WHATSAPP)[0], TextPart)


def test_postback_of_229_is_still_native() -> None:
    """The longest documented postback keeps its button."""
    longest = {"text_message": {"text": "No"}, "postback_data": "p" * 229}
    assert isinstance(parts(choice([longest]), Channel.WHATSAPP)[0], ChoicePart)


def test_long_question_is_text() -> None:
    """A question over 1024 characters cannot stand over WhatsApp's buttons."""
    assert isinstance(parts(choice(YES_NO, "x" * 1025), Channel.WHATSAPP)[0], TextPart)


@pytest.mark.parametrize("channel", [c for c in Channel if c is not Channel.WHATSAPP])
def test_lists_are_refused_elsewhere(channel: Channel) -> None:
    """A list outside WhatsApp fails as an operation the channel does not support."""
    assert reason({"list_message": {"title": "x"}}, channel).code is ReasonCode.UNSUPPORTED_OPERATION


def test_long_text_is_refused() -> None:
    """A text over the channel's limit fails second-stage validation."""
    assert reason({"text_message": {"text": "x" * 4097}}, Channel.WHATSAPP).code is ReasonCode.BAD_REQUEST


def test_long_text_is_cut_on_viber_business() -> None:
    """Viber Business cuts what is over its limit."""
    assert parts({"text_message": {"text": "x" * 1001}}, Channel.VIBERBM) == (TextPart("x" * 1000),)


def test_words_too_long_for_a_caption_follow_their_media() -> None:
    """A caption over 1024 characters becomes a second part, under the same message."""
    long = card([*YES_NO, *CALL], JPG, description="x" * 1024)
    media, words = parts(long, Channel.WHATSAPP)
    assert media == MediaPart(JPG, "image/jpeg")
    assert isinstance(words, TextPart)
    assert words.text.startswith("*Title*\n_xxx")


def test_message_without_content_is_refused() -> None:
    """A message that has entries for other channels only fails on this one."""
    only_whatsapp = {"explicit_channel_message": {"WHATSAPP": "{}"}}
    assert reason(only_whatsapp, Channel.SMS).code is ReasonCode.BAD_REQUEST


def test_unknown_media_type_is_asked_for_and_then_known() -> None:
    """A link whose name tells no type is undetermined until the file's server has been asked."""
    message = {"media_message": {"url": "https://m.example/token"}}
    asked = plan(message, Channel.WHATSAPP, message_id=ID)
    assert isinstance(asked, Plan)
    assert asked.undetermined_media() == "https://m.example/token"
    known = plan(message, Channel.WHATSAPP, message_id=ID, media_types={"https://m.example/token": "image/png"})
    assert known == Plan((MediaPart("https://m.example/token", "image/png"),))
    assert known.undetermined_media() == ""


def test_omni_template_renders_as_its_inner_kind() -> None:
    """An omni-template is looked up, its parameters are filled in and the result is planned as usual."""
    message = {"template_message": {"omni_template": {"template_id": "T", "version": "1", "parameters": {"n": "Ada"}}}}
    inner = {"choice_message": {"text_message": {"text": "Hi ${n}"}, "choices": YES_NO}}
    assert parts(message, Channel.SMS, templates=lambda _: inner) == (TextPart("Hi Ada\n\n> YES\n> NO"),)
    assert reason(message, Channel.SMS).code is ReasonCode.TEMPLATE_NOT_FOUND


def test_override_by_template_reference() -> None:
    """A channel's override may name an omni-template."""
    message = {
        "text_message": {"text": "generic"},
        "explicit_channel_omni_message": {"SMS": {"template_reference": {"template_id": "T"}}},
    }
    found = {"text_message": {"text": "from the template"}}
    assert parts(message, Channel.SMS, templates=lambda _: found) == (TextPart("from the template"),)


def test_channel_without_own_template_needs_an_omni_one() -> None:
    """A template of another channel is no use here."""
    message = {"template_message": {"channel_template": {"WHATSAPP": {"template_id": "hello"}}}}
    assert reason(message, Channel.SMS).code is ReasonCode.TEMPLATE_NOT_FOUND


EXAMPLES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"text": "hi"},
    Kind.MEDIA: {"url": JPG},
    Kind.CHOICE: choice(LINK)["choice_message"],
    Kind.CARD: card(LINK, JPG)["card_message"],
    Kind.CAROUSEL: {"cards": [card(LINK, JPG)["card_message"]]},
    Kind.LOCATION: PLACE,
    Kind.LIST: {"title": "Pick", "sections": []},
    Kind.CONTACT_INFO: {"name": {"full_name": "Ada"}},
}


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("channel", Channel)
def test_plans_agree_with_the_matrix(channel: Channel, kind: Kind) -> None:
    """What the matrix calls unsupported is refused, what it calls transcoded or a link arrives as words."""
    planned = plan({kind: EXAMPLES[kind]}, channel, message_id=ID)
    row = CAPABILITIES[channel, kind]
    assert isinstance(planned, Refused) == (row.support is Support.UNSUPPORTED)
    if row.becomes is Kind.TEXT:
        assert isinstance(planned, Plan)
        assert [type(part) for part in planned.parts] == [TextPart]
