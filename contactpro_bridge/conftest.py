"""The bridge's fixtures."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contactpro_bridge.tests.stage import Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Give a running bridge with one configured tenant whose clock stands still."""
    async with Stage(tmp_path) as stage:
        await stage.configure()
        yield stage
