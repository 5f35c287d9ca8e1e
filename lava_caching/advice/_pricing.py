"""Prices the trainings on the pair, and picks the one that costs least and the one that lasts longest."""

from __future__ import annotations

from lava_caching.advice._choice import Choice
from lava_caching.advice._trainings import Trainings
from lava_caching.advice._workload import Workload
from lava_caching.hardware import MemoryPair, price

__all__ = ["cheapest", "longest_lasting", "priced"]


def priced(trainings: Trainings, pair: MemoryPair, workload: Workload) -> tuple[Choice, ...]:
    """Price all trainings over one range of weights: without caching first, at the end last."""
    reach = trainings.largest_weight
    weights = workload.weight_range
    if weights is None and pair.operating_point.weight_min is None and reach:
        weights = (-reach, reach)
    order = {"immediate": 0, "at-end": 2}
    return tuple(
        Choice(
            policy=policy,
            threshold=None if policy in order else threshold,
            pair=pair,
            records=records,
            bills=tuple(
                price(
                    record.ledger,
                    pair,
                    step_duration_s=workload.step_duration_s,
                    weight_range=weights,
                    tau_steps=record.config["tau"],
                )
                for record in records
            ),
        )
        for (policy, threshold), records in sorted(
            trainings.records.items(), key=lambda item: (order.get(item[0][0], 1), item[0][1])
        )
    )


def cheapest(choices: tuple[Choice, ...]) -> Choice | None:
    """Return the cheapest choice with caching that learned; None where a total is not known."""
    known = {choice: choice.joules.nominal for choice in choices if choice.learned}
    if choices[0].joules.nominal is None or any(joules is None for joules in known.values()):
        return None
    return min((c for c in known if c.policy != "immediate"), key=lambda c: known[c] or 0.0, default=None)


def longest_lasting(choices: tuple[Choice, ...]) -> Choice | None:
    """Return the choice with caching that learned and whose first tier to fail lasts longest, the cheapest of these."""
    lasting = {}
    for choice in choices[1:]:
        first = choice.first_to_fail
        if choice.learned and first is not None and first[1].runs.nominal is not None:
            lasting[choice] = first[1].runs.nominal
    # within a tenth of the longest life the cheapest is the better choice
    near = [choice for choice, runs in lasting.items() if runs >= 0.9 * max(lasting.values())]
    return min(near, key=lambda choice: choice.joules.nominal or 0.0, default=None)
