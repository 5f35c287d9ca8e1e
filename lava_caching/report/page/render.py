"""A page as one HTML file that needs no network: markup, style, script and the plotting library in it.

Every text goes through Jinja's escaping; the data for the script is JSON in which ``<`` does not occur.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from lava_caching.report.page.content import Explorer, Page, Plot, Scrubber
from lava_caching.report.page.typeset import in_cell, in_prose

__all__ = ["render"]

HERE = files("lava_caching.report.page")


def render(page: Page) -> bytes:
    """Return the file; the same page gives the same bytes."""
    html = _environment().get_template("page.html").render(page=page, data=_data(page))
    return html.encode("utf-8", "backslashreplace")  # bytes of file names that are no text become escapes


def _data(page: Page) -> Markup:
    plots = {plot.id: {"data": plot.data, "layout": plot.layout} for plot in _plots(page)}
    blocks = [block for section in page.sections for block in section.blocks]
    scrubbers = {block.id: block.data for block in blocks if isinstance(block, Scrubber)}
    plain = {"plots": plots, "scrubbers": scrubbers, **page.data}
    text = json.dumps(plain, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    # in a script element only "<" can end it or open a comment
    return Markup(text.replace("<", "\\u003c"))  # JSON that holds no "<"


def _plots(page: Page) -> Iterator[Plot]:
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, Plot):
                yield block
            elif isinstance(block, Explorer):
                yield from block.plots


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: HERE.joinpath("templates").joinpath(name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"in_cell": in_cell, "in_prose": in_prose}
    environment.globals |= {"style": _file("page.css"), "script": _file("page.js"), "plotly": _plotly}
    return environment


def _file(name: str) -> Markup:
    """Return a file of ours as it is."""
    return Markup(HERE.joinpath(name).read_text("utf-8"))  # shipped with the package


@cache
def _plotly() -> Markup:
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    lowered = script.lower()
    assert "</script" not in lowered, "it would end the element that holds it"
    assert "<!--" not in lowered, "it would open a comment"
    return Markup(script)  # the library's own bundle
