"""Texts in columns: nothing is lost, nothing is wider than the width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from derivcheck.render.layout import flow, table, wrapped
from derivcheck.render.ledger import Entry, Member, ledger
from derivcheck.source import cells

TEXTS = st.text(alphabet="ab12 +-·*()[]=≈ŷ값∂/", max_size=90)
CELL_TEXTS = st.text(alphabet="ab12+-·()ŷ값∂/ ", min_size=1, max_size=60).filter(lambda t: t.strip() == t)
MEMBERS = st.one_of(st.none(), st.builds(Member, st.sampled_from(["", "=", "≈", "·", "←"]), CELL_TEXTS, st.booleans()))
ENTRIES = st.builds(Entry, st.lists(MEMBERS, max_size=5).map(tuple), st.one_of(st.just(""), CELL_TEXTS))


def letters(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, st.integers(4, 100), st.integers(4, 100))
def test_a_broken_text_keeps_every_letter_and_its_width(text, first, rest):
    lines = wrapped(text, first, rest)
    assert letters("".join(lines)) == letters(text)
    assert cells(lines[0]) <= first
    assert all(cells(line) <= rest for line in lines[1:])


def test_a_formula_is_broken_before_an_operator_outside_brackets():
    assert wrapped("(a + b + c) + (d + e)", 14) == ["(a + b + c)", "+ (d + e)"]
    assert wrapped("aaaa·bbbb·cccc", 10) == ["aaaa·bbbb", "·cccc"]


def test_a_line_is_broken_at_a_gap_in_its_second_half_but_not_after_an_arrow():
    assert wrapped("at  x = 1   y = 2   z = 3", 21) == ["at  x = 1   y = 2", "z = 3"]
    assert wrapped("left -1   right 1   →  none at all", 30) == ["left -1   right 1", "→  none at all"]


def test_a_note_without_room_stands_below_and_the_columns_stay():
    rows = [
        Entry((Member("", "a"), Member("=", "x + y"), Member("=", "7", True)), "short"),
        Entry((Member("", "bbbb"), Member("=", "z"), Member("=", "-12", True)), "a note of many words"),
    ]
    first, second, note = (line.text + line.note for line in ledger(rows, 30))
    assert first.index("=") == second.index("=")
    assert first.endswith("short")
    assert note.strip() == "a note of many words"


@given(st.lists(ENTRIES, max_size=6), st.sampled_from([37, 57, 77, 117]))
def test_a_ledger_shows_every_cell_within_the_width(entries, width):
    lines = ledger(entries, width)
    assert all(cells(line.text) + cells(line.note) <= width for line in lines)
    shown = letters("".join(line.text + line.note for line in lines))
    held = "".join(m.joined for e in entries for m in e.members if m) + "".join(e.note for e in entries)
    assert sorted(shown) == sorted(letters(held))


@given(st.lists(ENTRIES.filter(lambda e: any(e.members)), min_size=1, max_size=4))
def test_a_wide_ledger_has_one_line_an_entry_with_its_cells_in_order(entries):
    """Where there is room, every entry is one line and shows sign and text of every cell, then the note."""
    lines = ledger(entries, 2000)
    assert len(lines) == len(entries)
    for line, e in zip(lines, entries, strict=True):
        place = 0
        for m in (m for m in e.members if m):
            place = line.text.index(m.text, place) + len(m.text)
        assert line.note == e.note


def test_columns_of_a_ledger_are_aligned():
    rows = [
        Entry((Member("", "a"), Member("=", "x + y"), Member("=", "7", True)), "first"),
        Entry((Member("", "bb"), Member("=", "z"), Member("=", "-12", True)), "second"),
    ]
    first, second = (line.text + line.note for line in ledger(rows, 80))
    assert first.index("=") == second.index("=")
    assert first.index("7") == second.index("-12") + 2
    assert first.index("first") == second.index("second")


@given(st.lists(st.lists(CELL_TEXTS, min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from([40, 60, 120]))
def test_a_table_shows_every_cell_within_the_width(rows, width):
    lines = table(rows[0], rows[1:], width, [20, 16, 16])
    assert all(cells(line) <= width for line in lines)
    assert sorted(letters("".join(lines))) == sorted(letters("".join(c for row in rows for c in row)))


@given(st.lists(CELL_TEXTS, min_size=1, max_size=6), st.sampled_from([40, 60, 120]))
def test_items_side_by_side_keep_to_the_width(items, width):
    lines = flow(items, width, 32)
    assert all(cells(line) <= width for line in lines)
    assert letters("".join(lines)) == letters("".join(items))
