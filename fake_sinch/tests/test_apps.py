"""Apps: credentials that fit their channel, defaults, updates, deletion."""

from typing import Any

import pytest

from fake_sinch import contracts
from fake_sinch.limits import CREDENTIAL_KEYS
from fake_sinch.tests.scene import Scene, violations

SMS = {"channel": "SMS", "static_bearer": {"claimed_identity": "plan", "token": "t"}}
TELEGRAM = {"channel": "TELEGRAM", "telegram_credentials": {"token": "1:x"}}


def _create(scene: Scene, *credentials: object, **fields: object) -> dict[str, Any]:
    body = {"display_name": "Shop", "channel_credentials": list(credentials) or [SMS], **fields}
    made: dict[str, Any] = scene.ask("POST", "/apps", body)
    return made


def test_a_new_app_has_the_documented_defaults(scene: Scene) -> None:
    """What the caller leaves out is shown with the vendor's default; the mode is DISPATCH."""
    made = _create(scene)
    assert made["processing_mode"] == "DISPATCH"
    assert made["retention_policy"] == {"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 180}
    assert made["dispatch_retention_policy"]["ttl_days"] == 0
    assert made["queue_stats"] == {"outbound_size": 0, "outbound_limit": 500_000}
    credential = made["channel_credentials"][0]
    assert credential["state"] == {"status": "ACTIVE", "description": ""}
    assert (credential["callback_secret"], credential["credential_ordinal_number"]) == ("", 0)
    assert contracts.violations("responses", "app", made) == ()
    assert scene.ask("GET", f"/apps/{made['id']}") == made
    assert made in scene.ask("GET", "/apps")["apps"]


def test_the_worlds_own_app_is_valid(scene: Scene) -> None:
    """The app a project starts with is shown like any other."""
    said = scene.ask("GET", "/apps")
    assert contracts.violations("responses", "apps", said) == ()
    assert [c["channel"] for c in said["apps"][0]["channel_credentials"]] == ["WHATSAPP", "TELEGRAM", "SMS"]


@pytest.mark.parametrize(
    ("credential", "field"),
    [
        ({"channel": "SMS", "telegram_credentials": {"token": "x"}}, "channel_credentials[0]"),
        ({"channel": "TELEGRAM"}, "channel_credentials[0]"),
        ({"channel": "FAX", "static_token": {"token": "x"}}, "channel_credentials[0].channel"),
        ({"channel": "MESSENGER", "static_token": {}}, "channel_credentials[0].static_token.token"),
        ({**SMS, "callback_secret": "x" * 257}, "channel_credentials[0].callback_secret"),
    ],
)
def test_a_bad_credential_is_400(scene: Scene, credential: dict[str, Any], field: str) -> None:
    """The credential must be the one of its channel, and whole."""
    body = {"display_name": "Shop", "channel_credentials": [credential]}
    assert set(violations(scene.ask("POST", "/apps", body, status=400))) == {field}


def test_a_channel_has_one_credential_except_line(scene: Scene) -> None:
    """Two of a channel are refused; LINE may have several."""
    body = {"display_name": "Shop", "channel_credentials": [SMS, SMS]}
    assert "SMS" in violations(scene.ask("POST", "/apps", body, status=400))["channel_credentials"]
    line = {"channel": "LINE", "line_credentials": {"token": "t", "secret": "s"}}
    assert len(_create(scene, line, line)["channel_credentials"]) == 2


def test_every_channel_has_a_credential_key() -> None:
    """No channel of the contract is left without one."""
    assert set(contracts.document("requests", "create_app")["$defs"]["channel"]["enum"]) == set(CREDENTIAL_KEYS)


@pytest.mark.parametrize(
    "fields",
    [
        {"retention_policy": {"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 3651}},
        {"dispatch_retention_policy": {"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 8}},
        {"message_retry_settings": {"retry_duration": 29}},
        {"processing_mode": "BOTH"},
    ],
)
def test_bounds_of_settings(scene: Scene, fields: dict[str, Any]) -> None:
    """Retention and retry durations have bounds."""
    body = {"display_name": "Shop", "channel_credentials": [SMS], **fields}
    assert violations(scene.ask("POST", "/apps", body, status=400))


def test_an_update_replaces_the_credentials_whole(scene: Scene) -> None:
    """The array is not merged; order is priority; without a mask all given fields count."""
    made = _create(scene)
    body = {"channel_credentials": [TELEGRAM, SMS], "display_name": "New", "processing_mode": "CONVERSATION"}
    changed = scene.ask("PATCH", f"/apps/{made['id']}", body)
    assert [c["channel"] for c in changed["channel_credentials"]] == ["TELEGRAM", "SMS"]
    assert [c["credential_ordinal_number"] for c in changed["channel_credentials"]] == [0, 1]
    assert (changed["display_name"], changed["processing_mode"]) == ("New", "CONVERSATION")


def test_update_mask_of_apps(scene: Scene) -> None:
    """Masked and absent resets to the default; not masked stays; what cannot be empty is refused."""
    made = _create(scene, conversation_metadata_report_view="FULL")
    path = f"/apps/{made['id']}?update_mask="
    changed = scene.ask("PATCH", f"{path}conversation_metadata_report_view", {"display_name": "ignored"})
    assert (changed["conversation_metadata_report_view"], changed["display_name"]) == ("NONE", "Shop")
    scene.ask("PATCH", f"{path}display_name", {}, status=400)
    scene.ask("PATCH", f"{path}queue_stats", {}, status=400)


def test_new_credentials_keep_the_labs_side(scene: Scene) -> None:
    """What the lab knows of a vendor's account survives an update by the subject."""
    scene.service.state.apps[scene.app_id].credentials[2].vendor = {"number": "1"}
    scene.ask("PATCH", f"/apps/{scene.app_id}", {"channel_credentials": [SMS]})
    assert scene.service.state.apps[scene.app_id].credentials[0].vendor == {"number": "1"}


def test_a_deleted_app_leaves_the_contacts(scene: Scene) -> None:
    """Conversations, messages and webhooks go, contacts stay, a later send is 404."""
    sent = scene.send()
    scene.webhook("MESSAGE_INBOUND")
    scene.ask("DELETE", f"/apps/{scene.app_id}")
    scene.ask("GET", f"/apps/{scene.app_id}", status=404)
    scene.ask("GET", f"/messages/{sent['message_id']}", status=404)
    state = scene.service.state
    assert (len(state.contacts), state.conversations, state.webhooks, state.active_conversations) == (1, {}, {}, {})
    assert scene.service.keys()["app"] == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_app_is_404(scene: Scene, method: str) -> None:
    """As the vendor says for an unknown id."""
    scene.ask(method, "/apps/01ABC", {} if method == "PATCH" else None, status=404)
