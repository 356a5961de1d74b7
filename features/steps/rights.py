"""Steps about rights and consents."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pytest_bdd import given, then, when

from features.scene import Scene
from harness.drivers.contract import AgentName, AgentSetup, Consent, Refused, Right
from harness.outcomes import LabDefect, expect
from harness.stage import AGENT

STRANGER = AgentName("Agent without consents")
FORBIDDEN = {403, 404}


@dataclass
class Inquiry:
    """What an agent who asked for the consents got."""

    answer: tuple[Consent, ...] | Refused | None = None


@pytest.fixture
def inquiry() -> Inquiry:
    """The one inquiry of a scenario."""
    return Inquiry()


def _ask(scene: Scene, agent: AgentName) -> tuple[Consent, ...] | Refused:
    stage = scene.stage
    stage.open()
    try:
        return stage.run(stage.bench.driver.consents(stage.tenant, agent))
    except Refused as refused:
        return refused


@given("an agent without the right to see consents")
def stranger(scene: Scene) -> None:
    """Add an agent who has every right but the ones about consents."""
    if scene.stage.world is not None:
        raise LabDefect("a step adds an agent after the world was opened: move it to the front")
    rights = frozenset(Right) - {Right.CONSENTS_VIEW, Right.CONSENTS_EDIT}
    scene.stage.agents = (*scene.stage.agents, AgentSetup(STRANGER, rights))


@given("the customer has consented")
def has_consented(scene: Scene) -> None:
    """Store the customer's consent."""
    stage = scene.stage
    stage.open()
    consent = Consent(scene.person.identity, value=True)
    stage.run(stage.bench.driver.set_consent(stage.tenant, AGENT, consent))
    stage.rest()


@when("that agent asks for the consents")
def stranger_asks(scene: Scene, inquiry: Inquiry) -> None:
    """Let the agent without the right ask."""
    scene.take_stock()
    inquiry.answer = _ask(scene, STRANGER)


@when("the agent asks for the consents")
def agent_asks(scene: Scene, inquiry: Inquiry) -> None:
    """Let the agent with the right ask."""
    scene.take_stock()
    inquiry.answer = _ask(scene, AGENT)


@then("the request is refused")
def request_refused(inquiry: Inquiry) -> None:
    """Expect 403 or 404 with a reason."""
    refused = inquiry.answer
    if not isinstance(refused, Refused):
        expect(condition=False, sentence="an agent without the right was shown the consents")
        return
    expect(refused.status in FORBIDDEN, f"the refusal has the status {refused.status}, not 403 or 404")


@then("the customer's consent is shown")
def consent_shown(scene: Scene, inquiry: Inquiry) -> None:
    """Expect the customer's number with a consent that is given."""
    if isinstance(inquiry.answer, Refused):
        raise inquiry.answer
    number = scene.person.identity.lstrip("+")
    given_by = {row.identity.lstrip("+") for row in inquiry.answer or () if row.value}
    expect(number in given_by, f"the consents do not have {number}: {sorted(given_by)}")
