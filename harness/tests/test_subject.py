"""`subject.toml`: every mistake at once, each with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.bench import BenchSpec, described, make_driver, spec_for
from harness.drivers.contract import Description
from harness.drivers.http import HttpDriver
from harness.drivers.reference import ReferenceDriver
from harness.launch import BridgeAddress, LabAddress
from harness.outcomes import ConfigurationProblem
from harness.subject import REFERENCE_SUBJECT, Claims, DriverKind, Subject, load_subject, rebase


def written(tmp_path: Path, text: str) -> Path:
    """A subject file."""
    path = tmp_path / "subject.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """A slash at the end of a URL does not matter; a proxy may stand on any wire."""
    subject = load_subject(
        written(
            tmp_path,
            'schema = "bridgelab-subject/1"\nname = "b"\ndriver = "http"\nurl = "http://127.0.0.1:1/"\n'
            '[claims]\nchannels = ["sms"]\nclock = false\n[addresses]\nwebhook = "https://hook.example/x/"\n',
        )
    )
    assert (subject.url, subject.addresses.webhook) == ("http://127.0.0.1:1", "https://hook.example/x")
    assert (subject.claims.channels, subject.claims.features, subject.claims.clock) == (frozenset({"sms"}), None, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('url = "here"\nnmae = "x"\n', ["url: must be an absolute", "nmae: Extra inputs"]),
        ('driver = "http"\n', ["`url` is missing"]),
        ('driver = "http"\nstart = true\n', ["is for the reference bridge"]),
        ('url = "http://x"\n[claims]\nfeatures = ["flying"]\n', ["claims.features"]),
        ('url = "http://x"\n[addresses]\nsinch = "ftp://x"\n', ["addresses.sinch: must be an absolute"]),
        ("url = ", ["is not TOML"]),
    ],
)
def test_every_mistake_is_told_with_its_key(tmp_path: Path, text: str, told: list[str]) -> None:
    """Whoever writes the file mends it in one go."""
    with pytest.raises(ConfigurationProblem) as wrong:
        load_subject(written(tmp_path, text))
    assert [sentence for sentence in told if sentence not in wrong.value.sentence] == []
    assert "subject.toml" in wrong.value.sentence


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    """The path and the option are named."""
    with pytest.raises(ConfigurationProblem, match=r"cannot be read.*--subject"):
        load_subject(tmp_path / "none.toml")


def test_a_token_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is named and not set is told by its name."""
    subject = Subject(url="http://x", token_env="BRIDGE_TOKEN")
    monkeypatch.delenv("BRIDGE_TOKEN", raising=False)
    with pytest.raises(ConfigurationProblem, match="BRIDGE_TOKEN is not set"):
        subject.secret()
    monkeypatch.setenv("BRIDGE_TOKEN", "t")
    assert subject.secret() == "t"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (None, "http://a:1/p?q=1"),
        ("https://b", "https://b/p?q=1"),
        ("https://b/prefix/", "https://b/prefix/p?q=1"),
    ],
)
def test_an_address_is_moved_onto_another_base(base: str | None, expected: str) -> None:
    """Scheme, host, port and a prefix change; path and query stay."""
    assert rebase("http://a:1/p?q=1", base) == expected


def test_a_spec_survives_the_way_to_another_process() -> None:
    """Workers open their bench from the text; a started bridge takes the place of the file's address."""
    lab = LabAddress("http://lab", "t")
    spec = spec_for(REFERENCE_SUBJECT, lab, BridgeAddress("http://bridge", "admin"))
    again = BenchSpec.from_json(spec.to_json())
    assert again == spec
    assert (again.subject.url, again.subject.secret(), again.control_token) == ("http://bridge", "admin", "t")


def test_claims_in_the_file_stand_in_place_of_the_subjects_own() -> None:
    """What the file leaves open stays as the subject describes itself."""
    said = Description("own", "1", frozenset({"sms"}), frozenset({"files-in"}), clock=True)
    subject = Subject(name="named", url="http://x", claims=Claims(features=frozenset(), clock=False))
    assert described(subject, said) == Description("named", "1", frozenset({"sms"}), frozenset(), clock=False)


async def test_the_driver_is_the_one_that_the_file_asks_for() -> None:
    """The reference driver needs an admin token, and either needs a URL."""
    import aiohttp  # noqa: PLC0415 - a session needs the running loop

    async with aiohttp.ClientSession() as session:
        assert isinstance(make_driver(Subject(driver=DriverKind.HTTP, url="http://x"), session), HttpDriver)
        assert isinstance(make_driver(Subject(url="http://x", token="t"), session), ReferenceDriver)
        with pytest.raises(ConfigurationProblem, match="no admin token"):
            make_driver(Subject(url="http://x"), session)
        with pytest.raises(ConfigurationProblem, match="no URL"):
            make_driver(REFERENCE_SUBJECT, session)
