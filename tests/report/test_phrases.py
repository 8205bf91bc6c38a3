"""Phrase files: the same keys and places in every language, all keys of the program present."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import derivcheck.report
from derivcheck.errors import PointError
from derivcheck.language.builder import name
from derivcheck.ops.table import TABLE
from derivcheck.oracles.evidence import Proof
from derivcheck.report.blocks import Listing, Math, Phrase, Text
from derivcheck.report.phrases import LANGUAGES, language
from derivcheck.report.phrases.particles import choose
from derivcheck.verdict import Agreement, Existence, Verdict

PLACE = re.compile(r"\{(\w+)")
EVERY = [language(code) for code in LANGUAGES]


@pytest.mark.parametrize("other", EVERY[1:], ids=lambda la: la.code)
def test_every_language_has_the_same_keys(other):
    assert set(other.phrases) == set(EVERY[0].phrases)


@pytest.mark.parametrize("other", EVERY[1:], ids=lambda la: la.code)
def test_a_place_of_one_language_is_known_to_the_first(other):
    """A translation fills only places that the composer fills, and leaves out at most counts, names, English."""
    for key, template in EVERY[0].phrases.items():
        ours, theirs = set(PLACE.findall(template)), set(PLACE.findall(other.phrases[key]))
        assert theirs <= ours, key
        assert ours - theirs <= {"count", "name", "english"}, key


@pytest.mark.parametrize("words", EVERY, ids=lambda la: la.code)
def test_every_rule_of_the_table_has_a_name(words):
    missing = {row.rule for row in TABLE.values() if row.rule} - {k.removeprefix("rule_") for k in words.phrases}
    assert not missing


@pytest.mark.parametrize("words", EVERY, ids=lambda la: la.code)
def test_every_member_of_the_enumerations_has_a_phrase(words):
    families = (
        ("verdict_", Verdict),
        ("kind_", Existence),
        ("noun_", Existence),
        ("agreement_", Agreement),
        ("proof_", Proof),
    )
    for stem, enumeration in families:
        for member in enumeration:
            assert stem + member.value in words.phrases


def test_every_key_that_is_written_in_the_composers_exists():
    """A phrase named by a literal key is in the files, and no phrase of the files is unused."""
    sources = "".join(p.read_text("utf-8") for p in Path(derivcheck.report.__file__).parent.glob("*.py"))
    literal = set(re.findall(r'Phrase\(\s*"(\w+)"', sources))
    assert literal <= set(EVERY[0].phrases)
    stems = set(re.findall(r'f"(\w+_)\{', sources)) | {"verdict_"}
    named = set(re.findall(r'"(\w+)"', sources))
    unused = {k for k in EVERY[0].phrases if k not in named and not any(k.startswith(s) for s in stems)}
    unused -= {k for k in unused if k.endswith(("_because", "_plain"))}
    assert not unused


@pytest.mark.parametrize(
    ("text", "particle"),
    [
        ("b", "는"), ("l", "은"), ("n", "은"), ("w·x", "는"), ("ŷ", "은"), ("x₁", "은"), ("x₂", "는"), ("u²", "은"),
        ("α", "는"), ("ε", "은"), ("0", "은"), ("10", "은"), ("4", "는"), ("1/2", "은"), ("2/3", "는"),
        ("(a + b)", "는"),
        ("값", "은"), ("오차", "는"), ("1.5", "는"), ("-3", "은"),
    ],
)  # fmt: skip
def test_a_korean_particle_follows_the_final_sound(text, particle):
    assert choose(text, "은", "는") == particle


@pytest.mark.parametrize(("text", "particle"), [("l", "로"), ("1", "로"), ("3", "으로"), ("a", "로"), ("값", "으로")])
def test_after_rieul_the_particle_is_ro(text, particle):
    assert choose(text, "으로", "로") == particle


def test_places_are_filled_in_order_and_forms_are_chosen():
    """Texts and formulas come out in order; English counts, Korean listens."""
    held = Phrase("held", {"names": Listing((Math(name("b")), Math(name("c")))), "count": Text("2")})
    assert language("en").plain(held) == "b, c are constant"
    assert language("ko").plain(held) == "b, c는 상수"


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(PointError, match="there is no language 'xx'") as refusal:
        language("xx")
    assert "en, ko" in str(refusal.value)
