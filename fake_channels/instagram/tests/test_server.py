"""Instagram's two flavours: the account by its own token, and through its Page."""

from __future__ import annotations

from typing import Any

import pytest

from fake_channels.core.effects import Answer
from fake_channels.core.handset import SendText
from fake_channels.core.instants import HOUR
from fake_channels.instagram.tests.calls import Shop
from fake_channels.meta.tests.calls import PNG, code_of, shown


def test_me_is_the_account_or_its_page(shop: Shop) -> None:
    """By the token."""
    account = shop.account
    assert shop.call("GET", "/me", fields="user_id,username")[1] == {
        "user_id": account.owner_id,
        "username": account.username,
        "id": account.owner_id,
    }
    shop.token = account.page_token
    linked = shop.call("GET", "/me", fields="name,instagram_business_account")[1]
    assert linked["id"] == account.page_id
    assert linked["instagram_business_account"] == {"id": account.owner_id}
    assert shop.call("GET", f"/{account.owner_id}", fields="username")[1]["username"] == account.username


@pytest.mark.parametrize(("flavour", "kind"), [("token", "IGApiException"), ("page_token", "OAuthException")])
def test_both_flavours_send_and_differ_in_their_errors(shop: Shop, flavour: str, kind: str) -> None:
    """Under `me` and under the node of the flavour; the other's node is unknown to it."""
    customer, account = shop.writer(), shop.account
    shop.token = getattr(account, flavour)
    own, other = (account.owner_id, account.page_id) if flavour == "token" else (account.page_id, account.owner_id)
    body = {"recipient": {"id": customer.identity}, "message": {"text": "x"}}
    assert shop.call("POST", "/me/messages", body)[0] == 200
    assert shop.call("POST", f"/{own}/messages", body)[0] == 200
    assert code_of(shop.call("POST", f"/{other}/messages", body)) == (400, 100, 33)
    assert len(shown(customer)) == 2
    shop.advance(25 * HOUR)
    error = shop.call("POST", "/me/messages", body)[1]["error"]
    assert (error["type"], error["message"].startswith("(#10) ")) == (kind, kind == "OAuthException")
    failed: Any = {**body, "message": {"attachment": {"type": "image", "payload": {"url": "http://x.example"}}}}
    shop.answer = lambda _: Answer(404)
    shop.act(customer, SendText(text="hello"))
    assert shop.call("POST", "/me/messages", failed)[1]["error"]["type"] == kind


def test_through_a_page_the_platform_must_be_named(shop: Shop) -> None:
    """It is Messenger's otherwise."""
    shop.token = shop.account.page_token
    assert shop.upload("image", PNG, "image/png")[0] == 200
    message = '{"attachment":{"type":"image","payload":{"is_reusable":true}}}'
    answer = shop.form("/me/message_attachments", {"message": message}, PNG, "image/png")
    assert code_of(answer)[:2] == (400, 100)
    assert code_of(shop.call("GET", "/me/messenger_profile", fields="ice_breakers"))[:2] == (400, 100)
    shop.token = shop.account.token
    assert shop.call("GET", "/me/messenger_profile", fields="ice_breakers") == (200, {"data": []})


def test_a_deep_body_is_refused(shop: Shop) -> None:
    """Deeper than anybody can read."""
    body = b'{"recipient":{"id":"1"},"message":{"text":' + b"[" * 1_020 + b"]" * 1_020 + b"}}"
    headers = {"authorization": f"Bearer {shop.token}"}
    assert shop.ask("POST", "/me/messages", body=body, headers=headers).status == 400


def test_a_field_that_nobody_has_is_refused(shop: Shop) -> None:
    """Of the account, and of its Page."""
    for token in (shop.account.token, shop.account.page_token):
        shop.token = token
        assert code_of(shop.call("GET", "/me", fields="name,nonsense"))[:2] == (400, 100)
