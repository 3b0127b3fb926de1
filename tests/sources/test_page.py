from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.pages import GATES, Generation, PageSpec, RowSpec, render_gate, render_page, seconds_of
from tlgit.sources.page import MAX_PAGE, parse_page
from tlgit.sources.snapshot import Refusal, RefusalKind, Snapshot
from tlgit.tracklist.model import Part

SET = PageSpec(
    venue="Saltworks Hall",
    rows=(
        RowSpec(name="Mira Kolb - Undertow", edit="(Intro Edit)", labels=("SALTWIRE",)),
        RowSpec(
            name="Oskar Lind ft. Nadja Rae - Paper Lanterns", kind="with", labels=("GLASS", "DOCK (HALCYON)")
        ),
        RowSpec(name="Hollis vs. Amara Voss - Ember vs. Low Tide (Mira Kolb Edit)", cue="03:35", mashup=True),
        RowSpec(name="Hollis - Ember", kind="part", labels=("DOCKSIDE",), edit="(Acappella)"),
        RowSpec(name="Amara Voss - Low Tide", kind="part"),
        RowSpec(name="ID - ID", cue="10:00", header="Sunset Hour:"),
        RowSpec(name="Mira Kolb - ID", kind="with", cue="10:30"),
        RowSpec(name="Kessler - Foundry", cue="1:03:26", status="(ID Remix)", edit="(Bad Night)"),
    ),
)


def snapshot_of(page: PageSpec, generation: Generation = "D") -> Snapshot:
    found = parse_page(render_page(page, generation))
    assert isinstance(found, Snapshot), found
    return found


def refusal_of(data: bytes) -> Refusal:
    found = parse_page(data)
    assert isinstance(found, Refusal), found
    return found


@pytest.mark.parametrize("generation", ["B", "C", "D"])
def test_every_generation_gives_the_same_list(generation: Generation) -> None:
    found = snapshot_of(SET, generation)
    tracks = found.tracklist.tracks
    assert [one.name for one in tracks] == [
        "Mira Kolb - Undertow (Intro Edit)",
        "Oskar Lind ft. Nadja Rae - Paper Lanterns",
        "Hollis vs. Amara Voss - Ember vs. Low Tide (Mira Kolb Edit)",
        "ID - ID",
        "Mira Kolb - ID",
        "Kessler - Foundry (ID Remix) (Bad Night)",
    ]
    assert [one.start for one in tracks] == [0, None, 215_000, 600_000, 630_000, 3_806_000]
    assert [one.with_previous for one in tracks] == [False, True, False, False, True, False]
    assert [one.section for one in tracks] == [None, None, None, "Sunset Hour:", None, None]
    assert tracks[1].label == "GLASS/DOCK (HALCYON)"
    assert tracks[2].parts == (
        Part(artist="Hollis", title="Ember (Acappella)", label="DOCKSIDE"),
        Part(artist="Amara Voss", title="Low Tide"),
    )
    assert tracks[3].is_unknown
    assert (tracks[3].artist, tracks[3].title) == ("ID", "ID")
    assert [one.ref for one in tracks] == [str(30410000 + place) for place in (0, 1, 2, 5, 6, 7)]
    assert found.identified == {"30410000", "30410001", "30410002"}
    assert found.rows == 8
    assert not found.warnings


def test_fields_of_the_list() -> None:
    found = snapshot_of(SET)
    top = found.tracklist
    assert (top.title, top.artist, top.date) == (SET.title, "Mira Kolb", "2026-05-09")
    assert (top.event, top.venue) == ("Tideline Festival", "Saltworks Hall")
    assert top.genres == ("Melodic House/Techno", "Progressive House")
    assert top.duration is None, "62 minutes cannot be right when the last track begins at 63"
    assert (found.list_id, found.aliases, found.road) == ("2zq4tdl9", (), "page")
    assert top.source == found.url == f"https://www.1001tracklists.com/tracklist/2zq4tdl9/{SET.slug}.html"
    assert (found.last_edit, found.captured) == ("2026-05-11 08:15:30", 1778500000)


def test_sane_duration_several_artists_and_a_club() -> None:
    page = replace(
        SET, rows=SET.rows[:2], artists=("Mira Kolb", "Hollis"), event="Kiln", event_kind="Club", venue=None
    )
    top = snapshot_of(page).tracklist
    assert (top.artist, top.event, top.venue) == ("Mira Kolb & Hollis", None, "Kiln")
    assert top.duration == (62 * 60 + 5) * 1000
    assert snapshot_of(replace(page, duration="41 seconds")).tracklist.duration is None


def test_the_table_id_is_the_identity_and_the_address_an_alias() -> None:
    found = snapshot_of(replace(SET, canonical_id="nsgpmzz"))
    assert found.list_id == "2zq4tdl9"
    assert found.aliases == found.tracklist.aliases == ("nsgpmzz",)


def test_the_links_name_the_artists_when_the_hidden_fields_are_missing() -> None:
    data = re.sub(
        rb'<meta itemprop="author"[^>]*>', b"", render_page(replace(SET, artists=("Mira Kolb", "Hollis")))
    )
    found = parse_page(data)
    assert isinstance(found, Snapshot)
    assert found.tracklist.artist == "Mira Kolb & Hollis"


def test_addresses_made_absolute_by_a_browser_change_nothing() -> None:
    data = render_page(SET)
    for road in (b"/artist/", b"/source/", b"/track/", b"/label/"):
        data = data.replace(b'"' + road, b'"https://www.1001tracklists.com' + road)
    found = parse_page(data)
    assert isinstance(found, Snapshot)
    assert found.fingerprint == snapshot_of(SET).fingerprint


def test_a_hidden_cue_time_that_is_not_shown_is_left_out_with_a_warning() -> None:
    rows = (
        *SET.rows[:3],
        RowSpec(name="Kessler - Foundry", hidden=400),
        RowSpec(name="Kessler - Ash", cue="8:00"),
    )
    found = snapshot_of(replace(SET, rows=rows))
    assert found.tracklist.tracks[3].start is None
    assert "400 s" in found.warnings[0]


def test_uncued_list_has_no_times_at_all() -> None:
    rows = tuple(RowSpec(name=f"Hollis - Ember {one}") for one in range(4))
    assert [one.start for one in snapshot_of(replace(SET, rows=rows)).tracklist.tracks] == [None] * 4


def test_backward_times_are_kept_in_page_order_with_a_warning() -> None:
    cues = ["1:58:00", "1:49:44", "2:01:47"]
    rows = tuple(RowSpec(name=f"Hollis - Ember {cue}", cue=cue) for cue in cues)
    found = snapshot_of(replace(SET, rows=rows))
    assert [one.start for one in found.tracklist.tracks] == [seconds_of(cue) * 1000 for cue in cues]
    assert found.warnings == ("1:49:44 stands after 1:58:00: kept in the order of the page",)


def test_a_second_player_starts_the_clock_anew() -> None:
    rows = (
        RowSpec(name="Hollis - Ember", cue="58:00"),
        RowSpec(name="Hollis - Ash", cue="0:30", header="Player 2"),
    )
    found = snapshot_of(replace(SET, rows=rows))
    assert not found.warnings
    assert found.tracklist.tracks[1].section == "Player 2"


def test_the_visible_name_stands_in_for_a_hidden_name_that_lost_its_front() -> None:
    full = "Hollis & Amara Voss vs. Kessler - Ember vs. Foundry"
    row = RowSpec(
        name="s & Amara Voss vs. Kessler - Ember vs. Foundry", visible=full, artist="Hollis & Amara Voss"
    )
    assert snapshot_of(replace(SET, rows=(row,))).tracklist.tracks[0].name == full


def test_the_hidden_name_wins_over_newer_spelling_and_credits() -> None:
    row = RowSpec(name="VIKA (FR) - Ember", visible="Vika - Ember(Co-Prod. by HOLLIS)")
    assert snapshot_of(replace(SET, rows=(row,))).tracklist.tracks[0].name == "VIKA (FR) - Ember"


def test_suggestions_adverts_and_deleted_rows_are_no_tracks() -> None:
    data = render_page(replace(SET, rows=SET.rows[:2]))
    suggestion = (
        b'<div class="bItm con sugTog ntB tlp_30410000" data-type="0"><div class="cue">9:99</div>'
        b'<span class="trackValue">Wrong - Track</span><span class="trackLabel">WRONG</span></div>'
    )
    deleted = b'<div class="tlpTog bItm tlpItem deleted" data-id="1"><span class="trackValue">Gone - Row</span></div>'
    found = parse_page(
        data.replace(b'<div class="bItmH noUser', suggestion + deleted + b'<div class="bItmH noUser')
    )
    assert isinstance(found, Snapshot)
    assert [one.label for one in found.tracklist.tracks] == ["SALTWIRE", "GLASS/DOCK (HALCYON)"]


def test_rows_are_found_inside_a_wrapper() -> None:
    data = render_page(SET).replace(b'<div id="playerWidget"></div>', b'<div class="wrap">')
    found = parse_page(data.replace(b'<div id="tl_save"', b'</div><div id="tl_save"'))
    assert isinstance(found, Snapshot)
    assert found.fingerprint == snapshot_of(SET).fingerprint


def test_row_ids_that_repeat_or_are_no_numbers_are_not_trusted() -> None:
    rows = (
        RowSpec(name="A One - First", row_id="7000001"),
        RowSpec(name="B Two - Second", row_id="7000001"),
        RowSpec(name="C Three - Third", row_id="x"),
    )
    found = snapshot_of(replace(SET, rows=rows))
    assert [one.ref for one in found.tracklist.tracks] == ["7000001", None, None]
    assert len(found.warnings) == 2


def test_page_noise_does_not_change_the_fingerprint() -> None:
    plain = snapshot_of(SET)
    noisy = parse_page(
        render_page(replace(SET, served=1, edited="2026-06-01 00:00:00")).replace(b"12.4k", b"12.9k")
    )
    assert isinstance(noisy, Snapshot)
    assert noisy.fingerprint == plain.fingerprint
    rows = (*SET.rows[:-1], replace(SET.rows[-1], labels=("NEW",)))
    assert snapshot_of(replace(SET, rows=rows)).fingerprint != plain.fingerprint


def test_control_characters_never_reach_a_tracklist() -> None:
    found = snapshot_of(replace(SET, rows=(RowSpec(name="Hol\x1b[31mlis - Em\x07ber", slug=""),)))
    assert found.tracklist.tracks[0].name == "Hol [31mlis - Em ber"


@pytest.mark.parametrize("cut", range(1, 21))
def test_a_cut_page_never_gives_fewer_rows(cut: int) -> None:
    data = render_page(SET)
    found = parse_page(data[: len(data) * cut // 21])
    assert isinstance(found, Refusal)
    assert found.kind in {RefusalKind.TRUNCATED, RefusalKind.WRONG_PAGE}
    assert found.exit_code == 3


@pytest.mark.parametrize("count", [0, 7, 9, 80])
def test_rows_and_their_declared_number_must_agree(count: int) -> None:
    assert refusal_of(render_page(replace(SET, count=count))).kind is RefusalKind.DRIFT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tlpItem", b"trackRow"),
        (b'id="tlTab"', b'id="tracks"'),
        (b'class="cue ', b'class="moment '),
        (b"trackValue", b"trackName"),
        (b"trackLabel noWrap blueTxt", b"rowLabel"),
        (b"tracknumber_value", b"number"),
        (b"data-count", b"data-rows"),
        (b' data-id="2zq4tdl9"', b""),
        (b'<div id="tlTab" itemscope="" ', b'<div id="tlTab" data-x="" ><span>'),
    ],
)
def test_renamed_markup_is_refused(old: bytes, new: bytes) -> None:
    found = refusal_of(render_page(SET).replace(b"logout.html", b"login.html").replace(old, new))
    assert found.exit_code == 3
    assert found.kind is RefusalKind.DRIFT


def test_a_part_without_its_mashup_is_refused() -> None:
    rows = (RowSpec(name="Hollis - Ember", kind="part"), RowSpec(name="Hollis - Ash"))
    assert refusal_of(render_page(replace(SET, rows=rows))).kind is RefusalKind.DRIFT


def test_a_decoy_page_is_refused() -> None:
    rows = tuple(
        RowSpec(name=f"Hollis - Ember {one}", visible=f"Amara Voss - Low Tide {one}" if one < 3 else None)
        for one in range(12)
    )
    found = refusal_of(render_page(replace(SET, rows=rows)))
    assert (found.kind, found.exit_code) == (RefusalKind.DECOY, 5)
    assert "3 of 12" in found.sentence


def test_a_decoy_that_only_its_addresses_betray_is_refused() -> None:
    rows = tuple(RowSpec(name=f"Hollis - Ember {one}", slug="amara-voss-low-tide-remix") for one in range(6))
    assert refusal_of(render_page(replace(SET, rows=rows))).kind is RefusalKind.DECOY


def test_one_odd_row_makes_no_decoy() -> None:
    rows = (*SET.rows[:2], RowSpec(name="Hollis - Ember", visible="Hollis - Emberlight"))
    assert snapshot_of(replace(SET, rows=rows)).rows == 3


@pytest.mark.parametrize("name", GATES)
def test_gates_are_named(name: str) -> None:
    found = refusal_of(render_gate(GATES[name]))
    assert (found.kind.label, found.exit_code) == (name, 5)
    assert "https://www.1001tracklists.com/tracklist/2zq4tdl9/" in found.hint


def test_the_table_without_rows_is_a_logged_out_view() -> None:
    data = render_page(SET, rows_html="").replace(b"logout.html", b"login.html")
    assert refusal_of(data).kind is RefusalKind.LOGGED_OUT


def test_a_complete_page_with_gate_script_is_a_page() -> None:
    data = render_page(SET).replace(b"</body>", b'<div class="turnstile-container"></div></body>')
    assert isinstance(parse_page(data), Snapshot)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<html><head><title>Error 403</title></head><body></body></html>", RefusalKind.HTTP_ERROR),
        (b"<html><head><title>404 Not Found</title></head><body></body></html>", RefusalKind.HTTP_ERROR),
        (b"<html><head><title>503 Service Unavailable</title></head></html>", RefusalKind.HTTP_ERROR),
        (b"<html><head><title>Down for maintenance</title></head></html>", RefusalKind.HTTP_ERROR),
        (b"<html><head><title>Just a moment...</title></head></html>", RefusalKind.INTERSTITIAL),
        (b"<html><body>You have sent too many requests</body></html>", RefusalKind.IP_LIMIT),
        (b"<html><head><title>Tracklists search result</title></head></html>", RefusalKind.WRONG_PAGE),
        (b"<html><body><p>Hello</p></body></html>", RefusalKind.WRONG_PAGE),
        (b"<html><body><table><tr class='tlpItem'><td></table></body></html>", RefusalKind.OLD_MARKUP),
        (b"<html><div id='tlTab' data-id='2zq4tdl9' data-count='0'></div></html>", RefusalKind.EMPTY),
        (b"<div>" * 1000, RefusalKind.TOO_DEEP),
        (b"<p>" + b"x" * MAX_PAGE, RefusalKind.TOO_BIG),
    ],
)
def test_other_pages(data: bytes, kind: RefusalKind) -> None:
    assert refusal_of(data).kind is kind


def test_two_thousand_rows_are_quick() -> None:
    rows = tuple(
        RowSpec(name=f"Hollis - Ember {one}", cue=f"{one // 60}:{one % 60:02d}") for one in range(2000)
    )
    data = render_page(replace(SET, rows=rows))
    begin = time.perf_counter()
    found = parse_page(data)
    assert time.perf_counter() - begin < 1
    assert isinstance(found, Snapshot)
    assert len(found.tracklist.tracks) == 2000


WORDS = st.text("abcdefgh ÉßŁ&'()![]?,.-", min_size=1, max_size=20).map(
    lambda one: " ".join(one.split()) or "x"
)
NAMES = st.builds("{} - {}".format, WORDS.map(lambda one: one.replace(" - ", " ")), WORDS)
ROWS = st.lists(
    st.builds(
        RowSpec,
        name=NAMES | st.just("ID - ID"),
        kind=st.sampled_from(["numbered", "with"]),
        labels=st.lists(WORDS, max_size=2).map(tuple),
        cue=st.sampled_from(["", "0:10", "12:30", "1:02:03"]),
        slug=st.just(""),
        artist=st.just(""),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(["C", "D"]))
def test_made_rows_come_back(rows: list[RowSpec], generation: Generation) -> None:
    page = replace(SET, rows=(RowSpec(name="Hollis - Ember"), *rows))
    tracks = snapshot_of(page, generation).tracklist.tracks
    assert len(tracks) == len(rows) + 1
    for row, track in zip(rows, tracks[1:], strict=True):
        assert track.name == row.name.strip()
        assert track.label == ("/".join(row.labels) or None)
        assert track.start == (seconds_of(row.cue) * 1000 if row.cue else None)
        assert track.with_previous == (row.kind == "with")
