"""Wire the plugin and the vocabulary into pytest, wherever the suite is started from."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from features.scene import Scene

if TYPE_CHECKING:
    from harness.stage import Stage

STEP_MODULES = (
    "features.steps.customers",
    "features.steps.agents",
    "features.steps.callbacks",
    "features.steps.circumstances",
    "features.steps.rights",
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the step modules, and the harness plugin unless `-p harness.plugin` did."""
    for name in ("harness.plugin", *STEP_MODULES):
        if not config.pluginmanager.has_plugin(name):
            config.pluginmanager.register(importlib.import_module(name), name)


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """What the steps of one scenario share."""
    return Scene(stage)
