"""The floating types are those of torch: nearest numbers, spacing, range; no correct gradient is accused in any."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.autograd_sweep import judged, questions, sweep
from derivcheck import analyze
from derivcheck.errors import PointError, UnsupportedError
from derivcheck.frameworks import torch_bridge
from derivcheck.frameworks.torch_bridge import run_autograd
from derivcheck.oracles import autograd
from derivcheck.oracles.rounding import FORMATS, Rounded
from derivcheck.verdict import Agreement

EVERY = pytest.mark.parametrize("dtype", FORMATS)


@EVERY
@given(value=st.floats(allow_nan=False))
def test_the_nearest_number_is_torchs(dtype, value):
    """Rounding a binary64 number to a type gives what torch gives, subnormal numbers and infinities included."""
    found = FORMATS[dtype].nearest(value)
    assert found == torch.tensor(value, dtype=torch.float64).to(getattr(torch, dtype)).item()


@EVERY
def test_the_range_is_torchs(dtype):
    """Greatest and least numbers and the spacing at 1 are those of torch.finfo."""
    form, known = FORMATS[dtype], torch.finfo(getattr(torch, dtype))
    assert (form.greatest, form.least_normal, form.spacing(1.0)) == (known.max, known.tiny, known.eps)


@EVERY
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_delivered_holds_the_number_and_its_nearest(dtype, value):
    """The ball of a number holds both the exact and the rounded one, unless the range is left."""
    form = FORMATS[dtype]
    ball = Rounded(form).delivered(arb(value))
    if ball.is_finite():
        assert ball.contains(arb(value))
        assert ball.contains(arb(form.nearest(value)))
    else:
        assert abs(value) > form.greatest / 2


@EVERY
def test_no_correct_gradient_is_accused(dtype):
    """On random smooth expressions at points of every scale, nothing is called a mismatch."""
    found, wrong = sweep(120, dtype, seed=11)
    assert not wrong, "\n".join(wrong)
    assert found["MATCH"] > 60


@pytest.mark.parametrize(
    ("dtype", "factor"), [("float64", 1 + 1e-6), ("float32", 1.01), ("float16", 1.5), ("float64", -1)]
)
def test_a_wrong_gradient_is_accused(dtype, factor, monkeypatch):
    """Gradients that are all scaled are called mismatches wherever the bound is tighter than the change."""
    accused = asked = 0

    def scaled(*args, **options):
        run = run_autograd(*args, **options)
        return dataclasses.replace(
            run, gradients=tuple(g * factor if isinstance(g, float) else g for g in run.gradients)
        )

    for _, question in zip(range(40), questions(3), strict=False):
        honest = judged(question, dtype).findings
        with monkeypatch.context() as patch:
            patch.setattr(autograd, "run_autograd", scaled)
            altered = judged(question, dtype).findings
        for name, finding in honest.items():
            if finding.agreement is Agreement.MATCH and finding.value and math.isfinite(finding.value * factor):
                asked += 1
                accused += altered[name].agreement is Agreement.MISMATCH
                assert altered[name].agreement is not Agreement.MATCH
    assert asked > 20
    assert accused > 0.6 * asked


@EVERY
def test_a_type_is_named_in_the_report(dtype):
    """The row of autograd says in which type it ran, and digits are counted in it."""
    found = analyze("exp(w*x)", at={"w": "0.1", "x": 3}, dtype=dtype, oracles=("autograd",))
    assert f"PyTorch {dtype}" in found.to_text()
    assert found.gradient["w"].autograd.agreement is Agreement.MATCH
    assert found.evidence.autograd.dtype == dtype


def test_torchs_own_name_of_a_type_is_read():
    """``torch.float32`` is float32."""
    assert analyze("w^2", at={"w": 3}, dtype=torch.float32, oracles=("autograd",)).evidence.autograd.dtype == "float32"


@pytest.mark.parametrize("dtype", ["float8", "int32", "", 32, None])
def test_an_unknown_type_is_refused_with_the_known_ones(dtype):
    with pytest.raises(PointError, match="there is no floating type") as refusal:
        analyze("w^2", at={"w": 3}, dtype=dtype)
    assert "bfloat16" in str(refusal.value)


@pytest.mark.parametrize("device", ["gpu9", "meta", "cuda:99"])
def test_a_device_that_is_not_there_is_refused(device):
    """A device that torch cannot compute on is an error before any work, with those that are there."""
    with pytest.raises(PointError, match="PyTorch has no device") as refusal:
        analyze("w^2", at={"w": 3}, device=device)
    assert "cpu" in str(refusal.value)


def test_what_torch_lacks_in_a_type_is_unavailable(monkeypatch):
    """An operation that torch does not have in a type is no error: autograd was not asked, in torch's words."""

    def refuses(*_args, **_options):
        raise UnsupportedError("\"erf\" not implemented for 'Half'")

    monkeypatch.setattr(autograd, "run_autograd", refuses)
    found = analyze("erf(w)", at={"w": 3}, dtype="float16", oracles=("autograd",))
    assert found.gradient["w"].autograd.agreement is Agreement.UNAVAILABLE
    assert "not implemented for 'Half'" in found.to_text()


def test_an_error_of_torch_is_told_by_its_first_line(monkeypatch):
    """What torch raises forward becomes an error of ours with its first line."""

    def fails(*_args, **_options):
        raise RuntimeError("no kernel\nsecond line")

    monkeypatch.setattr(torch_bridge, "interpret", fails)
    found = analyze("w^2", at={"w": 3}, oracles=("autograd",))
    assert found.evidence.autograd.detail == "no kernel"


OUT_OF_RANGE = [
    ("exp(w)", 12, "float16"),
    ("exp(w)", 89, "float32"),
    ("exp(w)", 710, "float64"),
    ("exp(-w)", 800, "float64"),
]


@pytest.mark.parametrize(("text", "at", "dtype"), OUT_OF_RANGE)
def test_a_number_out_of_range_has_no_correct_digit(text, at, dtype):
    """∞ for a finite derivative, and 0 for one that is not 0, are rounding without a digit, neither right nor wrong."""
    found = analyze(text, at={"w": at}, dtype=dtype, oracles=("autograd",)).gradient["w"].autograd
    assert (found.agreement, found.digits) == (Agreement.ROUNDING, 0)
