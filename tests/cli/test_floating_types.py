"""``--dtype`` and ``--device`` reach PyTorch, and what is not there is an error before any work."""

from __future__ import annotations

import json

import pytest

from derivcheck.cli.main import main
from derivcheck.verdict import EXIT_OK, EXIT_UNUSABLE


def run(capsys, *arguments):
    """The exit code and what was printed."""
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    return end.value.code, capsys.readouterr()


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_a_floating_type_is_used_and_named(dtype, capsys):
    code, printed = run(capsys, "w*x", "--at", "w=0.1,x=3", "--dtype", dtype, "--device", "cpu")
    assert code == EXIT_OK
    assert f"PyTorch {dtype} " in printed.out


def test_json_says_type_and_device(capsys):
    _, printed = run(capsys, "w^2", "--at", "w=3", "--dtype", "float32", "--json")
    found = json.loads(printed.out)["autograd"]
    assert (found["dtype"], found["device"]) == ("float32", "cpu")


@pytest.mark.parametrize(("option", "value"), [("--dtype", "float8"), ("--device", "gpu9")])
def test_what_is_not_there_is_unusable_input(option, value, capsys):
    code, printed = run(capsys, "w^2", "--at", "w=3", option, value)
    assert code == EXIT_UNUSABLE
    assert value in printed.err
    assert "write one of" in printed.err
    assert not printed.out
