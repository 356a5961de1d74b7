"""Parts as WhatsApp bodies: rows, and the emulated server's own schemas as a second judge."""

from typing import Any

import orjson
import pytest

from fake_channels.whatsapp import wire
from fake_sinch.adapters.contract import Unrenderable
from fake_sinch.adapters.whatsapp import ADAPTER
from fake_sinch.adapters.whatsapp_content import body
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
    RawPart,
    SpecificPart,
    TemplatePart,
    TextPart,
)
from fake_sinch.reasons import ReasonCode
from fake_sinch.tests.scene import Scene

ID = "01KAXZ0000000000000000MT01"
YES = Button("text_message", "Yes", "", "y")
SITE = Button("url_message", "Site", "https://site.example")
JPG = MediaPart("https://m.example/a.jpg", "image/jpeg")

ROWS: list[tuple[str, Part, str, Any]] = [
    ("text", TextPart("hi"), "text", {"body": "hi"}),
    ("link", TextPart("see https://x.example"), "text", {"body": "see https://x.example", "preview_url": True}),
    ("image", JPG, "image", {"link": "https://m.example/a.jpg"}),
    (
        "captioned video",
        MediaPart("https://m.example/a.mp4", "video/mp4", caption="look"),
        "video",
        {"link": "https://m.example/a.mp4", "caption": "look"},
    ),
    (
        "audio has no caption",
        MediaPart("https://m.example/a.mp3", "audio/mpeg", caption="x"),
        "audio",
        {"link": "https://m.example/a.mp3"},
    ),
    (
        "document by its link's name",
        MediaPart("https://m.example/a%20b.pdf", "application/pdf"),
        "document",
        {"link": "https://m.example/a%20b.pdf", "filename": "a b.pdf"},
    ),
    (
        "sticker",
        MediaPart("https://m.example/a.webp", "image/webp"),
        "sticker",
        {"link": "https://m.example/a.webp"},
    ),
    (
        "location",
        LocationPart("Office", "Street 1", "55.610477", "13.002873"),
        "location",
        {"longitude": "13.002873", "latitude": "55.610477", "name": "Office", "address": "Street 1"},
    ),
    (
        "reply buttons",
        ChoicePart("Sure?", (YES,), footer="small"),
        "interactive",
        {
            "type": "button",
            "footer": {"text": "small"},
            "body": {"text": "Sure?"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": f"{ID}_y", "title": "Yes"}}]},
        },
    ),
    (
        "buttons under a picture",
        ChoicePart("*T*", (YES,), JPG),
        "interactive",
        {
            "type": "button",
            "header": {"type": "image", "image": {"link": "https://m.example/a.jpg"}},
            "body": {"text": "*T*"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": f"{ID}_y", "title": "Yes"}}]},
        },
    ),
    (
        "link button under words",
        ChoicePart("Look", (SITE,), header="Top"),
        "interactive",
        {
            "type": "cta_url",
            "header": {"type": "text", "text": "Top"},
            "body": {"text": "Look"},
            "action": {
                "name": "cta_url",
                "parameters": {"display_text": "Site", "url": "https://site.example"},
            },
        },
    ),
    (
        "list",
        ListPart("Pick", "Words", (ListSection("S", (Button("text_message", "One", "", "1", "first"),)),)),
        "interactive",
        {
            "type": "list",
            "header": {"type": "text", "text": "Pick"},
            "body": {"text": "Words"},
            "action": {
                "button": "Menu",
                "sections": [{"title": "S", "rows": [{"id": f"{ID}_1", "title": "One", "description": "first"}]}],
            },
        },
    ),
    (
        "contact",
        ContactPart(
            {
                "name": {"full_name": "Ada Lovelace", "last_name": "Lovelace"},
                "phone_numbers": [{"phone_number": "+46700000001", "type": "WORK"}],
                "email_addresses": [{"email_address": "ada@x.example"}],
                "organization": {"company": "Engines"},
                "urls": [{"url": "https://x.example"}],
                "addresses": [{"city": "London"}],
                "birthday": "1815-12-10",
            }
        ),
        "contacts",
        [
            {
                "name": {"formatted_name": "Ada Lovelace", "last_name": "Lovelace"},
                "phones": [{"phone": "+46700000001", "type": "WORK"}],
                "emails": [{"email": "ada@x.example"}],
                "urls": [{"url": "https://x.example"}],
                "addresses": [{"city": "London"}],
                "org": {"company": "Engines"},
                "birthday": "1815-12-10",
            }
        ],
    ),
    (
        "contact by full name alone",
        ContactPart({"name": {"full_name": "Ada"}, "phone_numbers": []}),
        "contacts",
        [{"name": {"formatted_name": "Ada", "first_name": "Ada"}}],
    ),
    (
        "template",
        TemplatePart(
            "order_ready",
            "en",
            {
                "button[1]url[1]text": "42",
                "body[2]text": "two",
                "body[1]text": "one",
                "header[1]document.link": "https://m.example/a.pdf",
                "header[1]document.filename": "a.pdf",
                "button[0]quick_reply[1]payload": "go",
            },
        ),
        "template",
        {
            "name": "order_ready",
            "language": {"code": "en"},
            "components": [
                {
                    "type": "header",
                    "parameters": [
                        {
                            "type": "document",
                            "document": {"link": "https://m.example/a.pdf", "filename": "a.pdf"},
                        }
                    ],
                },
                {
                    "type": "body",
                    "parameters": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
                },
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "0",
                    "parameters": [{"type": "payload", "payload": "go"}],
                },
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "1",
                    "parameters": [{"type": "text", "text": "42"}],
                },
            ],
        },
    ),
    (
        "named template parameter",
        TemplatePart("hello", "en", {"body[first]text": "Ada"}),
        "template",
        {
            "name": "hello",
            "language": {"code": "en"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "Ada", "parameter_name": "first"}]}
            ],
        },
    ),
    ("bare template", TemplatePart("hello", "en"), "template", {"name": "hello", "language": {"code": "en"}}),
]
IDS = [row[0] for row in ROWS]


@pytest.mark.parametrize(("part", "kind", "content"), [row[1:] for row in ROWS], ids=IDS)
def test_bodies(part: Part, kind: str, content: Any) -> None:
    """A part is exactly this object under its type."""
    rendered = body(part, "46700000001", ID)
    assert rendered == {
        "messaging_product": "whatsapp",
        "to": "46700000001",
        "type": kind,
        "recipient_type": "individual",
        kind: content,
    }


@pytest.mark.parametrize("part", [row[1] for row in ROWS], ids=IDS)
def test_the_server_takes_the_bodies(part: Part) -> None:
    """What is rendered is valid for the emulated Cloud API."""
    rendered = orjson.loads(orjson.dumps(body(part, "46700000001", ID)))
    assert wire.parse_send(rendered).to == "46700000001"


def test_products_make_a_product_list() -> None:
    """A list with products is a product list of its catalogue."""
    part = ListPart("Shop", "", (ListSection("S", products=("sku",)),), catalog_id="C")
    interactive = body(part, "46", ID)["interactive"]
    assert interactive["type"] == "product_list"
    assert interactive["action"] == {
        "catalog_id": "C",
        "sections": [{"title": "S", "product_items": [{"product_retailer_id": "sku"}]}],
    }


def test_flow() -> None:
    """A flow carries its id, call to action and a token that names the message."""
    part = SpecificPart("FLOWS", {"flow_id": "F", "flow_cta": "Open", "body": {"text": "Book"}})
    interactive = body(part, "46", ID)["interactive"]
    assert interactive["body"] == {"text": "Book"}
    assert interactive["action"]["parameters"]["flow_token"] == ID


def test_raw_body_is_completed() -> None:
    """The caller's own body gets the recipient, the product and the lower-case recipient type."""
    raw = '{"to":"{{to}}","type":"text","recipient_type":"INDIVIDUAL","text":{"body":"hi"}}'
    assert body(RawPart(raw), "46700000001", ID) == {
        "messaging_product": "whatsapp",
        "to": "46700000001",
        "type": "text",
        "recipient_type": "individual",
        "text": {"body": "hi"},
    }


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (RawPart("not json"), ReasonCode.BAD_REQUEST),
        (RawPart("[]"), ReasonCode.BAD_REQUEST),
        (CarouselPart(()), ReasonCode.BAD_REQUEST),
        (SpecificPart("ORDER_DETAILS", {}), ReasonCode.UNSUPPORTED_OPERATION),
        (TemplatePart("t", "en", {"body.1": "x"}), ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS),
        (
            TemplatePart("t", "en", {"body[1]document": "x", "body[1]document.link": "y"}),
            ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS,
        ),
        (
            TemplatePart("t", "en", {f"body[1]{'.'.join('a' * 300)}": "x"}),
            ReasonCode.TEMPLATE_INSUFFICIENT_PARAMETERS,
        ),
    ],
)
def test_what_has_no_form_is_refused(part: Part, code: ReasonCode) -> None:
    """A part without a form fails with its reason instead of being sent."""
    with pytest.raises(Unrenderable) as refused:
        body(part, "46", ID)
    assert refused.value.reason.code is code


def test_transcoding_is_the_vendors_sample() -> None:
    """Key for key the location of the vendor's example, with the placeholder for the recipient."""
    part = LocationPart("Place", "Address", "47.79819", "-4.3727684")
    assert ADAPTER.transcode(part, "{{to}}") == (
        '{"messaging_product":"whatsapp","biz_opaque_callback_data":null,"to":"{{to}}","type":"location",'
        '"recipient_type":"individual","location":{"longitude":"-4.3727684","latitude":"47.79819",'
        '"name":"Place","address":"Address"}}'
    )


def test_template_parameters_with_endless_numbers_keep_their_order() -> None:
    """A number of five thousand digits is no number, and no crash."""
    parameters = {"body[2]text": "b", f"body[{'9' * 5_000}]text": "c", "body[1]text": "a"}
    (component,) = body(TemplatePart("t", "en", parameters), "46", ID)["template"]["components"]
    assert [parameter["text"] for parameter in component["parameters"]] == ["a", "b", "c"]


@pytest.mark.parametrize("channel", ["WHATSAPP", "TELEGRAM", "SMS"])
def test_an_explicit_message_deeper_than_json_can_be_written_fails(channel: str) -> None:
    """It is read, but no writer takes it: the message fails instead of the gateway."""
    scene = Scene()
    deep = '{"text":' * 300 + '"x"' + "}" * 300
    message = {"text_message": {"text": "x"}, "explicit_channel_message": {channel: deep}}
    scene.webhook("MESSAGE_DELIVERY")
    scene.send(channel=channel, message=message)
    reports = [told["message_delivery_report"] for told in scene.callbacks()]
    assert [report["status"] for report in reports] == ["FAILED"]
