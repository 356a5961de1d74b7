"""Templates: made, refused, reviewed on the world's clock, edited, deleted, and filled by sends."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core import handset as acts
from fake_channels.core.effects import Answer
from fake_channels.core.instants import DAY, MINUTE
from fake_channels.whatsapp import limits
from fake_channels.whatsapp.tests.calls import PNG, Business

BODY = {"type": "BODY", "text": "Order {{1}} is on its way.", "example": {"body_text": [["7"]]}}


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


def draft(name: str = "parcel", *components: Any, **more: Any) -> dict[str, Any]:
    """A request for a template."""
    told = {"name": name, "language": "en", "category": "UTILITY", "components": list(components) or [BODY]}
    return {**told, **more}


def make(business: Business, request: Any) -> tuple[int, Any]:
    """Submit it."""
    return business.call("POST", f"/{business.account.waba_id}/message_templates", request)


def approved(business: Business, request: Any) -> str:
    """Submit it and wait for the review; returns its id."""
    status, told = make(business, request)
    assert status == 200, told
    business.advance(limits.REVIEW_MS)
    business.told()
    return str(told["id"])


def events(business: Business) -> list[tuple[str, str]]:
    """What the business was told of its templates."""
    values = [one for one in business.values() if "event" in one]
    return [(one["message_template_name"], one["event"]) for one in values]


def use(name: str, *components: Any, language: str = "en") -> dict[str, Any]:
    """A template message."""
    named = {"name": name, "language": {"code": language}, "components": list(components)}
    return {"type": "template", "template": named}


def texts(*values: str, kind: str = "body") -> dict[str, Any]:
    """Text parameters of a component."""
    return {"type": kind, "parameters": [{"type": "text", "text": value} for value in values]}


# --- life -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("parcel", "APPROVED", ""),
        ("to_reject", "REJECTED", ""),
        ("to_pause", "APPROVED", "PAUSED"),
        ("to_disable", "APPROVED", "DISABLED"),
    ],
)
def test_a_template_is_reviewed_in_its_time(business: Business, name: str, first: str, second: str) -> None:
    """Pending until then, and each change is told."""
    status, told = make(business, draft(name))
    assert (status, told["status"], told["category"]) == (200, "PENDING", "UTILITY")
    business.advance(limits.REVIEW_MS - 1)
    assert events(business) == []
    business.advance(1)
    assert events(business) == [(name, first)]
    business.advance(limits.REVIEW_MS)
    assert events(business) == ([(name, second)] if second else [])
    shown = business.call("GET", f"/{told['id']}")[1]
    assert (shown["status"], shown["components"]) == (second or first, [BODY])
    assert shown["rejected_reason"] == (limits.REJECTION if first == "REJECTED" else "NONE")


def test_a_status_is_told_to_the_account_and_not_to_the_numbers_own_url(business: Business) -> None:
    """What concerns no number goes past the number's callback."""
    business.account.number_callback_url = "http://number.example/"
    make(business, draft())
    business.advance(limits.REVIEW_MS)
    assert [call.url for call in business.calls] == ["http://subject.example/callback"]


def test_an_edited_template_is_reviewed_anew(business: Business) -> None:
    """Only when it is not under review; a former review changes nothing any more."""
    template_id = approved(business, draft())
    path = f"/{template_id}"
    assert business.call("POST", path, {"category": "MARKETING"}) == (200, {"success": True})
    assert business.call("POST", path, {"category": "UTILITY"})[1]["error"]["code"] == 100
    assert business.call("GET", path)[1]["status"] == "PENDING"
    business.advance(limits.REVIEW_MS)
    assert events(business) == [("parcel", "APPROVED")]
    assert business.call("GET", path, fields="category,status")[1] == {
        "id": template_id,
        "category": "MARKETING",
        "status": "APPROVED",
    }
    assert business.call("POST", path, [1])[1]["error"]["code"] == 100


def test_templates_are_listed_by_pages_and_filters(business: Business) -> None:
    """Name, status, language, category; a cursor leads on."""
    for number in range(3):
        make(business, draft(f"parcel_{number}", language="de" if number else "en"))
    path = f"/{business.account.waba_id}/message_templates"

    def names(**query: str) -> list[str]:
        return [one["name"] for one in business.call("GET", path, **query)[1]["data"]]

    assert names(status="PENDING") == ["parcel_0", "parcel_1", "parcel_2"]
    assert names(language="de", name="parcel") == ["parcel_1", "parcel_2"]
    assert names(category="MARKETING") == []
    first = business.call("GET", path, limit="4", fields="name")[1]
    assert set(first["data"][0]) == {"id", "name"}
    assert first["paging"]["next"].startswith("http://vendor.example/v23.0/")
    assert names(limit="4", after=first["paging"]["cursors"]["after"]) == ["parcel_2"]
    assert business.call("GET", path, limit="many")[1]["error"]["code"] == 100


def test_a_deleted_name_stays_taken_for_thirty_days(business: Business) -> None:
    """In all its languages; the sends fail at once."""
    path = f"/{business.account.waba_id}/message_templates"
    approved(business, draft())
    approved(business, draft(language="de"))
    assert business.call("DELETE", path, name="parcel") == (200, {"success": True})
    assert business.call("DELETE", path, name="parcel")[1]["error"]["code"] == 100
    assert business.call("DELETE", path)[1]["error"]["code"] == 100
    assert business.post(business.enrol(), use("parcel", texts("7")))[1]["error"]["code"] == 132001
    assert make(business, draft())[1]["error"]["error_subcode"] == 2388023
    business.advance(30 * DAY)
    assert make(business, draft())[0] == 200


def test_one_language_can_be_deleted_alone(business: Business) -> None:
    """By its id."""
    german = approved(business, draft(language="de"))
    approved(business, draft())
    path = f"/{business.account.waba_id}/message_templates"
    assert business.call("DELETE", path, name="parcel", hsm_id=german)[0] == 200
    listed = business.call("GET", path, name="parcel")[1]["data"]
    assert [one["language"] for one in listed] == ["en"]


def test_a_language_cannot_be_there_twice_and_there_is_an_end(business: Business) -> None:
    """2388024, and 2388019 at the account's limit."""
    approved(business, draft())
    error = make(business, draft())[1]["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2388024)
    assert error["error_user_title"]
    for number in range(limits.TEMPLATES_MAX - 3):
        make(business, draft(f"parcel_{number}"))
    assert make(business, draft("one_more"))[1]["error"]["error_subcode"] == 2388019


def body(text: str, **more: Any) -> dict[str, Any]:
    """A body with an example."""
    return {"type": "BODY", "text": text, "example": {"body_text": [["x"]]}, **more}


PICTURE = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4:none"]}}
QUICK = {"type": "QUICK_REPLY", "text": "Yes"}


@pytest.mark.parametrize(
    ("request_", "subcode"),
    [
        ([], None),
        (draft(name="Not A Name"), None),
        (draft(language="english"), None),
        (draft(category="OTHER"), None),
        (draft("x", {"type": "CAROUSEL"}), None),
        (draft("x", BODY, BODY), None),
        (draft("x", {"type": "FOOTER", "text": "bye"}), limits.FIELD_MISSING),
        (draft("x", {"type": "BODY"}), limits.BODY_FORMAT),
        (draft("x", body("x" * 1_025)), limits.FIELD_TOO_LONG),
        (draft("x", body("{{1}} is here")), limits.VARIABLE_AT_EDGE),
        (draft("x", body("here is {{1}}")), limits.VARIABLE_AT_EDGE),
        (draft("x", body("a {{2}} b")), limits.BODY_FORMAT),
        (draft("x", body("a {{1} b")), limits.BODY_FORMAT),
        (draft("x", body("a {{name}} b")), limits.BODY_FORMAT),
        (draft("x", body("a {{1}} b"), parameter_format="NAMED"), limits.BODY_FORMAT),
        (draft("x", body("a {{1}} {{2}} {{3}} b")), limits.TOO_MANY_VARIABLES),
        (draft("x", {"type": "BODY", "text": "a {{1}} b"}), limits.FIELD_MISSING),
        (draft("x", BODY, {"type": "FOOTER", "text": "x" * 61}), limits.FIELD_TOO_LONG),
        (draft("x", BODY, {"type": "FOOTER", "text": "hi {{1}}"}), limits.FOOTER_FORMAT),
        (draft("x", BODY, {"type": "HEADER", "format": "TEXT"}), limits.HEADER_FORMAT),
        (draft("x", BODY, {"type": "HEADER", "format": "GIF"}), limits.HEADER_FORMAT),
        (draft("x", BODY, {"type": "HEADER", "format": "TEXT", "text": "{{1}} {{2}}"}), limits.HEADER_FORMAT),
        (draft("x", BODY, {"type": "HEADER", "format": "TEXT", "text": "Hi {{1}}"}), limits.FIELD_MISSING),
        (draft("x", BODY, {"type": "HEADER", "format": "IMAGE"}), limits.FIELD_MISSING),
        (draft("x", BODY, PICTURE), limits.HEADER_FORMAT),
        (draft("x", BODY, {"type": "BUTTONS", "buttons": []}), limits.FIELD_MISSING),
        (draft("x", BODY, {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}]}), limits.FIELD_MISSING),
        (draft("x", BODY, {"type": "BUTTONS", "buttons": [{"type": "NONE", "text": "x"}]}), limits.FIELD_MISSING),
        (draft("x", BODY, {"type": "BUTTONS", "buttons": [{**QUICK, "text": "x" * 26}]}), limits.FIELD_TOO_LONG),
        (
            draft(
                "x", BODY, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "x", "url": "https://x/{{1}}/y"}]}
            ),
            None,
        ),
        (
            draft("x", BODY, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "x", "url": "https://x"}] * 3}),
            None,
        ),
    ],
)
def test_what_cannot_be_a_template_is_refused(
    business: Business, request_: Any, subcode: limits.Subcode | None
) -> None:
    """With code 100, and the subcode where the vendor has one; nothing is kept."""
    status, told = make(business, request_)
    assert (status, told["error"]["code"]) == (400, 100)
    assert told["error"].get("error_subcode") == (subcode.number if subcode else None), told
    assert len(business.account.templates) == 2


@pytest.mark.parametrize("depth", [150, 240, 900])
def test_examples_beyond_all_depth_are_refused_or_can_be_listed(business: Business, depth: int) -> None:
    """Nothing is kept that could not be shown."""
    raw = orjson.dumps(draft("deep", {**BODY, "example": "@"}))
    nested = b"[" * depth + b"1" + b"]" * depth
    path = f"/v23.0/{business.account.waba_id}/message_templates"
    headers = {**business.headers(), "content-type": "application/json"}
    reply = business.ask("POST", path, body=raw.replace(b'"@"', b'{"body_text":' + nested + b"}"), headers=headers)
    assert reply.status == (200 if depth == 150 else 400)
    assert business.call("GET", f"/{business.account.waba_id}/message_templates")[0] == 200
    business.component.dump()


# --- sends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"), [("to_pause", 132015), ("to_disable", 132016), ("to_reject", 132001), ("parcel", 132001)]
)
def test_a_template_that_may_not_be_sent_is_refused(business: Business, name: str, code: int) -> None:
    """Paused, disabled, rejected, and one whose review is not over."""
    make(business, draft(name))
    if name != "parcel":
        business.advance(2 * limits.REVIEW_MS)
    status, told = business.post(business.enrol(), use(name, texts("7")))
    assert (status, told["error"]["code"]) == (404 if code == 132001 else 400, code)


FULL = draft(
    "full",
    {"type": "HEADER", "format": "TEXT", "text": "Hello {{1}}", "example": {"header_text": ["Ada"]}},
    BODY,
    {"type": "FOOTER", "text": "Reply STOP to end"},
    {
        "type": "BUTTONS",
        "buttons": [
            QUICK,
            {"type": "URL", "text": "Track", "url": "https://x.example/{{1}}", "example": ["7"]},
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100"},
            {"type": "COPY_CODE", "example": "CODE"},
        ],
    },
)


def button(index: int, sub_type: str, kind: str, value: str) -> dict[str, Any]:
    """A value for a button."""
    return {
        "type": "button",
        "sub_type": sub_type,
        "index": str(index),
        "parameters": [{"type": kind, kind: value}],
    }


URL, CODE = button(1, "url", "text", "abc"), button(3, "copy_code", "coupon_code", "SAVE")


def test_every_part_of_a_template_is_filled(business: Business) -> None:
    """Header, body, footer and buttons; a payload comes back with the tap, links and codes tell nothing."""
    approved(business, FULL)
    customer = business.enrol()
    payload = button(0, "quick_reply", "payload", "yes-7")
    parts = (texts("Ada", kind="header"), texts("7"), payload, URL, CODE)
    wamid = business.send(customer, use("full", *parts))
    (item,) = customer.screen
    assert item.text == "Hello Ada\nOrder 7 is on its way.\nReply STOP to end"
    assert [(one.title, one.kind, one.value) for one in item.buttons] == [
        ("Yes", "reply", ""),
        ("Track", "url", "https://x.example/abc"),
        ("Call", "call", "+15550100"),
        ("Copy code", "url", "SAVE"),
    ]
    business.told()
    for title in ("Track", "Call", "Copy code", "Yes"):
        business.act(customer, acts.Tap(item=wamid, button=title))
    (message,) = business.messages()
    assert message["button"] == {"payload": "yes-7", "text": "Yes"}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((texts("7"), URL, CODE), 132000),
        ((texts("Ada", kind="header"), URL, CODE), 132000),
        ((texts("Ada", kind="header"), texts("7"), CODE), 131008),
        ((texts("Ada", kind="header"), texts("7"), URL), 131008),
        ((texts("Ada", kind="header"), texts(""), URL, CODE), 131008),
        ((texts("Ada", kind="header"), texts("7"), URL, CODE, button(7, "url", "text", "x")), 132018),
        ((texts("Ada", kind="header"), texts("x" * 1_024), URL, CODE), 132005),
        (
            (
                texts("Ada", kind="header"),
                {"type": "body", "parameters": [{"type": "payload", "payload": "x"}]},
                URL,
                CODE,
            ),
            132012,
        ),
        (({"type": "body", "parameters": [{"type": "poll"}]},), 131009),
        (({"type": "button", "index": "10", "parameters": []},), 131009),
    ],
)
def test_values_that_do_not_fit_are_refused_at_once(business: Business, parts: Any, code: int) -> None:
    """Too few, too long, of another type, or for a button that is not there."""
    approved(business, FULL)
    status, told = business.post(business.enrol(), use("full", *parts))
    assert (status, told["error"]["code"]) == (400, code), told


def test_named_parameters_match_by_their_names(business: Business) -> None:
    """In any order; a missing name is an invalid parameter."""
    named = body("Dear {{first_name}}, order {{order}} has left.")
    approved(business, draft("named", named, parameter_format="NAMED"))
    customer = business.enrol()
    values = [
        {"type": "text", "parameter_name": "order", "text": "7"},
        {"type": "text", "parameter_name": "first_name", "text": "Ada"},
    ]
    business.send(customer, use("named", {"type": "body", "parameters": values}))
    assert customer.screen[0].text == "Dear Ada, order 7 has left."
    assert business.post(customer, use("named", texts("Ada", "7")))[1]["error"]["code"] == 100


def test_money_and_dates_are_shown_by_their_fallback(business: Business) -> None:
    """Whatever the phone would make of them."""
    approved(business, draft())
    customer = business.enrol()
    money = {"type": "currency", "currency": {"fallback_value": "$1.00", "code": "USD", "amount_1000": 1_000}}
    business.send(customer, use("parcel", {"type": "body", "parameters": [money]}))
    assert customer.screen[0].text == "Order $1.00 is on its way."


def picture(business: Business, name: str = "pictured") -> str:
    """An approved template with a picture; returns its id."""
    app = business.account.app_id
    upload = business.call("POST", f"/{app}/uploads", file_length=str(len(PNG)), file_type="image/png")[1]["id"]
    headers = {**business.headers(), "file_offset": "0"}
    reply = business.ask("POST", f"/v23.0/{upload}", body=PNG, headers=headers)
    handle = business.component.state.handles
    assert reply.status == 200
    header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [next(iter(handle))]}}
    return approved(business, draft(name, header, BODY))


def image(**source: str) -> dict[str, Any]:
    """A picture for a header."""
    return {"type": "header", "parameters": [{"type": "image", "image": source}]}


def test_a_picture_heads_a_template(business: Business) -> None:
    """By id, or by link; a link that fails takes the whole message with it."""
    picture(business)
    customer = business.enrol()
    media_id = business.upload(PNG, "image/png")[1]["id"]
    business.send(customer, use("pictured", image(id=media_id), texts("7")))
    item = customer.screen[-1]
    assert (item.kind, item.media is not None, item.text) == ("template", True, "Order 7 is on its way.")
    business.told()
    business.answer = lambda call: Answer(404 if call.name == "fetch media" else 200)
    business.send(customer, use("pictured", image(link="http://x.example/a.png"), texts("7")))
    assert business.statuses() == ["failed 131053"]
    assert len(customer.screen) == 1


@pytest.mark.parametrize(
    "header",
    [
        [],
        [texts("x", kind="header")],
        [{"type": "header", "parameters": [{"type": "video", "video": {"link": "http://x.example"}}]}],
    ],
)
def test_a_header_must_be_what_was_approved(business: Business, header: list[Any]) -> None:
    """132012, and the details name both formats."""
    picture(business)
    error = business.post(business.enrol(), use("pictured", *header, texts("7")))[1]["error"]
    assert error["code"] == 132012
    assert "expected IMAGE" in error["error_data"]["details"]


def test_a_header_that_there_is_not_is_refused(business: Business) -> None:
    """132012."""
    approved(business, draft())
    told = business.post(business.enrol(), use("parcel", texts("x", kind="header"), texts("7")))[1]
    assert told["error"]["code"] == 132012


def otp() -> dict[str, Any]:
    """A one-time password."""
    buttons = {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}
    warned = {"type": "BODY", "add_security_recommendation": True}
    expires = {"type": "FOOTER", "code_expiration_minutes": 5}
    return draft("code", warned, expires, buttons, category="AUTHENTICATION")


def test_a_password_has_a_text_of_its_own_and_lives_for_ten_minutes(business: Business) -> None:
    """And goes to numbers only: 131062 for a business-scoped user id."""
    approved(business, otp())
    customer = business.enrol()
    message = use("code", texts("123456"), button(0, "url", "text", "123456"))
    business.send(customer, message)
    assert customer.screen[0].text.startswith("123456 is your verification code. For your security")
    assert customer.screen[0].text.endswith("expires in 5 minutes.")
    user_id = business.account.customers[customer.identity].user_id
    assert business.post(user_id, message)[1]["error"]["code"] == 131062
    business.told()
    for minutes, arrives in ((10 * MINUTE - 1, True), (10 * MINUTE, False)):
        business.act(customer, acts.GoOffline())
        business.send(customer, message)
        business.advance(minutes)
        business.act(customer, acts.ComeBack())
        assert business.statuses() == (["sent", "delivered"] if arrives else ["sent"])


def test_what_a_template_costs_depends_on_category_and_window(business: Business) -> None:
    """Utility is free while the window is open, marketing never."""
    approved(business, draft())
    approved(business, draft("sale", category="MARKETING"))
    stranger, writer = business.enrol(), business.writer()
    for customer, name in ((stranger, "parcel"), (writer, "parcel"), (writer, "sale")):
        business.send(customer, use(name, texts("7")))
    prices = [value["statuses"][0]["pricing"] for value in business.values()]
    told = [(one["billable"], one["type"], one["category"]) for one in prices[::2]]
    assert told == [
        (True, "regular", "utility"),
        (False, "free_customer_service", "utility"),
        (True, "regular", "marketing"),
    ]


def test_whoever_stopped_marketing_gets_none(business: Business) -> None:
    """131050 after the 200, inside a window and outside; resuming is told as well."""
    approved(business, draft("sale", category="MARKETING"))
    customer = business.enrol()
    business.act(customer, acts.OptOut())
    business.act(customer, acts.OptOut())
    (value,) = business.values()
    (preference,) = value["user_preferences"]
    assert (preference["value"], preference["category"]) == ("stop", "marketing_messages")
    business.send(customer, use("sale", texts("7")))
    assert business.statuses() == ["failed 131050"]
    business.act(customer, acts.SendText(text="hello"))
    business.told()
    business.send(customer, use("sale", texts("7")))
    assert business.statuses() == ["failed 131050"]
    business.act(customer, acts.OptIn())
    assert business.values()[0]["user_preferences"][0]["value"] == "resume"
    business.send(customer, use("sale", texts("7")))
    assert business.statuses() == ["sent", "delivered"]
