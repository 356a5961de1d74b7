"""The options of `python -m fake_channels`, read and checked."""

from __future__ import annotations

import argparse
import ipaddress
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fake_channels.core.contract import Channel
from fake_channels.core.house import Plan
from fake_channels.core.instants import from_rfc3339, in_range
from fake_channels.core.people import LOCALES
from fake_channels.core.trace import DEFAULT_HISTORY

ALL: Final = "all"
CONTROL_PORT: Final = 8620
TOKEN_VARIABLE: Final = "BRIDGELAB_CONTROL_TOKEN"  # noqa: S105  the variable's name
MAX_CUSTOMERS: Final = 10_000
_LAST_PORT: Final = 65_535
_EXAMPLES: Final = """examples:
  python -m fake_channels --channel telegram
  python -m fake_channels --channel telegram --port 9022 --channel sms --port 9027 --customers 3
  python -m fake_channels --channel whatsapp --webhook http://127.0.0.1:9001/callback --clock manual
  python -m fake_channels --channel all
"""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to serve and how."""

    channels: tuple[Channel[Any], ...]
    webhooks: Mapping[str, str]
    """Callback URLs by channel; without one, a client registers its own in the vendor's way."""
    plan: Plan
    customers: int
    locale: str
    control_port: int
    control_token: str
    as_json: bool


class _Choice:
    """One `--channel` with what follows it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port: int | None = None
        self.webhook = ""


class _Given(argparse.Namespace):
    choices: list[_Choice]
    webhook: str

    def __init__(self) -> None:
        super().__init__(choices=[], webhook="")


class _Channel(argparse.Action):
    def __call__(self, parser: object, namespace: Any, values: Any, option: object = None) -> None:
        del parser, option
        namespace.choices = [*namespace.choices, _Choice(values)]


class _OfChannel(argparse.Action):
    """An option of the `--channel` before it; `--webhook` may also come first and is then everybody's."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        if namespace.choices:
            setattr(namespace.choices[-1], self.dest, values)
        elif self.dest == "webhook":
            namespace.webhook = values
        else:
            parser.error(f"{option} {values}: write it after the --channel that it belongs to")


def parser(channels: Mapping[str, Channel[Any]]) -> argparse.ArgumentParser:
    """The options, with the channels there are."""
    names = tuple(channels)
    made = argparse.ArgumentParser(
        prog="python -m fake_channels",
        usage="python -m fake_channels --channel NAME [--port PORT] [--webhook URL] [options]; --help lists all",
        description="Serve fake messaging channels that speak the vendors' own protocols, with customers to act as.",
        epilog=f"channels and their usual ports:\n{_ports_told(channels)}\n{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add(
        "--channel",
        action=_Channel,
        default=argparse.SUPPRESS,
        type=str.lower,
        choices=(*names, ALL),
        metavar="NAME",
        help="what to serve, one of those below or all; repeatable",
    )
    add(
        "--port",
        action=_OfChannel,
        default=argparse.SUPPRESS,
        type=_port,
        help="where the channel before it listens (default: see below; 0 = any free port)",
    )
    add(
        "--webhook",
        action=_OfChannel,
        default=argparse.SUPPRESS,
        type=_url,
        metavar="URL",
        help="where the channel before it sends its callbacks; before any --channel: where all of them do",
    )
    add("--seed", default=Plan.seed, help="makes all ids and tokens (default: %(default)s)")
    add("--customers", type=_count, default=1, metavar="N", help="how many people there are (default: %(default)s)")
    add("--locale", default=LOCALES[0], choices=LOCALES, metavar="LOCALE", help=f"of their names: {', '.join(LOCALES)}")
    add(
        "--clock",
        default="real",
        choices=("real", "manual"),
        metavar="MODE",
        help="real, or manual: stands still until it is advanced",
    )
    add("--start", type=_instant, metavar="TIME", help="what the clock reads first, for instance 2026-03-01T09:00:00Z")
    add("--history", type=_history, default=DEFAULT_HISTORY, metavar="HOPS", help="kept in the trace (%(default)s)")
    add("--no-rate-limits", action="store_true", help="lift the vendors' rate limits, for load tests")
    add("--bind", type=_address, default=Plan.bind, metavar="IP", help="address to listen on (default: %(default)s)")
    add(
        "--allow-network",
        action="append",
        default=[],
        type=_network,
        metavar="CIDR",
        help="inside network that callbacks and file URLs may lead to, besides this machine; repeatable",
    )
    add(
        "--control-port",
        type=_port,
        default=CONTROL_PORT,
        metavar="PORT",
        help="the control API's (default: %(default)s; 0 = any)",
    )
    add(
        "--control-token",
        default="",
        metavar="TOKEN",
        help=f"what its callers show (default: ${TOKEN_VARIABLE} or a new one)",
    )
    add("--json", action="store_true", help="say what there is in one line of JSON")
    return made


def _ports_told(channels: Mapping[str, Channel[Any]]) -> str:
    return "".join(f"  {name:<10} {channel.host.port}  {channel.title}\n" for name, channel in channels.items())


def read(arguments: Sequence[str] | None, channels: Mapping[str, Channel[Any]]) -> Options:
    """The options that `arguments` give; wrong ones end the process with a sentence, as argparse does."""
    reading = parser(channels)
    given, strange = reading.parse_known_args(arguments, namespace=_Given())
    if strange:
        known = strange[0].lower() in {*channels, ALL}
        reading.error(f"{strange[0]}: write --channel {strange[0]}" if known else f"unknown: {' '.join(strange)}")
    if not given.choices:
        reading.error(f"say which: --channel {'|'.join((*channels, ALL))}")
    chosen = _spread(reading, given.choices, channels)
    return Options(
        channels=tuple(channels[choice.name] for choice in chosen),
        webhooks={choice.name: choice.webhook or given.webhook for choice in chosen if choice.webhook or given.webhook},
        plan=Plan(
            seed=given.seed,
            ports=_ports(reading, chosen, channels),
            mode=given.clock,
            start=given.start,
            history=given.history,
            limited=not given.no_rate_limits,
            bind=given.bind,
            networks=tuple(given.allow_network),
            port_option="--port after the --channel",
        ),
        customers=given.customers,
        locale=given.locale,
        control_port=given.control_port,
        control_token=given.control_token or os.environ.get(TOKEN_VARIABLE, "") or secrets.token_urlsafe(16),
        as_json=given.json,
    )


def _spread(
    reading: argparse.ArgumentParser, choices: list[_Choice], channels: Mapping[str, Channel[Any]]
) -> list[_Choice]:
    """One choice a channel."""
    spread: dict[str, _Choice] = {}
    for choice in choices:
        if choice.name == ALL and choice.port:
            reading.error(f"--channel all --port {choice.port}: only 0, for free ones; else name channels")
        for name in channels if choice.name == ALL else (choice.name,):
            if name in spread:
                reading.error(f"--channel {name} is there twice")
            spread[name] = _Choice(name)
            spread[name].port, spread[name].webhook = choice.port, choice.webhook
    return list(spread.values())


def _ports(
    reading: argparse.ArgumentParser, chosen: list[_Choice], channels: Mapping[str, Channel[Any]]
) -> dict[str, int]:
    """Ports by host; channels of one vendor share one."""
    asked: dict[str, _Choice] = {}
    for choice in chosen:
        host = channels[choice.name].host.name
        if choice.port is None:
            continue
        other = asked.setdefault(host, choice)
        if other.port != choice.port:
            reading.error(
                f"{other.name} and {choice.name} share the {host} server: give both the same --port, or one none"
            )
    return {
        host.name: host.port if (found := asked.get(host.name)) is None or found.port is None else found.port
        for host in (channels[choice.name].host for choice in chosen)
    }


# --- values -----------------------------------------------------------------------------------------------------------


def _number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
    return int(text)


def _port(text: str) -> int:
    return _number(text, 0, _LAST_PORT)


def _count(text: str) -> int:
    return _number(text, 0, MAX_CUSTOMERS)


def _history(text: str) -> int:
    return _number(text, 1, 10_000_000)


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL such as http://127.0.0.1:9001/callback")
    return text


def _instant(text: str) -> int:
    try:
        return in_range(from_rfc3339(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IP address such as 127.0.0.1") from None


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write for instance 10.1.0.0/16") from None
