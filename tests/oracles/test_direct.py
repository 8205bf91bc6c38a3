"""SymPy's derivative of the whole loss beside ours: right ones are proved, wrong ones never, and it can be ended."""

from __future__ import annotations

import threading
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import expressions, graph_of, kinked

from derivcheck.budget import WORKER, Deadline
from derivcheck.derive import differentiate
from derivcheck.graph.builder import GraphBuilder
from derivcheck.language import printer
from derivcheck.oracles.direct import DEEPEST_NEST, LARGEST_TREE, finish_proof, start_proof
from derivcheck.oracles.evidence import Proof
from derivcheck.oracles.proof import prove


def asked(text, *wrt, upstream=1, change=None):
    """The graph of a loss and its derivatives, and what the oracle is asked; ``change`` tampers with a derivative."""
    graph = graph_of(text, *wrt)
    derivation = differentiate(graph, upstream=upstream)
    builder = GraphBuilder(derivation.graph)
    request = {}
    for name in wrt:
        step = derivation.gradient(name) if name in graph.inputs else None
        request[name] = (name, (step if change is None else change(builder, step),), derivation.output)
    return builder.finish(derivation.output), request


def findings(text, *wrt, seconds=60.0, upstream=1, change=None):
    graph, request = asked(text, *wrt, upstream=upstream, change=change)
    deadline = Deadline(seconds)
    job = start_proof(graph, graph.output, request, deadline, upstream=Fraction(upstream))
    return finish_proof(job, tuple(request), deadline)


TEXTBOOK = [
    ("(y - (w*x + b))^2", ("w", "b"), 1),
    ("|y - (w*x + b)|", ("w", "b"), 2),
    ("-(y*log(sigmoid(w*x + b)) + (1 - y)*log(1 - sigmoid(w*x + b)))", ("w", "b"), 1),
    ("log(1 + exp(-y*(w*x + b)))", ("w", "b"), 1),
    ("relu(1 - y*w*x)^2", ("w",), 2),
    ("u = y - w*x; where(abs(u) <= 1, u^2/2, abs(u) - 1/2)", ("w",), 4),
    ("(y - (v_1*tanh(w_1*x) + v_2*tanh(w_2*x)))^2", ("v_1", "w_1", "v_2", "w_2"), 1),
    ("-log(exp(z_1)/(exp(z_1) + exp(z_2) + exp(z_3)))", ("z_1", "z_2", "z_3"), 1),
    ("(y - w*x)^2 + l*w^2", ("w", "l"), 1),
    ("gelu(w*x) + silu(w)", ("w",), 1),
    ("1 - (a_1*b_1 + a_2*b_2)/(sqrt(a_1^2 + a_2^2)*sqrt(b_1^2 + b_2^2))", ("a_1", "b_2"), 1),
    ("Max(a, b, c)", ("a", "b", "c"), None),
    ("x^w + w^x", ("w",), None),
]


@pytest.mark.parametrize(("text", "wrt", "pieces"), TEXTBOOK)
def test_textbook_gradients_are_proved(text, wrt, pieces):
    """Every derivative of a textbook loss is proved equal to SymPy's, on every smooth piece."""
    for finding in findings(text, *wrt).values():
        assert finding.proof is Proof.PROVED
        assert finding.pieces >= 1
        assert pieces is None or finding.pieces == pieces


SLIPS = {
    "wrong sign": lambda b, k: b.scalar("neg", k),
    "forgotten factor": lambda b, k: b.scalar("mul", b.constant(2), k),
    "a millionth": lambda b, k: b.scalar("mul", b.constant(1 + Fraction(1, 10**6)), k),
    "one too many": lambda b, k: b.scalar("add", k, b.constant(1)),
    "nothing": lambda b, _: b.constant(0),
    "its square too": lambda b, k: b.scalar("add", k, b.scalar("mul", k, k)),
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize(("text", "wrt", "pieces"), TEXTBOOK)
def test_a_wrong_derivative_is_never_proved(text, wrt, pieces, slip):
    """Whatever is wrong with a derivative, it is different or undecided, never proved."""
    graph, request = asked(text, *wrt, change=SLIPS[slip])
    found = prove(graph, graph.output, [(k, *v) for k, v in request.items()], Fraction(1))
    assert all(outcome != "PROVED" for outcome, *_ in found.values())


@pytest.mark.parametrize("slip", SLIPS)
def test_a_wrong_polynomial_derivative_is_different(slip):
    """Where the kernels are independent the difference is proved."""
    found = findings("(y - (w*x + b))^2", "w", change=SLIPS[slip])
    assert found["w"].proof is Proof.DIFFERENT


def test_a_derivative_that_is_wrong_on_one_piece_is_found():
    """|w| has derivative sign(w), not 1: right on one of two pieces is wrong."""
    found = findings("|w|*x", "w", change=lambda b, _: b.inputs["x"])
    assert found["w"].proof is Proof.DIFFERENT


@settings(max_examples=30)
@given(expressions(size=5) | kinked(size=4), st.sampled_from(sorted(SLIPS)))
def test_random_derivatives_are_never_called_different(expr, slip):
    """On random expressions the swept derivative is proved or undecided; a wrong one is not proved unless it is 0."""
    graph = graph_of(expr)
    derivation = differentiate(graph)
    for name in graph.inputs:
        step = derivation.gradient(name)
        request = [(name, name, (step,), derivation.output)]
        outcome, _, _ = prove(derivation.graph, derivation.output, request, Fraction(1))[name]
        assert outcome != "DIFFERENT", printer.own(expr)
        if outcome == "PROVED" and step is not None and slip in ("wrong sign", "forgotten factor"):
            builder = GraphBuilder(derivation.graph)
            wrong = SLIPS[slip](builder, step)
            zero = builder.constant(0)
            tampered = builder.finish(derivation.output)
            asked_for = [("wrong", name, (wrong,), derivation.output), ("zero", name, (zero,), derivation.output)]
            found = prove(tampered, derivation.output, asked_for, Fraction(1))
            assert found["wrong"][0] != "PROVED" or found["zero"][0] == "PROVED", printer.own(expr)


def test_an_upstream_gradient_is_a_factor():
    """Our derivatives are larger by the upstream gradient, and are proved so."""
    assert findings("w^3", "w", upstream=Fraction(1, 3))["w"].proof is Proof.PROVED
    graph, request = asked("w^3", "w", upstream=3)
    deadline = Deadline(60)
    wrong = finish_proof(start_proof(graph, graph.output, request, deadline), ("w",), deadline)
    assert wrong["w"].proof is Proof.DIFFERENT


def test_every_step_asked_for_must_be_right():
    """A printed formula beside the swept step: one wrong one is enough."""
    graph = graph_of("w^2*x", "w", "x")
    derivation = differentiate(graph)
    step = derivation.gradient("w")
    request = {"w": ("w", (step, derivation.gradient("x")), derivation.output)}
    deadline = Deadline(60)
    found = finish_proof(start_proof(derivation.graph, graph.output, request, deadline), ("w",), deadline)
    assert found["w"].proof is Proof.DIFFERENT


def chain(length):
    builder = GraphBuilder()
    step = builder.input("w")
    for _ in range(length):
        step = builder.scalar("tanh", step)
    return builder.finish(step)


def doubled(times):
    builder = GraphBuilder()
    e = builder.input("w")
    for _ in range(times):
        e = builder.scalar("add", builder.scalar("mul", e, e), e)
    return builder.finish(e)


@pytest.mark.parametrize("graph", [chain(DEEPEST_NEST + 5), doubled(12)], ids=["deep", "large"])
def test_what_is_too_large_is_not_tried(graph):
    """A loss that nests too deeply or writes out too long is not sent, and that is said."""
    derivation = differentiate(graph)
    request = {"w": ("w", (derivation.gradient("w"),), derivation.output)}
    found = start_proof(derivation.graph, graph.output, request, Deadline(60))
    assert found == "size"
    finding = finish_proof(found, ("w",), Deadline(60))["w"]
    assert (finding.proof, finding.reason) == (Proof.NOT_TRIED, "size")
    assert LARGEST_TREE > 1_000


def test_many_pieces_are_undecided():
    """Beyond the limit of pieces nothing is claimed."""
    text = " + ".join(f"|w - {k}*x^{k}|" for k in range(1, 9))
    finding = findings(text, "w")["w"]
    assert (finding.proof, finding.reason) == (Proof.UNDECIDED, "pieces")


def test_what_is_late_is_undecided_and_the_worker_goes_on():
    """A proof that does not come in time is no verdict, and the next one is found."""
    late = findings("tan(w)^7*exp(sin(w*x))^3*log(1 + w^2*x^2)/(1 + tan(w*x)^5)", "w", "x", seconds=0.001)
    assert {(f.proof, f.reason) for f in late.values()} == {(Proof.UNDECIDED, "timeout")}
    assert findings("w^2", "w")["w"].proof is Proof.PROVED


def test_a_worker_that_is_killed_is_undecided():
    """A worker that is gone proves nothing; the next question starts a new one."""
    graph, request = asked("w^2*exp(w)", "w")
    job = start_proof(graph, graph.output, request, Deadline(60))
    WORKER._process.kill()
    found = finish_proof(job, ("w",), Deadline(60))["w"]
    assert found.proof in (Proof.UNDECIDED, Proof.PROVED)
    assert findings("w^2", "w")["w"].proof is Proof.PROVED


def test_threads_ask_at_once():
    """Several threads get the answers to their own questions."""
    texts = {"w^2*x": Proof.PROVED, "sin(w*x)": Proof.PROVED, "exp(w)/x": Proof.PROVED, "tanh(w)^2": Proof.PROVED}
    found = {}

    def ask(text, change):
        found[text, change is None] = findings(text, "w", change=change)["w"].proof

    threads = [threading.Thread(target=ask, args=(t, c)) for t in texts for c in (None, SLIPS["forgotten factor"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert all(found[t, True] is Proof.PROVED and found[t, False] is not Proof.PROVED for t in texts)
    assert len(found) == 2 * len(texts)
