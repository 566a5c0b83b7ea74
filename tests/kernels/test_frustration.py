"""Exact frustration: brute force, another solver, published values, and what must not matter."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import coo_array

from quadrille.kernels.frustration import frustration_index, frustration_values

REFERENCE = Path(__file__).parents[1] / "reference" / "signed_networks.json"
PUBLISHED = json.loads(REFERENCE.read_text(encoding="utf-8"))


def random_network(rng, n, density=0.7, weighted=False):
    signs = rng.choice([-1.0, 0.0, 1.0], (n, n), p=[density / 2, 1 - density, density / 2])
    w = np.triu(signs * (rng.random((n, n)) if weighted else 1.0), 1)
    return w + w.T


def cost(w, side):
    apart = side[:, None] != side[None, :]
    return np.abs(np.triu(w, 1))[((w > 0) & apart) | ((w < 0) & ~apart)].sum()


def brute(w):
    """Least cost over all divisions in two."""
    n = len(w)
    sides = (np.arange(2 ** (n - 1))[:, None] >> np.arange(n)) & 1
    total = np.zeros(len(sides))
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        apart = sides[:, i] != sides[:, j]
        total += np.abs(w[i, j]) * (apart if w[i, j] > 0 else ~apart)
    return total.min()


def by_milp(w):
    """The AND model of Aref, Mason & Wilson (2020) in HiGHS."""
    n = len(w)
    at = [(i, j) for i in range(n) for j in range(i) if w[i, j]]
    rows, cols, values, upper, price, constant = [], [], [], [], np.zeros(n + len(at)), 0.0
    for k, (i, j) in enumerate(at):
        size, both = abs(w[i, j]), n + k
        # Apart: x_i + x_j - 2 x_i x_j; the product is `both`.
        sign = 1.0 if w[i, j] > 0 else -1.0
        constant += 0.0 if sign > 0 else size
        price[[i, j]] += sign * size
        price[both] -= 2.0 * sign * size
        for terms, bound in (
            ({both: 1, i: -1}, 0),
            ({both: 1, j: -1}, 0),
            ({both: -1, i: 1, j: 1}, 1),
        ):
            for column, value in terms.items():
                rows.append(len(upper))
                cols.append(column)
                values.append(value)
            upper.append(bound)
    limits = LinearConstraint(coo_array((values, (rows, cols))).tocsr(), -np.inf, upper)
    got = milp(price, constraints=limits, integrality=np.ones(len(price)), bounds=(0, 1))
    assert got.success
    return got.fun + constant


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_brute_force_up_to_14_nodes(seed):
    rng = np.random.default_rng(seed)
    w = random_network(rng, int(rng.integers(1, 15)), rng.uniform(0.2, 1.0), bool(seed % 2))
    got = frustration_index(w)
    assert got.proven
    assert got.value == pytest.approx(brute(w), abs=1e-9)
    assert got.bound == pytest.approx(got.value, abs=1e-9)
    assert cost(w, got.side) == pytest.approx(got.value, abs=1e-9)


@pytest.mark.parametrize("n", [16, 20])
def test_equal_to_another_solver(n):
    w = random_network(np.random.default_rng(n), n, 0.35)
    assert frustration_index(w).value == pytest.approx(by_milp(w), abs=1e-6)  # HiGHS's own gap


@pytest.mark.parametrize("network", PUBLISHED, ids=lambda m: m["name"])
def test_published_values(network):
    w = np.zeros((network["nodes"], network["nodes"]))
    for i, j, sign in network["ties"]:
        w[i, j] = w[j, i] = sign
    got = frustration_index(w)
    assert (got.value, got.proven) == (network["frustration"], True)
    assert cost(w, got.side) == got.value


def test_the_reference_file_is_what_its_script_writes():
    module = runpy.run_path(str(REFERENCE.with_suffix(".py")))
    made = [(m[0], m[1], [list(t) for t in m[2]], m[3], m[4]) for m in module["NETWORKS"]]
    kept = [(m["name"], m["nodes"], m["ties"], m["frustration"], m["source"]) for m in PUBLISHED]
    assert made == kept


@given(st.integers(0, 2**31), st.integers(2, 9))
def test_names_and_switching_do_not_matter(seed, n):
    """Relabelling keeps the index; so does changing the sign of all ties of some members."""
    rng = np.random.default_rng(seed)
    w = random_network(rng, n, 0.8, True)
    value = frustration_index(w).value
    order, turn = rng.permutation(n), rng.choice([-1.0, 1.0], n)
    assert frustration_index(w[np.ix_(order, order)]).value == pytest.approx(value, abs=1e-9)
    assert frustration_index(w * np.outer(turn, turn)).value == pytest.approx(value, abs=1e-9)


def test_two_camps_are_found():
    camps = np.array([0, 1, 1, 0, 1, 0, 0]).astype(bool)
    w = np.where(camps[:, None] == camps[None, :], 1.0, -1.0)
    got = frustration_index(w)
    assert got.value == 0
    assert got.side.tolist() == camps.tolist()


def test_many_networks_at_once_and_components():
    rng = np.random.default_rng(2)
    many = np.stack([random_network(rng, 7) for _ in range(300)])
    value, bound = frustration_values(many)
    assert value.tolist() == bound.tolist() == [frustration_index(w).value for w in many]
    two = np.zeros((14, 14))
    two[:7, :7], two[7:, 7:] = many[0], many[1]
    assert frustration_index(two).value == value[0] + value[1]


def test_giving_up_is_said():
    w = random_network(np.random.default_rng(1), 40, 1.0)
    best, early = frustration_index(w), frustration_index(w, limit=50)
    assert best.proven
    assert not early.proven
    assert early.bound <= best.value <= early.value
    assert cost(w, early.side) == early.value


def test_a_network_must_be_symmetric():
    with pytest.raises(ValueError, match="symmetric"):
        frustration_index(np.array([[0.0, 1.0], [0.0, 0.0]]))
