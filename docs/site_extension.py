"""What the site needs beside Sphinx's own: pages made from the code, names in docstrings, and no network.

The generated pages are written before Sphinx looks for sources (`pages_from_code`). A ``name`` in single backticks, as
docstrings have it, becomes a link where it is something of ours that is documented, and code where it is a parameter or
a word. After the build, no page may fetch a script, a style, a font or an image from elsewhere.
"""

from __future__ import annotations

import inspect
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from pages_from_code import write_pages
from pydantic import BaseModel
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole
from sphinx.util import logging

__all__ = ["fetched_from_elsewhere", "setup"]

OURS = "lava_caching."
log = logging.getLogger(__name__)


class Name(XRefRole):
    """A name in single backticks; a dotted name of ours has to be documented, others may be."""

    def process_link(
        self, env: BuildEnvironment, refnode: Any, has_explicit_title: bool, title: str, target: str
    ) -> tuple[str, str]:
        refnode["refdomain"], refnode["reftype"] = "py", "obj"
        refnode["py:module"], refnode["py:class"] = env.ref_context.get("py:module"), env.ref_context.get("py:class")
        refnode["a_name"] = True
        return title, target.removesuffix("()")


def _resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, text: Any) -> Any:
    """Find what is named by the private module that it is written in; leave a name that is not ours as code."""
    if node.get("refdomain") != "py":
        return None
    target: str = node["reftarget"]
    known = env.get_domain("py").objects  # type: ignore[attr-defined]  # the Python domain has them
    if target.startswith(OURS):
        # annotations name the file of a class, readers the package that offers it
        public = re.sub(r"\._\w+(?=\.)", "", target)
        last = public.rpartition(".")[2]
        for name in (public, *HOMES.get(last, ())):
            if name in known:
                return env.get_domain("py").resolve_xref(
                    env, node["refdoc"], app.builder, "obj", name, _without_context(node), text
                )
        return None
    if target in HOMES and len(HOMES[target]) == 1 and HOMES[target][0] in known:
        return env.get_domain("py").resolve_xref(
            env, node["refdoc"], app.builder, "obj", HOMES[target][0], _without_context(node), text
        )
    return text if node.get("a_name") else None


def _without_context(node: pending_xref) -> pending_xref:
    plain: pending_xref = node.copy()
    plain["py:module"] = plain["py:class"] = None
    return plain


HOMES: dict[str, tuple[str, ...]] = {}
"""Documented names of ours by their last word."""


def _collect_homes(app: Sphinx, env: BuildEnvironment) -> None:
    HOMES.clear()
    for name in env.get_domain("py").objects:  # type: ignore[attr-defined]
        last = name.rpartition(".")[2]
        HOMES[last] = (*HOMES.get(last, ()), name)


class _Fetched(HTMLParser):
    """Collects what a browser loads by itself for a page."""

    LOADS: ClassVar = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
    RELATIONS: ClassVar = {"stylesheet", "preload", "preconnect", "prefetch", "modulepreload", "icon", "manifest"}

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in self.LOADS:
            self.urls.append(given.get(self.LOADS[tag], ""))
        elif tag == "link" and self.RELATIONS & set(given.get("rel", "").split()):
            self.urls.append(given.get("href", ""))


def fetched_from_elsewhere(folder: Path) -> list[str]:
    """Return ``file: url`` of everything that the pages and styles of a site would load from the network."""
    found = []
    for page in sorted(folder.rglob("*.html")):
        parser = _Fetched()
        parser.feed(page.read_text(encoding="utf-8"))
        found += [f"{page.relative_to(folder)}: {url}" for url in parser.urls if re.match(r"(https?:)?//", url)]
    for style in sorted(folder.rglob("*.css")):
        urls = re.findall(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", style.read_text(encoding="utf-8"))
        found += [f"{style.relative_to(folder)}: {url}" for url in urls]
    return found


def _check_offline(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        for found in fetched_from_elsewhere(Path(app.outdir)):
            log.warning("%s: would be fetched from the network when the page is read", found)


def _short_signature(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None] | None:
    """Leave out signatures that are a page of rules: those of pydantic models, and fields that make themselves."""
    model = inspect.isclass(thing) and issubclass(thing, BaseModel)
    return ("(**fields)", None) if model or "<factory>" in (signature or "") else None


def _keep_bars(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Keep the bars of |s| in docstrings: reStructuredText takes them for something to be replaced."""
    literal: int | None = None  # indentation of the line that a literal block follows
    for i, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if line.strip() and literal is not None and indent <= literal:
            literal = None
        if literal is None and not line.lstrip().startswith((">>>", "...")):
            parts = re.split(r"(`+[^`]*`+)", line)
            lines[i] = "".join(part if part.startswith("`") else part.replace("|", "\\|") for part in parts)
        if line.rstrip().endswith("::"):
            literal = indent


def _write_pages(app: Sphinx) -> None:
    write_pages(Path(app.srcdir) / "generated")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts."""
    app.add_role("name", Name(innernodeclass=nodes.literal))
    app.connect("builder-inited", _write_pages)
    app.connect("env-updated", _collect_homes)
    app.connect("missing-reference", _resolve)
    app.connect("autodoc-process-signature", _short_signature)
    app.connect("autodoc-process-docstring", _keep_bars, priority=900)  # after numpydoc
    app.connect("build-finished", _check_offline)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
