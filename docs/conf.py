"""Configuration of the documentation site: ``make docs`` builds it, strictly and without the network."""

from __future__ import annotations

import sys
from pathlib import Path

from lava_caching import __version__

sys.path.insert(0, str(Path(__file__).parent))  # where site_extension is

project = "lava-caching"
author = "the lava-caching developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "site_extension"]
exclude_patterns = ["_build", "generated/tables"]

# --- pages: Markdown; blocks in ::: so that what stands inside is read, and run, as any other block
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
smartquotes = False  # an option is --out and not –out

# --- reference: NumPy docstrings of what a module's __all__ names
autodoc_default_options = {"members": True, "exclude-members": "model_config"}
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_type_aliases = {"Array": "Array", "ArrayLike": "ArrayLike"}  # written out they fill lines
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
numpydoc_show_class_members = False  # autodoc lists them
numpydoc_class_members_toctree = False
default_role = "name"  # `name` in a docstring: see site_extension
nitpick_ignore_regex = [
    # Types in signatures that are not ours. Their documents are on the network, which the build does not use.
    ("py:.*", r"(numpy|np|pathlib|collections|typing|types|os|datetime|pydantic|pydantic_core|pyarrow|pa)\..*"),
    ("py:.*", r"(lava|matplotlib|rich|typer)\..*"),
    ("py:class", r"(Any|Path|NDArray|ArrayLike|Callable|Iterator|Iterable|Sequence|Mapping|Collection|Literal)"),
    ("py:class", r"(Array|Kind)"),  # short names of types within a file
    # Files for readers of the code, which docstrings point to: private ones, and the compiled loops.
    ("py:.*", r"lava_caching\.(.*\.)?_.*"),
    ("py:.*", r"lava_caching\.(kernels\..*|hardware\.reading)"),
    # Numbers of a chip: the page on profiles has their keys.
    ("py:class", r"lava_caching\.hardware\.chips\.ChipQuantity"),
]

# --- the look
html_theme = "furo"
html_title = f"lava-caching {release}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "sidebar_hide_name": False,
    "top_of_page_buttons": [],
    "light_css_variables": {
        "color-brand-primary": "#0a5c8f",
        "color-brand-content": "#0a5c8f",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc4f0",
        "color-brand-content": "#7cc4f0",
    },
}
pygments_style = "tango"
pygments_dark_style = "monokai"
templates_path: list[str] = []

# --- `make linkcheck`, which needs the network
linkcheck_anchors = False
linkcheck_timeout = 20
linkcheck_allowed_redirects = {r"https://doi\.org/.*": r"https://.*"}  # that is what a DOI is for
