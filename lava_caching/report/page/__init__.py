"""The interactive report: one HTML file on a record, several records, or a sweep, that opens without a network.

Functions of records make sections of plain content (`content`), templates and a script show them (`render`).
"""

from lava_caching.report.page.of_records import page_of_records
from lava_caching.report.page.of_sweep import page_of_sweep
from lava_caching.report.page.render import render

__all__ = ["page_of_records", "page_of_sweep", "render"]
