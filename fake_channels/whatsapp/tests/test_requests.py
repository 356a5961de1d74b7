"""How requests are read, whatever endpoint they are for."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.whatsapp.tests.calls import Business


@pytest.fixture
def business() -> Business:
    """Somebody who holds a number, with a webhook."""
    return Business()


def test_objects_may_be_spelled_as_their_json(business: Business) -> None:
    """Within JSON too; what is echoed in statuses remains the text that it is."""
    customer = business.writer()
    card = '[{"name":{"formatted_name":"Ada","first_name":"Ada"}}]'
    business.send(customer, {"type": "contacts", "contacts": card, "biz_opaque_callback_data": '{"order":7}'})
    assert customer.screen[-1].text == "Ada"
    told = [status["biz_opaque_callback_data"] for value in business.values() for status in value["statuses"]]
    assert told == ['{"order":7}', '{"order":7}']


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"messaging_product": "telegram"}, 131009),
        ({"message_id": 5}, 131009),
        ({"typing_indicator": "text"}, 131009),
        ({"typing_indicator": {"type": "voice"}}, 131009),
        ({"typing_indicator": {}}, 131008),
    ],
)
def test_what_is_no_mark_of_reading_is_refused(business: Business, body: Any, code: int) -> None:
    """And nobody sees that anything is typed."""
    customer = business.writer()
    asked = {"messaging_product": "whatsapp", "status": "read", "message_id": customer.screen[0].id, **body}
    status, answer = business.call("POST", f"/{business.account.phone_number_id}/messages", asked)
    assert (status, answer["error"]["code"], customer.typing) == (400, code, False)
