"""Whatever a vendor's server answers or calls back with, adapters have a verdict on it."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_sinch.adapters.contract import (
    Accepted,
    Account,
    Granted,
    Malformed,
    MediaFailed,
    MediaFile,
    Rejected,
    RetryLater,
    Sent,
    Ungranted,
    VendorCall,
    arrivals_of,
    grant_of,
    media_step,
    step_of,
    verdict_of,
)
from fake_sinch.adapters.registry import REGISTRY
from fake_sinch.arrivals import MediaRef
from fake_sinch.effects import Answer
from fake_sinch.parts import MediaPart
from fake_sinch.state import Credential
from fake_sinch.tests.scene import Request

KEYS = st.sampled_from(
    ["messages", "id", "error", "code", "ok", "result", "file_path", "url", "parameters", "text", "errcode"]
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
STATUSES = st.sampled_from([0, 200, 201, 204, 302, 400, 401, 404, 429, 500])
CHANNELS = st.sampled_from(sorted(REGISTRY))
ACCOUNT = Account(Credential("X", "static_bearer", {}), "http://vendor.test")
VERDICTS = Accepted | Rejected | RetryLater | Ungranted
STEPWISE = [(name, row.steps) for name, row in REGISTRY.items() if row.steps is not None]
GRANTING = [(name, row.grants) for name, row in REGISTRY.items() if row.grants is not None]
TOLD = st.sampled_from(["errcode", "errmsg", "media_id", "access_token", "expires_in", "location"])
FIELDS = st.dictionaries(TOLD, TREES, max_size=4) | TREES


@settings(max_examples=200, deadline=None)
@given(CHANNELS, STATUSES, TREES, st.integers(0, 40))
def test_answers(channel: str, status: int, tree: Any, cut: int) -> None:
    """Any JSON, whole or cut off, with any status, is accepted, rejected or tried again."""
    adapter, raw = REGISTRY[channel].adapter, orjson.dumps(tree)
    for body in (raw, raw[:cut], b"<html>"):
        assert isinstance(verdict_of(adapter, Answer(status, {}, body)), VERDICTS)
        step = media_step(adapter, 0, MediaRef("M"), Answer(status, {}, body), ACCOUNT)
        assert isinstance(step, VendorCall | MediaFile | MediaFailed | Ungranted)


@settings(max_examples=100, deadline=None)
@given(STATUSES, FIELDS, st.integers(0, 40), st.text(max_size=9))
def test_answers_between_the_steps(status: int, tree: Any, cut: int, location: str) -> None:
    """What a send in steps, or a request for a token, is answered with has a meaning too."""
    sent = Sent(MediaPart("https://shop.test/a.png", "image/png"), "1", ACCOUNT, {}, "ID")
    raw = orjson.dumps(tree)
    for body in (raw, raw[:cut], b"<html>"):
        answer = Answer(status, {"location": location}, body)
        for name, wire in STEPWISE:
            step = REGISTRY[name].adapter.render(sent.part, sent.to, ACCOUNT, {}, "ID").step
            while step:
                told = step_of(wire, step, sent, answer)
                assert isinstance(told, VendorCall | VERDICTS)
                step = told.step if isinstance(told, VendorCall) else ""
        for _, vendor in GRANTING:
            assert isinstance(grant_of(vendor, answer), Granted | Rejected | RetryLater)


@pytest.mark.parametrize("channel", sorted(REGISTRY))
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_errors_are_never_acceptance(channel: str, status: int) -> None:
    """No error status is taken for acceptance, whatever its body says."""
    body = orjson.dumps({"messages": [{"id": "x"}], "id": "x", "error": {"code": 100}, "ok": False})
    assert not isinstance(verdict_of(REGISTRY[channel].adapter, Answer(status, {}, body)), Accepted)


@pytest.mark.parametrize("channel", sorted(REGISTRY))
def test_callbacks_of_another_shape(channel: str) -> None:
    """A callback of the wrong shape is malformed, not our defect."""
    bodies: list[Any] = [
        {"entry": [{"changes": [{"field": "messages", "value": []}]}]},
        {"update_id": 1, "message": []},
        {"type": "delivery_report_sms", "statuses": [1]},
    ]
    refused = 0
    for body in bodies:
        try:
            arrivals_of(REGISTRY[channel].adapter, orjson.dumps(body), ACCOUNT.credential)
        except Malformed:
            refused += 1
    assert refused == len(bodies)


class Octets(dict[str, str]):
    """Headers of which each holds an octet that is no UTF-8, as a server hands it over."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return it, whatever is asked for."""
        del key, default
        return "\udcff"


@pytest.mark.parametrize("channel", sorted(REGISTRY))
def test_headers_of_any_octets(channel: str) -> None:
    """They prove nothing, and are no defect of ours."""
    secret = {"token": "t", "secret": "s", "claimed_identity": "1"}
    request = Request("POST", "/", headers=Octets(), body=b"{}")
    assert not REGISTRY[channel].adapter.authenticate(request, Credential("X", "static_bearer", secret, "s"))
