"""The custom menu."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.wechat.tests.calls import Owner

_CLICK = {"type": "click", "name": "Help", "key": "HELP"}
_VIEW = {"type": "view", "name": "Shop", "url": "https://shop.example/"}


@pytest.fixture
def owner() -> Owner:
    """Somebody who holds appid and secret."""
    return Owner()


def test_a_menu_is_kept_given_back_and_taken_away(owner: Owner) -> None:
    """In both forms that it has."""
    assert owner.get("menu/get")["errcode"] == 46003
    assert owner.get("get_current_selfmenu_info") == {"is_menu_open": 0}
    assert owner.post("menu/create", {"button": [_CLICK, {"name": "More", "sub_button": [_VIEW]}]})["errcode"] == 0
    shown = owner.get("menu/get")["menu"]["button"]
    assert shown == [
        {**_CLICK, "sub_button": []},
        {"name": "More", "sub_button": [{**_VIEW, "sub_button": []}]},
    ]
    told = owner.get("get_current_selfmenu_info")
    assert told["selfmenu_info"]["button"] == [_CLICK, {"name": "More", "sub_button": {"list": [_VIEW]}}]
    assert owner.get("menu/delete") == {"errcode": 0, "errmsg": "ok"}
    assert owner.get("menu/get")["errcode"] == 46003


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([_CLICK] * 4, 40016),
        ([{**_CLICK, "type": "call"}], 40017),
        ([{"name": "Help"}], 40017),
        ([{**_CLICK, "name": ""}], 40018),
        ([{**_CLICK, "name": "é" * 9}], 40018),
        ([{**_CLICK, "key": "k" * 129}], 40019),
        ([{"type": "click", "name": "Help"}], 40019),
        ([{**_VIEW, "url": ""}], 40020),
        ([{**_VIEW, "url": "https://a.example/" + "x" * 1_024}], 40020),
        ([{**_VIEW, "url": "ftp://a.example/"}], 40055),
        ([{"type": "media_id", "name": "Help"}], 40007),
        ([{"name": "More", "sub_button": [_CLICK] * 6}], 40023),
        ([{"name": "More", "sub_button": [{"name": "Deeper", "sub_button": [_CLICK]}]}], 40023),
        ([{"name": "More", "sub_button": [{**_CLICK, "type": "call"}]}], 40024),
        ([{"name": "More", "sub_button": ["Help"]}], 40024),
        ([{"name": "More", "sub_button": [{"type": "click"}]}], 40024),
        ([{"name": "More", "sub_button": [{**_CLICK, "name": "x" * 61}]}], 40025),
        ([{"name": "More", "sub_button": [{**_CLICK, "key": ""}]}], 40026),
        ([{"name": "More", "sub_button": [{**_VIEW, "url": ""}]}], 40027),
        ([{"name": "More", "sub_button": [{**_VIEW, "url": "shop"}]}], 40054),
        ("Help", 40035),
        ([{"type": "click", "key": "HELP"}], 40035),
    ],
)
def test_wrong_menus_are_refused(owner: Owner, buttons: Any, code: int) -> None:
    """Each mistake by its own code, and the old menu stays."""
    owner.post("menu/create", {"button": [_CLICK]})
    assert owner.post("menu/create", {"button": buttons})["errcode"] == code
    assert owner.get("menu/get")["menu"]["button"][0]["name"] == "Help"


def test_escapes_are_refused(owner: Owner) -> None:
    """A menu is written in UTF-8."""
    body = b'{"button":[{"type":"click","name":"\\u4f60","key":"k"}]}'
    assert owner.raw("POST", "menu/create", body)["errcode"] == 40033
