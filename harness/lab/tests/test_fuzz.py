"""No input to the control API ends in a 500: its own OpenAPI document generates the attacks."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Err
from schemathesis.schemas import APIOperation

pytestmark = pytest.mark.slow

SKIPPED = "/lab/v1/worlds/{world}/events"
"""A stream that does not end."""


@pytest.fixture(scope="module")
def lab_url() -> Iterator[str]:
    """A lab process with one world and one customer in it."""
    command = [sys.executable, "-m", "harness.lab", "--port", "0", "--die-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as lab:  # noqa: S603
        assert lab.stdout is not None
        yield json.loads(lab.stdout.readline())["control_url"]
        lab.communicate(timeout=15)


@pytest.fixture(scope="module")
def places(lab_url: str) -> dict[str, str]:
    """Path parameters that exist, so that calls get past the look-ups."""
    world = _post(f"{lab_url}/lab/v1/worlds", {"clock": {"mode": "manual"}, "channels": ["whatsapp", "sms"]})
    customer = _post(f"{lab_url}/lab/v1/worlds/{world['world']}/customers", {})
    return {
        "world": world["world"],
        "channel": "whatsapp",
        "identity": customer["phones"]["whatsapp"]["identity"],
        "fault": "f",
        "media": "m",
    }


def test_no_call_ends_in_a_server_error(lab_url: str, places: dict[str, str]) -> None:
    """Whatever is sent, the answer is a success or a refusal with a sentence."""
    schema = schemathesis.openapi.from_url(f"{lab_url}/lab/v1/openapi.json")
    tried = 0
    for found in schema.get_all_operations():
        assert not isinstance(found, Err)
        operation = found.ok()
        if operation.path != SKIPPED:
            _attack(operation, places)
            tried += 1
    assert tried > 25


def _attack(operation: APIOperation[Any, Any, Any, Any], places: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attack(case: Any) -> None:
        closes = case.method.upper() == "DELETE" and case.path.endswith("{world}")
        case.path_parameters.update(
            {name: "nowhere" if closes else value for name, value in places.items() if name in case.path_parameters}
        )
        case.query.pop("wait", None)
        answer = case.call()
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert json.loads(answer.content)["error"]["message"]

    attack()


def _post(url: str, body: object) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310  our own lab
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  as above
        return json.load(response)
