"""`bridgelab`: the command line. It parses, asks the other modules, and prints; every exit code is documented.

Heavy imports stay inside the commands that need them, so that `--help` answers at once.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

try:
    import typer
    from rich.console import Console
    from rich.markup import escape
except ModuleNotFoundError as missing:
    sys.exit(f"bridgelab: {missing.name} is missing: in the clone, run pip install -e '.[bridge,harness]'")

from harness.outcomes import ExitCode, Problem

FEATURES = Path(__file__).resolve().parent.parent / "features"
DEFAULT_LAB = "http://127.0.0.1:8600"

app = typer.Typer(
    name="bridgelab",
    no_args_is_help=True,
    add_completion=False,
    help="One machine's lab for bridges between Sinch Contact Pro and the Sinch Conversation API.",
    epilog="Exit codes: 0 conforms, 1 fails, 2 configuration, 3 lab error, 4 incomplete.",
)
LOG_COLUMNS = 100
"""The width of what is no screen, such as a CI log."""
out = Console()
if not out.is_terminal:
    out.width = LOG_COLUMNS
err = Console(stderr=True, width=None if out.is_terminal else LOG_COLUMNS)

SubjectFile = Annotated[
    Path | None,
    typer.Option("--subject", help="subject.toml of the bridge to judge. Default: start the reference bridge."),
]
LabUrl = Annotated[
    str | None, typer.Option("--lab", help="Control URL of a running lab. Default: start one on free ports.")
]
LabToken = Annotated[
    str | None, typer.Option("--lab-token", envvar="BRIDGELAB_CONTROL_TOKEN", help="The running lab's control token.")
]
FeaturesFolder = Annotated[Path, typer.Option("--features", help="Folder of scenarios and requirements.")]


@app.command()
def up(  # noqa: PLR0913 - each is an option that a person may give
    *,
    subject: SubjectFile = None,
    bridge: Annotated[bool, typer.Option("--bridge/--no-bridge", help="Connect a bridge, or show phones only.")] = True,
    bind: Annotated[
        str, typer.Option(help="Address to listen on; others than loopback need a control token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Page and control API. 0: free ports for all.")] = 8600,
    bridge_port: Annotated[int, typer.Option(min=0, max=65535, help="The reference bridge. 0: a free one.")] = 8610,
    server_port: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PORT", help="Port of one server, e.g. telegram=9022; repeatable.")
    ] = None,
    seed: Annotated[str | None, typer.Option(help="Seed of the page's world. Default: another one each time.")] = None,
    control_token: Annotated[
        str, typer.Option(envvar="BRIDGELAB_CONTROL_TOKEN", help="Token that callers of the control API must show.")
    ] = "",
    allow_network: Annotated[
        list[str] | None, typer.Option(metavar="CIDR", help="Inside network that the lab may connect to; repeatable.")
    ] = None,
) -> None:
    """Serve the lab, a bridge and the simulator's page until Ctrl-C.

    Exit codes: 0 after Ctrl-C, 2 when a port is taken or an option is wrong.
    """
    from fake_channels.core.serving import PortInUse  # noqa: PLC0415 - half a second that --help need not take
    from harness.lab.settings import LabMisconfigured, LabSettings, parse_networks, parse_ports  # noqa: PLC0415 - as above
    from harness.subject import REFERENCE_SUBJECT, load_subject  # noqa: PLC0415 - as above
    from harness.up import up as serve  # noqa: PLC0415 - as above

    if bridge and subject is None:
        _want_reference_bridge()
    try:
        settings = LabSettings(
            bind=bind,
            control_port=port,
            ports=parse_ports(server_port or []),
            free_ports=port == 0,
            control_token=control_token,
            allow_networks=parse_networks(allow_network or []),
        )
        wanted = (load_subject(subject) if subject else REFERENCE_SUBJECT) if bridge else None
        chosen = 0 if port == 0 else bridge_port
        serve(settings, wanted, bridge_port=chosen, seed=seed, tell=lambda line: out.print(line, highlight=False))
    except (PortInUse, LabMisconfigured, Problem) as wrong:
        raise typer.Exit(_fail(str(wrong), ExitCode.CONFIGURATION)) from wrong


@app.command()
def run(  # noqa: PLR0913 - each is an option that a person may give
    *,
    subject: SubjectFile = None,
    workers: Annotated[int, typer.Option("-n", "--workers", min=0, help="Processes; 0: run in this one.")] = 0,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder of the run. Default: a new one in runs/.")
    ] = None,
    keyword: Annotated[str | None, typer.Option("-k", help="Only scenarios that match, as in pytest's -k.")] = None,
    channel: Annotated[list[str] | None, typer.Option("--channel", help="Only this channel; repeatable.")] = None,
    requirement: Annotated[
        list[str] | None, typer.Option("--requirement", help="Only scenarios of this requirement; repeatable.")
    ] = None,
    waivers: Annotated[Path | None, typer.Option("--waivers", help="waivers.toml of known failures.")] = None,
    lab: LabUrl = None,
    lab_token: LabToken = None,
    features: FeaturesFolder = FEATURES,
    show_all: Annotated[bool, typer.Option("--all", help="Show passing verdicts too.")] = False,
) -> None:
    """Judge a bridge: run the scenarios, print the verdicts, write the report.

    Exit codes: 0 conforms, 1 fails, 2 configuration, 3 lab error, 4 incomplete.
    """
    from harness.channels import NAMES  # noqa: PLC0415 - half a second that --help need not take
    from harness.judge import new_folder  # noqa: PLC0415 - as above
    from harness.progress import Bar  # noqa: PLC0415 - as above
    from harness.subject import load_subject  # noqa: PLC0415 - as above
    from harness.suite import SCENARIOS, Choice, run_suite  # noqa: PLC0415 - as above
    from harness.waivers import load_waivers  # noqa: PLC0415 - as above

    if strange := [name for name in channel or () if name not in NAMES]:
        sentence = f"there is no channel {strange[0]!r}; there are {', '.join(NAMES)}"
        raise typer.Exit(_fail(sentence, ExitCode.CONFIGURATION))
    try:
        # The run reads them again where it needs them; here, a mistake is told before anything has started.
        _ = load_subject(subject) if subject else None
        _ = load_waivers(waivers) if waivers else None
    except Problem as wrong:
        raise typer.Exit(_fail(str(wrong), ExitCode.CONFIGURATION)) from wrong
    if subject is None:
        _want_reference_bridge()
    if not (features / SCENARIOS).is_file():
        raise typer.Exit(_fail(f"{features} is no features folder: it has no {SCENARIOS}", ExitCode.CONFIGURATION))
    folder = folder or new_folder(Path("runs"), dt.datetime.now(dt.UTC))
    choice = Choice(
        folder,
        features=features,
        subject=subject,
        waivers=waivers,
        lab=lab,
        lab_token=lab_token,
        keyword=keyword,
        channels=tuple(channel or ()),
        requirements=tuple(requirement or ()),
        workers=workers,
    )
    with Bar(err) as bar:
        status = run_suite(choice, bar)
    raise typer.Exit(_tell(folder, status, everything=show_all))


def _tell(folder: Path, status: int, *, everything: bool) -> ExitCode:
    """Print what a run found and return its exit code; a run without a footer is incomplete."""
    from harness.progress import read_lines, summary_line, verdict_lines  # noqa: PLC0415 - as above
    from harness.runfile import RUN_FILE, WAIVERS_FILE  # noqa: PLC0415 - as above

    run_file = folder / RUN_FILE
    if not run_file.exists():
        return _fail(
            f"nothing was run (pytest said {status}); is there a scenario that matches?", ExitCode.CONFIGURATION
        )
    lines = read_lines(run_file)
    for line in verdict_lines(lines, width=out.width, everything=everything):
        out.print(line)
    out.print(summary_line(lines), highlight=False)
    waivers = folder / WAIVERS_FILE
    if waivers.exists():
        for sentence in waivers.read_text("utf-8").splitlines():
            out.print(f"[bold red]waiver[/]: {sentence}")
    if lines[-1]["type"] != "footer":
        return _fail(f"the run was interrupted; what it found is in {run_file}", ExitCode.INCOMPLETE)
    _render(run_file, folder)
    code = ExitCode(lines[-1]["exit_code"])
    out.print(f"{code.name.lower().replace('_', ' ')} (exit code {int(code)}); report: {folder / 'report.html'}")
    return code


def _render(run_file: Path, folder: Path, *, otherwise: ExitCode = ExitCode.LAB_ERROR) -> None:
    from reports.reader import RunError  # noqa: PLC0415 - as above
    from reports.render import render  # noqa: PLC0415 - as above

    try:
        render(run_file, folder)
    except (RunError, OSError) as wrong:
        raise typer.Exit(_fail(f"the report cannot be made: {wrong}", otherwise)) from wrong


def _want_reference_bridge() -> None:
    """End with what to install, before a process that cannot begin is started for every scenario."""
    from harness.doctor import bridge_checks  # noqa: PLC0415 - as above

    for check in bridge_checks():
        if not check.ok:
            raise typer.Exit(_fail(f"{check.name}: {check.answer} ({check.fix})", ExitCode.CONFIGURATION))


def _fail(sentence: str, code: ExitCode) -> ExitCode:
    err.print(f"[bold red]bridgelab[/]: {escape(sentence)}", soft_wrap=True)
    return code


@app.command()
def requirements(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Check that scenarios and requirements cover each other.")
    ] = False,
    features: FeaturesFolder = FEATURES,
) -> None:
    """List the requirements, or check them against the scenarios. Exit codes: 0, or 3 when they do not fit."""
    from rich.table import Table  # noqa: PLC0415 - as above

    from harness.catalogue import read_features  # noqa: PLC0415 - as above
    from harness.requirements import check as compare  # noqa: PLC0415 - as above
    from harness.requirements import load_requirements  # noqa: PLC0415 - as above

    try:
        found, scenarios = load_requirements(features / "requirements"), read_features(features)
    except Problem as wrong:
        raise typer.Exit(_fail(str(wrong), ExitCode.LAB_ERROR)) from wrong
    if check:
        problems = compare(found, scenarios)
        for problem in problems:
            _fail(problem, ExitCode.LAB_ERROR)
        out.print(f"{len(found.rows)} requirements, {len(scenarios)} scenarios, {len(problems)} problems")
        raise typer.Exit(ExitCode.LAB_ERROR if problems else ExitCode.CONFORMS)
    table = Table(title=f"Revision {found.revision.revision}", title_justify="left")
    for heading in ("id", "level", "channels", "claims", "sentence"):
        table.add_column(heading, no_wrap=heading == "id")
    for row in found.rows.values():
        table.add_row(row.id, row.level, " ".join(row.channels), " ".join(row.features), row.sentence)
    out.print(table)


@app.command()
def doctor(
    *,
    subject: SubjectFile = None,
    lab: LabUrl = None,
    lab_token: LabToken = None,
    ports: Annotated[bool, typer.Option("--ports/--no-ports", help="Look at the usual ports too.")] = True,
) -> None:
    """Check that a run can begin, wire by wire, and say what to fix.

    Exit codes: 0, or 2 when something has to be fixed.
    """
    import tempfile  # noqa: PLC0415 - as above

    from harness import doctor as checks  # noqa: PLC0415 - as above
    from harness.judge import Judge, Order  # noqa: PLC0415 - as above
    from harness.launch import LabAddress  # noqa: PLC0415 - as above
    from harness.subject import REFERENCE_SUBJECT, load_subject  # noqa: PLC0415 - as above

    failed = 0
    with tempfile.TemporaryDirectory(prefix="bridgelab-doctor-") as folder:
        try:
            wanted = load_subject(subject) if subject else REFERENCE_SUBJECT
        except Problem as wrong:
            raise typer.Exit(_fail(str(wrong), ExitCode.CONFIGURATION)) from wrong
        judge = Judge(Order(Path(folder), wanted, LabAddress(lab, lab_token) if lab else None))
        try:
            own = () if subject else tuple(checks.bridge_checks())
            for check in (
                *checks.machine_checks(),
                *own,
                *(checks.port_checks() if ports and lab is None else ()),
                *(checks.subject_checks(judge.bench) if all(one.ok for one in own) else ()),
            ):
                mark = "[green]ok[/]" if check.ok else "[bold red]NO[/]"
                out.print(f"{mark} {check.name}: {escape(check.answer)}", soft_wrap=True)
                if not check.ok:
                    failed += 1
                    out.print(f"   → {escape(check.fix)}", soft_wrap=True)
        finally:
            judge.close()
    raise typer.Exit(ExitCode.CONFIGURATION if failed else ExitCode.CONFORMS)


@app.command()
def selftest(
    *,
    defect: Annotated[
        list[str] | None, typer.Option("--defect", help="Only this wrong miniature; repeatable. Default: all of them.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Run every scenario against every miniature: the whole matrix.")
    ] = False,
    lab: LabUrl = None,
    lab_token: LabToken = None,
) -> None:
    """Test the suite itself: a correct miniature bridge must pass, each wrong one must be caught for its reason.

    Exit codes: 0 every wrong one is caught, 2 unknown name, 3 the suite misjudges, 4 something could not be tested.
    """
    import tempfile  # noqa: PLC0415 - as above

    from harness.launch import LabAddress, Launcher  # noqa: PLC0415 - as above
    from harness.selftest import Selftest, check_names, exit_code_of, matrix_lines  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="bridgelab-selftest-") as folder, Launcher(Path(folder)) as launcher:
        try:
            check_names(tuple(defect or ()))
            test = Selftest(Path(folder), LabAddress(lab, lab_token) if lab else launcher.lab(), everything=everything)
            rows = []
            for row in test.rows(tuple(defect or ())):
                rows.append(row)
                for line in matrix_lines(row, width=out.width):
                    out.print(line)
        except Problem as wrong:
            raise typer.Exit(_fail(str(wrong), ExitCode.CONFIGURATION)) from wrong
    code = exit_code_of(rows)
    caught = sum(row.caught for row in rows)
    out.print(f"{caught} of {len(rows)} miniatures judged rightly (exit code {int(code)})", highlight=False)
    raise typer.Exit(code)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, or its run.jsonl.")],
    into: Annotated[Path | None, typer.Option("--out", help="Where to write. Default: the run's own folder.")] = None,
) -> None:
    """Make the report of a run anew. Exit codes: 0, or 2 when there is no whole run to report."""
    from harness.runfile import RUN_FILE  # noqa: PLC0415 - as above

    run_file = folder / RUN_FILE if folder.is_dir() else folder
    _render(run_file, into or run_file.parent, otherwise=ExitCode.CONFIGURATION)
    out.print(f"{(into or run_file.parent) / 'report.html'}")


@app.command()
def trace(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Id of a message, or a text that it contains.")],
    world: Annotated[str | None, typer.Option("--world", help="World to look in. Default: all of them.")] = None,
    lab: Annotated[str, typer.Option("--lab", help="Control URL of the running lab.")] = DEFAULT_LAB,
    lab_token: LabToken = None,
) -> None:
    """Tell the way of a message, hop by hop.

    Exit codes: 0, 3 when the lab does not answer, 4 when it knows no such message.
    """
    import aiohttp  # noqa: PLC0415 - as above

    from harness.client import LabClient  # noqa: PLC0415 - as above
    from harness.loop import LoopThread  # noqa: PLC0415 - as above
    from harness.story import mentions, story  # noqa: PLC0415 - as above
    from harness.world import WorldId  # noqa: PLC0415 - as above

    async def look() -> dict[str, list[dict[str, object]]]:
        async with aiohttp.ClientSession() as session:
            client = LabClient(session, lab, lab_token)
            names = [world] if world else [str(row["world"]) for row in await client.worlds()]
            pages = {name: (await client.trace(WorldId(name))).raw for name in names}
        return {
            name: found
            for name, raw in pages.items()
            if (found := [one for one in raw if mentions(one, message) or message in str(one.get("note") or "")])
        }

    try:
        with LoopThread() as loop:
            told = loop.run(look())
    except Problem as wrong:
        way_out = "" if wrong.hint else ": is one up? Start it with `bridgelab up`, or say where it is with --lab"
        raise typer.Exit(_fail(f"{wrong}{way_out}", ExitCode.LAB_ERROR)) from wrong
    for name, events in told.items():
        out.print(f"[bold]world {name}[/]")
        out.print(story(events))
    if not told:
        raise typer.Exit(_fail(f"no event of the lab at {lab} has to do with {message}", ExitCode.INCOMPLETE))


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(_fail("interrupted", ExitCode.INCOMPLETE))


if __name__ == "__main__":
    main()
