"""Messenger's own routes: the Page."""

from __future__ import annotations

from fake_channels.messenger.tests.calls import Page
from fake_channels.meta.tests.calls import code_of


def test_me_is_the_page(page: Page) -> None:
    """For its token; for the app's token it is the app."""
    account = page.account
    assert page.call("GET", "/me") == (200, {"id": account.owner_id, "name": "Acme Support"})
    assert page.call("GET", f"/{account.owner_id}", fields="name")[1] == {
        "name": "Acme Support",
        "id": account.owner_id,
    }
    assert code_of(page.call("GET", "/me", fields="name,nonsense"))[:2] == (400, 100)
    assert page.as_app("GET", f"/{account.app_id}/subscriptions")[0] == 200
    assert code_of(page.as_app("GET", f"/{account.owner_id}/subscriptions")) == (400, 100, 33)


def test_the_page_may_ask_for_the_apps_subscriptions(page: Page) -> None:
    """By the app's id."""
    assert page.call("GET", f"/{page.account.app_id}/subscriptions")[0] == 200


def test_a_deep_body_is_refused(page: Page) -> None:
    """Deeper than anybody can read."""
    body = b'{"recipient":{"id":"1"},"message":{"text":' + b"[" * 1_020 + b"]" * 1_020 + b"}}"
    headers = {"authorization": f"Bearer {page.token}"}
    assert page.ask("POST", "/me/messages", body=body, headers=headers).status == 400
