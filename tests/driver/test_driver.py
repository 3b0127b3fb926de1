from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.merge.test_cases import CASES, texts_of
from tlgit import driver
from tlgit.merge.merge import merge
from tlgit.tracklist.syntax import has_conflict_markers

ROOT: Final = Path(__file__).parents[2]

BASE = 'title: A\ntracks:\n  - start: "0:00"\n    title: B\n    artist: C\n  - start: "3:00"\n    title: D\n'
OURS = BASE.replace("title: B", "title: B2")
THEIRS = BASE.replace("artist: C", "artist: C2")
CLASH = BASE.replace("title: B", "title: B3")


def _run(
    folder: Path, base: str | bytes, ours: str | bytes, theirs: str | bytes, *more: str
) -> tuple[int, bytes]:
    """Run the driver on three files: its exit code and what it left as ours."""
    names = []
    for name, data in (("base", base), ("ours", ours), ("theirs", theirs)):
        path = folder / f".merge_file_{name}"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        names.append(str(path))
    code = driver.main(["merge-driver", *names, *(more or ("7", "tracklists/a.yaml"))])
    assert sorted(path.name for path in folder.iterdir()) == [
        f".merge_file_{n}" for n in ("base", "ours", "theirs")
    ]
    return code, (folder / ".merge_file_ours").read_bytes()


def test_a_clean_merge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, data = _run(tmp_path, BASE, OURS, THEIRS)
    assert (code, data) == (0, OURS.replace("artist: C", "artist: C2").encode())
    assert capsys.readouterr() == ("", "")


def test_a_conflict_is_marked_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, data = _run(tmp_path, BASE, OURS, CLASH)
    assert code == 1
    assert data.decode() == merge(BASE, OURS, CLASH).text
    assert capsys.readouterr() == (
        "",
        "tlgit: tracklists/a.yaml: tracks[1].title (C - B2) is changed on both sides\n",
    )


@pytest.mark.parametrize("folder", CASES, ids=[path.name for path in CASES])
def test_the_driver_gives_what_the_merge_gives(folder: Path, tmp_path: Path) -> None:
    base, ours, theirs = texts_of(folder)
    result = merge(base, ours, theirs)
    assert _run(tmp_path, base or "", ours, theirs) == (int(not result.is_clean), result.text.encode())


def test_markers_have_the_length_that_git_asks_for(tmp_path: Path) -> None:
    for size, length in (("9", 9), ("3", 7), ("%L", 7), ("", 7)):
        _, data = _run(tmp_path, BASE, OURS, CLASH, size)
        assert b"\n" + b"<" * length + b" ours\n" in data
    assert b"\n<<<<<<< ours\n" in _run(tmp_path, BASE, OURS, CLASH)[1]


def test_no_common_past(tmp_path: Path) -> None:
    for nothing in ("", "\n", "  \n"):
        code, data = _run(tmp_path, nothing, OURS, OURS + "  - title: E\n")
        assert (code, data) == (0, (OURS + "  - title: E\n").encode())


@pytest.mark.parametrize("broken", ["title: [\n", "title: A\ntitle: A\n", "", "\x00", "- a\n"])
def test_a_side_that_cannot_be_read_is_never_clean(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for sides in ((broken, THEIRS), (OURS, broken)):
        code, data = _run(tmp_path, BASE, *sides)
        assert code in {1, 129}
        assert "cannot be read" in capsys.readouterr().err
        if code == 129:
            assert data == sides[0].encode()
        else:
            assert b"B2" in data or b"C2" in data


def test_a_broken_base_is_never_clean(tmp_path: Path) -> None:
    code, data = _run(tmp_path, "title: [\n", OURS, THEIRS)
    assert code == 1
    assert has_conflict_markers(data.decode())


def test_bytes_that_are_no_text_keep_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, b"\x00\x01", b"\x00\xff\x02", b"\x00\x03") == (129, b"\x00\xff\x02")
    assert "ours is kept" in capsys.readouterr().err


def test_a_base_with_markers_counts_as_two(tmp_path: Path) -> None:
    """git merges the bases of a criss-cross history with this driver, and may get markers into %O."""
    base = merge(BASE, OURS, CLASH, marker_size=9).text
    assert has_conflict_markers(base)
    code, data = _run(tmp_path, base, OURS, OURS.replace("title: D", "title: E"))
    assert (code, data) == (0, OURS.replace("title: D", "title: E").encode())
    code, data = _run(tmp_path, base, OURS, CLASH)
    assert code == 1
    assert has_conflict_markers(data.decode())


def test_different_lists_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = OURS + "source: https://www.1001tracklists.com/tracklist/abc/a.html\n"
    two = THEIRS + "source: https://www.1001tracklists.com/tracklist/xyz/b.html\n"
    code, data = _run(tmp_path, BASE, one, two.removesuffix("\n"))
    assert code == 1
    assert data.decode() == f"<<<<<<< ours\n{one}=======\n{two}>>>>>>> theirs\n"
    assert "these are different tracklists" in capsys.readouterr().err
    code, _ = _run(tmp_path, BASE, one, two + "aliases: [abc]\n")
    assert code == 1  # the source is still a field that both sides added


def test_names_do_not_drive_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(tmp_path, BASE, OURS, CLASH, "7", "a\x1b[31m\nb.yaml")
    assert capsys.readouterr().err.startswith("tlgit: a?[31m?b.yaml: ")


def test_wrong_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert driver.main([]) == 2
    assert driver.main(["merge-driver", "a"]) == 2
    assert "usage: tlgit merge-driver" in capsys.readouterr().err
    assert driver.main(["merge-driver", *[str(tmp_path / "missing")] * 3]) == 129
    assert "cannot read or write" in capsys.readouterr().err


def test_textconv_shows_lines(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(BASE)
    assert driver.main(["textconv", str(path)]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"title: A\n\n[0:00] C - B\n[3:00] ID - D\n"
    path.write_bytes(b"title: [\xff")
    assert driver.main(["textconv", str(path)]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"title: [\xff"


TEXTS = [text.encode() for text in (BASE, OURS, THEIRS, CLASH, "title: [\n", "")] + [BASE.encode("utf-16")]
PIECES = st.binary(max_size=60) | st.sampled_from(TEXTS)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(PIECES, PIECES, PIECES)
def test_any_bytes_end_in_an_exit_code(
    tmp_path_factory: pytest.TempPathFactory, base: bytes, ours: bytes, theirs: bytes
) -> None:
    code, data = _run(tmp_path_factory.mktemp("driver"), base, ours, theirs)
    assert code in {0, 1, 129}
    if code == 129:
        assert data == ours
    if code == 0:
        assert not has_conflict_markers(data.decode())


def test_the_driver_starts_light() -> None:
    """git starts it once per file: what it does not need it does not load."""
    program = f"""
        import os, sys, tempfile
        from tlgit.__main__ import main

        os.chdir(tempfile.mkdtemp())
        for name, text in (("o", {BASE!r}), ("a", {BASE.replace("3:00", "3:01")!r}), ("b", {BASE + "    label: E" + chr(10)!r})):
            with open(name, "w") as file:
                file.write(text)
        sys.argv = ["tlgit", "merge-driver", "o", "a", "b", "7", "x.yaml"]
        assert main() == 0
        heavy = {{"pygit2", "httpx", "click", "rich", "selectolax", "rapidfuzz", "watchdog", "sqlite3", "asyncio", "difflib"}}
        sys.exit(" ".join(sorted(heavy & sys.modules.keys())) or 0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_result_is_the_same_everywhere(seed: str, tmp_path: Path) -> None:
    """Neither the hash seed, nor locale, nor time zone, nor the folder has a say."""
    program = """
        import hashlib, sys
        from tests.merge.test_cases import CASES, texts_of
        from tlgit.merge.merge import merge

        total = hashlib.sha256()
        for folder in CASES:
            total.update(merge(*texts_of(folder)).text.encode())
        sys.stdout.write(total.hexdigest())
    """
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "LC_ALL": "C",
        "TZ": "Asia/Tokyo",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    total = hashlib.sha256()
    for folder in CASES:
        total.update(merge(*texts_of(folder)).text.encode())
    assert done.stdout.decode() == total.hexdigest()
