"""The command line: what it prints, where, and with which exit code."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivcheck.cli.main import main

EXAMPLE = ["(y-(w*x+b))**2", "--at", "x=2,y=4,w=3,b=1"]
Run = Callable[..., tuple[int, str, str]]


def test_the_example_prints_the_numbers_of_the_note(run: Run) -> None:
    """ŷ = 7, u = -3, L = 9, gradients 12 and 6, w ← 1.8, b ← 0.4, new loss 0, exit 0."""
    code, out, _ = run(*EXAMPLE, "--lr", "0.1")
    assert code == 0
    lines = " ".join(out.split())
    for shown in ("3·2 + 1 = 7", "4 - 7 = -3", "(-3)² = 9", "= 12", "= 6", "= 1.8", "= 0.4", "L: 9 → 0", "VERIFIED"):
        assert shown in lines, shown


@pytest.mark.parametrize(
    "same",
    [
        ["(y-(wx+b))^2"],
        ["(y − (w·x + b))²"],
        ["yhat = w*x+b; u = y-yhat; u**2"],
        ["ŷ = wx+b; (y-ŷ)^2"],
        ["y\u0302 = wx+b; (y-ŷ)^2"],
        ["(y-ŷ)**2", "--let", "yhat=w*x+b"],
        ["(y-yhat)**2", "--let", "ŷ=w*x+b"],
    ],
)
def test_all_spellings_of_one_loss_have_one_answer(run: Run, same: list[str]) -> None:
    """However it is written, the loss has the same value, gradient and verdict."""
    code, out, err = run(*same, "--at", "x=2,y=4,w=3,b=1", "--wrt", "w,b", "--json", "--no-autograd")
    assert code == 0, err
    found = json.loads(out)
    assert found["value"] == "9"
    assert [found["gradient"][n]["value"] for n in "wb"] == ["12", "6"]
    assert found["verdict"] == "VERIFIED"


@pytest.mark.parametrize("loss", ["x^x^x^x", "exp(-1e9*x)", "exp(exp(33*x))", "10^10^x"])
def test_numbers_of_any_size_are_printed(run: Run, loss: str) -> None:
    """A value with a trillion digits is shown by its leading ones."""
    code, out, _ = run(loss, "--at", "x=3", "--no-autograd")
    assert code == 0
    assert re.search(r"\de[+-]?\d\d", out)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (EXAMPLE, 0),
        (["log(x)", "--at", "x=-1"], 4),
        (["|y-ŷ|", "--at", "y=4,ŷ=4", "--wrt", "ŷ"], 4),
        (["relu(x)-relu(-x)", "--at", "x=0"], 0),
        (["-log(p)", "--at", "p=1/2"], 0),
        (["-x", "--at", "x=2"], 0),
        (["--expr", "-x", "--at", "x=2"], 0),
        (["x^2"], 0),
        (["x^2", "--nonsense"], 2),
        (["x^2", "--digits", "zero"], 2),
        ([], 2),
        (["a", "b"], 2),
    ],
)
def test_the_exit_code_says_what_was_found(run: Run, arguments: list[str], code: int) -> None:
    """0 verified, 2 unusable, 4 no derivative."""
    assert run(*arguments)[0] == code


BAD = {
    "": "there is no expression",
    "(x+1": "never closed",
    "x+1)": ")",
    "|x": "|",
    "foo(x)": "foo",
    "sqr(x)": "sqrt",
    "exp(x, y)": "exp",
    "9**9**9**9": "exponent",
    "__import__('os').system('x')": "_",
    "x[0]": "[",
    "a = a + 1; a": "itself",
    "f(z) = f(z); f(x)": "itself",
    "x +": "+",
    "x\x00y": "",
    "'x'": "'",
    "5": "constant",
    "x" + "(" * 100_000: "(",
    "(" * 1_500 + "x" + ")" * 1_500: "brackets are open",
}


@pytest.mark.parametrize("text", BAD, ids=lambda t: repr(t[:20]))
def test_bad_input_gets_a_message_a_place_and_exit_code_2(run: Run, text: str) -> None:
    """What was found and where stands on standard error; nothing on standard output."""
    code, out, err = run(text)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert BAD[text] in err
    assert "^" in err


@pytest.mark.parametrize(
    ("at", "part"),
    [
        ("y=2", "no 'y'"),
        ("x=1,x=2", "two different values"),
        ("x=abc", "abc"),
        ("x=", "missing"),
        ("x", "name=value"),
        ("x=[[1,2],[3]]", "row 2"),
        ("x=1/0", "zero"),
        ("no-such-file.json", "no-such-file.json"),
    ],
)
def test_a_bad_point_is_named(run: Run, at: str, part: str) -> None:
    """A point that cannot be used is said to be so, with the part that is wrong."""
    code, _, err = run("x^2", "--at", at)
    assert code == 2
    assert part in err


def test_a_point_comes_from_a_json_file_exactly(run: Run, tmp_path: Path) -> None:
    """0.1 in a JSON file is a tenth, not the float next to it."""
    path = tmp_path / "point.json"
    path.write_text('{"x": 0.1, "w": "1/3"}', encoding="utf-8")
    _, out, _ = run("w*x", "--at", str(path), "--json", "--no-autograd")
    assert json.loads(out)["value"] == "1/30"


def test_a_file_gets_the_format_of_its_suffix(run: Run, tmp_path: Path) -> None:
    """-o FILE writes the report and prints nothing."""
    for suffix, start in ((".md", "$"), (".json", "{"), (".txt", "L =")):
        path = tmp_path / f"report{suffix}"
        code, out, _ = run(*EXAMPLE, "--no-autograd", "-o", str(path))
        assert (code, out) == (0, "")
        assert start in path.read_text(encoding="utf-8")[:200]


def test_a_file_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    """A missing folder is a message, not a traceback."""
    code, _, err = run(*EXAMPLE, "--no-autograd", "-o", str(tmp_path / "none" / "report.md"))
    assert code == 2
    assert "cannot be written" in err


def test_quiet_prints_the_verdict_line_only(run: Run) -> None:
    """One line for scripts."""
    _, out, _ = run(*EXAMPLE, "--quiet")
    assert out.split() == ["VERIFIED", "2", "derivatives,", "4", "ways"]


def test_without_values_the_symbolic_part_is_whole(run: Run) -> None:
    """Missing values are named, the formulas are there, and the proof is done."""
    code, out, _ = run("(y-(w*x+b))**2", "--at", "x=2")
    assert code == 0
    assert "-2x(y - (w·x + b))" in out
    assert "y, w, b" in out.replace("\n", " ")
    assert "VERIFIED" in out


def test_a_time_limit_is_undecided_with_exit_code_3(run: Run) -> None:
    """What is not done in time is never called wrong."""
    chain = "; ".join(["e_0 = x", *(f"e_{k + 1} = tanh(e_{k}*x + {k})" for k in range(2000)), "e_2000"])
    code, _, err = run(chain, "--at", "x=1/3", "--timeout", "0.2", "--no-autograd")
    assert code == 3
    assert "UNDECIDED" in err


def test_json_is_json_even_when_the_time_is_up(run: Run) -> None:
    """A program that reads the output gets an object in every case."""
    code, out, err = run("x^2", "--at", "x=1", "--json", "--timeout", "1e-9")
    assert code == 3
    assert json.loads(out) == {"schema": 1, "verdict": "UNDECIDED", "reason": "timeout"}
    assert "UNDECIDED" in err


def test_work_that_does_not_ask_for_the_time_is_ended() -> None:
    """A loop that never looks at the clock ends the command, undecided, not the user's patience."""
    probe = (
        "import derivcheck.cli.run as r, derivcheck.cli.watchdog as w\n"
        "w.GRACE = 0.1\n"
        "def spin(**options):\n"
        "    while True: pass\n"
        "r.run = spin\n"
        "from derivcheck.cli.main import main\n"
        "main(['x^2', '--timeout', '0.2'])\n"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 3
    assert result.stderr.startswith("UNDECIDED")


def test_both_readings_of_an_ambiguous_slash_are_named(run: Run) -> None:
    """1/2x is read as (1/2)·x, and the other reading is shown."""
    _, out, _ = run("1/2x", "--at", "x=3", "--no-autograd")
    assert "(1/2)·x" in out
    assert "1/(2x)" in out


def test_the_report_is_plain_where_only_ascii_can_be_shown(run: Run) -> None:
    """--ascii leaves no other letter in the formulas."""
    _, out, _ = run(*EXAMPLE, "--ascii", "--lr", "0.1", "--no-autograd")
    assert out.isascii()
    assert "yhat = w*x + b" in out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_any_encoding_of_the_terminal_is_readable(encoding: str) -> None:
    """A stream that lacks ŷ gets the ASCII form instead of an error."""
    command = [sys.executable, "-m", "derivcheck", *EXAMPLE, "--no-autograd"]
    result = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": encoding}, check=False)
    assert result.returncode == 0, result.stderr
    text = result.stdout.decode(encoding)
    assert ("ŷ = w·x + b" if encoding == "utf-8" else "yhat = w*x + b") in text


def test_standard_input_is_read_for_a_dash() -> None:
    """The expression may come from a pipe."""
    command = [sys.executable, "-m", "derivcheck", "-", "--at", "x=3", "--json", "--no-autograd"]
    result = subprocess.run(command, input=b"x^2\n", capture_output=True, check=False)
    assert json.loads(result.stdout)["value"] == "9"


def test_a_closed_pipe_is_no_traceback() -> None:
    """derivcheck … | head -1 ends quietly."""
    command = f"{sys.executable} -m derivcheck '(y-(w*x+b))**2' --at x=2,y=4,w=3,b=1 --no-autograd | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, check=False)  # noqa: S602 - a fixed line
    assert b"Traceback" not in result.stderr


def test_without_torch_the_rest_works_and_the_cure_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch is missing the report says how to install it, and the proof still counts."""
    monkeypatch.setattr("derivcheck.frameworks.torch_bridge.available", lambda: False)
    code, out, _ = run(*EXAMPLE)
    assert code == 0
    assert "pip install torch" in " ".join(out.split())
    assert "VERIFIED" in out


def test_torch_is_imported_after_the_symbolic_part_is_printed() -> None:
    """The first lines are on the screen before torch is loaded."""
    probe = (
        "import sys\n"
        "from derivcheck.cli import run as r\n"
        "show = r._Screen.show\n"
        "def spy(self, blocks, **k):\n"
        "    print('torch' in sys.modules)\n"
        "r._Screen.show = spy\n"
        "from derivcheck.cli.main import main\n"
        f"main({EXAMPLE!r})\n"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, encoding="utf-8", check=False)
    assert result.stdout.split() == ["False", "True"], result.stderr


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=3))
def test_arbitrary_arguments_never_end_in_a_traceback(arguments: list[str]) -> None:
    """Whatever is typed, the command exits with one of its codes."""
    arguments = [a for a in arguments if a not in ("-", "-o", "--output")]
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--no-autograd", "--quiet"])
    assert stop.value.code in (0, 1, 2, 3, 4, None)
