"""Rich menus: made, pictured, shown and named."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from fake_channels.line import limits
from fake_channels.line.tests.calls import BOT, JPEG, NOBODY, PDF, Owner, menu, png

_YES = {"type": "message", "text": "yes"}


def _upload(owner: Owner, menu_id: str, data: bytes, mime: str = "image/png") -> tuple[int, Any]:
    headers = owner.headers(content_type=mime)
    reply = owner.ask("POST", f"{BOT}/richmenu/{menu_id}/content", body=data, headers=headers)
    return reply.status, orjson.loads(reply.body)


def test_a_menu_is_made_read_listed_and_deleted() -> None:
    """As it was given, with its id."""
    owner = Owner()
    menu_id = owner.ok("POST", "/richmenu", {**menu(_YES), "unknown": 1})["richMenuId"]
    whole = {"richMenuId": menu_id, **menu(_YES)}
    assert owner.ok("GET", f"/richmenu/{menu_id}") == whole
    assert owner.ok("GET", "/richmenu/list") == {"richmenus": [whole]}
    assert owner.ok("DELETE", f"/richmenu/{menu_id}") == {}
    for method in ("GET", "DELETE"):
        assert owner.refused(method, f"/richmenu/{menu_id}") == (404, {"message": "Not found"})


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"size": {"width": 799, "height": 300}}, "size.width"),
        ({"size": {"width": 800, "height": 600}}, "size"),
        ({"name": ""}, "name"),
        ({"chatBarText": "x" * 15}, "chatBarText"),
        ({"areas": menu(*[_YES] * 21)["areas"]}, "areas"),
        ({"areas": menu({"type": "message"})["areas"]}, "areas[0].action.text"),
        ({"areas": menu({"type": "camera"})["areas"]}, "areas[0].action.type"),
    ],
)
def test_a_wrong_menu_is_refused_and_can_be_checked_first(change: dict[str, Any], name: str) -> None:
    """By the property that is wrong."""
    owner = Owner()
    for path in ("/richmenu", "/richmenu/validate"):
        told = owner.refused("POST", path, {**menu(_YES), **change})
        assert (told[0], told[1]["details"][0]["property"]) == (400, name)
    assert owner.ok("POST", "/richmenu/validate", menu(_YES)) == {}
    assert owner.account.menus == {}


def test_there_are_so_many_menus_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then one must go before another can come."""
    monkeypatch.setattr(limits, "MENUS_MAX", 1)
    owner = Owner()
    owner.ok("POST", "/richmenu", menu(_YES))
    assert owner.refused("POST", "/richmenu", menu(_YES)) == (400, {"message": "Too many rich menus"})


def test_a_picture_is_given_once_and_read_back() -> None:
    """Its type and its size must be those of the menu."""
    owner = Owner()
    menu_id = owner.ok("POST", "/richmenu", menu(_YES))["richMenuId"]
    assert owner.refused("GET", f"/richmenu/{menu_id}/content")[0] == 404
    assert _upload(owner, menu_id, PDF)[0] == 400
    assert _upload(owner, menu_id, png(100, 100))[0] == 400
    assert _upload(owner, menu_id, png()[:10])[0] == 400
    assert _upload(owner, menu_id, png(), "image/gif")[0] == 415
    assert _upload(owner, menu_id, png() + bytes(limits.MENU_IMAGE_MAX))[0] == 413
    assert _upload(owner, menu_id, png()) == (200, {})
    assert _upload(owner, menu_id, JPEG, "image/jpeg")[0] == 400
    assert _upload(owner, "richmenu-x", png()) == (404, {"message": "Not found"})
    reply = owner.call("GET", f"{BOT}/richmenu/{menu_id}/content")
    assert (reply.content_type, reply.body) == ("image/png", png())


def test_everybody_sees_the_default_menu_and_one_may_see_another() -> None:
    """Until it is unlinked, cancelled or deleted."""
    owner = Owner()
    customer = owner.account.customers[owner.friend().identity]
    user_id = customer.handset.identity
    common, own = owner.menu(_YES), owner.menu(_YES)
    assert owner.refused("GET", "/user/all/richmenu") == (404, {"message": "Not found"})
    owner.ok("POST", f"/user/all/richmenu/{common}")
    assert owner.ok("GET", "/user/all/richmenu") == {"richMenuId": common}
    assert owner.refused("GET", f"/user/{user_id}/richmenu")[0] == 404
    owner.ok("POST", f"/user/{user_id}/richmenu/{own}")
    assert owner.ok("GET", f"/user/{user_id}/richmenu") == {"richMenuId": own}
    assert owner.account.menu_of(customer)[0] == own
    owner.ok("DELETE", f"/user/{user_id}/richmenu")
    assert owner.account.menu_of(customer)[0] == common
    owner.ok("DELETE", "/user/all/richmenu")
    assert owner.account.menu_of(customer) is None
    owner.ok("POST", f"/user/{user_id}/richmenu/{own}")
    owner.ok("DELETE", f"/richmenu/{own}")
    assert owner.account.menu_of(customer) is None
    assert owner.ok("DELETE", f"/user/{NOBODY}/richmenu") == {}
    assert owner.refused("POST", f"/user/{NOBODY}/richmenu/{common}")[0] == 404


def test_a_menu_without_a_picture_is_shown_to_nobody() -> None:
    """The answer says what is missing."""
    owner = Owner()
    user_id = owner.friend().identity
    menu_id = owner.ok("POST", "/richmenu", menu(_YES))["richMenuId"]
    says = (400, {"message": "must upload richmenu image before applying it to user"})
    assert owner.refused("POST", f"/user/all/richmenu/{menu_id}") == says
    assert owner.refused("POST", f"/user/{user_id}/richmenu/{menu_id}") == says
    assert owner.refused("POST", "/richmenu/alias", {"richMenuAliasId": "a", "richMenuId": menu_id}) == says
    bulk = {"richMenuId": menu_id, "userIds": [user_id]}
    assert owner.refused("POST", "/richmenu/bulk/link", bulk) == says
    assert owner.refused("POST", "/user/all/richmenu/richmenu-x") == (404, {"message": "Not found"})


def test_many_are_linked_and_unlinked_at_once() -> None:
    """Unknown ones are left out; the answer is 202."""
    owner = Owner()
    users = [owner.friend().identity for _ in range(2)]
    menu_id = owner.menu(_YES)
    owner.ok("POST", "/richmenu/bulk/link", {"richMenuId": menu_id, "userIds": [*users, NOBODY]}, status=202)
    assert [owner.account.customers[user].rich_menu for user in users] == [menu_id] * 2
    owner.ok("POST", "/richmenu/bulk/unlink", {"userIds": [*users, NOBODY]}, status=202)
    assert [owner.account.customers[user].rich_menu for user in users] == [""] * 2
    assert "'userIds[0]'" in owner.refused("POST", "/richmenu/bulk/unlink", {"userIds": ["x"]})[1]["message"]


def test_an_alias_names_a_menu() -> None:
    """It can be moved, and is unique."""
    owner = Owner()
    first, second = owner.menu(_YES), owner.menu(_YES)
    alias = {"richMenuAliasId": "main", "richMenuId": first}
    assert owner.ok("POST", "/richmenu/alias", alias) == {}
    assert owner.refused("POST", "/richmenu/alias", alias) == (400, {"message": "conflict richmenu alias id"})
    assert owner.ok("GET", "/richmenu/alias/main") == alias
    owner.ok("POST", "/richmenu/alias/main", {"richMenuId": second})
    assert owner.ok("GET", "/richmenu/alias/list") == {"aliases": [{**alias, "richMenuId": second}]}
    unknown = {"richMenuId": "richmenu-x"}
    assert owner.refused("POST", "/richmenu/alias/main", unknown) == (400, {"message": "richmenu not found"})
    assert owner.ok("DELETE", "/richmenu/alias/main") == {}
    for method, value in (("GET", None), ("DELETE", None), ("POST", {"richMenuId": second})):
        told = owner.refused(method, "/richmenu/alias/main", value)
        assert told == (404, {"message": "richmenu alias not found"})


def test_there_are_so_many_aliases_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as menus."""
    owner = Owner()
    menu_id = owner.menu(_YES)
    monkeypatch.setattr(limits, "MENUS_MAX", 1)
    owner.ok("POST", "/richmenu/alias", {"richMenuAliasId": "a", "richMenuId": menu_id})
    assert owner.refused("POST", "/richmenu/alias", {"richMenuAliasId": "b", "richMenuId": menu_id})[0] == 400
    owner.ok("POST", "/richmenu/alias/a", {"richMenuId": menu_id})
