"""What a reader wants first: what was trained, did it learn, what did it cost, and how long do the memories last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lava_caching.consolidation import get_policy
from lava_caching.errors import InputError
from lava_caching.report.page.cells import UNKNOWN, count, energy, joules, number, seconds, words
from lava_caching.report.page.content import Cell, Column, Section, Table
from lava_caching.report.page.runs import Run, at, texts

__all__ = ["across", "lives", "settings", "summary", "title_of"]

NEVER = "never written: does not wear"


def settings(config: dict[str, Any]) -> str:
    """Return policy, θ and τ in one line."""
    said = [str(config["policy"])]
    try:
        tested = get_policy(config["policy"]).statistic not in ("always", "never")
    except InputError:  # a policy of another installation
        tested = True
    if tested:
        said.append(f"θ = {config['threshold']:g}")
    said.append("no decay" if config["tau"] is None else f"τ = {config['tau']:g}")
    return ", ".join(said)


def title_of(runs: Sequence[Run]) -> str:
    """Return the title of a page on these runs."""
    kinds = list(dict.fromkeys(run.record.experiment for run in runs))
    if len(runs) == 1:
        return f"{kinds[0]}: {settings(runs[0].record.config)}"
    return f"{len(runs)} runs of {' and '.join(kinds)}"


def across(id_: str, caption: str, runs: Sequence[Run], rows: Sequence[tuple[str, str, Sequence[Cell]]]) -> Table:
    """Return a table with a row for each quantity and a column for each run; a row is label, unit and cells.

    The unit stands in the cells; the CSV, whose cells are bare numbers, has it beside the label.
    """
    columns = [Column("quantity"), *(Column(run.name, number=len(runs) > 1) for run in runs)]
    body = [[Cell(label, csv=f"{label} ({unit})" if unit else None), *cells] for label, unit, cells in rows]
    return Table(id=id_, caption=caption, columns=columns, rows=body)


def summary(runs: Sequence[Run]) -> Section:
    """Return the first section."""
    rows: list[tuple[str, str, Sequence[Cell]]] = [
        ("experiment", "", [words(_experiment(run)) for run in runs]),
        ("caching", "", [words(settings(run.record.config)) for run in runs]),
        ("ended", "", [words(_end(run.record.outcome)) for run in runs]),
        ("presentations", "", [count(run.record.outcome.get("n_presentations")) for run in runs]),
        ("updates", "", [count(run.record.outcome.get("n_updates")) for run in runs]),
    ]
    if any(number(run.record.outcome.get("accuracy")) is not None for run in runs):
        rows.append(("accuracy", "", [_accuracy(run.record.outcome) for run in runs]))
    rows += [
        ("energy, units of the paper", "", [energy(run.record.energy.get("total")) for run in runs]),
        ("energy / minimum", "", [_inefficiency(run.record.energy) for run in runs]),
        ("memories", "", [words(run.profile or "not priced") for run in runs]),
        ("energy in joules, nominal", "J", [joules(at(run.bill, "joules", "total", "nominal")) for run in runs]),
        ("energy in joules, lowest to highest", "J", [_spread(at(run.bill, "joules", "total")) for run in runs]),
        ("hottest cell lasts, nominal", "s", [_hottest(run) for run in runs]),
        ("hottest cell lasts, lowest to highest", "s", [_spread_of_life(run) for run in runs]),
        ("remarks", "", [_n_remarks(run) for run in runs]),
    ]
    return Section(id="summary", title="At a glance", blocks=[across("t-summary", "Summary", runs, rows)])


def _experiment(run: Run) -> str:
    config = run.record.config
    size = "".join(
        f", {s} = {config[key]:,}" for s, key in (("N", "n_inputs"), ("P", "n_patterns")) if _whole(config, key)
    )
    hidden = f", hidden {config['n_hidden']}" if config.get("n_hidden") else ""
    data = f", {config['dataset']}" if config.get("dataset") else ""
    return f"{run.record.experiment}{size}{hidden}{data}"


def _whole(config: dict[str, Any], key: str) -> bool:
    return isinstance(number(config.get(key)), int)


def _end(outcome: dict[str, Any]) -> str:
    epochs = count(outcome.get("n_epochs")).text
    if outcome.get("interrupted"):
        return "interrupted"
    if outcome.get("diverged_at") is not None:
        return "diverged"
    converged = outcome.get("converged")
    said = "stopped after" if converged is None else "converged after" if converged else "not converged after"
    return f"{said} {epochs} {'epoch' if epochs == '1' else 'epochs'}"


def _accuracy(outcome: dict[str, Any]) -> Cell:
    value = number(outcome.get("accuracy"))
    if value is None:
        return UNKNOWN
    return Cell(f"{value:.4g} on {outcome.get('accuracy_of', 'patterns')}", value, "number")


def _inefficiency(costs: dict[str, Any]) -> Cell:
    ratio = number(costs.get("inefficiency"))
    if ratio is None and number(costs.get("minimal")) == 0:
        return Cell("nothing had to be written")
    return UNKNOWN if ratio is None else Cell(f"{ratio:.4g} ×", ratio, "number")


def _spread(bounds: Any, shown: Callable[[Any], Cell] = joules) -> Cell:
    low, high = shown(at(bounds, "low")), shown(at(bounds, "high"))
    if low.kind == high.kind == "unknown":
        return UNKNOWN
    return Cell("no spread stated" if low.value == high.value else f"{low.text} to {high.text}")


def lives(life: Any, bound: str) -> Cell:
    """Return a bound of a lifetime; a lifetime of None is a cell that is never written."""
    return Cell(NEVER) if life is None else seconds(at(life, bound))


def _hottest(run: Run) -> Cell:
    known = run.bill.get("lifetime_s")
    return lives(known.get("hottest"), "nominal") if isinstance(known, dict) else UNKNOWN


def _spread_of_life(run: Run) -> Cell:
    known = run.bill.get("lifetime_s")
    if not isinstance(known, dict):
        return UNKNOWN
    hottest = known.get("hottest")
    return Cell(NEVER) if hottest is None else _spread(hottest, seconds)


def _n_remarks(run: Run) -> Cell:
    found = [
        (len(texts(run.bill.get(key))), what) for key, what in (("warnings", "warning"), ("unpriced", "not priced"))
    ]
    said = [f"{n} {what}{'s' if n > 1 and what == 'warning' else ''}" for n, what in found if n]
    return Cell(f"{', '.join(said)}: see Before you quote" if said else "none")
