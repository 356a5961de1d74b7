"""Who may use the control API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from harness.lab.settings import LabMisconfigured, LabSettings, parse_networks, parse_ports
from harness.lab.tests.conftest import Control, serve


@pytest.fixture
async def locked() -> AsyncIterator[Control]:
    """A lab with a control token."""
    async for made in serve(LabSettings(control_port=0, free_ports=True, control_token="letmein")):
        yield made


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8600"},
    ],
)
async def test_a_hostile_page_in_the_same_browser_gets_403(control: Control, headers: dict[str, str]) -> None:
    """Foreign origins, and foreign names that were made to point here."""
    headers = {"Content-Type": "application/json", **headers}
    status, answer = await control.call("POST", "/lab/v1/worlds", data=b"{}", headers=headers)
    assert status == 403
    assert answer["error"]["code"] in {"foreign_origin", "foreign_host"}
    assert control.lab.worlds == {}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_form_of_a_foreign_page_changes_nothing(control: Control, kind: str) -> None:
    """What a page can send without asking first is refused, origin or not."""
    status, _ = await control.call("POST", "/lab/v1/worlds", data=b"{}", headers={"Content-Type": kind})
    assert status == 415
    assert control.lab.worlds == {}


async def test_the_own_page_may(control: Control) -> None:
    """The lab's own origin passes."""
    status, _ = await control.call("POST", "/lab/v1/worlds", {}, headers={"Origin": control.url})
    assert status == 201


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic letmein"}])
async def test_a_control_token_is_wanted_where_it_was_set(locked: Control, headers: dict[str, str]) -> None:
    """Without it: 401; with it: in."""
    status, answer = await locked.call("GET", "/lab/v1/worlds", headers=headers)
    assert (status, answer["error"]["code"]) == (401, "token")
    assert (await locked.call("GET", "/lab/v1/worlds", headers={"Authorization": "Bearer letmein"}))[0] == 200
    assert (await locked.call("GET", "/health"))[0] == 200


@pytest.mark.parametrize("bind", ["0.0.0.0", "192.168.1.10", "::"])  # noqa: S104  refused is the point
def test_a_lab_for_everybody_needs_a_token(bind: str) -> None:
    """An address that others reach is refused without a control token."""
    with pytest.raises(LabMisconfigured, match="control token"):
        LabSettings(bind=bind)
    assert LabSettings(bind=bind, control_token="x").bind == bind


def test_settings_say_what_is_wrong() -> None:
    """Bad networks, ports and addresses name themselves and the right form."""
    with pytest.raises(LabMisconfigured, match=r"10\.1\.0\.0/16"):
        parse_networks(["inside"])
    with pytest.raises(LabMisconfigured, match="telegram=9022"):
        parse_ports(["telegram"])
    with pytest.raises(LabMisconfigured, match="not an IP address"):
        LabSettings(bind="my host")
    assert parse_ports(["telegram=9022", "sms=0"]) == {"telegram": 9022, "sms": 0}


@pytest.mark.parametrize("path", ["/lab/v1/worlds", "/desk/v1", "/desk/v1/chats", "/metrics"])
async def test_the_token_guards_the_desk_too(locked: Control, path: str) -> None:
    """An agent's chats are no more public than the lab; odd bytes in a token are just a wrong token."""
    for headers in ({}, {"Authorization": "Bearer \udcff"}):
        assert (await locked.call("GET", path, headers=headers))[0] == 401


@pytest.mark.parametrize("host", ["[::1", "127.0.0.1@evil.example", "127.0.0.1.evil.example", ""])
async def test_half_a_host_is_a_foreign_one(control: Control, host: str) -> None:
    """Not a crash."""
    assert (await control.call("GET", "/lab/v1/worlds", headers={"Host": host}))[0] == 403


async def test_a_body_without_a_type_changes_nothing(control: Control) -> None:
    """A foreign page can send one unasked; only DELETE, which it cannot, goes without."""
    async with control.session.post(
        f"{control.url}/lab/v1/worlds", data=b"{}", skip_auto_headers=["Content-Type"]
    ) as response:
        assert response.status == 415
    world = await control.world()
    async with control.session.delete(f"{control.url}/lab/v1/worlds/{world['world']}") as response:
        assert response.status == 204


async def test_bodies_are_judged_before_they_are_read(control: Control) -> None:
    """A claim of too many bytes is refused at once, and what is not compressed as it says is a mistake."""
    json = {"Content-Type": "application/json", "Connection": "close"}
    claim = {**json, "Content-Length": "200000000"}
    async with asyncio.timeout(5):
        assert (await control.call("POST", "/lab/v1/worlds", data=b"", headers=claim))[0] == 413
    odd = {**json, "Content-Encoding": "gzip"}
    assert (await control.call("POST", "/lab/v1/worlds", data=b"abc", headers=odd))[0] == 400


async def test_a_port_for_a_server_that_is_not_there_is_refused() -> None:
    """A mistyped server name is told before anything listens."""
    with pytest.raises(LabMisconfigured, match="fax"):
        async for _ in serve(LabSettings(control_port=0, free_ports=True, ports={"fax": 0})):
            pass
