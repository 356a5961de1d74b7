"""What the documented fields compose to is what this channel takes and tells; whatever is rendered is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_channels.core.ids import Ids
from fake_channels.whatsapp import drafts, wire
from fake_channels.whatsapp.state import new_wamid, owner_of

_SAMPLES = Path(__file__).parents[1] / "samples"
_REQUESTS: dict[str, Any] = orjson.loads((_SAMPLES / "requests.json").read_bytes())
_TEMPLATES: dict[str, Any] = orjson.loads((_SAMPLES / "templates.json").read_bytes())
_WEBHOOKS: dict[str, Any] = orjson.loads((_SAMPLES / "webhooks.json").read_bytes())
_TO = {"messaging_product": "whatsapp", "recipient_type": "individual"}


@pytest.mark.parametrize("name", _REQUESTS)
def test_sample_sends_are_understood(name: str) -> None:
    """To a number and to a business-scoped user id alike."""
    to_number = wire.parse_send({**_TO, "to": "+1 555 010 0100", **_REQUESTS[name]})
    to_id = wire.parse_send({**_TO, "recipient": "US.1349", **_REQUESTS[name]})
    assert (to_number.to, to_id.to) == ("15550100100", "US.1349")
    assert to_number.item == to_id.item
    assert to_number.template == to_id.template


@pytest.mark.parametrize("name", _TEMPLATES)
def test_sample_templates_are_understood(name: str) -> None:
    """With every variable that they have."""
    draft = drafts.parse_template(_TEMPLATES[name], {"4:handle"})
    assert draft.components == _TEMPLATES[name]["components"]
    assert set(draft.body_names) == set(drafts.variables(draft.body))


@pytest.mark.parametrize("name", _WEBHOOKS)
def test_sample_webhooks_are_valid(name: str) -> None:
    """And invalid without their content."""
    assert wire.WEBHOOK.accepts(_WEBHOOKS[name])
    empty = orjson.loads(orjson.dumps(_WEBHOOKS[name]))
    value = empty["entry"][0]["changes"][0]["value"]
    for part in ("messages", "statuses", "user_preferences", "event"):
        value.pop(part, None)
    assert not wire.WEBHOOK.accepts(empty)


@given(st.text(min_size=1, max_size=4_096))
def test_any_text_is_sent_as_it_is(text: str) -> None:
    """Whatever its characters."""
    sending = wire.parse_send({**_TO, "to": "15550100100", "type": "text", "text": {"body": text}})
    assert sending.item.text == text


@given(st.from_regex(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}", fullmatch=True))
def test_any_business_scoped_id_is_an_address(user_id: str) -> None:
    """And stays as it is; a number loses what stands between its digits."""
    assert wire.address(user_id) == user_id
    assert wire.address("+1 (555) 010-0100") == "15550100100"


@given(st.text(alphabet="0123456789", min_size=1, max_size=15), st.text(max_size=20))
def test_any_id_leads_to_its_chat(number: str, seed: str) -> None:
    """Inbound and outbound."""
    ids = Ids(seed)
    assert owner_of(new_wamid(ids, number)) == owner_of(new_wamid(ids, number, inbound=True)) == number


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text(max_size=20), min_size=1, max_size=4))
def test_filled_variables_are_their_values(values: dict[str, str]) -> None:
    """Each where it stands; one without value stays."""
    text = " and ".join(f"{{{{{name}}}}}" for name in values)
    assert drafts.variables(text) == tuple(values)
    assert drafts.filled(text, values) == " and ".join(values.values())
    assert drafts.filled(text, {}) == text
