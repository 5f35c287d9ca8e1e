"""`CachingSparse` is Lava's `LearningSparse`, and with a cache it is `CachingDense` on the stored pattern."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.sparse.models import PyLearningSparseModelBitApproximate, PyLearningSparseModelFloat
from lava.proc.sparse.process import LearningSparse
from scipy.sparse import csr_matrix

from lava_caching.processes.account import unpack
from lava_caching.processes.caching import Caching
from lava_caching.processes.caching_dense.models import PyCachingDenseModelBitApproximate, PyCachingDenseModelFloat
from lava_caching.processes.caching_dense.process import CachingDense
from lava_caching.processes.caching_sparse.models import PyCachingSparseModelBitApproximate, PyCachingSparseModelFloat
from lava_caching.processes.caching_sparse.process import CachingSparse
from lava_caching.testing import differences
from lava_caching.testing.connections import drive

STEPS, SHAPE = 24, (4, 6)


@st.composite
def cases(draw: st.DrawFn, *, targets: tuple[str, ...], factors: tuple[str, ...]) -> dict[str, Any]:
    def series() -> str:
        products = []
        for _ in range(draw(st.integers(1, 3))):
            parts = [
                f"{draw(st.integers(1, 7))}*2^{draw(st.integers(-5, -1))}",
                draw(st.sampled_from(["x0", "y0", "u1"])),
            ]
            products.append("*".join([*parts, *draw(st.lists(st.sampled_from(factors), max_size=2))]))
        return draw(st.sampled_from([" + ", " - "])).join(products)

    rule: dict[str, Any] = {target: series() for target in targets}
    for trace in ("x1", "x2", "y1", "y2", "y3"):
        rule[f"{trace}_tau"], rule[f"{trace}_impulse"] = draw(st.sampled_from([2, 9])), draw(st.sampled_from([3, 16.3]))
    rule |= {"t_epoch": draw(st.integers(1, 3)), "rng_seed": draw(st.integers(0, 9))}
    return {"rule": rule, "seed": draw(st.integers(0, 2**32 - 1))}


def _drawn(seed: int) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Weights and tags on patterns of their own, and spikes."""
    rng = np.random.default_rng(seed)
    matrices = []
    for low in (-40, -9, 1):
        values = rng.integers(low, 41, SHAPE) * (rng.random(SHAPE) < 0.5)
        matrices.append(values // 2 * 2)  # even: fixed point drops the lowest bit of mixed weights, and zeros
    inputs = {
        "s_in": (rng.random((STEPS, SHAPE[1])) < 0.4).astype(np.int32),
        "s_in_bap": (rng.random((STEPS, SHAPE[0])) < 0.4).astype(np.int32),
    }
    return matrices[0], matrices[1], np.abs(matrices[2]), inputs


TRACES = ("x1", "x2", "y1", "y2", "y3", "(x1+3)", "(y2-5)")


@pytest.mark.parametrize("fixed", [False, True])
@given(case=cases(targets=("dw", "dt", "dd"), factors=TRACES))
@settings(max_examples=60)
def test_without_a_cache_it_is_learning_sparse(fixed: bool, case: dict[str, Any]) -> None:
    """Stock models multiply sparse matrices as matrices where a rule has w, d or t as a factor: not compared."""
    weights, tag_1, tag_2, inputs = _drawn(case["seed"])
    models = (
        (PyLearningSparseModelBitApproximate, PyCachingSparseModelBitApproximate)
        if fixed
        else (PyLearningSparseModelFloat, PyCachingSparseModelFloat)
    )
    # stock floating point keeps the type of the matrices and cuts changes off where these hold whole numbers
    number = int if fixed else float
    weights, tag_1, tag_2 = weights.astype(number), tag_1.astype(number), tag_2.astype(number)
    found = []
    for kind, model in zip((LearningSparse, CachingSparse), models, strict=True):
        process = kind(
            weights=csr_matrix(weights),
            tag_1=csr_matrix(tag_1),
            tag_2=csr_matrix(tag_2),
            learning_rule=Loihi2FLearningRule(**case["rule"]),
        )
        try:
            found.append(drive(process, model, STEPS, **inputs))
        except NotImplementedError:  # stock cannot add a constant change (u1 without a factor) to a sparse matrix
            assume(kind is not LearningSparse)
            raise
    stock, ours = found
    exact = 0.0 if fixed else 1e-9
    for name in ("weights", "tag_1", "tag_2"):
        a, b = getattr(ours, name).toarray(), getattr(stock, name).toarray()
        np.testing.assert_allclose(a, b, rtol=exact, atol=exact, err_msg=name)
    for name in ("x1", "x2", "y1", "y2", "y3", "tx", "ty"):
        np.testing.assert_allclose(getattr(ours, name), getattr(stock, name), rtol=exact, atol=exact, err_msg=name)
    np.testing.assert_allclose(ours.a_out.sent, stock.a_out.sent, rtol=exact, atol=exact)


@pytest.mark.parametrize("fixed", [False, True])
@given(
    case=cases(targets=("dw",), factors=("x1", "y1", "w", "sgn(w)")),
    policy=st.sampled_from(["local-local", "local-global", "global-global", "immediate", "at-end"]),
    tau=st.sampled_from([None, 5.0]),
)
@settings(max_examples=80)
def test_with_a_cache_it_is_the_dense_connection_on_its_pattern(
    fixed: bool, case: dict[str, Any], policy: str, tau: float | None
) -> None:
    weights, _, _, inputs = _drawn(case["seed"])
    assume(weights.any())
    if fixed:
        assume(policy not in ("immediate", "at-end"))
        caching = Caching(policy=policy, threshold=9, amount="pulse", quantum=4)
        models = PyCachingDenseModelBitApproximate, PyCachingSparseModelBitApproximate
    else:
        caching = Caching(policy=policy, threshold=3.0, tau=tau)
        models = PyCachingDenseModelFloat, PyCachingSparseModelFloat
    pattern = weights != 0
    # one row per neuron: the dense connection learns everywhere, so each row is compared on the pattern of its own
    for row in range(SHAPE[0]):
        if not pattern[row].any():
            continue
        columns = np.flatnonzero(pattern[row])
        sent = {"s_in": inputs["s_in"], "s_in_bap": inputs["s_in_bap"][:, [row]]}
        sparse = drive(
            CachingSparse(
                weights=csr_matrix(weights[[row]]),
                learning_rule=Loihi2FLearningRule(**case["rule"]),
                caching=caching,
                write_counts=True,
            ),
            models[1],
            STEPS,
            **sent,
        )
        dense = drive(
            CachingDense(
                weights=weights[[row]][:, columns],
                learning_rule=Loihi2FLearningRule(**case["rule"]),
                caching=caching,
                write_counts=True,
            ),
            models[0],
            STEPS,
            **(sent | {"s_in": sent["s_in"][:, columns]}),
        )
        assume(np.abs(dense.weights).max() < 1e6)
        exact = 0.0 if fixed else 1e-9
        np.testing.assert_allclose(sparse.weights.toarray()[0, columns], dense.weights[0], rtol=exact, atol=exact)
        np.testing.assert_allclose(sparse.transient, dense.transient[0], rtol=exact, atol=exact)
        for model in (sparse, dense):
            model._settle()
        np.testing.assert_array_equal(sparse.write_counts, dense.write_counts[0])
        accounts = [unpack(m.ledger, m.ledger_bins).to_dict() for m in (sparse, dense)]
        assert differences(*accounts, relative=exact, where="ledger") == []
