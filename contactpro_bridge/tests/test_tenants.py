"""Tenants as a second process of the same bridge sees them."""

from contactpro_bridge.clock import SECOND_US, parse_rfc3339
from contactpro_bridge.ids import TenantId
from contactpro_bridge.tenants import Tenants
from contactpro_bridge.tests.stage import START, Stage


async def test_another_process_learns_how_a_clock_is_set(stage: Stage) -> None:
    """A clock that was stopped, moved on or deleted elsewhere is so here after the next look."""
    assert stage.bridge is not None
    parts, name = stage.bridge.parts, TenantId(stage.tenant)
    other, begun = Tenants(parts.db, parts.make_api), parse_rfc3339(START) or 0
    await other.load()
    tenant = other.get(name)
    assert tenant is not None
    seen = [tenant.clock.now()]
    await stage.advance(5)
    await other.refresh()
    seen.append(tenant.clock.now())
    assert seen == [begun, begun + 5 * SECOND_US]
    assert await stage.bridge.tenants.delete(name)
    await other.refresh()
    assert other.get(name) is None
