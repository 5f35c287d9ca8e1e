"""The page on a sweep: means and errors over seeds, what failed, what is best, and the plan that repeats it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli

from lava_caching import Perceptron
from lava_caching.report.page import page_of_sweep, render
from lava_caching.report.page.explorers import MOST_KEPT
from lava_caching.report.page.settings import MEASURES, gather_sweep, mean_and_sem, plan_text
from lava_caching.sweeps import Plan, read_plan, read_sweep
from lava_caching.sweeps._rows import row_of, run_table

Read = Callable[[bytes], Any]


def rows_of(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_sweep(folder).to_pylist()
    return rows


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def made(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Return rows with all that a page needs."""
    told = {"experiment": "perceptron", "engine": "numba", "error": None, "outcome_converged": True}
    return [{"task_index": i, "seed": 0, **told, "outcome_n_presentations": 10, **row} for i, row in enumerate(rows)]


def page(rows: list[dict[str, Any]], manifest: dict[str, Any] | None = None) -> bytes:
    return render(page_of_sweep("sweep", rows, manifest))


def test_means_and_errors_are_those_over_the_seeds(sweep: Path, swept: Any) -> None:
    rows = [row for row in rows_of(sweep) if row["error"] is None]
    shown = swept.tables["t-settings"][1:]
    assert len(shown) == 12
    for policy, threshold, cost, runs, _, energy, error, *_ in shown:
        own = [
            row["energy_total"]
            for row in rows
            if row["config_policy"] == policy[0]
            and row["config_threshold"] == float(threshold[1])
            and row["config_maintenance_cost"] == float(cost[1])
        ]
        assert float(runs[1]) == len(own) in (2, 3)
        assert float(energy[1]) == pytest.approx(np.mean(own), rel=1e-8)
        assert float(error[1]) == pytest.approx(np.std(own, ddof=1) / np.sqrt(len(own)), rel=1e-8)


def test_one_run_has_no_error_and_one_unknown_makes_the_mean_unknown() -> None:
    assert mean_and_sem([4.0]) == (4.0, None)
    assert mean_and_sem([1.0, None, 3.0]) == (None, None)
    assert mean_and_sem([]) == (None, None)
    assert mean_and_sem([1.0, 3.0]) == (2.0, 1.0)


def test_unknown_measures_are_unknown_in_tables_and_null_in_the_data(read_page: Read) -> None:
    rows = made(
        {"config_threshold": 1.0, "energy_total": 5.0, "joules_nominal": None},
        {"config_threshold": 2.0, "energy_total": 4.0, "joules_nominal": 1e-9},
    )
    seen = read_page(page(rows))
    settings = {row[0][0]: row for row in seen.tables["t-settings"][1:]}
    place = [text for text, _ in seen.tables["t-settings"][0]].index("joules")
    assert settings["1"][place] == ("unknown", "")
    assert settings["2"][place] == ("1 nJ", "1e-09")
    k = [m["label"] for m in seen.data["sweep"]["measures"]].index("joules")
    assert seen.data["sweep"]["mean"][k] == [None, 1e-9]


def test_failed_tasks_are_told_with_their_errors_and_are_in_no_mean(swept: Any) -> None:
    assert [cell[0] for cell in swept.row("t-summary", "failed")] == ["1"]
    assert swept.tables["t-failed"][1][-1] == ("<b>out of memory</b>", None)
    assert "1 task failed and is in no mean." in swept.text


def test_the_plan_of_the_page_plans_the_same_tasks(sweep: Path, tmp_path: Path) -> None:
    text = plan_text(manifest_of(sweep))
    assert text is not None
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    tasks = read_plan(tmp_path / "plan.toml").tasks()
    assert [task.task_id for task in tasks] == [row["task_id"] for row in rows_of(sweep)]


def test_a_plan_is_written_as_toml_whatever_its_values_are() -> None:
    plan = {"experiment": "p", "fixed": {"a": 'say "x"\n', "b": True, "c": math.inf}, "grid": {"d": [1, 2.5, "z"]}}
    read = tomli.loads(plan_text(plan) or "")
    assert read == {"experiment": "p", "fixed": plan["fixed"], "grid": plan["grid"]}
    assert plan_text({}) is None


def test_axes_are_found_without_a_manifest_too(sweep: Path) -> None:
    with_plan = gather_sweep("s", rows_of(sweep), manifest_of(sweep))
    without = gather_sweep("s", rows_of(sweep), None)
    assert (
        {a.name for a in without.axes}
        == {a.name for a in with_plan.axes}
        == {
            "policy",
            "threshold",
            "maintenance_cost",
        }
    )
    assert {a.name: a.scale for a in with_plan.axes} == {
        "policy": "words",
        "threshold": "log",
        "maintenance_cost": "linear",
    }


def test_the_best_settings_have_the_least_energy_where_all_runs_converged(read_page: Read) -> None:
    rows = made(
        {"config_threshold": 1.0, "energy_total": 5.0},
        {"config_threshold": 2.0, "energy_total": 1.0, "outcome_converged": False},
        {"config_threshold": 3.0, "energy_total": 4.0},
    )
    seen = read_page(page(rows))
    assert seen.row("t-goals", "least energy")[0][0] == "3"
    assert "did not converge" in seen.text


def test_settings_are_compared_where_sizes_and_prices_agree(sweep: Path, swept: Any) -> None:
    rows = [row for row in rows_of(sweep) if row["error"] is None]
    shown = swept.tables["t-best"][1:]
    assert len(shown) == 4  # two policies at two prices
    for policy, threshold, cost, saving, *_ in shown:
        own = [
            (np.mean([r["energy_total"] for r in rows if _at(r) == (policy[0], x, float(cost[0]))]), x)
            for x in (1.0, 3.0, 30.0)
        ]
        assert min(own)[1] == float(threshold[0]) or policy[0] == "immediate"
        if policy[0] == "immediate":
            assert float(saving[1]) == 1.0
        else:
            without = np.mean([r["energy_total"] for r in rows if _at(r) == ("immediate", min(own)[1], float(cost[0]))])
            assert float(saving[1]) == pytest.approx(without / min(own)[0])


def _at(row: dict[str, Any]) -> tuple[str, float, float]:
    return row["config_policy"], row["config_threshold"], row["config_maintenance_cost"]


def test_energy_is_plotted_against_each_numeric_axis(swept: Any) -> None:
    plots = swept.data["plots"]
    kinds = {name.split("-")[1] + name.partition("-")[2][name.partition("-")[2].find("-") :] for name in plots}
    assert any(name.endswith("threshold") for name in kinds)
    assert any(name.endswith("maintenance-cost") for name in kinds)
    assert len([name for name in plots if name.startswith(("p-energy-", "p-time-"))]) == 4
    assert "Held: maintenance_cost = 0" in swept.text


def test_axes_that_advance_together_do_not_hold_each_other(read_page: Read) -> None:
    rows = made(
        *({"config_n_inputs": n, "config_n_patterns": 2 * n, "energy_total": float(n)} for n in (10, 20, 30)),
    )
    manifest = {"zip": {"n_inputs": [10, 20, 30], "n_patterns": [20, 40, 60]}}
    seen = read_page(page(rows, manifest))
    first = next(spec for name, spec in seen.data["plots"].items() if name.startswith("p-energy-"))
    assert first["data"][0]["x"] == [10, 20, 30]
    assert seen.data["sweep"]["axes"][0]["bound"] == [1]


def test_no_limit_stands_last_and_has_no_place_on_an_axis_of_numbers(read_page: Read) -> None:
    rows = made(*({"config_tau": tau, "energy_total": 2.0} for tau in (None, 100.0, 10.0)))
    seen = read_page(page(rows))
    axis = seen.data["sweep"]["axes"][0]
    assert (axis["values"], axis["texts"]) == ([10.0, 100.0, None], ["10", "100", "inf"])
    energy = next(spec for name, spec in seen.data["plots"].items() if name.startswith("p-energy-"))
    assert energy["data"][0]["x"] == [10.0, 100.0]


def test_a_sweep_in_which_everything_failed_or_nothing_varies_has_a_page(read_page: Read) -> None:
    row = {"config_threshold": 1.0, "energy_total": None, "error": "ValueError: no"}
    seen = read_page(page(made(row, row)))
    assert seen.row("t-errors", "ValueError: no")[0][0] == "2"
    alone = read_page(page(made({"config_threshold": 1.0, "energy_total": 3.0})))
    assert len(alone.tables["t-settings"]) == 2


def test_the_page_of_a_large_sweep_stays_below_six_megabytes_and_says_what_it_leaves_out(read_page: Read) -> None:
    rng, n = np.random.default_rng(0), MOST_KEPT // 100 + 1
    axes = [(float(i), 10.0 + j, seed) for i in range(100) for j in range(n) for seed in (0, 1)]
    rows = made(
        *(
            {
                "config_threshold": theta,
                "config_tau": tau,
                "seed": seed,
                **{m.column: rng.random() / 7 for m in MEASURES},
            }
            for theta, tau, seed in axes
        )
    )
    content = page(rows)
    seen = read_page(content)
    assert len(content) < 6_000_000
    assert len(seen.data["sweep"]["at"]) == MOST_KEPT
    assert f"holds {MOST_KEPT:,} of the {100 * n:,} settings" in seen.text
    assert "the CSV has all, by their axes with 5 digits" in seen.text


def test_the_page_on_a_sweep_is_the_same_every_time(sweep: Path) -> None:
    once = page(rows_of(sweep), manifest_of(sweep))
    assert once == page(rows_of(sweep), manifest_of(sweep))


@pytest.fixture(scope="module")
def priced() -> list[dict[str, Any]]:
    """Rows of two policies on two seeds, with bills and the writes of every synapse."""
    plan = Plan(
        experiment="perceptron",
        fixed={"n_inputs": 20, "n_patterns": 15, "write_counts": True},
        grid={"policy": ["immediate", "local-global"], "seed": [0, 1]},
        zip={},
        hardware="sram_stt_22nm",
    )
    tasks = plan.tasks()
    runs = [Perceptron(**task.config).run(seed=task.seed, hardware=plan.hardware) for task in tasks]
    rows: list[dict[str, Any]] = run_table(
        "perceptron", [row_of(*run) for run in zip(tasks, runs, strict=True)]
    ).to_pylist()
    assert [row["joules_write_high"] for row in rows] == [
        run.hardware["joules"]["by_cause"]["write"]["high"] for run in runs if run.hardware
    ]
    return rows


def test_joules_of_the_best_are_means_by_tier_and_cause_with_their_ranges(
    priced: list[dict[str, Any]], read_page: Read
) -> None:
    seen = read_page(page(priced))
    for policy in ("immediate", "local-global"):
        own = [row for row in priced if row["config_policy"] == policy]
        for label, name in (("total", ""), ("volatile tier", "volatile_"), ("write", "write_")):
            shown = [float(value or "nan") for _, value in seen.row("t-joules", label, policy)[:3]]
            means = [np.mean([row[f"joules_{name}{bound}"] for row in own]) for bound in ("low", "nominal", "high")]
            assert shown == pytest.approx(means, rel=1e-8)
        life = np.mean([row["lifetime_s_nominal"] for row in own])
        assert float(seen.row("t-life", policy)[1][1] or "nan") == pytest.approx(life, rel=1e-8)


def test_a_sweep_that_did_not_count_writes_tells_no_lifetime(priced: list[dict[str, Any]], read_page: Read) -> None:
    seen = read_page(page([{**row, "lifetime_s_nominal": None} for row in priced]))
    assert "t-joules" in seen.tables
    assert "t-life" not in seen.tables
