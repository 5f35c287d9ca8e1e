"""The page on a sweep: what was planned and what failed, the best settings, and energy against every axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lava_caching.hardware import load_pair, pair_names
from lava_caching.report.page.best import best, ledger_of_best
from lava_caching.report.page.content import Block, Notes, Page, Section
from lava_caching.report.page.explorers import MOST_KEPT, against, data_of, kept_settings
from lava_caching.report.page.joules_of_best import joules_of_best
from lava_caching.report.page.planned import all_settings, failures, planned
from lava_caching.report.page.settings import JOULES, Sweep, gather_sweep
from lava_caching.report.page.sources import sources_of_pair
from lava_caching.report.page.trade_offs import trade_offs

__all__ = ["page_of_sweep"]


def page_of_sweep(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    manifest: Mapping[str, Any] | None,
    *,
    title: str | None = None,
) -> Page:
    """Return the page on a sweep.

    Parameters
    ----------
    name : str
        What it is called.
    rows : sequence of dict
        One for each finished task, as `lava_caching.sweeps.read_sweep` returns them.
    manifest : dict or None
        What was planned, where it can be read.
    title : str, optional
        Heading; by default the experiment and the axes.
    """
    sweep = gather_sweep(name, rows, manifest)
    settings = kept_settings(sweep) if sweep.settings else []
    sections = [planned(sweep), failures(sweep), _caveats(sweep, len(settings))]
    if sweep.settings:
        sections += [
            best(sweep),
            against(sweep, settings),
            trade_offs(sweep, settings),
            joules_of_best(sweep),
            ledger_of_best(sweep),
            all_settings(sweep, settings),
        ]
    sections.append(_sources(sweep))
    varied = ", ".join(axis.name for axis in sweep.axes) or "seed"
    experiment = str(rows[0].get("experiment")) if rows else ""
    return Page(
        title=title or f"Sweep of {experiment} over {varied}",
        subtitle=f"Synaptic caching: {len(sweep.rows):,} runs of {name}."
        + (f" Run by lava-caching {sweep.manifest['version']}." if sweep.manifest.get("version") else ""),
        sections=[section for section in sections if section is not None],
        data={"sweep": data_of(sweep, settings)} if settings else {},
    )


def _caveats(sweep: Sweep, n_kept: int) -> Section:
    """Return what to know before quoting a number of a sweep."""
    warnings = []
    if sweep.failed:
        n = len(sweep.failed)
        warnings.append(f"{n:,} {'task' if n == 1 else 'tasks'} failed and {'is' if n == 1 else 'are'} in no mean.")
    if sweep.interrupted:
        warnings.append(f"{len(sweep.interrupted):,} runs were interrupted and are in no mean.")
    stopped = sum(1 for row in sweep.rows if row.get("outcome_converged") is False)
    if stopped:
        warnings.append(
            f"{stopped:,} runs did not converge: they are in the means, with the energies until they were stopped, and"
            " the share of those that did stands beside each mean. Best settings are of those where all did."
        )
    if n_kept < len(sweep.settings):
        warnings.append(
            f"The page holds {n_kept:,} of the {len(sweep.settings):,} settings, those that differ from the best in"
            f" the fewest axes: at most {MOST_KEPT:,} fit. The folder has all."
        )
    if any(row.get("energy_exact") is False for row in sweep.rows):
        warnings.append("Energies in the units of the paper are estimated from histograms of the writes, within 1e-3.")
    profiles = sorted({str(row.get("hardware_profile")) for row in sweep.rows})
    unpriced = sum(1 for row in sweep.rows if row.get("joules_nominal") is None)
    if unpriced:
        warnings.append(f"{unpriced:,} runs have no total in joules on {', '.join(profiles)}.")
    priced = JOULES in sweep.measures
    plain = [
        *([f"Joules are nominal unless it says low or high, on {', '.join(profiles)}."] if priced else []),
        "A sweep keeps sums only: for single actions and other memories, run one setting by itself and report on its"
        " record. Lifetimes need write_counts = true in the plan.",
        "What is not known is shown as “unknown” and is never counted as 0.",
    ]
    blocks: list[Block] = [Notes(title="Warnings", items=warnings, tone="warning")] if warnings else []
    return Section(id="caveats", title="Before you quote", blocks=[*blocks, Notes(title="What is in it", items=plain)])


def _sources(sweep: Sweep) -> Section | None:
    """Return all prices of the memories, where they are shipped."""
    profiles = {row.get("hardware_profile") for row in sweep.rows}
    if JOULES not in sweep.measures or len(profiles) != 1:
        return None
    (profile,) = profiles
    if profile not in pair_names():
        return None
    return sources_of_pair(load_pair(str(profile)))
