"""Consents and templates."""

from typing import Any

import pytest

from contactpro_bridge.tests.stage import PHONE, Stage


async def test_a_consent_is_stored_changed_searched_and_deleted(stage: Stage) -> None:
    """The number is the only identification, however it is written."""
    assert (await stage.agent("PUT", f"consents/%2B{PHONE}", {"consent": True})).body["number"] == PHONE
    await stage.agent("PUT", "consents/4470000000", {"consent": False, "purpose": "recording"})
    assert (await stage.agent("PUT", f"consents/{PHONE}", {"consent": False})).body["consent"] is False
    found = (await stage.agent("GET", "consents?consent=false")).body["consents"]
    assert [row["number"] for row in found] == [PHONE, "4470000000"]
    assert len((await stage.agent("GET", "consents?purpose=recording")).body["consents"]) == 1
    assert len((await stage.agent("GET", f"consents?number=%2B{PHONE}")).body["consents"]) == 1
    assert (await stage.agent("DELETE", f"consents/{PHONE}")).status == 204
    assert (await stage.agent("DELETE", f"consents/{PHONE}")).status == 404
    assert (await stage.agent("GET", f"consents/{PHONE}")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"consents/{PHONE}", {}),
        ("PUT", f"consents/{PHONE}", {"consent": "yes"}),
        ("PUT", f"consents/{PHONE}", {"consent": True, "purpose": "a\0"}),
        ("PUT", "consents/Bob", {"consent": True}),
        ("GET", "consents?consent=maybe", None),
        ("GET", "consents?number=%00", None),
        ("GET", "consents?purpose=%00", None),
        ("GET", "consents/%00", None),
    ],
)
async def test_nonsense_is_400(stage: Stage, method: str, path: str, body: Any) -> None:
    """It reaches no database."""
    assert (await stage.agent(method, path, body)).status == 400


async def test_templates_are_listed_as_they_are_configured(stage: Stage) -> None:
    """An unknown one is refused before anything is sent."""
    template = {"name": "hello", "language": "en", "text": "Hello {{1}}", "parameters": ["body[1]text"]}
    await stage.configure(templates=[template])
    (listed,) = (await stage.agent("GET", "templates")).body["templates"]
    assert template.items() <= listed.items()
    chat_id = await stage.open_chat()
    assert (await stage.say(chat_id, {"template": {"name": "x", "language": "en"}})).code == "template_unknown"
    sent = await stage.say(chat_id, {"template": {"name": "hello", "language": "en", "parameters": ["Ada"]}})
    assert sent.body["entry"]["text"] == "Hello Ada"
