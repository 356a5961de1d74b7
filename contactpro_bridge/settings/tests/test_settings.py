"""Settings: mistakes name file, key and fix, never the value; the documents are true."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from contactpro_bridge.admin.parsing import parse_tenant
from contactpro_bridge.settings.document import EXAMPLE, settings_markdown
from contactpro_bridge.settings.report import ConfigError
from contactpro_bridge.settings.server import ServerSettings, read_settings
from contactpro_bridge.settings.tenant import AgentSettings, ServiceSettings, TenantSettings, digest

SEND = "https://eu.conversation.api.sinch.com/v1/projects/p/messages:send"
SECRET = "a-secret-nobody-may-see"


def written(folder: Path, text: str) -> Path:
    """Write a settings file."""
    path = folder / "bridge.toml"
    path.write_text(text, encoding="utf-8")
    return path


def service(**changes: Any) -> dict[str, Any]:
    """Return a service's settings."""
    return {"name": "s", "service_connection": SEND, "key_id": "k", "key_secret": "x", **changes}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[server]\nport = 'x'", ["server.port", "whole number"]),
        ("[server]\nport = 70000", ["server.port", "65535"]),
        ("[server]\nprot = 1", ["server.prot", "spelling"]),
        ("[server]\npublic_base_url = 'ftp://x'", ["server.public_base_url", "http://"]),
        ("[storage]\ndatabase_url = 'mysql://x'", ["storage.database_url", "postgresql+psycopg://"]),
        ("[server]\npublic_base_url = 'https://'", ["server.public_base_url", "host"]),
        ("[server]\npublic_base_url = 'https://b.example/?x'", ["server.public_base_url", "query"]),
        ("[server]\nhost = ''", ["server.host"]),
        ("[server]\nshutdown_seconds = inf", ["server.shutdown_seconds", "finite"]),
        ("[storage]\nshare_url = 'ftp://x'", ["storage.share_url", "s3://"]),
        ("[storage]\nshare_url = 's3:///x'", ["storage.share_url", "bucket"]),
        ("[storage]\ndatabase_url = 'sqlite:///'", ["storage.database_url", "must name a database"]),
        (
            f"[storage]\ndatabase_url = 'postgresql+psycopg://u:{SECRET}@h:x/d'",
            ["storage.database_url", "is no URL", "HOST:PORT"],
        ),
        ("[storage]\nraw_event_days = 1000000000", ["storage.raw_event_days", "36500"]),
        ("_env_file = 'x'", ["_env_file", "spelling"]),
        ('[tenants."a."]', ["'a.' is not usable"]),
        (f"[[tenants.main.agents]]\nname='a'\ntoken_sha256='{'x' * 64}'", ["tenants.main.agents.0", "hex digits"]),
        ("[tenants.main.chat_settings]\nretention_seconds = 1000000000000", ["chat_settings.retention_seconds"]),
        ("[tenants.main.chat_settings]\npublic_base_url='https://u:p@h'", ["chat_settings.public_base_url", "user"]),
        (f"[admin]\ntoken = '{SECRET[:8]}'", ["admin.token", "16 characters"]),
        ("[jobs]\nmax_downloads = 0", ["jobs.max_downloads", "greater than or equal to 1"]),
        ("[tenants.agent]", ["'agent' is not usable"]),
        ("[[tenants.main.services]]\nname = 's'", ["tenants.main.services.0.key_secret", "add the key"]),
        (
            f"[[tenants.main.services]]\nname='s'\nservice_connection='x'\nkey_id='k'\nkey_secret='{SECRET}'",
            ["tenants.main.services.0.service_connection", "messages:send"],
        ),
        (
            f"[[tenants.main.services]]\nname='s'\nservice_connection='{SEND}'\nkey_id='k:x'\nkey_secret='{SECRET}'",
            ["tenants.main.services.0.key_id", "colon"],
        ),
        (f"[[tenants.main.agents]]\nname='a'\ntoken='{SECRET[:8]}'", ["tenants.main.agents.0", "16 characters"]),
        ("[tenants.main]\ncatch_all_queue = 'General'", ["tenants.main", "'General' is not among the queues"]),
        ("[[tenants.main.queues]]\nname='q'\nid='xyz'", ["tenants.main.queues.0.id", "32 hex digits"]),
        ("[tenants.main.chat_settings]\nretention_seconds = 0", ["chat_settings.retention_seconds"]),
        ("[tenants.main.chat_settings]\npublic_base_url='b.example'", ["chat_settings.public_base_url", "http"]),
    ],
    ids=lambda value: value.splitlines()[-1] if isinstance(value, str) else "",
)
def test_a_mistake_names_file_key_and_fix_but_no_value(tmp_path: Path, text: str, parts: list[str]) -> None:
    """Values may be secrets."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        read_settings(path)
    message = str(refused.value)
    assert message.startswith(str(path))
    assert all(part in message for part in parts), message
    assert SECRET[:8] not in message


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One line each."""
    with pytest.raises(ConfigError) as refused:
        read_settings(written(tmp_path, "[server]\nport = -1\nhots = 'x'\n[nothing]\n"))
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(("text", "word"), [("[server", "TOML"), ("\udcff", "cannot be read")])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: str, word: str) -> None:
    """Bad TOML, and bytes that are no UTF-8."""
    path = tmp_path / "bridge.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=word):
        read_settings(path)


def test_a_missing_file_is_told_with_the_way_out(tmp_path: Path) -> None:
    """The message says how an example is printed."""
    with pytest.raises(ConfigError, match="--print-example"):
        read_settings(tmp_path / "none.toml")


def test_the_environment_wins_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mistakes are not blamed on the file."""
    path = written(tmp_path, "[server]\nport = 1\n")
    monkeypatch.setenv("CONTACTPRO_BRIDGE__SERVER__PORT", "2")
    assert read_settings(path).server.port == 2
    monkeypatch.setenv("CONTACTPRO_BRIDGE__SERVER__PORT", "x")
    with pytest.raises(ConfigError, match=r"environment: server\.port"):
        read_settings(path)


def test_the_data_folder_is_beside_the_file(tmp_path: Path) -> None:
    """Wherever the process was started."""
    assert read_settings(written(tmp_path, "")).storage.data_dir == tmp_path / "data"


def test_the_example_is_usable_and_shows_no_warning(tmp_path: Path) -> None:
    """What --print-example prints passes check-config."""
    settings = read_settings(written(tmp_path, EXAMPLE))
    assert [tenant.warnings() for tenant in settings.tenants.values()] == [[]]


def test_every_setting_is_documented() -> None:
    """The document is made from the models; each key has a meaning."""
    text = settings_markdown()

    def check(model: type[BaseModel]) -> None:
        for name, field in model.model_fields.items():
            assert f"| `{name}` |" in text
            assert field.description, name

    for section in ServerSettings.model_fields.values():
        if isinstance(section.annotation, type) and issubclass(section.annotation, BaseModel):
            check(section.annotation)
    for model in (TenantSettings, ServiceSettings, AgentSettings):
        check(model)


def test_key_id_at_app_is_understood() -> None:
    """As Contact Pro's configurator has it."""
    found = ServiceSettings.model_validate(service(key_id="KEY@APP"))
    assert (found.key_id, found.app_id) == ("KEY", "APP")


def test_secrets_are_not_shown_by_repr() -> None:
    """They must not get into logs by accident."""
    shown = repr(ServiceSettings.model_validate(service(key_secret=SECRET, webhook_secret=SECRET)))
    assert SECRET not in shown


def test_tokens_are_kept_as_digests() -> None:
    """Whoever reads the database cannot sign in."""
    agent = AgentSettings.model_validate({"name": "a", "token": SECRET})
    assert SECRET not in agent.model_dump_json()
    assert agent.token_sha256 == digest(SECRET)


def test_probable_mistakes_are_warned_of() -> None:
    """No secret, an app id in lower case, no catch-all."""
    settings = TenantSettings.model_validate({"services": [service(app_id="abc")]})
    warnings = " ".join(settings.warnings())
    assert all(word in warnings for word in ("no webhook secret", "lower-case", "catch-all"))


def test_the_admin_api_ignores_and_names_unknown_keys() -> None:
    """Newer callers can talk to us; real mistakes are still mistakes."""
    settings, ignored = parse_tenant({"queues": [{"name": "q", "colour": "red"}], "later": 1})
    assert [queue.name for queue in settings.queues] == ["q"]
    assert sorted(ignored) == ["later", "queues.0.colour"]
    with pytest.raises(ValueError, match="retention_seconds"):
        parse_tenant({"later": 1, "chat_settings": {"retention_seconds": 0}})


def test_file_types_may_be_one_text() -> None:
    """Split by comma or semicolon, as Contact Pro's page has it."""
    settings = TenantSettings.model_validate({"chat_settings": {"allowed_file_types": "pdf, gif;mp4"}})
    assert [part.strip() for part in settings.chat_settings.allowed_file_types] == ["pdf", "gif", "mp4"]


def test_the_settings_import_neither_server_nor_queue() -> None:
    """check-config answers at once."""
    code = "import sys, contactpro_bridge.cli; print([m for m in ('dbos', 'aiohttp', 'alembic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout.strip() == "[]"


def test_the_example_is_toml() -> None:
    """With one tenant called main."""
    assert list(tomllib.loads(EXAMPLE)["tenants"]) == ["main"]


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [("SERVER", "{", '"server"'), ("TENANTS", "x", '"tenants"'), ("SERVRE__PORT", "1", "servre.port")],
)
def test_a_mistake_in_the_environment_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str
) -> None:
    """A section that is no JSON, and one that does not exist."""
    monkeypatch.setenv(f"CONTACTPRO_BRIDGE__{name}", value)
    with pytest.raises(ConfigError, match=r"^environment: ") as refused:
        read_settings(written(tmp_path, ""))
    assert part in str(refused.value)


def test_the_digest_of_a_token_may_be_in_capitals() -> None:
    """As some tools print it."""
    assert AgentSettings(name="a", token_sha256=digest("t").upper()).token_sha256 == digest("t")
