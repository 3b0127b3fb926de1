"""`demo`: the whole story in a minute."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from tlgit.cli import show


@click.command("demo")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.pass_context
def demo_command(ctx: click.Context, folder: Path | None) -> int:
    """Run the whole story on sample pages, step by step.

    With FOLDER the repository stays there to look around in; without, it is gone afterwards.
    """
    if folder is not None:
        _tell(ctx, folder)
        closing = f"Look around: cd {folder}; then try `tlgit status`, `git log -p`, or edit a file and `tlgit sync`."
    else:
        with tempfile.TemporaryDirectory(prefix="tlgit-demo-") as place:
            _tell(ctx, Path(place).resolve() / "my-sets")
        closing = (
            "Keep it to look around in: `tlgit demo my-sets`. Then, with your own pages: `tlgit init sets`."
        )
    if not show.mode().is_json:
        show.put(f"\n{closing}")
    return 0


def _tell(ctx: click.Context, folder: Path) -> None:
    from tlgit.ops.demo import run_demo  # noqa: PLC0415 - loaded when it is called

    steps = []
    for number, step in enumerate(run_demo(folder), start=1):
        steps.append({"title": step.title, "command": step.command, "lines": list(step.lines)})
        if not show.mode().is_json:
            body = "\n".join(f"    {line}" for line in step.lines)
            show.put(f"\n{number}. {step.title}\n\n    $ {step.command}\n{body}")
    show.result(ctx, "tlgit.demo/1", {"steps": steps}, "")
