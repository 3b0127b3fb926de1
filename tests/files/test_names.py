from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlgit.files.names import UnsafePathError, check_new_name, parse_relative_path


@pytest.mark.parametrize(
    "path", ["a", "a/b.yaml", "tracklists/afrojack/2025 – Set.yaml", ".gitattributes", ".github/x", "git/a"]
)
def test_plain_paths(path: str) -> None:
    assert "/".join(parse_relative_path(path)) == path


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "/etc/passwd",
            "//srv/x",
            "\\\\srv\\x",
            "C:/x",
            "c:x",
            "..",
            "../x",
            "a/../b",
            "a/..",
            ".",
            "./a",
        ),
        *(
            "a//b",
            "a/",
            "..\\x",
            "a\\b",
            "a\0b",
            ".git",
            ".git/config",
            "a/.git/hooks/post-commit",
            ".GIT/config",
        ),
        *(
            ".g\u200cit/config",
            ".git\ufeff",
            ".git.",
            ".git ",
            ".git. . ",
            "git~1",
            "GIT~1/x",
            ".git::$INDEX_ALLOCATION/x",
        ),
    ],
)
def test_paths_that_lead_elsewhere(path: str) -> None:
    with pytest.raises(UnsafePathError) as caught:
        parse_relative_path(path)
    assert "\0" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "CON",
            "con.yaml",
            "NUL",
            "com1.cue",
            "LPT\u00b9",
            "conin$",
            "a.",
            "a ",
            " a",
            "-rf",
            "a:b",
            'a"b',
            "a?b",
        ),
        *("a*b", "a<b", "a>b", "a|b", "a\nb", "a\x1bb", "a\u202eb", "\udcff", "x" * 256, "é" * 128),
    ],
)
def test_names_that_some_system_cannot_hold(name: str) -> None:
    with pytest.raises(UnsafePathError):
        check_new_name(name, name)


@pytest.mark.parametrize(
    "name", ["set.yaml", "Björk", "console", "com10", "x" * 255, ".hidden", "a-b", "100%"]
)
def test_names_that_may_be_made(name: str) -> None:
    check_new_name(name, name)


@given(st.text(alphabet=st.sampled_from("a./\\:~ \0.gitGIT1\u200c"), max_size=12))
def test_what_is_let_through_stays_inside(path: str) -> None:
    try:
        names = parse_relative_path(path)
    except UnsafePathError:
        return
    assert "/".join(names) == path
    assert not {"", ".", "..", ".git"} & {name.casefold() for name in names}
