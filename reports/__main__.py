"""``python -m reports RUN.jsonl --out DIR``: render a run from the command line."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.reader import RunError
from reports.render import render

DONE = 0
CONFIGURATION = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Render a run file; 0 when everything was written, 2 when the file or the folder cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m reports",
        description="Turn the evidence of a run into report.html, junit.xml, summary.md, matrix.json, badge.svg, and a "
        "HAR file and a sequence picture for each scenario.",
        epilog="Exit codes: 0 everything was written; 2 the run file is missing, empty, truncated or invalid, or the "
        "folder cannot be written. The run's own verdict does not change the exit code.",
    )
    parser.add_argument("run", type=Path, metavar="RUN.jsonl", help="the run file")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write (default: the run file's folder)")
    parser.add_argument("--quiet", action="store_true", help="do not list what was written")
    options = parser.parse_args(arguments)
    try:
        written = render(options.run, options.out or options.run.parent)
    except RunError as refusal:
        return _refuse(str(refusal))
    except OSError as failure:
        return _refuse(f"cannot write the report: {failure}")
    if not options.quiet:
        sys.stdout.write("".join(f"{path}\n" for path in written))
    return DONE


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"reports: {sentence}\n")
    return CONFIGURATION


if __name__ == "__main__":
    sys.exit(main())
