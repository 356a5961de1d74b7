"""The options of `python -m fake_channels`."""

from __future__ import annotations

import re

import pytest

from fake_channels.core.control.options import Options, read
from fake_channels.registry import CHANNELS


def given(line: str) -> Options:
    """What a command line means."""
    return read(line.split(), CHANNELS)


def test_a_channel_alone_is_enough() -> None:
    """On its own port, with one customer, in real time."""
    options = given("--channel telegram")
    assert [channel.name for channel in options.channels] == ["telegram"]
    assert (options.plan.ports, options.customers, options.plan.mode) == ({"telegram": 8622}, 1, "real")
    assert len(options.control_token) > 16
    assert options.control_token != given("--channel telegram").control_token


def test_port_and_webhook_belong_to_the_channel_before_them() -> None:
    """A webhook that comes first is everybody's."""
    options = given("--webhook http://a --channel sms --port 9 --channel telegram --port 0 --webhook http://b")
    assert options.plan.ports == {"sms": 9, "telegram": 0}
    assert options.webhooks == {"sms": "http://a", "telegram": "http://b"}


def test_all_is_every_channel_once() -> None:
    """On their own ports, or all on free ones."""
    assert [channel.name for channel in given("--channel all").channels] == list(CHANNELS)
    assert set(given("--channel all --port 0").plan.ports.values()) == {0}
    assert set(given("--channel all --webhook http://a").webhooks) == set(CHANNELS)


def test_channels_of_one_vendor_share_a_port() -> None:
    """It is enough to give it once."""
    options = given("--channel whatsapp --port 7 --channel messenger")
    assert options.plan.ports == {"graph": 7}


def test_everything_else_is_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed, clock, history, networks; the token may come from the environment."""
    monkeypatch.setenv("BRIDGELAB_CONTROL_TOKEN", "from outside")
    options = given(
        "--channel sms --seed s --customers 3 --locale ja_JP --clock manual --start 2026-03-01T09:00:00Z --history 5 "
        "--no-rate-limits --bind ::1 --allow-network 10.1.0.0/16 --control-port 0 --json"
    )
    plan = options.plan
    assert (plan.seed, plan.mode, plan.start, plan.history) == ("s", "manual", 1_772_355_600_000, 5)
    assert (plan.limited, plan.bind, str(plan.networks[0])) == (False, "::1", "10.1.0.0/16")
    assert (options.customers, options.locale, options.control_port, options.as_json) == (3, "ja_JP", 0, True)
    assert options.control_token == "from outside"
    assert given("--channel sms --control-token mine").control_token == "mine"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "say which: --channel"),
        ("--channel pigeon", "invalid choice"),
        ("telegram", "telegram: write --channel telegram"),
        ("--channel sms --chanel line", "unknown: --chanel line"),
        ("--port 1 --channel sms", "--port 1: write it after the --channel"),
        ("--channel sms --port 70000", "'70000' is not a number from 0 to 65535"),
        ("--channel sms --port \u0663", "is not a number"),
        ("--channel sms --channel sms", "--channel sms is there twice"),
        ("--channel all --channel sms", "--channel sms is there twice"),
        ("--channel all --port 9", "--channel all --port 9"),
        ("--channel whatsapp --port 1 --channel messenger --port 2", "share the graph server"),
        ("--channel sms --webhook nowhere", "'nowhere' is not a URL"),
        ("--channel sms --start soon", "RFC 3339"),
        ("--channel sms --bind everywhere", "'everywhere' is not an IP address"),
        ("--channel sms --allow-network inside", "10.1.0.0/16"),
        ("--channel sms --history 0", "from 1 to"),
        ("--channel sms --customers 10001", "from 0 to 10000"),
    ],
)
def test_a_wrong_option_ends_with_a_sentence(line: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and no traceback."""
    with pytest.raises(SystemExit) as ended:
        given(line)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_mistake_is_not_buried_under_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """One line of usage, one of what is wrong."""
    with pytest.raises(SystemExit):
        given("--channel sms --port x")
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_channel_is_named_in_any_case() -> None:
    """As its vendor writes it, too."""
    assert [channel.name for channel in given("--channel Telegram --channel SMS").channels] == ["telegram", "sms"]


def test_help_tells_every_channel_and_its_port(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has to look for them elsewhere."""
    with pytest.raises(SystemExit) as ended:
        given("--help")
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for name, channel in CHANNELS.items():
        assert re.search(rf"^  {name} +{channel.host.port}  {channel.title}$", told, re.MULTILINE)
