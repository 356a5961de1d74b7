"""Webhooks: targets, at most five, updates."""

from typing import Any

import pytest

from fake_sinch import contracts
from fake_sinch.tests.scene import SUBJECT, Scene, violations


def test_a_webhook_comes_back_whole(scene: Scene) -> None:
    """Secret and client credentials are stored and shown; the target type defaults to HTTP."""
    credentials = {"client_id": "c", "client_secret": "s", "endpoint": "https://idp.test/", "scope": "x"}
    made = scene.webhook("MESSAGE_INBOUND", "OPT_IN", secret="s3", client_credentials=credentials)
    assert (made["target_type"], made["secret"], made["client_credentials"]) == ("HTTP", "s3", credentials)
    assert contracts.violations("responses", "webhook", made) == ()
    assert scene.ask("GET", f"/webhooks/{made['id']}") == made
    assert scene.ask("GET", f"/apps/{scene.app_id}/webhooks") == {"webhooks": [made]}


@pytest.mark.parametrize(
    "target",
    [
        SUBJECT,
        "https://us.conversation.api.sinch.com/x".replace("us.conversation.", "conversation-api.us."),
        "ftp://subject.test/",
        "subject.test",
        "https://",
        "https://[::1",
        "https://subject.test/" + "x" * 722,
    ],
)
def test_targets_that_are_refused(scene: Scene, target: str) -> None:
    """A duplicate, the API's own hosts, what is no HTTP URL, and what is longer than 742 characters."""
    scene.webhook("MESSAGE_INBOUND")
    body = {"app_id": scene.app_id, "target": target, "triggers": ["OPT_IN"]}
    said = scene.ask("POST", "/webhooks", body, status=400)
    assert said["error"]["status"] == "INVALID_ARGUMENT"
    assert set(violations(said)) == {"target"}


def test_the_longest_target_is_accepted(scene: Scene) -> None:
    """742 characters are allowed."""
    assert scene.webhook("OPT_IN", target="https://subject.test/" + "x" * 721)["id"]


def test_the_sixth_webhook_is_refused(scene: Scene) -> None:
    """Five per app."""
    for n in range(5):
        scene.webhook("OPT_IN", target=f"https://subject.test/{n}")
    body = {"app_id": scene.app_id, "target": "https://subject.test/6", "triggers": ["OPT_IN"]}
    assert "at most 5" in violations(scene.ask("POST", "/webhooks", body, status=400))["app_id"]


@pytest.mark.parametrize("triggers", [[], ["UNSPECIFIED_TRIGGER"], ["message_inbound"], None, "OPT_IN"])
def test_triggers_must_be_known(scene: Scene, triggers: Any) -> None:
    """At least one, and none that is unspecified or unknown."""
    body = {"app_id": scene.app_id, "target": SUBJECT, "triggers": triggers}
    found = violations(scene.ask("POST", "/webhooks", body, status=400))
    assert set(found) <= {"triggers", "triggers[0]"}
    assert found


def test_an_unknown_app_is_404(scene: Scene) -> None:
    """A webhook belongs to an app of the project."""
    body = {"app_id": "X", "target": SUBJECT, "triggers": ["OPT_IN"]}
    scene.ask("POST", "/webhooks", body, status=404)
    scene.ask("GET", "/apps/X/webhooks", status=404)


def test_update_with_and_without_a_mask(scene: Scene) -> None:
    """Its own target is no duplicate; a masked absent field is emptied; essentials cannot be."""
    made = scene.webhook("MESSAGE_INBOUND", secret="s")
    path = f"/webhooks/{made['id']}"
    changed = scene.ask("PATCH", path, {"target": SUBJECT, "triggers": ["OPT_IN"]})
    assert (changed["target"], changed["triggers"], changed["secret"]) == (SUBJECT, ["OPT_IN"], "s")
    assert scene.ask("PATCH", f"{path}?update_mask=secret", {})["secret"] == ""
    scene.ask("PATCH", f"{path}?update_mask=target,triggers", {}, status=400)
    scene.ask("PATCH", path, {"app_id": "other"}, status=400)
    scene.ask("PATCH", "/webhooks/X", {}, status=404)


def test_another_webhooks_target_is_a_duplicate(scene: Scene) -> None:
    """An update is checked like a creation."""
    scene.webhook("OPT_IN")
    other = scene.webhook("OPT_IN", target="https://other.test/")
    said = scene.ask("PATCH", f"/webhooks/{other['id']}", {"target": SUBJECT}, status=400)
    assert set(violations(said)) == {"target"}


def test_a_deleted_webhook_is_gone(scene: Scene) -> None:
    """DELETE answers an empty object."""
    made = scene.webhook("OPT_IN")
    assert scene.ask("DELETE", f"/webhooks/{made['id']}") == {}
    scene.ask("GET", f"/webhooks/{made['id']}", status=404)


def test_a_repeated_trigger_counts_once(scene: Scene) -> None:
    """It is stored, and heard, once."""
    assert scene.webhook("OPT_IN", "OPT_OUT", "OPT_IN")["triggers"] == ["OPT_IN", "OPT_OUT"]
