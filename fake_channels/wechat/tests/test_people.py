"""Followers and their profiles."""

from __future__ import annotations

import pytest

from fake_channels.core.handset import OptIn, OptOut
from fake_channels.wechat import limits
from fake_channels.wechat.tests.calls import Owner


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


def test_a_profile_tells_little(owner: Owner) -> None:
    """No name, unless the console says so; how the person came, and since when."""
    customer = owner.enrol("Ada Lovelace")
    owner.act(customer, OptIn(payload="shop-7"))
    told = owner.get("user/info", openid=customer.identity, lang="en")
    assert told == {
        "subscribe": 1,
        "openid": customer.identity,
        "nickname": "",
        "sex": 0,
        "language": "en",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": owner.now // 1000,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE",
        "qr_scene": 0,
        "qr_scene_str": "shop-7",
    }
    account = owner.account
    settings = {"appid": account.appid, "secret": account.secret, "nicknames": True}
    assert owner.post("/console/server", settings, access_token="")["errcode"] == 0
    assert owner.get("user/info", openid=customer.identity)["nickname"] == "Ada Lovelace"
    owner.act(customer, OptOut())
    assert owner.get("user/info", openid=customer.identity) == {"subscribe": 0, "openid": customer.identity}


def test_openids_are_28_characters(owner: Owner) -> None:
    """As clients check."""
    identities = {owner.enrol().identity for _ in range(20)}
    assert len(identities) == 20
    assert all(len(one) == 28 and one.startswith("o") for one in identities)


def test_unknown_people_are_refused(owner: Owner) -> None:
    """One by one and in a batch."""
    customer = owner.follower()
    assert owner.get("user/info", openid="o")["errcode"] == 40003
    assert owner.get("user/info")["errcode"] == 41009
    mine = {"openid": customer.identity}
    assert len(owner.post("user/info/batchget", {"user_list": [mine]})["user_info_list"]) == 1
    assert owner.post("user/info/batchget", {"user_list": [mine, {"openid": "o"}]})["errcode"] == 40031
    assert owner.post("user/info/batchget", {"user_list": [mine] * 101})["errcode"] == 40032
    assert owner.post("user/info/batchget", {"user_list": []})["errcode"] == 40035


def test_followers_come_by_the_page(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which they came; who left is not among them."""
    assert owner.get("user/get") == {"total": 0, "count": 0, "next_openid": ""}
    monkeypatch.setattr(limits, "PAGE_USERS", 2)
    people = [owner.follower() for _ in range(4)]
    owner.act(people[1], OptOut())
    stay = [people[0].identity, people[2].identity, people[3].identity]
    first = owner.get("user/get")
    assert first == {"total": 3, "count": 2, "data": {"openid": stay[:2]}, "next_openid": stay[1]}
    second = owner.get("user/get", next_openid=stay[1])
    assert (second["count"], second["data"]["openid"], second["next_openid"]) == (1, stay[2:], stay[2])
    assert owner.get("user/get", next_openid=stay[2]) == {"total": 3, "count": 0, "next_openid": ""}
    assert owner.get("user/get", next_openid="none")["errcode"] == 40003
