"""The command ``contactpro-bridge``: serve (the default), check-config, settings-doc."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

try:
    import typer
except ModuleNotFoundError as missing:
    sys.exit(f"contactpro-bridge: {missing.name} is missing: in the clone, run pip install -e '.[bridge]'")

from contactpro_bridge.settings.document import EXAMPLE, settings_markdown
from contactpro_bridge.settings.report import ConfigError
from contactpro_bridge.settings.server import ServerSettings, read_settings

EXIT_CONFIG: Final = 2
DEFAULT_CONFIG: Final = Path("bridge.toml")

app = typer.Typer(
    help="The Contact Pro side of the Sinch Conversation API integration.",
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[Path, typer.Option("--config", help="The TOML file.", show_default=True)]


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    host: Annotated[str | None, typer.Option(help="Instead of [server] host.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Instead of [server] port; 0: a free one.")
    ] = None,
    die_with_parent: Annotated[bool, typer.Option(help="End when stdin reaches its end.")] = False,
) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    try:
        settings = read_settings(config)
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        listening = settings.server.model_copy(update=given)
        run(settings.model_copy(update={"server": listening}), die_with_parent=die_with_parent)
    except ConfigError as problem:
        _end(str(problem))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command("check-config")
def check_config(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    print_example: Annotated[bool, typer.Option(help="Print an example file instead.")] = False,
) -> None:
    """Check a configuration: name every mistake, and warn of what is probably not meant."""
    if print_example:
        sys.stdout.write(EXAMPLE)
        return
    try:
        settings = read_settings(config)
    except ConfigError as problem:
        _end(str(problem))
        return
    for name, tenant in settings.tenants.items():
        for warning in tenant.warnings():
            typer.echo(f"warning: tenants.{name}: {warning}")
    typer.echo(f"{config} is usable: {len(settings.tenants)} tenant(s), database {settings.storage.url.split('@')[-1]}")


@app.command("settings-doc")
def settings_doc() -> None:
    """Print every setting as Markdown."""
    sys.stdout.write(settings_markdown())


def run(settings: ServerSettings, *, die_with_parent: bool) -> None:
    """Run the server on the fastest event loop there is."""
    from contactpro_bridge.jobs.dbos_engine import UnusableSqlite  # noqa: PLC0415 - serving alone needs the rooms
    from contactpro_bridge.jobs.lease import AlreadyRunning  # noqa: PLC0415 - as above
    from contactpro_bridge.logs import configure_logs  # noqa: PLC0415 - as above
    from contactpro_bridge.serve import serve as serve_forever  # noqa: PLC0415 - as above
    from contactpro_bridge.store.migrate import SchemaTooNew  # noqa: PLC0415 - as above

    configure_logs(settings.logging.level)
    try:
        with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
            runner.run(serve_forever(settings, die_with_parent=die_with_parent))
    except (AlreadyRunning, SchemaTooNew, UnusableSqlite) as problem:
        _end(str(problem))


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _end(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(EXIT_CONFIG)


def main() -> None:
    """Run the command."""
    app()
