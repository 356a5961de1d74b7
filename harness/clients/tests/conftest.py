"""One lab for all client tests of a process; a world for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from harness.clients.desk import Lab, Receiver, World
from harness.launch import Launcher


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A running lab."""
    with Launcher(tmp_path_factory.mktemp("lab")) as launcher:
        yield Lab(launcher.lab().control_url)


@pytest.fixture
def world_of(lab: Lab) -> Iterator[Callable[[str], World]]:
    """Make a world with one channel; it is removed after the test."""
    with ExitStack() as stack:

        def make(channel: str) -> World:
            world = lab.world(channel)
            stack.callback(world.close)
            return world

        yield make


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server for callbacks."""
    with Receiver() as running:
        yield running
