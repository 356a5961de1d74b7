"""The process's settings: a TOML file, overridden by ``CONTACTPRO_BRIDGE__SECTION__KEY`` in the environment.

Knows how to read and to explain mistakes; opens no socket and no database.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from contactpro_bridge.ids import is_tenant_name
from contactpro_bridge.settings.report import ConfigError, explain
from contactpro_bridge.settings.tenant import Model, TenantSettings, base_url

ENV_PREFIX: Final = "CONTACTPRO_BRIDGE__"
DEFAULT_PORT: Final = 8610


class ListenSettings(Model):
    """Where the bridge listens, and what the outside calls it."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to bind to.")
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65_535, description="Port; 0 takes a free one.")
    public_base_url: str = Field(
        default="", description="URL under which the public reaches the bridge. Empty: where it listens."
    )
    webhook_max_bytes: int = Field(default=1024 * 1024, ge=1024, description="Greatest webhook body, in bytes.")
    max_websockets: int = Field(default=2000, ge=1, description="Greatest number of event streams at once.")
    shutdown_seconds: float = Field(default=10, gt=0, description="How long requests may finish after SIGTERM.")

    @field_validator("public_base_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        return base_url(value).rstrip("/")


class StorageSettings(Model):
    """Where data is kept."""

    data_dir: Path = Field(default=Path("data"), description="Folder of the database and the share, made when absent.")
    database_url: str = Field(
        default="", description="``postgresql+psycopg://USER@HOST/DATABASE``. Empty: SQLite in the data folder."
    )
    share_url: str = Field(
        default="", description="``file:///FOLDER`` or ``s3://BUCKET/PREFIX``. Empty: a folder in the data folder."
    )
    raw_event_days: int = Field(
        default=30,
        ge=1,
        le=36_500,
        description="Days after which stored callbacks are deleted, unless one that old would still be believed.",
    )

    @field_validator("database_url")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if not value:
            return value
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with postgresql+psycopg:// or sqlite:///")
        url = _parsed(value)
        if not url.database or url.database == ":memory:":
            raise ValueError("must name a database: postgresql+psycopg://USER@HOST/DATABASE or sqlite:////FOLDER/FILE")
        return value

    @field_validator("share_url")
    @classmethod
    def _is_place(cls, value: str) -> str:
        if value and not value.startswith(("file:///", "s3://", "/")):
            raise ValueError("must begin with s3://, file:/// or /")
        return value

    @field_validator("share_url")
    @classmethod
    def _is_bucket(cls, value: str) -> str:
        if value.startswith("s3://") and not value.removeprefix("s3://").partition("/")[0]:
            raise ValueError("must name a bucket: s3://BUCKET/PREFIX")
        return value

    @property
    def url(self) -> str:
        """Return the database URL in force."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'bridge.db').absolute()}"


class AdminSettings(Model):
    """The admin API."""

    token: str = Field(default="", repr=False, description="Bearer token; empty: the admin API is off.")

    @field_validator("token")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < 16:  # noqa: PLR2004 - said in the message
            raise ValueError("must have at least 16 characters")
        return value


class LabSettings(Model):
    """What only a test lab turns on."""

    allow_clock_control: bool = Field(default=False, description="Let the admin API move tenants' clocks.")


class JobSettings(Model):
    """The durable queue."""

    poll_milliseconds: int = Field(default=50, ge=5, le=5000, description="How often the queue is looked at.")
    max_downloads: int = Field(
        default=8, ge=1, le=1000, description="Greatest number of downloads at once; each holds its file in memory."
    )


class LogSettings(Model):
    """Logs, as JSON lines on stderr."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")


class ServerSettings(BaseSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        hide_input_in_errors=True,
        frozen=True,
        case_sensitive=False,
    )

    server: ListenSettings = Field(default_factory=ListenSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    admin: AdminSettings = Field(default_factory=AdminSettings)
    lab: LabSettings = Field(default_factory=LabSettings)
    jobs: JobSettings = Field(default_factory=JobSettings)
    logging: LogSettings = Field(default_factory=LogSettings)
    tenants: dict[str, TenantSettings] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, which is handed in as initial values."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @model_validator(mode="after")
    def _tenant_names(self) -> "ServerSettings":
        for name in self.tenants:
            if not is_tenant_name(name):
                raise ValueError(
                    f"tenant name {name!r} is not usable: letters, digits, '.', '_', '-', no '.' at its ends, "
                    "not a reserved word"
                )
        return self


def _parsed(url: str) -> sa.URL:
    """Return a database's URL in parts; raises ValueError, without the URL, when it is none."""
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise ValueError("is no URL: postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE") from None


def read_settings(path: Path) -> ServerSettings:
    """Read ``path`` and the environment; raises ConfigError with file, key and fix for every mistake."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: the file does not exist. Write one with: contactpro-bridge check-config --print-example"
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: cannot be read: {problem}") from None
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{path}: is not valid TOML: {problem}") from None
    try:
        settings = ServerSettings(**_without_options(path, data))
    except ValidationError as problem:
        raise ConfigError(explain(str(path), problem, environment_keys())) from None
    except SettingsError as problem:
        raise ConfigError(
            f"environment: {problem}. Give single settings, such as {ENV_PREFIX}SERVER__PORT=8611, not whole sections."
        ) from None
    for key in sorted(environment_keys()):
        if key.partition(".")[0] not in ServerSettings.model_fields:
            raise ConfigError(f"environment: {key}: there is no such section - correct the variable's name")
    if settings.storage.data_dir.is_absolute():
        return settings
    anchored = settings.storage.model_copy(update={"data_dir": (path.parent / settings.storage.data_dir).absolute()})
    return settings.model_copy(update={"storage": anchored})


def _without_options(path: Path, data: dict[str, Any]) -> dict[str, Any]:
    """Return ``data``, unless a key of it would be an option of the library that reads the settings."""
    for key in data:
        if key.startswith("_"):
            raise ConfigError(f"{path}: {key}: there is no such key - remove the key or correct its spelling")
    return data


def environment_keys() -> set[str]:
    """Return the settings that the environment gives, as dotted paths."""
    return {
        name[len(ENV_PREFIX) :].lower().replace("__", ".") for name in os.environ if name.upper().startswith(ENV_PREFIX)
    }
