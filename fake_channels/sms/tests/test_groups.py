"""Groups: made, changed, sent to, joined and left by text."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.handset import SendText
from fake_channels.core.instants import HOUR, to_rfc3339
from fake_channels.sms import limits
from fake_channels.sms.tests.calls import Business

ONE, TWO, THREE = "15550100101", "15550100102", "15550100103"


@pytest.fixture
def business() -> Business:
    """Somebody who holds a service plan, with a callback URL."""
    return Business()


def make(business: Business, *members: str, **more: Any) -> Any:
    """A group that must be taken."""
    status, told = business.call("POST", "/groups", {"members": list(members), **more})
    assert status == 201, told
    return told


def members(business: Business, group: Any) -> list[str]:
    """Who is in it."""
    listed: list[str] = business.call("GET", f"/groups/{group['id']}/members")[1]
    return listed


def test_a_group_is_made_read_listed_and_deleted(business: Business) -> None:
    """Numbers as they always return: without plus sign, each once."""
    group = make(business, f"+{ONE}", ONE, TWO, name="Friends")
    assert (group["name"], group["size"], group["created_at"]) == ("Friends", 2, group["modified_at"])
    assert members(business, group) == [ONE, TWO]
    other = make(business)
    assert "name" not in other
    listed = business.call("GET", "/groups", page_size="1")[1]
    assert (listed["count"], listed["page_size"], listed["groups"]) == (2, 1, [other])
    assert business.call("GET", f"/groups/{group['id']}") == (200, group)
    assert business.call("DELETE", f"/groups/{group['id']}") == (200, None)
    for method, path in (("GET", ""), ("POST", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/members")):
        assert business.call(method, f"/groups/{group['id']}{path}", {})[0] == 404


def test_an_update_adds_and_removes(business: Business) -> None:
    """Numbers and whole groups; a name of null goes, a name that is not given stays."""
    group, others = make(business, ONE, name="Friends"), make(business, TWO, THREE)
    path = f"/groups/{group['id']}"
    business.advance(HOUR)
    status, told = business.call("POST", path, {"add": [f"+{TWO}"], "remove": [ONE]})
    assert (status, told["name"], told["size"], told["modified_at"]) == (200, "Friends", 1, to_rfc3339(business.now))
    business.call("POST", path, {"add_from_group": others["id"]})
    assert members(business, group) == [TWO, THREE]
    assert "name" not in business.call("POST", path, {"name": None, "remove_from_group": others["id"]})[1]
    assert members(business, group) == []


def test_a_replacement_keeps_nothing(business: Business) -> None:
    """But the id."""
    group = make(business, ONE, name="Friends")
    status, told = business.call("PUT", f"/groups/{group['id']}", {"members": [TWO]})
    assert (status, told["id"], "name" in told) == (200, group["id"], False)
    assert members(business, group) == [TWO]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 400, "syntax_invalid_parameter_format"),
        ({"name": "x" * 21}, 400, "syntax_constraint_violation"),
        ({"name": 1}, 400, "syntax_invalid_parameter_format"),
        ({"members": ["nobody"]}, 400, "syntax_constraint_violation"),
        ({"members": "x"}, 400, "syntax_invalid_parameter_format"),
        ({"child_groups": ["01FC66621VHDBN119Z8PMV1AHY"]}, 403, "unknown_group"),
        ({"auto_update": {}}, 400, "syntax_constraint_violation"),
        ({"auto_update": {"to": "1", "add": {"first_word": "two words"}}}, 400, "syntax_invalid_parameter_format"),
    ],
)
def test_what_is_no_group_is_refused(business: Business, body: Any, status: int, code: str) -> None:
    """And nothing is kept."""
    answered, told = business.call("POST", "/groups", body)
    assert (answered, told["code"]) == (status, code), told
    assert all(f"[{field}]" in told["text"] for field in body)
    assert business.account.groups == {}


def test_groups_have_an_end(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of their number, and of their members."""
    monkeypatch.setattr(limits, "MEMBERS_MAX", 1)
    monkeypatch.setattr(limits, "GROUPS_MAX", 1)
    assert business.call("POST", "/groups", {"members": [ONE, TWO]})[1]["code"] == "syntax_constraint_violation"
    group = make(business, ONE)
    assert business.call("POST", "/groups", {})[0] == 400
    assert business.call("POST", f"/groups/{group['id']}", {"add": [TWO]})[0] == 400


# --- sends ------------------------------------------------------------------------------------------------------------


def test_a_batch_goes_to_everybody_in_its_groups_once(business: Business) -> None:
    """Child groups too, also when they hold each other; the batch still names the group."""
    first, second, third = (business.enrol() for _ in range(3))
    child = make(business, second.identity)
    parent = make(business, first.identity, child_groups=[child["id"]])
    business.call("PUT", f"/groups/{child['id']}", {"members": [second.identity], "child_groups": [parent["id"]]})
    assert business.call("GET", f"/groups/{parent['id']}")[1]["size"] == 2
    batch = business.send(parent["id"], third, first, body="Hi", delivery_report="summary")
    assert batch["to"] == [parent["id"], third.identity, first.identity]
    assert [[item.text for item in one.screen] for one in (first, second, third)] == [["Hi"]] * 3
    (report,) = business.told()
    assert report["total_message_count"] == 3


def test_a_waiting_batch_goes_to_whoever_is_in_the_group_then(business: Business) -> None:
    """Changes until it leaves count; a deleted group has nobody."""
    first, second = business.enrol(), business.enrol()
    group, gone = make(business, first.identity), make(business, first.identity)
    later = to_rfc3339(business.now + HOUR)
    business.send(group["id"], send_at=later)
    business.send(gone["id"], send_at=later, body="nobody")
    business.call("PUT", f"/groups/{group['id']}", {"members": [second.identity]})
    business.call("DELETE", f"/groups/{gone['id']}")
    business.advance(HOUR)
    assert [len(one.screen) for one in (first, second)] == [0, 1]


def test_a_dry_run_counts_members(business: Business) -> None:
    """With their details."""
    group = make(business, ONE, TWO)
    request = {"to": [group["id"], THREE], "body": "x"}
    told = business.call("POST", "/batches/dry_run", request, per_recipient="true")[1]
    assert (told["number_of_recipients"], told["number_of_messages"]) == (3, 3)
    assert [one["recipient"] for one in told["per_recipient"]] == [ONE, TWO, THREE]


def test_an_update_of_a_batch_adds_and_removes_groups(business: Business) -> None:
    """As long as it waits."""
    customer = business.enrol()
    group = make(business, customer.identity)
    batch = business.send(ONE, send_at=to_rfc3339(business.now + HOUR))
    path = f"/batches/{batch['id']}"
    told = business.call("POST", path, {"to_add": [group["id"]], "to_remove": [ONE]})[1]
    assert told["to"] == [group["id"]]
    business.advance(HOUR)
    assert len(customer.screen) == 1


# --- keywords ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "join", "leave"),
    [
        ({"add": {"first_word": "join"}, "remove": {"first_word": "leave"}}, "Join please", "LEAVE"),
        (
            {
                "add": {"first_word": "acme", "second_word": "join"},
                "remove": {"first_word": "acme", "second_word": "leave"},
            },
            "ACME join",
            "acme Leave",
        ),
    ],
)
def test_a_customer_joins_and_leaves_by_text(business: Business, rule: Any, join: str, leave: str) -> None:
    """In any case; the business hears of the texts as of all others; other numbers' groups stay as they are."""
    number = business.account.number
    group = make(business, auto_update={"to": f"+{number}", **rule})
    other = make(business, auto_update={"to": "12345", **rule})
    assert group["auto_update"]["to"] == number
    assert group["auto_update"]["add"] == rule["add"]
    customer = business.enrol()
    for text, expected in (("acme", []), (join, [customer.identity]), ("leave it", None), (leave, [])):
        business.act(customer, SendText(text=text))
        if expected is not None:
            assert members(business, group) == expected, text
        assert members(business, other) == []
    assert [told["body"] for told in business.told()] == ["acme", join, "leave it", leave]
