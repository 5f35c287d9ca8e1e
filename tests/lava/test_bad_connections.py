"""What no connection could run is refused before anything is compiled, in a sentence with value, rule and way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.utils.weightutils import SignMode
from scipy.sparse import csr_matrix

from lava_caching import InputError
from lava_caching.processes import Caching, CachingDense, CachingSparse
from lava_caching.processes._integer import check_integers
from lava_caching.processes.caching_dense.models import PyCachingDenseModelBitApproximate, PyCachingDenseModelFloat

RULE: dict[str, Any] = {"dw": "x0*y1", "y1_tau": 5, "y1_impulse": 5}
WEIGHTS = np.ones((2, 3))
PULSE = Caching(threshold=5, amount="pulse", quantum=2)


@pytest.mark.parametrize("kind", [CachingDense, CachingSparse])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weights": np.ones(3)}, r"shape \(3,\): must be an array \(n_post, n_pre\)"),
        ({"weights": np.ones((0, 3))}, r"shape \(0, 3\): must be an array .*, not empty"),
        ({"weights": np.full((2, 3), np.nan)}, "hold nan: must be finite numbers"),
        (
            {"weights": np.full((2, 3), -2.0), "sign_mode": SignMode.EXCITATORY},
            "hold -2, which SignMode.EXC",
        ),
        (
            {"weights": np.full((2, 3), 2.0), "sign_mode": SignMode.INHIBITORY},
            "hold 2, which SignMode.INH",
        ),
        ({"sign_mode": SignMode.NULL}, "a learning connection is MIXED, EXCITATORY or INHIBITORY"),
        (
            {"tag_1": np.ones((3, 2))},
            r"tag_1 .* \(3, 2\): must be an array of the weights' shape \(2, 3\)",
        ),
        ({"learning_rule": None}, "needs a Loihi2FLearningRule or Loihi3FLearningRule"),
        ({"learning_rule": "x0*y1"}, "needs a Loihi2FLearningRule or Loihi3FLearningRule"),
        ({"caching": "local-global"}, r"caching = 'local-global': must be Caching\("),
        ({"bounds": (2.0, 1.0)}, r"bounds = \(2.0, 1.0\): must be \(lo, hi\), two numbers with lo < hi"),
        ({"bounds": (2.0, 3.0)}, "hold 1, outside of bounds"),
        ({"bounds": (0, 1, 2)}, r"bounds = \(0, 1, 2\): must be \(lo, hi\), two numbers"),
        ({"bounds": 5}, r"bounds = 5: must be \(lo, hi\), two numbers"),
        ({"bounds": "ab"}, r"bounds = 'ab': must be \(lo, hi\), two numbers"),
        ({"tag_2": [[0]]}, "tag_2 .* is a list: must be an array"),
        ({"cachng": 1}, "unknown argument .* 'cachng'; did you mean 'caching'"),
        ({"num_weight_bits": 99}, "num_weight_bits = 99: must be a whole number from 1 to 8"),
        ({"graded_spike_cfg": 7}, "graded_spike_cfg = 7: must be one of USE_REGULAR_IMPULSE"),
    ],
)
def test_arguments(kind: type[Any], wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        kind(**({"weights": WEIGHTS, "learning_rule": Loihi2FLearningRule(**RULE)} | wrong))


def test_a_sparse_matrix_is_for_the_sparse_connection() -> None:
    with pytest.raises(InputError, match="are a sparse matrix: use CachingSparse"):
        CachingDense(weights=csr_matrix(WEIGHTS), learning_rule=Loihi2FLearningRule(**RULE))


def test_caching_needs_weights_that_change() -> None:
    with pytest.raises(InputError, match="caching without dw"):
        CachingDense(
            weights=WEIGHTS,
            learning_rule=Loihi2FLearningRule(dt="x0*y1"),
            caching=Caching(threshold=1.0),
        )


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        ({"policy": "local-gobal", "threshold": 1}, "did you mean 'local-global'"),
        ({"threshold": -1}, "threshold = -1: must be finite and not negative"),
        ({"threshold": float("nan")}, "must be finite"),
        ({"threshold": "a"}, "threshold = 'a': must be a number"),
        ({"threshold": 1, "tau": "b"}, "tau = 'b': must be a number"),
        ({"threshold": 1, "tau": 0.5}, "tau = 0.5: must be above 1"),
        ({"threshold": 1, "amount": "pulse"}, "needs a quantum > 0"),
    ],
)
def test_caches(cache: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Caching(**cache)


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        ({"threshold": 4}, "amount = 'full': in fixed point a cache moves one quantum at a time"),
        ({"threshold": 4.5, "amount": "pulse", "quantum": 4}, "threshold = 4.5: in fixed point it counts weight steps"),
        ({"threshold": 4, "amount": "pulse", "quantum": 0.5}, "quantum = 0.5: .* a whole number >= 1"),
        ({"threshold": 400, "amount": "pulse", "quantum": 4}, "threshold = 400: the tag holds at most 255"),
        ({"threshold": 40, "amount": "pulse", "quantum": 256}, "quantum = 256: the tag holds at most 255"),
        ({"threshold": 4, "amount": "pulse", "quantum": 4, "tau": 9}, "tau = 9: the transient part has no decay"),
        ({"threshold": 4, "amount": "pulse", "quantum": 4, "scope": "layer"}, "with scope 'layer'"),
    ],
)
def test_caches_in_fixed_point(cache: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_integers(Caching(**cache))
    connection = CachingDense(weights=WEIGHTS, learning_rule=Loihi2FLearningRule(**RULE), caching=Caching(**cache))
    with pytest.raises(InputError, match=said):
        PyCachingDenseModelBitApproximate.check(connection.proc_params)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"dw": "x0*y0"}, "exists in fixed point only"),
        ({"dw": "x0*y1"}, "y1_tau = 0: the rule uses y1"),
    ],
)
def test_rules_that_floating_point_cannot_compute(rule: dict[str, Any], said: str) -> None:
    connection = CachingDense(weights=WEIGHTS, learning_rule=Loihi2FLearningRule(**rule))
    with pytest.raises(InputError, match=said):
        PyCachingDenseModelFloat.check(connection.proc_params)


@pytest.mark.filterwarnings("ignore:pandas not found:ImportWarning")  # networkx, which Lava compiles with
@pytest.mark.parametrize(
    ("tag", "wrong", "said"),
    [
        ("fixed_pt", {"caching": Caching(threshold=5)}, "one quantum at a time"),
        (
            "fixed_pt",
            {"caching": PULSE, "weights": WEIGHTS * 300},
            "weights hold 300: in fixed point",
        ),
        ("floating_pt", {"learning_rule": Loihi2FLearningRule(dw="x0*y0")}, "exists in fixed point only"),
    ],
)
def test_what_depends_on_the_arithmetic_is_refused_when_lava_compiles(
    tag: str, wrong: dict[str, Any], said: str
) -> None:
    connection = CachingDense(**({"weights": WEIGHTS, "learning_rule": Loihi2FLearningRule(**RULE)} | wrong))
    with pytest.raises(InputError, match=said):
        connection.run(RunSteps(1), Loihi2SimCfg(select_tag=tag))
    assert connection.runtime is None
