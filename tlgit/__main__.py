"""The command `tlgit`: what git calls for every file starts without loading the rest."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and give its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] in (["merge-driver"], ["textconv"]):
        from tlgit.driver import main as run_driver  # noqa: PLC0415 - starts light

        return run_driver(arguments)
    if arguments == ["--version"]:
        from tlgit.version import VERSION  # noqa: PLC0415 - starts light

        sys.stdout.write(f"tlgit {VERSION}\n")
        return 0
    from tlgit.cli.main import run  # noqa: PLC0415 - the others start without click

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
