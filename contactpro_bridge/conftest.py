"""The bridge's fixtures."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from contactpro_bridge.tests.stage import Stage


def _forget(_logger: Any, _method: str, _event: Any) -> Any:
    raise structlog.DropEvent


@pytest.fixture(autouse=True, scope="package")
def no_logs() -> Iterator[None]:
    """Log nothing: rendering what nobody reads takes longer than most tests."""
    structlog.configure(processors=[_forget])
    yield
    structlog.reset_defaults()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Give a running bridge with one configured tenant whose clock stands still."""
    async with Stage(tmp_path) as stage:
        await stage.configure()
        yield stage
