"""The command line: `regulars [--home DIR] [--json] VERB`."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the exit code is 0 done, 1 an expected error, 2 wrong usage."""
    from regulars.edges.cli.entry import run

    run()
