"""`bridgelab up` as a person starts it, and Debian's Chromium looking at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Shown:
    """The opened page, and everything the browser complained about."""

    page: Page
    complaints: list[str]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The page's URL; lab and bridge live as long as the tests."""
    command = [sys.executable, "-m", "harness.cli", "up", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as served:  # noqa: S603
        said: list[str] = []
        try:
            for line in served.stdout or ():
                said.append(line)
                if line.startswith("Ctrl-C"):
                    break
            found = [line.split()[-1] for line in said if line.startswith("simulator")]
            assert found, "".join(said)
            yield found[0]
        finally:
            served.terminate()
            served.wait(15)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Debian's chromium: apt-get install chromium")
        pytest.skip("Debian's chromium is not installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser extra is not installed")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def shown(address: str, browser: Browser) -> Iterator[Shown]:
    """A fresh page with a fresh customer."""
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(address) else None)
    page.goto(address)
    page.wait_for_selector("body[data-ready=yes]")
    before = page.locator("#customer").input_value()
    page.get_by_role("button", name="New customer").click()
    page.wait_for_function("before => document.getElementById('customer').value !== before", arg=before)
    yield Shown(page, complaints)
    context.close()
