"""The command line: the group, the options that all commands share, and the one place where errors end."""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tlgit.cli.show import Mode, clean, result, say
from tlgit.errors import TlgitError
from tlgit.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

BUG: Final = 70
INTERRUPTED: Final = 130
USAGE: Final = 2

COMMANDS: Final = {
    "init": "tlgit.cli.setup",
    "doctor": "tlgit.cli.setup",
    "hook": "tlgit.cli.setup",
    "new": "tlgit.cli.lists",
    "import": "tlgit.cli.flow",
    "sync": "tlgit.cli.flow",
    "status": "tlgit.cli.lists",
    "review": "tlgit.cli.review",
    "conflicts": "tlgit.cli.resolve",
    "resolve": "tlgit.cli.resolve",
    "lint": "tlgit.cli.lists",
    "cue": "tlgit.cli.sheets",
    "config": "tlgit.cli.config",
    "demo": "tlgit.cli.demo",
}
"""Where each command is defined; loaded when it is called, so that `--help` and the others start quickly."""

HELP: Final = {
    "init": "Set up a repository for tracklists: configuration, merge driver, hooks.",
    "doctor": "Tell what is missing or stale in this clone.",
    "new": "Start a tracklist by hand.",
    "import": "Take saved pages or text exports of 1001tracklists.",
    "sync": "Commit valid hand edits, merge upstream, write the CUE sheets.",
    "status": "Show the tracklists and what waits for you.",
    "review": "Show what waits for you and how sure it is; take it or refuse it.",
    "conflicts": "Show what waits for a decision, with ids and recommendations.",
    "resolve": "Decide it: by option, in your editor, or one key for each on a terminal.",
    "lint": "Check tracklist files and tell every problem with its line.",
    "cue": "Write the CUE sheets, or check them.",
    "config": "Show the settings in effect, and what decides a conflict.",
    "demo": "Run the whole story on sample pages, step by step.",
}


class Group(click.Group):
    """A group whose commands are loaded when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """The commands in the order of a first day with tlgit."""
        return list(HELP)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load the command and give it the options that all commands have."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        command: click.Command = getattr(module, f"{cmd_name}_command")
        below = command.commands.values() if isinstance(command, click.Group) else ()
        for one in (command, *below):
            if cmd_name != "hook" and not any(option.name == "is_json" for option in one.params):
                one.params += [_json_option(), _debug_option()]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(HELP.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelled one names the nearest."""
        from difflib import get_close_matches  # noqa: PLC0415 - only on mistakes

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], HELP, n=1)
            more = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"there is no command {args[0]!r}.{more}")
        return super().resolve_command(ctx, args)


def _set_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Mode).is_json = True


def _set_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Mode).is_debug = True


def _json_option() -> click.Option:
    return click.Option(
        ["--json", "is_json"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_set_json,
        help="Print one JSON object instead of text.",
    )


def _debug_option() -> click.Option:
    return click.Option(
        ["--debug", "is_debug"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_set_debug,
        help="Show a traceback with errors.",
    )


EXIT_CODES: Final = """\b
Exit codes: 0 done, or nothing to do; 1 conflicts or held changes remain, or a
check found problems; 2 usage; 3 bad data; 4 repository not usable now, or busy;
5 the source is unreachable or refuses; 70 bug; 130 interrupted."""


@click.group(
    cls=Group,
    name="tlgit",
    params=[_json_option(), _debug_option()],
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="tlgit", message="%(prog)s %(version)s")
@click.option("-C", "folder", type=click.Path(file_okay=False, path_type=Path), help="Work in this folder.")
@click.pass_context
def tlgit(ctx: click.Context, folder: Path | None) -> None:
    """Keep DJ tracklists in git, merge 1001tracklists updates with your own edits, write the CUE sheets."""
    ctx.ensure_object(Mode)
    if folder is not None:
        try:
            os.chdir(folder)
        except OSError as error:
            raise click.UsageError(f"cannot work in {str(folder)!r}: {error.strerror}") from error


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; every error ends here."""
    shown = Mode(is_json="--json" in arguments, is_debug="--debug" in arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter gets its number.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = tlgit.main(list(arguments), prog_name="tlgit", standalone_mode=False, obj=shown)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return USAGE
    except click.ClickException as error:
        return _usage(error, shown)
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return INTERRUPTED
    except TlgitError as error:
        return _expected(error, shown)
    except (BrokenPipeError, SystemExit):
        # Click leaves with SystemExit when a pipe is broken, and only then. The reader of our output has gone, as `head` does; nothing is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, it becomes a report, not a traceback
        return _bug(error, shown)
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException, shown: Mode) -> int:
    hint = None
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"`{error.ctx.command_path} --help` tells more"
    say(f"error: {error.format_message()}")
    if hint:
        say(f"hint: {hint}")
    if shown.is_json:
        put_error(error.format_message(), hint, USAGE)
    return USAGE


def _expected(error: TlgitError, shown: Mode) -> int:
    if shown.is_debug:
        say(traceback.format_exc())
    say(f"error: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")
    if shown.is_json:
        put_error(error.message, error.hint, error.exit_code)
    return error.exit_code


def _bug(error: Exception, shown: Mode) -> int:
    words = f"{type(error).__name__}: {clean(str(error))}"
    if shown.is_debug:
        say(traceback.format_exc())
    say(f"error: this is a bug in tlgit ({words})")
    say("hint: run it again with --debug and report what it prints; nothing of yours was lost")
    if shown.is_json:
        put_error(words, None, BUG)
    return BUG


def put_error(message: str, hint: str | None, code: int) -> None:
    """An error as an object, for programs."""
    data: dict[str, Any] = {"error": message, "hint": hint, "exit_code": code}
    with click.Context(tlgit, obj=Mode(is_json=True)):
        result(None, "tlgit.error/1", data, "")
