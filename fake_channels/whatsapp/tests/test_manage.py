"""Managing a business: callbacks at three levels, registration, blocked users, resumable uploads."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.core import handset as acts
from fake_channels.core.instants import DAY
from fake_channels.whatsapp import limits
from fake_channels.whatsapp.tests.calls import PNG, Business
from fake_channels.whatsapp.tests.test_server import echoing

TEXT = {"type": "text", "text": {"body": "x"}}


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


def where(business: Business) -> str:
    """Where the next message is told."""
    business.calls.clear()
    business.act(business.enrol(), acts.SendText(text="x"))
    return business.calls[0].url if business.calls else ""


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_the_number_goes_before_the_account_and_the_account_before_the_app(business: Business) -> None:
    """Each proves itself, is shown, and can be taken back."""
    account = business.account
    number, waba = f"/{account.phone_number_id}/", f"/{account.waba_id}/subscribed_apps"
    normal, business.answer = business.answer, echoing
    override = {"override_callback_uri": "http://waba.example/", "verify_token": "v"}
    assert business.call("POST", waba, override)[0] == 200
    own = {"webhook_configuration": {"override_callback_uri": "http://number.example/", "verify_token": "v"}}
    assert business.call("POST", number, own) == (200, {"success": True})
    business.answer = normal
    assert where(business) == "http://number.example/"
    shown = business.call("GET", number, fields="webhook_configuration")[1]["webhook_configuration"]
    assert shown == {
        "application": "http://subject.example/callback",
        "whatsapp_business_account": "http://waba.example/",
        "phone_number": "http://number.example/",
    }
    assert business.call("GET", waba)[1]["data"][0]["override_callback_uri"] == "http://waba.example/"
    assert business.call("POST", number, {"webhook_configuration": {"override_callback_uri": ""}})[0] == 200
    assert where(business) == "http://waba.example/"
    assert business.call("POST", waba)[0] == 200
    assert where(business) == "http://subject.example/callback"


def test_an_app_that_unsubscribes_hears_nothing(business: Business) -> None:
    """Until it subscribes again."""
    path = f"/{business.account.waba_id}/subscribed_apps"
    (app,) = business.call("GET", path)[1]["data"]
    assert app["whatsapp_business_api_data"]["id"] == business.account.app_id
    assert business.call("DELETE", path) == (200, {"success": True})
    assert business.call("GET", path)[1]["data"] == []
    assert where(business) == ""
    assert business.call("POST", path)[0] == 200
    assert where(business) != ""


@pytest.mark.parametrize("body", [None, {}, {"webhook_configuration": {}}, {"webhook_configuration": "x"}])
def test_a_number_has_nothing_else_to_change(business: Business, body: Any) -> None:
    """Refused, never a silent 200."""
    assert business.call("POST", f"/{business.account.phone_number_id}", body)[1]["error"]["code"] == 100


# --- the number -------------------------------------------------------------------------------------------------------


def test_a_number_off_the_cloud_sends_nothing(business: Business) -> None:
    """133010 until it is registered again, with the PIN of the first time."""
    number = f"/{business.account.phone_number_id}"
    pin = {"messaging_product": "whatsapp", "pin": "123456"}
    assert business.call("POST", f"{number}/register", pin) == (200, {"success": True})
    assert business.call("POST", f"{number}/deregister") == (200, {"success": True})
    assert business.call("POST", f"{number}/deregister")[1]["error"]["code"] == 133010
    assert business.post("15550100100", TEXT)[1]["error"]["code"] == 133010
    assert business.call("GET", number, fields="status")[1]["status"] == "DISCONNECTED"
    assert business.call("POST", f"{number}/register", {**pin, "pin": "654321"})[1]["error"]["code"] == 133005
    assert business.call("POST", f"{number}/register", pin)[0] == 200
    assert business.post("15550100100", TEXT)[0] == 200


@pytest.mark.parametrize("body", [None, {}, {"pin": "123456"}, {"messaging_product": "whatsapp", "pin": "12"}, []])
def test_registration_needs_a_pin_of_six_digits(business: Business, body: Any) -> None:
    """Missing parts are told."""
    path = f"/{business.account.phone_number_id}/register"
    assert business.call("POST", path, body)[1]["error"]["code"] in {100, 131008}


# --- blocked users ----------------------------------------------------------------------------------------------------


def blocking(business: Business, method: str, *users: dict[str, str]) -> tuple[int, Any]:
    """Block or unblock."""
    path = f"/{business.account.phone_number_id}/block_users"
    return business.call(method, path, {"messaging_product": "whatsapp", "block_users": list(users)})


def test_whoever_is_blocked_neither_hears_nor_is_heard(business: Business) -> None:
    """130403 after the 200; their messages go nowhere; both end with the block."""
    customer = business.writer()
    status, told = blocking(business, "POST", {"user": f"+{customer.identity}"})
    assert (status, told["block_users"]["added_users"]) == (
        200,
        [{"input": f"+{customer.identity}", "wa_id": customer.identity}],
    )
    business.text(customer)
    assert business.statuses() == ["failed 130403"]
    business.act(customer, acts.SendText(text="unheard"))
    assert business.told() == []
    path = f"/{business.account.phone_number_id}/block_users"
    assert [one["wa_id"] for one in business.call("GET", path)[1]["data"]] == [customer.identity]
    removed = blocking(business, "DELETE", {"user": customer.identity})[1]["block_users"]["removed_users"]
    assert [one["wa_id"] for one in removed] == [customer.identity]
    assert blocking(business, "DELETE", {"user": customer.identity})[1]["block_users"]["removed_users"] == []
    business.text(customer)
    assert business.statuses() == ["sent", "delivered"]


def test_only_whoever_wrote_within_a_day_can_be_blocked(business: Business) -> None:
    """The others are named with their errors; when nobody is blocked the answer is a 400."""
    writer, stranger = business.writer(), business.enrol()
    user_id = business.account.customers[writer.identity].user_id
    status, told = blocking(
        business, "POST", {"user_id": user_id}, {"user": stranger.identity}, {"user": "15550100100"}
    )
    assert status == 200
    assert told["block_users"]["added_users"] == [{"input": user_id, "user_id": user_id}]
    failed = told["block_users"]["failed_users"]
    assert [one["errors"][0]["code"] for one in failed] == [131047, 131009]
    assert told["errors"]["code"] == 139100
    blocking(business, "DELETE", {"user_id": user_id})
    business.advance(DAY)
    status, told = blocking(business, "POST", {"user_id": user_id})
    assert (status, told["error"]["code"], told["block_users"]["added_users"]) == (400, 139100, [])
    status, told = blocking(business, "POST", *[{"user": "15550100100"}] * 1_001)
    assert (status, told["error"]["code"]) == (400, 100)


@pytest.mark.parametrize("users", [(), ({},), ({"user": 1},), ("x",)])
def test_malformed_block_lists_are_refused(business: Business, users: tuple[Any, ...]) -> None:
    """Nobody is blocked."""
    assert blocking(business, "POST", *users)[1]["error"]["code"] in {131008, 131009}


# --- uploads of the app -----------------------------------------------------------------------------------------------


def opened(business: Business, length: int, mime: str = "image/png") -> tuple[int, Any]:
    """Begin an upload."""
    path = f"/{business.account.app_id}/uploads"
    return business.call("POST", path, file_name="a.png", file_length=str(length), file_type=mime)


def sent(business: Business, upload: str, offset: int, data: bytes) -> tuple[int, Any]:
    """Send bytes."""
    headers = {**business.headers(), "file_offset": str(offset), "content-type": "image/png"}
    reply = business.ask("POST", f"/v23.0/{upload}", body=data, headers=headers)
    return reply.status, orjson.loads(reply.body)


def test_an_upload_goes_on_where_it_stopped(business: Business) -> None:
    """The session tells how far it came; the last byte brings the handle, once."""
    upload = opened(business, len(PNG))[1]["id"]
    assert upload.startswith("upload:")
    assert sent(business, upload, 0, PNG[:10])[1] == {"id": upload, "file_offset": 10}
    assert business.call("GET", f"/{upload}")[1] == {"id": upload, "file_offset": 10}
    assert sent(business, upload, 0, PNG)[1]["error"]["code"] == 100
    assert sent(business, upload, 10, PNG[10:] + b"x")[1]["error"]["code"] == 100
    status, told = sent(business, upload, 10, PNG[10:])
    assert (status, told["h"][:2]) == (200, "4:")
    assert business.account.handles[told["h"]].media.data == PNG
    assert business.call("GET", f"/{upload}")[0] == 400


@pytest.mark.parametrize(("length", "mime"), [(0, "image/png"), (10**12, "image/png"), (5, "image/gif")])
def test_an_upload_announces_size_and_type(business: Business, length: int, mime: str) -> None:
    """Nothing, too much, and types that no template takes are refused."""
    assert opened(business, length, mime)[1]["error"]["code"] == 100


def test_uploads_are_forgotten(business: Business) -> None:
    """After a day, and beyond a hundred the oldest."""
    first = opened(business, 5)[1]["id"]
    business.advance(limits.UPLOAD_LIFE_MS)
    assert business.call("GET", f"/{first}")[0] == 400
    for _ in range(limits.UPLOADS_MAX + 5):
        opened(business, 5)
    assert len(business.account.uploads) == limits.UPLOADS_MAX
    assert first not in business.account.uploads


def test_an_upload_lives_as_long_as_it_was_asked_to(business: Business) -> None:
    """`ttl_minutes`, at most thirty days."""
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in (("messaging_product", "whatsapp"), ("type", "image/png"), ("ttl_minutes", "2"))
    )
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    headers = {**business.headers(), "content-type": "multipart/form-data; boundary=b"}
    path = f"/v23.0/{business.account.phone_number_id}/media"
    reply = business.ask("POST", path, body=f"{fields}{head}".encode() + PNG + b"\r\n--b--\r\n", headers=headers)
    media_id = orjson.loads(reply.body)["id"]
    business.advance(119_999)
    assert business.call("GET", f"/{media_id}")[0] == 200
    business.advance(1)
    assert business.call("GET", f"/{media_id}")[0] == 400
