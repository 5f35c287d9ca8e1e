"""A caching rule on stock `LearningDense` does exactly what its twin in plain NumPy does, with both arithmetics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lava_caching.consolidation import get_policy
from lava_caching.errors import InputError, MissingError
from lava_caching.processes.native_rule import Parameter, check_cacheable, losses, native_caching_rule
from lava_caching.processes.products import Product
from lava_caching.processes.rule_grammar import check_rule_string

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, Loihi3FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer
from lava.proc.learning_rules.r_stdp_learning_rule import RewardModulatedSTDP
from lava.proc.learning_rules.stdp_learning_rule import STDPLoihi

Array = NDArray[Any]
N_POST, N_PRE, N_EPOCHS = 4, 6, 80
NO_DECAY = 2**60


def run_stock(rule: Any, tag: str, *, x: Array, start: Array | None = None, **ports: Array) -> tuple[Array, Array]:
    """Return weights and tags of stock `LearningDense` after every epoch, the start first; a column of input a step."""
    weights = np.zeros((N_POST, N_PRE)) if start is None else start
    dense = LearningDense(weights=weights, learning_rule=rule)
    for port, data in {"s_in": x, **ports}.items():
        RingBuffer(data=data).s_out.connect(getattr(dense, port))
    w, t, config = [weights], [np.zeros(weights.shape)], Loihi2SimCfg(select_tag=tag)
    try:
        for _ in range(x.shape[1] // rule.t_epoch):
            dense.run(condition=RunSteps(num_steps=rule.t_epoch), run_cfg=config)
            w.append(dense.weights.get())
            t.append(dense.tag_1.get())
    finally:
        dense.stop()
    return np.array(w), np.array(t)


def spikes(n: int, *, seed: int, n_steps: int = N_EPOCHS, size: int = 1) -> Array:
    return size * (np.random.default_rng(seed).random((n, n_steps)) < 0.4).astype(float)


def two_factor(**more: Any) -> Loihi2FLearningRule:
    values = {"x1_impulse": 4, "x1_tau": NO_DECAY, "y1_impulse": 2, "y1_tau": NO_DECAY, "rng_seed": 3}
    return Loihi2FLearningRule(**{"dw": "2^-4*x1*y0 - 2^-3*y1*x0", **values, **more})


def three_factor(dw: str, **more: Any) -> Loihi3FLearningRule:
    rule = Loihi3FLearningRule(dw=dw, rng_seed=3, **more)
    rule.y1_tau = rule.y2_tau = NO_DECAY  # set after construction; without it Lava lets third factors decay a little
    return rule


def lagging_cache(changes: Array, threshold: float) -> tuple[Array, Array]:
    """Synaptic caching, local-local: what exceeds the threshold leaves one epoch later; returns tags and transfers."""
    tags, transfers = [np.zeros(changes.shape[1:])], []
    for change in changes:
        t = tags[-1]
        moved = np.where(np.abs(t) > threshold, t, np.where(np.abs(t) == threshold, t / 2, 0.0))
        tags.append(t - moved + change)
        transfers.append(moved)
    return np.array(tags), np.array(transfers)


@pytest.mark.parametrize("t_epoch", [1, 3])
def test_two_factors_in_floating_point_cache_exactly_with_a_lag_of_one_epoch(t_epoch: int) -> None:
    inputs = {
        "x": spikes(N_PRE, seed=1, n_steps=N_EPOCHS * t_epoch),
        "s_in_bap": spikes(N_POST, seed=2, n_steps=N_EPOCHS * t_epoch),
    }
    plain = two_factor(t_epoch=t_epoch)
    w_plain, untouched = run_stock(plain, "floating_pt", **inputs)
    native = native_caching_rule(plain, 5, arithmetic="float")
    w, t = run_stock(native.learning_rule, "floating_pt", **inputs)
    tags, transfers = lagging_cache(np.diff(w_plain, axis=0), 5)
    assert np.array_equal(w, w_plain)
    assert np.array_equal(t, tags)
    assert not untouched.any()
    full = np.abs(t[:-1]) > 5
    assert full.any()
    assert (np.abs(t[:-1]) == 5).any()  # the tie, which moves one half
    assert np.array_equal((w - t)[1:], np.cumsum(transfers, axis=0))


def test_three_factors_in_floating_point_keep_every_parameter() -> None:
    rule = three_factor("2^-2*x0*y1*w - x0*(y2-3*2^-1)")
    native = native_caching_rule(rule, 0.75, arithmetic="float")
    copy = native.learning_rule
    assert type(copy) is Loihi3FLearningRule
    assert (copy.y1_tau, copy.rng_seed, copy.dw_str, rule.dt_str) == (NO_DECAY, 3, rule.dw_str, None)
    inputs = {
        "x": spikes(N_PRE, seed=1, n_steps=20),
        "s_in_y1": spikes(N_POST, seed=2, n_steps=20) - 0.5,
        "s_in_y2": spikes(N_POST, seed=3, n_steps=20, size=2),
    }
    start = np.random.default_rng(4).integers(-2, 3, (N_POST, N_PRE)).astype(float)
    w_plain, _ = run_stock(rule, "floating_pt", start=start, **inputs)
    w, t = run_stock(copy, "floating_pt", start=start, **inputs)
    assert np.array_equal(w, w_plain)
    np.testing.assert_allclose(t, lagging_cache(np.diff(w, axis=0), 0.75)[0], rtol=0, atol=1e-12)


def test_decaying_traces_cache_within_rounding() -> None:
    rule = two_factor(x1_tau=7, y1_tau=4, x1_impulse=0.3, y1_impulse=0.7)
    inputs = {"x": spikes(N_PRE, seed=1), "s_in_bap": spikes(N_POST, seed=2)}
    w, t = run_stock(native_caching_rule(rule, 0.05, arithmetic="float").learning_rule, "floating_pt", **inputs)
    tags, transfers = lagging_cache(np.diff(w, axis=0), 0.05)
    assert transfers.any()
    np.testing.assert_allclose(t, tags, rtol=0, atol=1e-12)


def loihi_twin(products: list[tuple[float, Array]], threshold: int, quantum: int) -> tuple[Array, Array]:
    """Loihi's arithmetic in plain NumPy: units of 1/128, saturation after each product, one random number an epoch.

    `products` are pairs of a rate and the products' factors, one entry per epoch.
    """
    random = np.random.default_rng(2)
    random.random()
    w, t = [np.zeros((N_POST, N_PRE), int)], [np.zeros((N_POST, N_PRE), int)]

    def add(sum_: Array, product: Array) -> Array:
        return np.clip(sum_ + product, -32769, 32767)

    for epoch in range(len(products[0][1])):
        r = random.random()
        sums = [w[-1] * 128, t[-1] * 128]
        for rate, factors in products:
            sums = [add(sum_, (rate * 128 * factors[epoch]).astype(int)) for sum_ in sums]
        sums[1] = add(sums[1], -64 * quantum * np.sign(t[-1] - threshold))
        sums[1] = add(sums[1], -64 * quantum * np.sign(t[-1] + threshold))
        rounded = [np.floor_divide(sum_, 128) + (r < (sum_ % 128) / 128) for sum_ in sums]
        w.append(np.clip(rounded[0], -256, 255))
        t.append(np.clip(rounded[1], -257, 255))
    return np.array(w), np.array(t)


@pytest.mark.parametrize(
    ("up", "down", "threshold", "quantum"),
    [
        (4, -4, 8, 4),
        (4, -4, 8, None),
        (3, -1, 2, 1),
        (0.75, -0.5, 1, 1),
        (2, -2, 0, 1),
        (5, -7, 11, 12),
        (64, -3, 200, 64),
    ],
)
def test_three_factors_in_fixed_point_follow_loihis_arithmetic_exactly(
    up: float, down: float, threshold: int, quantum: int | None
) -> None:
    text = {0.75: "3*2^-2", -0.5: "-2^-1"}
    dw = f"{text.get(up, up)}*x0*y1 {text.get(down, f'-{-down}')}*x0*y2"
    native = native_caching_rule(three_factor(dw), threshold, quantum=quantum)
    x, y1, y2 = spikes(N_PRE, seed=1), spikes(N_POST, seed=2), spikes(N_POST, seed=3)
    w, t = run_stock(native.learning_rule, "fixed_pt", x=x, s_in_y1=y1, s_in_y2=y2)
    outer = [(rate, np.einsum("it,jt->tij", y, x)) for rate, y in ((up, y1), (down, y2))]
    assert native.quantum is not None
    w_twin, t_twin = loihi_twin(outer, threshold, int(native.quantum))
    assert np.array_equal(w, w_twin)
    assert np.array_equal(t, t_twin)
    assert (w != t).any()  # something was transferred


def test_two_factors_in_fixed_point_cache_whole_changes_exactly() -> None:
    rule = Loihi2FLearningRule(dw="x1*y0 - y1*x0", x1_impulse=3, x1_tau=5, y1_impulse=2, y1_tau=9, rng_seed=3)
    inputs = {"x": spikes(N_PRE, seed=1), "s_in_bap": spikes(N_POST, seed=2)}
    w_plain, _ = run_stock(rule, "fixed_pt", **inputs)
    native = native_caching_rule(rule, 6)
    assert native.quantum == 4
    w, t = run_stock(native.learning_rule, "fixed_pt", **inputs)
    assert np.array_equal(w, w_plain)
    expected = np.zeros((N_POST, N_PRE))
    for epoch, change in enumerate(np.diff(w_plain, axis=0)):
        expected = expected + change - 2 * np.sign(expected - 6) - 2 * np.sign(expected + 6)
        assert np.array_equal(t[epoch + 1], expected)


def test_the_full_form_forgets_every_tag_in_fixed_point() -> None:
    rule = three_factor("2*x0*y1 - 2*x0*y2")
    full = native_caching_rule(rule, 8, arithmetic="float").learning_rule
    inputs = {"x": spikes(N_PRE, seed=1), "s_in_y1": spikes(N_POST, seed=2), "s_in_y2": spikes(N_POST, seed=3)}
    w, t = run_stock(full, "fixed_pt", **inputs)
    changes = np.diff(w, axis=0)
    right, transfers = lagging_cache(changes, 8)
    assert transfers.any()
    assert not np.array_equal(t, right)
    assert np.abs(t[1:] - changes).max() <= 1  # t = Δ, however far below θ


# ---------------------------------------------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("rule", "more", "said"),
    [
        ({"dw": "x0*y1", "dt": "x0"}, {}, "dt = 'x0': the tag is taken"),
        ({"dw": "x0*t"}, {}, "dw reads t in x0*t"),
        ({"dw": "x0*y1", "dd": "x0*t"}, {}, "dd reads t in x0*t"),
        ({"dd": "x0*y1"}, {}, "dw = None"),
        ({"dw": "u2*y1"}, {}, "dw has u2 in u2*y1: the reset needs u0"),
        ({"dw": "x0*(w+300)"}, {}, "does not fit into 8 bits"),
        ({"dw": "x0*(-w)"}, {}, "Lava drops the minus"),
        (
            {"dw": "x0*w" + "+x0*w" * 45},
            {},
            "dt = dw and the reset would have 265 characters: Lava holds 256; shorten dw",
        ),
        (
            {"dw": "x0"},
            {"threshold": 256},
            "threshold = 256: in fixed arithmetic it must be a whole number from 0 to 255",
        ),
        ({"dw": "x0"}, {"threshold": 2.5}, "as the tag is; use 2, or scale"),
        ({"dw": "x0"}, {"threshold": -1}, "threshold = -1: must be finite and not negative"),
        ({"dw": "x0"}, {"threshold": "a"}, "threshold = 'a': must be a number"),
        ({"dw": "x0"}, {"threshold": 1e-300, "arithmetic": "float"}, "threshold = 1e-300: must be 0, or"),
        ({"dw": "x0"}, {"quantum": 9}, "quantum = 9: must be above 0 and at most 6"),
        ({"dw": "x0"}, {"quantum": 0}, "quantum = 0: must be above 0"),
        (
            {"dw": "x0"},
            {"quantum": 1.5},
            "quantum = 1.5: must be whole and m*2^k with m from 1 to 7; the nearest is 2",
        ),
        ({"dw": "x0"}, {"threshold": 99, "quantum": 11}, "m from 1 to 7; the nearest is 12"),
        ({"dw": "x0"}, {"quantum": 9, "arithmetic": "float"}, "at most 5"),
        ({"dw": "x0"}, {"policy": "local-global"}, "use 'local-local', or HostStepped of"),
        ({"dw": "x0"}, {"policy": "at-end"}, "sees one synapse at a time"),
        ({"dw": "x0"}, {"policy": "local-loca"}, "did you mean 'local-local'"),
        ({"dw": "x0"}, {"arithmetic": "double"}, "unknown arithmetic 'double'"),
        ({"dw": "x0*x1"}, {"arithmetic": "float"}, "x1_tau = 0: Lava's floating-point trace is then NaN"),
    ],
)
def test_what_cannot_be_cached_is_refused(rule: dict[str, str], more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        native_caching_rule(Loihi2FLearningRule(**rule), **{"threshold": 5, **more})
    assert said in str(refusal.value)


def test_a_rule_is_a_rule_of_lava_or_its_text() -> None:
    assert native_caching_rule("3*x0*y0", 8).dt == "3*x0*y0 - 2^2*u0*sgn(t-8) - 2^2*u0*sgn(t+8)"
    with pytest.raises(InputError, match="rule = 3: must be a Loihi2FLearningRule"):
        native_caching_rule(3, 8)
    with pytest.raises(InputError, match=r"dw = '0\.1\*x0', character 1"):
        native_caching_rule("0.1*x0", 8)


def test_without_lava_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lava", None)
    with pytest.raises(MissingError, match="native_caching_rule needs Lava"):
        native_caching_rule("x0", 8)


def test_lavas_ready_made_rules_are_cached_where_their_tag_is_free() -> None:
    taus = {"learning_rate": 1, "A_plus": 1, "A_minus": -0.3, "t_epoch": 4}
    native = native_caching_rule(STDPLoihi(tau_plus=10, tau_minus=10, **taus), 5)
    assert type(native.learning_rule) is STDPLoihi
    assert native.dt == f"{native.dw} - 2^1*u0*sgn(t-5) - 2^1*u0*sgn(t+5)"
    rewarded = RewardModulatedSTDP(
        pre_trace_decay_tau=10,
        post_trace_decay_tau=10,
        pre_trace_kernel_magnitude=16,
        post_trace_kernel_magnitude=16,
        eligibility_trace_decay_tau=0.5,
        **taus,
    )
    with pytest.raises(InputError, match="the tag is taken"):
        native_caching_rule(rewarded, 5)


# ------------------------------------------------------------------------------------------------------- what is said
@pytest.mark.parametrize(("threshold", "quantum"), [(0, 1), (1, 1), (5, 4), (8, 8), (255, 128)])
def test_the_quantum_is_the_largest_power_of_two_within_the_threshold(threshold: int, quantum: int) -> None:
    native = native_caching_rule("x0", threshold)
    assert (native.form, native.quantum, native.threshold) == ("pulse", quantum, threshold)


def test_forms_follow_the_arithmetic() -> None:
    full = native_caching_rule("x0", 0.5, arithmetic="float")
    assert (full.form, full.quantum) == ("full", None)
    assert full.dt == "x0 - u0*t - 2^-1*u0*t*sgn(t-2^-1) + 2^-1*u0*t*sgn(t+2^-1)"
    pulse = native_caching_rule("x0", 0.5, quantum=0.375, arithmetic="float", policy=get_policy("local-local"))
    assert (pulse.form, pulse.quantum) == ("pulse", 0.375)
    assert pulse.dt == "x0 - 3*2^-4*u0*sgn(t-2^-1) - 3*2^-4*u0*sgn(t+2^-1)"


def test_any_threshold_is_written_exactly_in_floating_point() -> None:
    native = native_caching_rule("x0", 0.1, arithmetic="float")
    assert {f.constant for p in native.products for f in p.factors if f.sign_only} == {0.1, -0.1}


def test_products_are_those_of_lavas_parser() -> None:
    native = native_caching_rule(two_factor(dd="x0*d"), 5)
    read = [check_rule_string(target, getattr(native.learning_rule, f"{target}_str")) for target in ("dw", "dd", "dt")]
    assert native.products == tuple(product for products in read for product in products)


def test_deviations_are_listed_in_plain_words() -> None:
    pulse = "; ".join(native_caching_rule(two_factor(t_epoch=100), 5).deviations)
    for said in ("lag one epoch", "half a quantum, 2,", "at most one quantum of 4", "θ = 5 is odd", "do not decay"):
        assert said in pulse
    for said in ("weights end at -256", "fractions are rounded at random", "t_epoch = 100"):
        assert said in pulse
    full = "; ".join(native_caching_rule(two_factor(), 5, arithmetic="float").deviations)
    assert "half of t" in full
    assert "tolerance band" in full
    assert "quantum" not in full
    assert "odd" not in full
    assert "rounded at random to a whole" in "; ".join(native_caching_rule("x0", 5, quantum=3).deviations)
    assert "no positive tag" in "; ".join(native_caching_rule("x0", 255).deviations)
    assert not any("|t| = θ" in said for said in native_caching_rule("x0", 0).deviations)


def test_losses_name_the_products_and_a_better_rate() -> None:
    def of(text: str) -> tuple[str, ...]:
        products: tuple[Product, ...] = check_rule_string("dw", text)
        return losses(products)

    assert of("3*x0*y1") == ()
    (shifted, fractions) = of("2^-2*x0*x1*y1")
    assert shifted.startswith("2^-2*x0*x1*y1 acts with 0.03125 instead of 0.25: 18 bits are shifted right by 3")
    assert shifted.endswith("2^1 would give 0.25")
    assert fractions == "fractions are rounded at random to whole weights in 2^-2*x0*x1*y1"
    assert any("overflow" in line for line in of("x0*w*w*w*w"))
    assert any("odd constant in (w+3)" in line for line in of("x0*(w+3)"))


def test_trace_parameters_are_reported_as_lava_realises_them() -> None:
    rule = two_factor(x1_impulse=2.25, y1_impulse=200)
    found = {p.name: p for p in native_caching_rule(rule, 5).parameters}
    assert found["x1_impulse"] == Parameter(
        name="x1_impulse", asked=2.25, realised=2.5, why="its fraction is rounded up too often"
    )
    assert found["y1_impulse"].realised == 127
    assert found["x1_tau"].realised == NO_DECAY
    assert all(p.asked == p.realised for p in native_caching_rule(rule, 5, arithmetic="float").parameters)
    assert [p.name for p in native_caching_rule(three_factor("x0*y1"), 5).parameters] == ["t_epoch"]


def test_lava_rounds_the_fraction_of_an_impulse_up_too_often() -> None:
    n_epochs = 200
    rule = Loihi2FLearningRule(dw="x1*x0", x1_impulse=1.25, x1_tau=0, rng_seed=1)
    w, _ = run_stock(rule, "fixed_pt", x=np.ones((N_PRE, n_epochs)))
    mean = np.diff(w[:, 0, 0])[:150].mean()
    (impulse, *_) = native_caching_rule(rule, 5).parameters
    assert impulse.realised == 1.5
    assert abs(mean - 1.5) < abs(mean - 1.25)


def test_the_check_without_a_reset_allows_any_decimation() -> None:
    rule = Loihi2FLearningRule(dw="u3*w")
    assert check_cacheable(rule, reset=False)[0].decimation == 3
    with pytest.raises(InputError, match="the reset needs u0"):
        check_cacheable(rule)
