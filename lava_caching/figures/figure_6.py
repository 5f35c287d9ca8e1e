"""Fig. 6: the power of maintenance and of consolidation while a neuron learns, against the theory with decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lava_caching.figures._figure import Figure, Row
from lava_caching.figures._statistics import config, converged, mean_of, points, select
from lava_caching.figures._values import column, size_of
from lava_caching.report.panels import Curve, Panel
from lava_caching.theory import consolidation_power, maintenance_power

POLICIES = ("local-local", "local-global")
THEORIES = {"theory": 0.0, "theory, crossing at θ + η/2": 0.5}
"""How far beyond θ a synapse crosses, in η: theory has steps without size, real ones overshoot by half of one."""
POWER = "energy per epoch (units of the paper)"
Epoch = dict[str, float]


def _panels(rows: Sequence[Row], curves: Sequence[Row]) -> list[Panel]:
    maintenance: list[Curve] = []
    consolidation: list[Curve] = []
    for k, policy in enumerate(POLICIES):
        own = select(rows, policy=policy)
        epochs = _by_epoch(own, curves)
        n = sum(map(converged, own))
        notes = [f"{policy}: {n} of {len(own)} runs end without an error, the others go on with a few in each epoch"]
        for lines, name in ((maintenance, "maintenance"), (consolidation, "consolidation")):
            lines.append(_over_epochs(policy, epochs, name, family=k, notes=notes))
            for label in THEORIES if policy == "local-local" else ():  # of synapses that cross each by itself
                theory = _over_epochs(label, epochs, f"{name}, {label}", family=0 if label == "theory" else 2)
                lines.append(replace(theory, kind="theory", error=None))
    row = rows[0]
    values = (f"{sign} = {config(row, name):g}" for sign, name in (("θ", "threshold"), ("τ", "tau")))
    title = f"maintenance, {size_of(rows)}"
    return [
        Panel(title=title, x_label="epoch", y_label=POWER, curves=maintenance),
        Panel(title=f"consolidation, {', '.join(values)}", x_label="epoch", y_label=POWER, curves=consolidation),
    ]


def _by_epoch(rows: Sequence[Row], curves: Sequence[Row]) -> dict[int, list[Epoch]]:
    """Return, for each epoch, the powers of the runs that still made errors in it, as measured and by theory."""
    found: dict[int, list[Epoch]] = {}
    of_run: dict[str, list[Row]] = {}
    for point in sorted(curves, key=column("n_presentations")):
        of_run.setdefault(point["task_id"], []).append(point)
    for row in rows:
        p = config(row, "n_patterns")
        held = written = 0.0
        for point in of_run[row["task_id"]]:
            errors = point["n_errors"]
            powers = {
                "maintenance": config(row, "maintenance_cost") * (point["transient_hold_l1"] - held),
                "consolidation": point["persistent_change_l1"] - written,
            }
            held, written = point["transient_hold_l1"], point["persistent_change_l1"]
            if errors:
                found.setdefault(point["n_presentations"] // p, []).append({**powers, **_theory(row, errors / p)})
    return dict(sorted(found.items()))


def _theory(row: Row, p: float) -> Epoch:
    """Return the powers per epoch at p updates per presentation."""
    n, tau, eta, per_epoch = (config(row, name) for name in ("n_inputs", "tau", "learning_rate", "n_patterns"))
    found: Epoch = {}
    for label, overshoot in THEORIES.items():
        theta = config(row, "threshold") + overshoot * eta
        held = maintenance_power(n, theta, tau, p, config(row, "maintenance_cost"), learning_rate=eta)
        found[f"maintenance, {label}"] = per_epoch * held
        found[f"consolidation, {label}"] = per_epoch * consolidation_power(n, theta, tau, p, learning_rate=eta)
    return found


def _over_epochs(
    label: str, epochs: dict[int, list[Epoch]], name: str, *, family: int, notes: Sequence[str] = ()
) -> Curve:
    found = ((epoch, *mean_of(runs, column(name))) for epoch, runs in epochs.items())
    return points(label, found, family=family, notes=notes)


figure = Figure(
    name="6",
    title="The power of caching while a neuron learns",
    where="Fig. 6",
    caption="Energy of holding transient parts and of writing persistent ones in each epoch, over the runs that still"
    " make errors in it. Theory, at the error rate of local-local, is for synapses that cross θ each by itself and in"
    " steps without size; steps of η overshoot θ by η/2 on average. Under local-global the first to cross takes all"
    " along, so less is held and more is written.",
    plan="6",
    panels=_panels,
    curves=True,
)
