"""What only Instagram does: bytes, reads by message, consent, tokens that expire, hearts and shared posts."""

from __future__ import annotations

import pytest

from fake_channels.core import handset as acts
from fake_channels.core.instants import DAY, HOUR
from fake_channels.instagram.tests.calls import Shop
from fake_channels.meta.tests.calls import PDF, PNG, code_of, serving, shown


def test_a_text_has_a_thousand_bytes(shop: Shop) -> None:
    """Bytes, not characters."""
    customer = shop.writer()
    shop.text(customer, "x" * 1_000)
    shop.text(customer, "é" * 500)
    for text in ("x" * 1_001, "é" * 501, "👋" * 251):
        status, answer = shop.post(customer, {"text": text})
        assert (status, answer["error"]["code"]) == (400, 100)
        assert "less than or equal to 1000 bytes" in answer["error"]["message"]


def test_an_echo_comes_in_the_field_of_messages(shop: Shop) -> None:
    """There is no other to subscribe to; no delivery follows."""
    shop.call("POST", "/me/subscribed_apps", subscribed_fields="messages")
    customer = shop.writer()
    mid = shop.text(customer)
    assert [(one["mid"], one["is_echo"]) for one in shop.heard("message")] == [(mid, True)]


def test_each_message_is_told_as_read(shop: Shop) -> None:
    """By its id, oldest first, an album once; reading again tells nothing."""
    customer = shop.writer()
    shop.answer = serving(PNG, "image/png")
    picture = {"type": "image", "payload": {"url": "https://x.example/a.png"}}
    mids = [shop.text(customer), shop.send(customer, {"attachments": [picture] * 2})]
    shop.told()
    shop.act(customer, acts.Read())
    assert shop.heard("read") == [{"mid": mid} for mid in mids]
    shop.act(customer, acts.Read())
    assert shop.events() == []


def test_a_reaction_does_not_open_the_window(shop: Shop) -> None:
    """A message does."""
    customer = shop.writer()
    mid = shop.text(customer)
    shop.advance(DAY - 1)
    shop.act(customer, acts.React(item=mid, emoji="❤️"))
    shop.advance(1)
    assert code_of(shop.post(customer, {"text": "x"})) == (403, 10, 2534022)


def test_an_album_may_be_an_object_and_has_ten_pictures_at_most(shop: Shop) -> None:
    """Some pages of the documentation show an object."""
    customer = shop.writer()
    shop.answer = serving(PNG, "image/png")
    picture = {"type": "image", "payload": {"url": "https://x.example/a.png"}}
    shop.send(customer, {"attachments": picture})
    shop.send(customer, {"attachments": [picture] * 10})
    assert len(shown(customer)) == 11
    assert code_of(shop.post(customer, {"attachments": [picture] * 11}))[:2] == (400, 100)


@pytest.mark.parametrize(
    ("kind", "data", "mime"), [("file", PNG, "image/png"), ("audio", b"ID3" + bytes(60), "audio/mpeg")]
)
def test_files_are_documents_of_one_type(shop: Shop, kind: str, data: bytes, mime: str) -> None:
    """PDF; and audio knows no MP3."""
    customer = shop.writer()
    shop.answer = serving(data, mime)
    assert code_of(shop.file(customer, kind)) == (400, 100, 2018047)
    shop.answer = serving(PDF, "application/pdf")
    assert shop.file(customer, "file")[0] == 200


def test_a_heart_is_the_only_sticker(shop: Shop) -> None:
    """Its echo is an attachment without payload."""
    customer = shop.writer()
    shop.send(customer, {"attachment": {"type": "like_heart"}})
    (item,) = shown(customer)
    assert (item.kind, item.text) == ("sticker", "❤️")
    assert [one["attachments"] for one in shop.heard("message")] == [[{"type": "like_heart"}]]


def test_only_own_posts_can_be_shared(shop: Shop) -> None:
    """Those that the account lists."""
    customer = shop.writer()
    posts = [one["id"] for one in shop.call("GET", "/me/media")[1]["data"]]
    assert len(posts) == 2
    shop.send(customer, {"attachment": {"type": "MEDIA_SHARE", "payload": {"id": posts[0]}}})
    assert shown(customer)[0].kind == "share"
    elsewhere = {"attachment": {"type": "MEDIA_SHARE", "payload": {"id": "123"}}}
    assert code_of(shop.post(customer, elsewhere))[:2] == (400, 100)
    assert code_of(shop.post(customer, {"attachment": {"type": "MEDIA_SHARE"}}))[:2] == (400, 100)


# --- profiles ---------------------------------------------------------------------------------------------------------


def test_a_profile_needs_consent(shop: Shop) -> None:
    """Who wrote, or tapped an ice breaker, gave it; who blocked the account took it back."""
    customer = shop.enrol("Ada Lovelace")
    path = f"/{customer.identity}"
    status, answer = shop.call("GET", path)
    assert (status, answer["error"]["code"]) == (403, 230)
    assert answer["error"]["message"] == "User consent is required to access user profile"
    shop.act(customer, acts.SendText(text="hello"))
    status, profile = shop.call("GET", path, fields="name,username,profile_pic")
    assert (status, profile["name"], profile["username"]) == (200, "Ada Lovelace", customer.person.username)
    assert shop.download(profile["profile_pic"]).status == 200
    shop.advance(3 * DAY)
    assert shop.download(profile["profile_pic"]).status == 403
    shop.act(customer, acts.Block())
    assert code_of(shop.call("GET", path))[1] == 230


def test_profiles_of_nobody_and_fields_that_are_not_there(shop: Shop) -> None:
    """Each with its own error."""
    assert code_of(shop.call("GET", "/12345")) == (400, 100, 2534014)
    assert code_of(shop.call("GET", f"/{shop.writer().identity}", fields="shoe_size")) == (400, 100, None)


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_user_token_lives_sixty_days(shop: Shop) -> None:
    """From its first use; the Page's goes on."""
    assert shop.call("GET", "/me")[0] == 200
    shop.advance(60 * DAY - 1)
    assert shop.call("GET", "/me")[0] == 200
    shop.advance(1)
    status, answer = shop.call("GET", "/me")
    assert code_of((status, answer)) == (401, 190, 463)
    assert answer["error"]["message"].endswith("2024-01-13T22:13:20.000Z.")
    shop.token = shop.account.page_token
    assert shop.call("GET", "/me")[0] == 200


def test_a_token_is_refreshed_after_a_day(shop: Shop) -> None:
    """Not sooner; the new one lives sixty days, the old one until its own end."""
    first = shop.token
    assert shop.call("GET", "/me")[0] == 200
    shop.advance(DAY - 1)
    assert code_of(shop.call("GET", "/refresh_access_token", grant_type="ig_refresh_token"))[:2] == (400, 100)
    shop.advance(1)
    status, answer = shop.call("GET", "/refresh_access_token", grant_type="ig_refresh_token")
    assert (status, answer["token_type"], answer["expires_in"]) == (200, "bearer", 5_184_000)
    assert answer["access_token"] != first
    assert shop.component.owns(answer["access_token"])
    shop.advance(59 * DAY)
    assert code_of(shop.call("GET", "/me")) == (401, 190, 463)
    shop.token = answer["access_token"]
    assert shop.call("GET", "/me")[0] == 200
    assert {first, shop.token} <= set(shop.component.secrets())


def test_tokens_are_not_kept_for_ever(shop: Shop) -> None:
    """The oldest go."""
    first = shop.token
    for _ in range(3):
        assert shop.call("GET", "/me")[0] == 200
        shop.advance(25 * HOUR)
        shop.token = shop.call("GET", "/refresh_access_token", grant_type="ig_refresh_token")[1]["access_token"]
    assert len(shop.account.tokens) == 3
    assert not shop.component.owns(first)


def test_only_a_user_token_can_be_refreshed(shop: Shop) -> None:
    """And only with its grant."""
    assert shop.call("GET", "/me")[0] == 200
    shop.advance(2 * DAY)
    assert code_of(shop.call("GET", "/refresh_access_token"))[:2] == (400, 100)
    shop.token = shop.account.page_token
    assert code_of(shop.call("GET", "/refresh_access_token", grant_type="ig_refresh_token"))[:2] == (400, 100)
