"""Access tokens: how long they work, and what the vendor says when they do not. And the quotas of calls."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.instants import DAY, HOUR, MINUTE, SECOND
from fake_channels.wechat import limits
from fake_channels.wechat.tests.calls import Owner


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


def _works(owner: Owner, token: str) -> int:
    return int(owner.get("getcallbackip", access_token=token).get("errcode", 0))


def _stable(owner: Owner, **more: Any) -> Any:
    account = owner.account
    body = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret, **more}
    return owner.post("stable_token", body, access_token="")


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_works_for_two_hours(owner: Owner) -> None:
    """To the millisecond; then it has expired."""
    told = owner.get(
        "token", grant_type="client_credential", appid=owner.account.appid, secret=owner.account.secret, access_token=""
    )
    assert set(told) == {"access_token", "expires_in"}
    assert told["expires_in"] == 7_200
    owner.advance(2 * HOUR - 1)
    assert _works(owner, told["access_token"]) == 0
    owner.advance(1)
    assert _works(owner, told["access_token"]) == 42001


def test_an_old_token_works_five_minutes_beside_the_new_one(owner: Owner) -> None:
    """Then it is not among the latest."""
    old, new = owner.token, owner.fetch_token()
    owner.advance(5 * MINUTE - 1)
    assert (_works(owner, old), _works(owner, new)) == (0, 0)
    owner.advance(1)
    assert (_works(owner, old), _works(owner, new)) == (40001, 0)


def test_a_stable_token_stays_the_same_until_shortly_before_its_end(owner: Owner) -> None:
    """Five minutes before, a new one comes, and both work."""
    first = _stable(owner)
    assert first["expires_in"] == 7_200
    owner.advance(2 * HOUR - 5 * MINUTE - SECOND)
    again = _stable(owner)
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 301)
    owner.advance(SECOND)
    renewed = _stable(owner)
    assert renewed["access_token"] != first["access_token"]
    assert (_works(owner, first["access_token"]), _works(owner, renewed["access_token"])) == (0, 0)
    owner.advance(5 * MINUTE)
    assert _works(owner, first["access_token"]) == 42001


def test_stable_and_other_tokens_do_not_replace_each_other(owner: Owner) -> None:
    """They are kept apart."""
    stable = _stable(owner)["access_token"]
    token = owner.fetch_token()
    _stable(owner, force_refresh=True)
    owner.advance(6 * MINUTE)
    assert (_works(owner, token), _works(owner, stable)) == (0, 40001)


def test_a_forced_token_ends_the_one_before_at_once(owner: Owner) -> None:
    """Within thirty seconds force does nothing; beyond twenty times a day it is refused."""
    first = _stable(owner)["access_token"]
    forced = _stable(owner, force_refresh=True)["access_token"]
    assert forced != first
    assert _works(owner, first) == 40001
    owner.advance(30 * SECOND - 1)
    assert _stable(owner, force_refresh=True)["access_token"] == forced
    for _ in range(limits.FORCED_TOKENS_A_DAY - 1):
        owner.advance(30 * SECOND)
        assert "access_token" in _stable(owner, force_refresh=True)
    owner.advance(30 * SECOND)
    assert _stable(owner, force_refresh=True)["errcode"] == 45009
    assert "access_token" in _stable(owner)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"grant_type": "authorization_code"}, 40002),
        ({"grant_type": ""}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
        ({"secret": "é"}, 40125),
    ],
)
def test_wrong_credentials_are_named(owner: Owner, query: dict[str, str], code: int) -> None:
    """Alike for both kinds of token."""
    account = owner.account
    given = {"grant_type": "client_credential", "appid": account.appid, "secret": account.secret, **query}
    told = owner.get("token", **given, access_token="")
    assert told["errcode"] == code
    assert " rid: " in told["errmsg"]
    assert _stable(owner, **query)["errcode"] == code


def test_of_many_tokens_the_oldest_are_forgotten(owner: Owner) -> None:
    """Memory is bounded."""
    for _ in range(100):
        owner.fetch_token()
    assert len(owner.account.tokens) == limits.KEPT_TOKENS


# --- quotas -----------------------------------------------------------------------------------------------------------


def test_a_path_has_so_many_calls_a_day(owner: Owner) -> None:
    """Until midnight in China; other paths go on."""
    for _ in range(500):
        assert "errcode" not in owner.get("user/get")
    refused = owner.get("user/get")
    assert refused["errcode"] == 45009
    assert refused["errmsg"].startswith("reach max api daily quota limit rid: ")
    assert "errcode" not in owner.get("getcallbackip")
    midnight = (owner.now + 8 * HOUR) // DAY * DAY + DAY - 8 * HOUR
    owner.advance(midnight - owner.now - 1)
    owner.token = owner.fetch_token()
    assert owner.get("user/get")["errcode"] == 45009
    owner.advance(1)
    assert "errcode" not in owner.get("user/get")


def test_a_world_without_limits_counts_and_refuses_nothing() -> None:
    """For load tests."""
    owner = Owner(limited=False)
    for _ in range(501):
        assert "errcode" not in owner.get("user/get")
    customer = owner.follower()
    assert [owner.text(customer) for _ in range(9)] == [0] * 9
    told = owner.post("openapi/quota/get", {"cgi_path": "/cgi-bin/user/get"})
    assert told["quota"] == {"daily_limit": 500, "used": 501, "remain": 0}


def test_quotas_can_be_looked_up_and_cleared_ten_times_a_month(owner: Owner) -> None:
    """The eleventh is refused until the month is over."""
    owner.get("user/get")
    path = {"cgi_path": "/cgi-bin/user/get"}
    assert owner.post("openapi/quota/get", path)["quota"] == {"daily_limit": 500, "used": 1, "remain": 499}
    assert owner.post("openapi/quota/get", {"cgi_path": "/cgi-bin/none"})["errcode"] == 76021
    assert owner.post("clear_quota", {"appid": "wx0"})["errcode"] == 40013
    mine = {"appid": owner.account.appid}
    assert owner.post("clear_quota", mine)["errcode"] == 0
    assert owner.post("openapi/quota/get", path)["quota"]["used"] == 0
    by_secret = {**mine, "appsecret": owner.account.secret}
    assert owner.post("clear_quota/v2", {**mine, "appsecret": "x"}, access_token="")["errcode"] == 40125
    for _ in range(9):
        assert owner.post("clear_quota/v2", by_secret, access_token="")["errcode"] == 0
    assert owner.post("clear_quota", mine)["errcode"] == 48006
    owner.advance(31 * DAY)
    owner.token = owner.fetch_token()
    assert owner.post("clear_quota", mine)["errcode"] == 0


def test_stable_tokens_are_limited_by_the_minute(owner: Owner) -> None:
    """Ten thousand; the next minute begins anew."""
    owner.advance(-owner.now % MINUTE)
    _stable(owner)
    owner.account.quotas.minute_calls = limits.STABLE_TOKENS_A_MINUTE
    assert _stable(owner)["errcode"] == 45011
    owner.advance(MINUTE)
    assert "access_token" in _stable(owner)
