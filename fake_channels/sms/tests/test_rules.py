"""Playbooks of the SMS API: what is asked, what time passes, what must be called back."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.contract import Refusal
from fake_channels.core.handset import Block, ComeBack, GoOffline, SendText
from fake_channels.core.instants import DAY, HOUR, to_rfc3339
from fake_channels.sms import wire
from fake_channels.sms.tests.calls import Business
from fake_channels.tests.scene import CALLBACK, START


@pytest.fixture
def business() -> Business:
    """Somebody who holds a service plan with a callback URL."""
    return Business()


def test_a_text_is_dispatched_and_delivered_with_exactly_the_documented_fields(business: Business) -> None:
    """Two reports, Title Case, digits without plus, the default originator named because none was given."""
    customer = business.enrol()
    batch = business.send(customer, client_reference="order 7", max_number_of_message_parts=2)
    told = business.told()
    assert [one["status"] for one in told] == ["Dispatched", "Delivered"]
    assert told[1] == {
        "type": "recipient_delivery_report_sms",
        "batch_id": batch["id"],
        "recipient": customer.identity,
        "code": 0,
        "status": "Delivered",
        "at": "2023-11-14T22:13:20.000Z",
        "operator_status_at": "2023-11-14T22:13:20.000Z",
        "client_reference": "order 7",
        "number_of_message_parts": 1,
        "applied_originator": business.account.number,
    }
    assert [(item.text, item.vendor["from"]) for item in customer.screen] == [("Hello", business.account.number)]


def test_a_named_originator_is_shown_and_not_reported(business: Business) -> None:
    """`applied_originator` is for the default one only."""
    customer = business.enrol()
    business.send(customer, **{"from": "Acme"})
    assert customer.screen[0].vendor["from"] == "Acme"
    assert all("applied_originator" not in told for told in business.told())


def test_an_offline_phone_gets_it_when_it_comes_back(business: Business) -> None:
    """Dispatched now, Delivered at the time of coming back, in the order of sending."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    business.send(customer, body="one")
    business.send(customer, body="two")
    assert business.reports() == [("Dispatched", 401)] * 2
    assert customer.screen == []
    business.advance(DAY)
    business.act(customer, ComeBack())
    told = business.told()
    assert [(one["status"], one["at"]) for one in told] == [("Delivered", to_rfc3339(START + DAY))] * 2
    assert [item.text for item in customer.screen] == ["one", "two"]


@pytest.mark.parametrize(("expire_in", "given"), [(3 * DAY, False), (HOUR, True)])
def test_an_offline_phone_never_gets_what_has_expired(business: Business, expire_in: int, given: bool) -> None:  # noqa: FBT001  a case of the table
    """Expired at exactly `expire_at`, three days unless told, and nothing arrives afterwards."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    business.send(customer, **({"expire_at": to_rfc3339(START + expire_in)} if given else {}))
    business.advance(expire_in - 1)
    assert business.reports() == [("Dispatched", 401)]
    business.advance(1)
    assert business.reports() == [("Expired", 406)]
    business.act(customer, ComeBack())
    assert (business.reports(), customer.screen) == ([], [])


def test_what_was_delivered_does_not_expire(business: Business) -> None:
    """The expiry of a delivered message tells nobody anything."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    business.send(customer)
    business.act(customer, ComeBack())
    business.told()
    business.advance(4 * DAY)
    assert business.told() == []


def test_nobody_has_the_number(business: Business) -> None:
    """Failed with 150 after Dispatched."""
    business.send("15550100100")
    assert business.reports() == [("Dispatched", 401), ("Failed", 150)]


def test_a_blocked_business_learns_it(business: Business) -> None:
    """Failed with 61, and the screen stays as it was."""
    customer = business.enrol()
    business.act(customer, Block())
    business.send(customer)
    assert business.reports() == [("Dispatched", 401), ("Failed", 61)]
    assert customer.screen == []


MODES: list[tuple[str, list[str]]] = [
    ("none", []),
    ("per_recipient", ["recipient_delivery_report_sms"] * 4),
    ("per_recipient_final", ["recipient_delivery_report_sms"] * 2),
    ("summary", ["delivery_report_sms"]),
    ("full", ["delivery_report_sms"]),
]


@pytest.mark.parametrize(("mode", "types"), MODES)
def test_each_report_mode_tells_what_it_promises(business: Business, mode: str, types: list[str]) -> None:
    """None tells nothing, per recipient every change, final the last, summary and full one for all."""
    business.send(business.enrol(), business.enrol(), delivery_report=mode)
    told = business.told()
    assert [one["type"] for one in told] == types
    assert all(wire.WEBHOOK.accepts(one) for one in told)


def test_the_report_of_a_batch_waits_until_every_recipient_is_final(business: Business) -> None:
    """One callback when the last is through; only `full` names recipients."""
    here, away = business.enrol(), business.enrol()
    business.act(away, GoOffline())
    batch = business.send(here, away, "15550100100", delivery_report="full", client_reference="r")
    assert business.told() == []
    business.act(away, ComeBack())
    assert business.told() == [
        {
            "type": "delivery_report_sms",
            "batch_id": batch["id"],
            "total_message_count": 3,
            "client_reference": "r",
            "statuses": [
                {"code": 0, "status": "Delivered", "count": 2, "recipients": [here.identity, away.identity]},
                {"code": 150, "status": "Failed", "count": 1, "recipients": ["15550100100"]},
            ],
        }
    ]


def test_reports_go_to_the_url_of_the_batch_and_messages_to_that_of_the_plan(business: Business) -> None:
    """`callback_url` overrides for reports of its batch alone."""
    customer = business.enrol()
    business.send(customer, callback_url="http://elsewhere.example/reports")
    business.act(customer, SendText(text="Hi"))
    assert [call.url for call in business.calls] == ["http://elsewhere.example/reports"] * 2 + [CALLBACK]


def test_reports_without_any_url_are_refused() -> None:
    """403 missing_callback_url; without reports the batch is taken."""
    business = Business(connected=False)
    status, error = business.call("POST", "/batches", {"to": ["15550100100"], "body": "x", "delivery_report": "full"})
    assert (status, error["code"]) == (403, "missing_callback_url")
    assert business.call("POST", "/batches", {"to": ["15550100100"], "body": "x"})[0] == 201
    assert business.account.batches


def test_a_batch_waits_for_its_time(business: Business) -> None:
    """Queued until exactly `send_at`, then as any other."""
    customer = business.enrol()
    business.send(customer, send_at=to_rfc3339(START + HOUR))
    assert business.reports() == [("Queued", 400)]
    business.advance(HOUR - 1)
    assert business.told() == []
    business.advance(1)
    assert business.reports() == [("Dispatched", 401), ("Delivered", 0)]


def test_a_past_send_at_means_now(business: Business) -> None:
    """The past does not delay."""
    business.send(business.enrol(), send_at="2001-01-01T00:00:00Z")
    assert business.reports() == [("Dispatched", 401), ("Delivered", 0)]


def test_a_cancelled_batch_never_leaves(business: Business) -> None:
    """Cancelled with 407 for each recipient; cancelling again changes nothing."""
    customer = business.enrol()
    batch = business.send(customer, send_at=to_rfc3339(START + HOUR))
    business.told()
    status, answer = business.call("DELETE", f"/batches/{batch['id']}")
    assert (status, answer["canceled"]) == (200, True)
    assert business.reports() == [("Cancelled", 407)]
    assert business.call("DELETE", f"/batches/{batch['id']}")[0] == 200
    business.advance(2 * HOUR)
    assert (business.told(), customer.screen) == ([], [])


def test_what_has_left_is_not_recalled_by_a_cancellation(business: Business) -> None:
    """A message on its way to an offline phone still arrives."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    batch = business.send(customer)
    business.call("DELETE", f"/batches/{batch['id']}")
    business.act(customer, ComeBack())
    assert [status for status, _ in business.reports()] == ["Dispatched", "Delivered"]


def test_a_waiting_batch_is_updated_as_a_whole(business: Business) -> None:
    """Text, time and recipients change; who is new is told Queued."""
    first, second = business.enrol(), business.enrol()
    batch = business.send(first, send_at=to_rfc3339(START + HOUR))
    business.told()
    change = {"body": "Later", "send_at": to_rfc3339(START + 2 * HOUR), "to_add": [f"+{second.identity}"]}
    status, answer = business.call("POST", f"/batches/{batch['id']}", change)
    assert (status, answer["body"], answer["to"]) == (200, "Later", [first.identity, second.identity])
    assert business.reports() == [("Queued", 400)]
    business.advance(HOUR)
    assert business.told() == []
    business.advance(HOUR)
    assert [item.text for item in (*first.screen, *second.screen)] == ["Later", "Later"]


def test_a_recipient_taken_out_in_time_gets_nothing(business: Business) -> None:
    """`to_remove` before the time is as if never asked."""
    first, second = business.enrol(), business.enrol()
    batch = business.send(first, second, send_at=to_rfc3339(START + HOUR), delivery_report="full")
    business.call("POST", f"/batches/{batch['id']}", {"to_remove": [first.identity]})
    business.advance(HOUR)
    assert (first.screen, len(second.screen)) == ([], 1)
    assert business.told()[0]["total_message_count"] == 1


def test_an_update_of_a_batch_on_its_way_reaches_new_recipients_only(business: Business) -> None:
    """What has left stays as it was."""
    first, second = business.enrol(), business.enrol()
    batch = business.send(first, body="One")
    business.call("POST", f"/batches/{batch['id']}", {"body": "Two", "to_add": [second.identity]})
    assert [item.text for item in (*first.screen, *second.screen)] == ["One", "Two"]


def test_the_report_of_a_batch_is_called_back_once(business: Business) -> None:
    """A recipient added afterwards does not bring a second one; asking shows all."""
    first, second = business.enrol(), business.enrol()
    batch = business.send(first, delivery_report="full")
    business.call("POST", f"/batches/{batch['id']}", {"to_add": [second.identity]})
    assert [told["total_message_count"] for told in business.told()] == [1]
    assert business.call("GET", f"/batches/{batch['id']}/delivery_report")[1]["statuses"][0]["count"] == 2


def test_a_recipient_added_after_expiry_gets_nothing(business: Business) -> None:
    """Expired without having been dispatched."""
    first, second = business.enrol(), business.enrol()
    batch = business.send(first)
    business.told()
    business.advance(3 * DAY)
    business.call("POST", f"/batches/{batch['id']}", {"to_add": [second.identity]})
    assert (business.reports(), second.screen) == ([("Expired", 406)], [])


@pytest.mark.parametrize("moved", [HOUR, 2 * DAY])
def test_a_moved_expiry_counts_for_what_waits(business: Business, moved: int) -> None:
    """Earlier or later, the new time is the one."""
    customer = business.enrol()
    business.act(customer, GoOffline())
    batch = business.send(customer, expire_at=to_rfc3339(START + DAY))
    business.call("POST", f"/batches/{batch['id']}", {"expire_at": to_rfc3339(START + moved)})
    business.told()
    business.advance(moved - 1)
    assert business.told() == []
    business.advance(1)
    assert business.reports() == [("Expired", 406)]


def test_a_replaced_batch_withdraws_what_no_phone_has_and_starts_anew(business: Business) -> None:
    """The offline phone gets the new text alone, the other one both."""
    here, away = business.enrol(), business.enrol()
    business.act(away, GoOffline())
    batch = business.send(here, away, body="Old")
    status, answer = business.call(
        "PUT", f"/batches/{batch['id']}", {"to": [here.identity, away.identity], "body": "New"}
    )
    assert (status, answer["id"], answer["body"]) == (200, batch["id"], "New")
    business.act(away, ComeBack())
    assert [item.text for item in here.screen] == ["Old", "New"]
    assert [item.text for item in away.screen] == ["New"]


def test_a_missing_parameter_aborts_that_recipient_alone(business: Business) -> None:
    """Aborted with 405 for whom no value fits; the other reads it."""
    ada, bo = business.enrol(), business.enrol()
    business.send(ada, bo, body="Hi ${name}", parameters={"name": {ada.identity: "Ada"}})
    by_number = {told["recipient"]: (told["status"], told["code"]) for told in business.told()}
    assert by_number == {ada.identity: ("Delivered", 0), bo.identity: ("Aborted", 405)}
    assert [item.text for item in (*ada.screen, *bo.screen)] == ["Hi Ada"]


def test_too_many_parts_abort(business: Business) -> None:
    """Aborted with 411, and the count is in the report."""
    customer = business.enrol()
    business.send(customer, body="x" * 161, max_number_of_message_parts=1)
    told = business.told()
    assert [(one["status"], one["code"], one["number_of_message_parts"]) for one in told] == [("Aborted", 411, 2)]
    assert customer.screen == []


def test_truncation_keeps_one_part(business: Business) -> None:
    """A long text is cut to what fits, before its parts are counted."""
    customer = business.enrol()
    business.send(customer, body="x" * 400, truncate_concat=True, max_number_of_message_parts=1)
    assert customer.screen[0].text == "x" * 160


def test_a_long_text_is_one_message_on_the_screen(business: Business) -> None:
    """Parts are joined by the phone."""
    customer = business.enrol()
    text = "👨‍👩‍👧 " * 60
    business.send(customer, body=text)
    assert [item.text for item in customer.screen] == [text]
    assert int(customer.screen[0].vendor["parts"]) > 1


def test_a_binary_message_is_reported_and_shows_nothing(business: Business) -> None:
    """Delivered, with an empty screen."""
    customer = business.enrol()
    business.send(customer, body="AAEC", type="mt_binary", udh="050003cc0201")
    assert business.reports() == [("Dispatched", 401), ("Delivered", 0)]
    assert customer.screen == []


def test_feedback_confirms_the_named_or_all(business: Business) -> None:
    """An empty list means the whole batch."""
    first, second = business.enrol(), business.enrol()
    batch = business.send(first, second, feedback_enabled=True)
    business.call("POST", f"/batches/{batch['id']}/delivery_feedback", {"recipients": [f"+{second.identity}"]})
    assert business.account.batches[batch["id"]].confirmed == [second.identity]
    assert business.call("POST", f"/batches/{batch['id']}/delivery_feedback", {"recipients": []}) == (202, None)
    assert business.account.batches[batch["id"]].confirmed == [second.identity, first.identity]


def test_without_a_callback_url_messages_are_still_listed() -> None:
    """Nobody is called, and the inbound list has it."""
    business = Business(connected=False)
    business.act(business.enrol(), SendText(text="Hi"))
    assert business.calls == []
    page: Any = business.call("GET", "/inbounds")[1]
    assert [one["body"] for one in page["inbounds"]] == ["Hi"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("150", [("Dispatched", 401), ("Failed", 150)]),
        ("402", [("Aborted", 402)]),
        ("777", [("Dispatched", 401), ("Failed", 777)]),
    ],
)
def test_an_ordered_failure_comes_by_report(business: Business, code: str, told: list[tuple[str, int]]) -> None:
    """After the hand-over when the operator finds it; the phone gets nothing."""
    customer = business.enrol()
    business.failing = Refusal(0, code)
    business.send(customer)
    assert business.reports() == told
    assert customer.screen == []


def test_an_ordered_failure_waits_with_its_batch(business: Business) -> None:
    """The fault struck when the batch was taken; the report comes when it leaves."""
    customer = business.enrol()
    business.failing = Refusal(0, "153")
    business.send(customer, send_at=to_rfc3339(START + HOUR))
    business.failing = None
    business.told()
    business.advance(HOUR)
    assert business.reports() == [("Dispatched", 401), ("Failed", 153)]


def test_only_an_operators_word_has_an_operators_time(business: Business) -> None:
    """What does not leave the API has been seen by no operator."""
    customer = business.enrol()
    business.send(customer, body="${name}", parameters={"name": {"15550000000": "Ada"}})
    (aborted,) = business.told()
    assert (aborted["code"], "operator_status_at" in aborted) == (405, False)
    business.send(customer)
    assert ["operator_status_at" in told for told in business.told()] == [False, True]
