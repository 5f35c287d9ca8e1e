"""The page on one record, or on several side by side."""

from __future__ import annotations

from collections.abc import Sequence

from lava_caching.record import Record
from lava_caching.report.page.bills import bills
from lava_caching.report.page.caveats import caveats
from lava_caching.report.page.content import Page
from lava_caching.report.page.curves import curves
from lava_caching.report.page.energies import energies
from lava_caching.report.page.ledgers import ledgers
from lava_caching.report.page.lifetimes import lifetimes
from lava_caching.report.page.memories import memories
from lava_caching.report.page.runs import gather
from lava_caching.report.page.sources import sources
from lava_caching.report.page.summary import summary, title_of
from lava_caching.report.page.what_ran import what_ran

__all__ = ["page_of_records"]


def page_of_records(records: Sequence[tuple[str, Record]], *, title: str | None = None) -> Page:
    """Return the page on these records.

    Parameters
    ----------
    records : sequence of (str, Record)
        What each is called, and the record.
    title : str, optional
        Heading; by default what was trained.
    """
    runs = [gather(name, record) for name, record in records]
    sections = [
        summary(runs),
        caveats(runs),
        energies(runs),
        bills(runs),
        curves(runs),
        lifetimes(runs),
        memories(runs),
        ledgers(runs),
        sources(runs),
        what_ran(runs),
    ]
    names = ", ".join(run.name for run in runs)
    versions = dict.fromkeys(str(run.record.versions.get("lava_caching", "unknown")) for run in runs)
    return Page(
        title=title or title_of(runs),
        subtitle=f"Synaptic caching: {names}. Run by lava-caching {', '.join(versions)}.",
        sections=[section for section in sections if section is not None],
    )
