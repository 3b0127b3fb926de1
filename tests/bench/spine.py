"""Figures of the spine, as ratios within one run: `python -m tests.bench.spine [CORPUS]`.

Made lists and pages, or, with the folder of real pages, those. No figure is a bar of its own: machines differ, ratios
hardly do.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from tests.bench.clock import bare, command, once, row
from tests.sources.pages import PageSpec, RowSpec, render_page
from tlgit.merge.merge import merge
from tlgit.sources.read import parse
from tlgit.sources.snapshot import Refusal
from tlgit.tracklist.write import render_tracklist

if TYPE_CHECKING:
    from tlgit.tracklist.model import Tracklist


def main() -> None:
    """Measure and print the table."""
    pages = read_pages(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    lists = [tracklist_of(page) for page in pages[:2]]
    base, theirs = (render_tracklist(one) for one in lists)
    ours = edited(base)
    print(f"list of {len(lists[0].tracks)} tracks, page of {len(pages[2]) // 1024} KiB\n")
    print(f"{'what':46} {'ms':>8}   {'against':34} {'ms':>8} {'ratio':>6}")
    row(
        "three-way merge",
        once(lambda: merge(base, ours, theirs)),
        "three bare C parses",
        once(lambda: [bare(text) for text in (base, ours, theirs)]),
    )
    row(
        "import: read the page",
        once(lambda: parse(pages[2])),
        "selectolax parsing it",
        once(lambda: LexborHTMLParser(pages[2])),
    )
    python = sys.executable
    row(
        "tlgit --version",
        command(python, "-m", "tlgit", "--version"),
        "python -c pass",
        command(python, "-c", "pass"),
    )
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("base", "ours", "theirs")]
        for file, text in zip(files, (base, ours, theirs), strict=True):
            file.write_text(text, encoding="utf-8")
        names = [str(file) for file in files]
        row(
            "one merge-driver run",
            command(
                python,
                "-m",
                "tlgit",
                "merge-driver",
                *names,
                "7",
                "x.yaml",
                before=lambda: files[1].write_text(ours),
            ),
            "python -c 'import yaml'",
            command(python, "-c", "import yaml"),
        )
    tracemalloc.start()
    parse(pages[2])
    peak = tracemalloc.get_traced_memory()[1]
    print(f"\nmemory peak of reading the page, Python's own: {peak / 2**20:.1f} MiB")
    print(f"memory peak of the whole `tlgit import`: {import_peak(pages[2]):.1f} MiB")


def import_peak(page: bytes) -> float:
    """The largest resident size of an importing process, in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "page.html").write_bytes(page)
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
        subprocess.run(
            ["git", "-C", folder, *identity, "commit", "-q", "--allow-empty", "-m", "first"], check=True
        )
        for key, value in (("user.name", "bench"), ("user.email", "bench@localhost")):
            subprocess.run(["git", "-C", folder, "config", key, value], check=True)
        script = (
            "import resource, sys; from tlgit.cli.main import run;"
            "code = run(['import', 'page.html']);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=folder, check=True, capture_output=True, text=True
        )
        return int(done.stderr.split()[-1]) / 1024


def read_pages(corpus: Path | None) -> tuple[bytes, bytes, bytes]:
    """Two editions of one list, and a large page."""
    if corpus is not None:
        folder = corpus / "1001tracklists" / "pages"
        first, second = sorted(folder.glob("2wrmg6f1-*.html"))
        return first.read_bytes(), second.read_bytes(), max(folder.glob("*.html"), key=size).read_bytes()
    rows = tuple(
        RowSpec(
            name=f"Artist {n % 19} - Title Number {n} (Extended Mix)",
            cue=f"{n * 2:02d}:30",
            labels=("LABEL",),
        )
        for n in range(57)
    )
    spec = PageSpec(rows=rows, duration="2 hours 2 minutes 5 seconds")
    renamed = tuple(replace(r, labels=("OTHER",)) if n % 10 == 0 else r for n, r in enumerate(rows))
    many = tuple(replace(rows[n % 57], cue="", row_id=str(1000 + n)) for n in range(300))
    return tuple(render_page(one) for one in (spec, replace(spec, rows=renamed), replace(spec, rows=many)))  # type: ignore[return-value]  # three pages in, three out


def size(path: Path) -> int:
    """A file's size in bytes."""
    return path.stat().st_size


def tracklist_of(page: bytes) -> Tracklist:
    """What the page says."""
    found = parse(page)
    if isinstance(found, Refusal):
        raise SystemExit(found.sentence)
    return found.tracklist


def edited(text: str) -> str:
    """A user's version: two titles, a start, a comment."""
    lines = text.splitlines(keepends=True)
    titles = [n for n, line in enumerate(lines) if line.startswith("    title: ")]
    for n in titles[5:40:20]:
        lines[n] = lines[n].rstrip("\n") + " (mine)\n"
    lines[titles[-1]] += "    # the last one\n"
    return "".join(lines)


if __name__ == "__main__":
    main()
