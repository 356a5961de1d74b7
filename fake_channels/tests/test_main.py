"""`python -m fake_channels` as a process: on the base installation alone, from its first line to Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fake_channels.registry import CHANNELS

ROOT = Path(__file__).parents[2]
# What the process has imported is asked of itself when it ends.
SCRIPT = """
import json, sys
before = set(sys.modules)
from fake_channels.__main__ import main
code = main(sys.argv[1:])
loaded = [name for name, module in sys.modules.items() if getattr(module, "__file__", "") and name not in before]
sys.stderr.write(json.dumps([name.partition(".")[0] for name in loaded]))
sys.exit(code)
"""
ANY_PORTS = ("--port", "0", "--control-port", "0")


def start(*options: str, script: tuple[str, ...] = ("-c", SCRIPT)) -> subprocess.Popen[str]:
    """The process; its first line is there once it listens."""
    command = [sys.executable, *script, *options]
    return subprocess.Popen(  # noqa: S603  this very interpreter
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Ctrl-C; exit code, and what else it wrote."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.fixture
def telegram() -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """A running Telegram with what it said first."""
    process = start("--channel", "telegram", *ANY_PORTS, "--json", "--seed", "process")
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def base_packages() -> set[str]:
    """Names that the base installation brings: what bridgelab requires without extras, and what that requires."""
    wanted, seen = ["bridgelab"], set[str]()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            needed = requires(name) or []
        except ModuleNotFoundError:  # for another platform
            continue
        # Of a package with extras, such as jsonschema[format], all may come: they are nobody's of ours.
        plain = [one for one in needed if "extra ==" not in one or name in {"jsonschema", "pyjwt"}]
        wanted += [re.split(r"[^\w.-]", one.lower().replace("_", "-"), maxsplit=1)[0] for one in plain]
    named = {distribution.lower().replace("_", "-") for distribution in seen}
    return {
        package
        for package, owners in packages_distributions().items()
        if any(owner.lower().replace("_", "-") in named for owner in owners)
    }


@pytest.mark.slow
async def test_a_channel_serves_obeys_and_ends(telegram: tuple[subprocess.Popen[str], Any]) -> None:
    """Vendor calls and control calls in one process; Ctrl-C ends it without a word, and no extra was imported."""
    process, ready = telegram
    channel, customer = ready["channels"]["telegram"], ready["customers"][0]
    assert ready["ready"] is True
    bot = f"{channel['base_url']}/bot{channel['token']}"
    phone = f"{ready['control_url']}/phones/telegram/{customer['phones']['telegram']['identity']}"
    authorised = {"Authorization": f"Bearer {ready['control_token']}"}
    async with aiohttp.ClientSession() as session:
        said = {"action": "send_text", "text": "Hello"}
        async with session.post(f"{phone}/actions", json=said, headers=authorised) as response:
            assert response.status == 200
        async with session.get(f"{bot}/getUpdates") as response:
            updates = (await response.json())["result"]
        chat = updates[0]["message"]["chat"]["id"]
        assert updates[0]["message"]["text"] == "Hello"
        async with session.post(f"{bot}/sendMessage", json={"chat_id": chat, "text": "Hi"}) as response:
            assert response.status == 200
        async with session.get(f"{phone}/screen", headers=authorised) as response:
            assert [item["text"] for item in (await response.json())["items"]] == ["Hello", "Hi"]
    code, out, err = end(process)
    assert (code, out) == (0, "")
    strangers = set(json.loads(err)) - set(sys.stdlib_module_names) - base_packages() - {"fake_channels"}
    assert {name for name in strangers if not name.startswith("_sysconfigdata")} == set()


@pytest.mark.slow
def test_a_taken_port_ends_it_with_the_option_that_chooses_another() -> None:
    """For a channel's server and for the control API, exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for options, option in (
            (("--port", port, "--control-port", "0"), "--port after the --channel"),
            (("--port", "0", "--control-port", port), "--control-port"),
        ):
            process = start("--channel", "sms", *options, script=("-m", "fake_channels"))
            out, err = process.communicate(timeout=20)
            assert (process.returncode, out) == (2, "")
            assert err.startswith(f"fake_channels: port {port} for the ")
            assert option in err


@pytest.mark.slow
def test_an_address_of_another_machine_ends_it() -> None:
    """It is not said to be a port in use."""
    process = start("--channel", "sms", *ANY_PORTS, "--bind", "192.0.2.1", script=("-m", "fake_channels"))
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("fake_channels: --bind 192.0.2.1: this machine has no such address")


@pytest.mark.slow
def test_many_channels_stay_readable() -> None:
    """An identity a line, secrets of a screen's height cut, and where callbacks go."""
    webhook = ("--webhook", "http://127.0.0.1:9/callback")
    process = start(*webhook, "--channel", "all", *ANY_PORTS, script=("-m", "fake_channels"))
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or lines[-1] != "Ctrl-C ends it.\n":
            lines.append(process.stdout.readline())
            assert lines[-1], process.communicate()
        told = [line for line in lines if "curl" not in line]
        assert max(map(len, told)) < 300
        called = re.findall(r"callbacks go to +http://127\.0\.0\.1:9/callback$", "".join(told), re.MULTILINE)
        assert len(called) == len(CHANNELS)
        first = told.index("Customers and their identities\n") + 2
        assert [line.split()[0] for line in told[first : first + len(CHANNELS)]] == sorted(CHANNELS)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_people_are_told_how_to_begin() -> None:
    """Without --json: credentials, customers, and calls to copy."""
    process = start("--channel", "sms", *ANY_PORTS, "--customers", "2", script=("-m", "fake_channels"))
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or lines[-1] != "Ctrl-C ends it.\n":
            lines.append(process.stdout.readline())
            assert lines[-1], process.communicate()
        text = "".join(lines)
        assert re.search(r"^SMS \(sms\) at http://127\.0\.0\.1:\d+$", text, re.MULTILINE)
        assert "service_plan_id" in text
        assert len(re.findall(r": sms \d+$", text, re.MULTILINE)) == 2
        assert "/v1/phones/sms/" in text
        assert end(process)[0] == 0
    finally:
        process.kill()
        process.communicate()
