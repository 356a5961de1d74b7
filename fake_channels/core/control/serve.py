"""Serve a house with its control API until somebody ends it."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import suppress
from typing import Any, Final, TextIO

import orjson
from aiohttp import web

from fake_channels.core.control.api import application, house_document
from fake_channels.core.control.documents import Json
from fake_channels.core.control.options import Options
from fake_channels.core.house import House
from fake_channels.core.serving import PROTOCOL_LOG, PortInUse, calm_collector, loop_factory

_LONGEST_SHOWN: Final = 300
_BEGINNING: Final = 24


class NoSuchAddress(OSError):
    """This machine has not the address that it should listen on; the message says which."""


def run(options: Options) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        NoSuchAddress: nobody can listen where `--bind` says.
        PortInUse: with the option that chooses another port.
    """
    _check_address(options.plan.bind)
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_serve(options))


def _check_address(bind: str) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((bind, 0))
    except OSError as error:
        raise NoSuchAddress(
            f"--bind {bind}: this machine has no such address; take one of its own, 127.0.0.1 or 0.0.0.0"
        ) from error


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # there are none on Windows: Ctrl-C ends the runner there
            asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    async with House(options.channels, options.plan) as house:
        app = application(house, bind=options.plan.bind, token=options.control_token)
        runner = web.AppRunner(app, access_log=None, logger=PROTOCOL_LOG, shutdown_timeout=0.5)
        try:
            await runner.setup()
            url = await _listen(runner, options)
            for name, webhook in options.webhooks.items():
                house.connect(name, webhook)
            for _ in range(options.customers):
                house.add_customer(locale=options.locale)
            calm_collector()
            _say(sys.stdout, house, url, options)
            await stop.wait()
            house.world.close()  # whoever waits for news is told, so that nobody keeps the servers open
        finally:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, options: Options) -> str:
    bind = options.plan.bind
    try:
        await web.TCPSite(runner, bind, options.control_port).start()
    except OSError as error:
        raise PortInUse(
            f"port {options.control_port} for the control API is in use: choose another with --control-port (0: any)"
        ) from error
    return f"http://{bind}:{runner.addresses[0][1]}/v1"


def _say(out: TextIO, house: House, url: str, options: Options) -> None:
    document = house_document(house)
    if options.as_json:
        ready = {"ready": True, "control_url": url, "control_token": options.control_token, **document}
        out.write(orjson.dumps(ready).decode() + "\n")
    else:
        out.write(_told(document, url, options))
    out.flush()


def _told(document: Json, url: str, options: Options) -> str:
    """The same for people."""
    token = options.control_token
    lines: list[str] = []
    for name, channel in document["channels"].items():
        lines += [f"{channel['title']} ({name}) at {channel['base_url']}"]
        callbacks = {"callbacks go to": options.webhooks[name]} if name in options.webhooks else {}
        credentials = {key: value for key, value in channel.items() if key not in {"title", "base_url"}}
        lines += _table({key: _shortened(str(value)) for key, value in {**credentials, **callbacks}.items()})
    lines += ["", "Customers and their identities"]
    for customer in document["customers"]:
        phones = {name: phone["identity"] for name, phone in customer["phones"].items()}
        if len(phones) == 1:
            lines += [f"  {customer['name']}: {name} {identity}" for name, identity in phones.items()]
        else:
            lines += [f"  {customer['name']}", *(f"  {line}" for line in _table(phones))]
    lines += ["", f"Act as one of them at {url}, for instance", *_example(document, url, token), "", "Ctrl-C ends it."]
    return "\n".join(lines) + "\n"


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST_SHOWN else f"{value[:_BEGINNING]}… (in full from GET /v1, and with --json)"


def _table(values: dict[str, Any]) -> list[str]:
    width = max(map(len, values), default=0)
    return [f"  {name:<{width}}  {value}" for name, value in values.items()]


def _example(document: Json, url: str, token: str) -> list[str]:
    authorised = f"  curl -s -H 'Authorization: Bearer {token}'"
    if not document["customers"]:
        return [f"{authorised} {url}"]
    name, phone = next(iter(document["customers"][0]["phones"].items()))
    posted = f"{authorised} -H 'Content-Type: application/json'"
    return [
        f"{authorised} {url}",
        f"""{posted} -d '{{"action": "send_text", "text": "Hi"}}' {url}/phones/{name}/{phone["identity"]}/actions""",
        f"{authorised} {url}/phones/{name}/{phone['identity']}/screen",
    ]
