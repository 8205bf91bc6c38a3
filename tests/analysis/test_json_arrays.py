"""Arrays in JSON: by shape, exact numbers as texts, very large ones summed up."""

from __future__ import annotations

import json

import numpy as np

from derivcheck import analyze
from derivcheck.analysis.json_arrays import MOST_ELEMENTS, array_object

AT = "X=[[1,2],[3,4]],w=[0.5,-0.5],y=[1,2],b=0.1"


def test_a_gradient_is_a_list_of_exact_numbers_with_its_shape():
    """Numbers are exact as those of scalars, and stand in the variable's shape."""
    found = json.loads(analyze("mean((y-(X@w+b))**2)", AT, lr="0.1", oracles=("autograd",)).to_json())
    w = found["gradient"]["w"]
    assert w["value"] == {"shape": [2], "values": ["-43/5", "-62/5"]}
    assert w["autograd"]["value"]["shape"] == [2]
    assert w["elements"]["autograd"]["counts"]["MATCH"] == 2
    assert found["gradient"]["b"]["value"] == "-19/5"
    assert found["update"]["values"] == {"w": {"shape": [2], "values": ["34/25", "37/50"]}, "b": "12/25"}


def test_the_index_form_stands_beside_the_matrix_form():
    """Both are formulas in our own syntax; the free indices are named."""
    w = json.loads(analyze("mean((y-(X@w+b))**2)", AT, oracles=()).to_json())["gradient"]["w"]
    assert "X.T@" in w["formula"]
    assert w["index_form"]["indices"] == ["j"]
    assert "X[i, j]" in w["index_form"]["formula"]


def test_shapes_and_their_sizes_are_said():
    """Sizes by name, and their numbers."""
    found = json.loads(analyze("mean((y-(X@w+b))**2)", AT, oracles=()).to_json())
    assert found["shapes"]["of"]["X"] == ["n", "d"]
    assert found["shapes"]["sizes"] == {"n": 2, "d": 2}
    assert {p["name"]: p["indices"] for p in found["pieces"]} == {"yhat": ["i"], "u": ["i"], "L": []}


def test_a_very_large_array_is_summed_up():
    """Norm and extremes stand in place of the values, with their places."""
    value = np.zeros((MOST_ELEMENTS, 2))
    value[7, 1], value[3, 0] = 3.0, -4.0
    found = array_object(value, float)
    assert found == {
        "shape": [MOST_ELEMENTS, 2],
        "values": None,
        "norm": 5.0,
        "least": {"value": -4.0, "at": [3, 0]},
        "greatest": {"value": 3.0, "at": [7, 1]},
        "not_finite": 0,
    }
