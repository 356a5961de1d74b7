"""What must hold for the repository as a whole: its arrows, its schemas, and what its front page promises."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contactpro_bridge", "fake_channels", "fake_sinch", "features", "harness", "reports")
MAY_IMPORT = {
    "contactpro_bridge": set(),
    "fake_channels": set(),
    "fake_sinch": set(),  # but for the adapters, below
    "reports": set(),
    "harness": {"fake_channels", "fake_sinch", "reports"},
    "features": {"harness"},
}
"""Package to the other packages of this project that it may import."""
ADAPTER_MAY = re.compile(r"fake_channels\.\w+\.(wire|limits)$")
FAMILIES = {"core", "meta", "registry", "tests"}
"""Folders of fake_channels that are no channel."""


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the project by its dotted name."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def imports(path: Path, module: str) -> Iterator[str]:
    """Absolute names that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level]
            yield from (".".join([*base, *((node.module or "").split(".")), alias.name]) for alias in node.names)


def wrong_arrow(module: str, imported: str) -> bool:
    """True when `module` may not import `imported`."""
    source, target = module.split(".", maxsplit=1)[0], imported.split(".", maxsplit=1)[0]
    if target not in PACKAGES or source == target:
        return False
    if source == "fake_sinch" and module.startswith("fake_sinch.adapters.") and target == "fake_channels":
        return not any(ADAPTER_MAY.match(name) for name in (imported, imported.rpartition(".")[0]))
    return target not in MAY_IMPORT[source]


def channel_of(module: str) -> str | None:
    """The channel folder a module of fake_channels lies in."""
    parts = module.split(".")
    inside = parts[0] == "fake_channels" and len(parts) > 1 and parts[1] not in FAMILIES
    return parts[1] if inside else None


def test_no_import_goes_against_the_arrows() -> None:
    """Packages meet only where the architecture lets them."""
    wrong = [
        f"{module} imports {name}"
        for module, path in modules()
        for name in imports(path, module)
        if wrong_arrow(module, name)
    ]
    assert wrong == []


def test_channels_never_import_one_another() -> None:
    """A channel knows the core and its family, no other channel; the core knows no channel at all."""
    wrong = []
    for module, path in modules():
        if not module.startswith("fake_channels.") or module.startswith(
            ("fake_channels.registry", "fake_channels.tests")
        ):
            continue
        for name in imports(path, module):
            other = channel_of(name)
            if other is not None and other != channel_of(module):
                wrong.append(f"{module} imports {name}")
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("contactpro_bridge.x", "fake_sinch.y"),
        ("fake_sinch.service", "fake_channels.core.clock"),
        ("fake_sinch.adapters.sms", "fake_channels.sms.rules"),
        ("reports.html", "harness.cli"),
        ("fake_channels.core.world", "harness.lab"),
        ("features.test_x", "contactpro_bridge.cli"),
    ],
)
def test_the_arrow_check_sees_wrong_arrows(module: str, imported: str) -> None:
    """A check that finds nothing must be able to find something."""
    assert wrong_arrow(module, imported)


def test_every_json_file_is_json() -> None:
    """Schemas and samples are data that others read."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))


def test_ci_runs_the_command_that_the_readme_gives() -> None:
    """The test command stands in the README word for word as CI runs it."""
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert command.startswith("python3 -m venv")
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


def test_nothing_large_or_generated_is_in_git() -> None:
    """No file over 200 kB, no cache, no environment."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = listed.stdout.split()
    assert [name for name in files if (ROOT / name).exists() and (ROOT / name).stat().st_size > 200_000] == []
    assert [name for name in files if re.search(r"__pycache__|\.egg-info|\.tox/|\.venv|\.pyc$", name)] == []
