"""What the pages of docs/ show is run, page by page and in order, in an empty folder; what is not run says why.

``pycon`` blocks are doctests and ``python`` blocks are executed, both in one namespace for each page. A block of
``python`` or ``toml`` whose first comment names a file is written to it, and every ``toml`` block names one. Lines of
``sh`` blocks are commands of ours and must end with exit code 0. A ``text`` block shows what the block before it
printed: its lines have to be there in this order, ``...`` stands for any number of others.

Two comments right above a block change this: ``<!-- not run: REASON -->`` and ``<!-- needs Lava -->``.
"""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import inspect
import linecache
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import lava_caching
from lava_caching import Perceptron
from lava_caching.cli import main
from lava_caching.cli.help import UNBROKEN
from lava_caching.consolidation import policy_names
from lava_caching.devices import device_names
from lava_caching.engines import engine_names
from lava_caching.experiments import experiment_names
from lava_caching.figures import figure_names
from lava_caching.hardware import memory_names, pair_names
from lava_caching.hardware.chips import chip_names
from lava_caching.kernels import _compile
from lava_caching.plasticity import rule_names
from lava_caching.schedules import schedule_names

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.md") if not {"_build", "generated"} & set(p.relative_to(DOCS).parts))
LAVA = importlib.util.find_spec("lava") is not None
RUN = ("pycon", "python", "sh", "toml", "text")
FILE = re.compile(r"^#(?!:) ([\w.-]+\.(?:py|toml))\b", re.MULTILINE)
MARK = re.compile(r"^<!-- (not run: (?P<reason>.+)|needs (?P<needs>Lava)) -->$")

EXEMPT = {
    "install.md": 3,
    "guides/sweeps.md": 2,
    "guides/rule.md": 1,
    "guides/loihi.md": 1,
}
"""How many blocks of a page are not run; each says why, right above."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, with the mark above it."""

    page: Path
    line: int
    language: str
    text: str
    reason: str | None = None
    needs_lava: bool = False

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str | None:
        """The file that the first comment line names."""
        comments = [line for line in self.text.splitlines() if line.startswith("# ")]
        found = FILE.match(comments[0]) if comments else None
        first = self.text.lstrip().splitlines()[0] if self.text.strip() else ""
        return found[1] if found and first.startswith("#") else None


def blocks_of(page: Path) -> list[Block]:
    """Return the code blocks of a page; what Sphinx makes of ```{name} blocks is no code."""
    found: list[Block] = []
    fence: str | None = None
    language, start, kept, above = "", 0, [""], ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        opening = re.match(r"^(`{3,})\s*(\S*)", line)
        if fence is None and opening:
            fence, language, start, kept = opening[1], opening[2], number, []
        elif fence is not None and line.rstrip() == fence:
            if not language.startswith("{"):
                mark = MARK.match(above)
                found.append(
                    Block(
                        page,
                        start,
                        language,
                        "\n".join(kept) + "\n",
                        reason=mark["reason"] if mark else None,
                        needs_lava=bool(mark and mark["needs"]),
                    )
                )
            fence, above = None, ""
        elif fence is not None:
            kept.append(line)
        else:
            above = line
    assert fence is None, f"{page}: the block at line {start} does not end"
    return found


class Session:
    """Runs the blocks of one page, one after the other."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.printed: str | None = None

    def run(self, block: Block) -> None:
        if block.reason or (block.needs_lava and not LAVA):
            self.printed = None
            return
        if block.file and block.language in ("python", "toml"):
            Path(block.file).write_text(block.text, encoding="utf-8")
        getattr(self, block.language)(block)

    def toml(self, block: Block) -> None:
        assert block.file, f"{block.place}: the first comment line must name the file"
        self.printed = None

    def python(self, block: Block) -> None:
        linecache.cache[block.place] = (len(block.text), None, block.text.splitlines(keepends=True), block.place)
        exec(compile(block.text, block.place, "exec"), self.namespace)
        self.printed = self.capsys.readouterr().out

    def pycon(self, block: Block) -> None:
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        parsed = doctest.DocTestParser().get_doctest(block.text, self.namespace, block.place, block.place, 0)
        assert parsed.examples, f"{block.place}: shows no >>>"
        runner.run(parsed, clear_globs=False)
        self.namespace = parsed.globs
        said = self.capsys.readouterr().out
        assert runner.failures == 0, f"{block.place}:\n{said}"
        self.printed = None

    def sh(self, block: Block) -> None:
        self.printed = ""
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if not words:
                continue
            assert words[0] == "lava-caching", f"{block.place}: is not ours, and so not run: {line}"
            self.monkeypatch.setattr(sys, "argv", words)
            with pytest.raises(SystemExit) as ended:
                main()
            said = self.capsys.readouterr()
            assert ended.value.code == 0, f"{block.place}: {line}\n{said.err}"
            self.printed += said.out

    def text(self, block: Block) -> None:
        if self.printed is None:
            assert not LAVA, f"{block.place}: nothing was run that this could be the output of"
            return
        missing = first_missing(block.text, self.printed)
        assert missing is None, f"{block.place}: {missing!r} was not printed, or not here:\n{self.printed}"


def first_missing(shown: str, printed: str) -> str | None:
    """Return the first line that was shown and not printed; lines follow on one another but for ``...``."""
    lines = [line.rstrip() for line in printed.splitlines()]
    place: int | None = None  # None: anywhere further down
    after = 0
    for line in (line.rstrip() for line in shown.splitlines()):
        if line.strip() == "...":
            place = None
            continue
        try:
            found = lines.index(line, after) if place is None else place
        except ValueError:
            return line
        if found >= len(lines) or lines[found] != line:
            return line
        place = after = found + 1
    return None


@pytest.mark.parametrize("page", [pytest.param(p, id=str(p.relative_to(DOCS))) for p in PAGES])
def test_what_a_page_shows_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    session = Session(capsys, monkeypatch)
    for block in blocks_of(page):
        assert block.language in RUN, f"{block.place}: {block.language or 'a block without a language'} cannot be run"
        session.run(block)


def test_blocks_that_are_not_run_say_why_and_are_few() -> None:
    exempt = [block for page in PAGES for block in blocks_of(page) if block.reason]
    counted: dict[str, int] = {}
    for block in exempt:
        name = block.page.relative_to(DOCS).as_posix()
        counted[name] = counted.get(name, 0) + 1
    assert counted == EXEMPT
    assert all(len(block.reason or "") > 10 for block in exempt)


def test_every_mark_stands_right_above_a_block() -> None:
    for page in PAGES:
        marks = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("<!-- ")]
        used = [block for block in blocks_of(page) if block.reason or block.needs_lava]
        assert len(marks) == len(used), page


def test_output_is_compared_line_by_line() -> None:
    printed = "one\ntwo\nthree\nfour\n"
    assert first_missing("two\nthree\n", printed) is None
    assert first_missing("one\n...\nfour\n", printed) is None
    assert first_missing("one\nthree\n", printed) == "three"
    assert first_missing("four\none\n", printed) == "one"
    assert first_missing("two\n...\none\n", printed) == "one"


# --------------------------------------------------------------------------------------------------------- links
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
DOCUMENTS = [*PAGES, *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "DESIGN", "CHANGELOG"))]


def prose(page: Path) -> str:
    """Return a page without its code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MyST make them; those of what it includes as well."""
    text = page.read_text(encoding="utf-8")
    for included in re.findall(r"^```\{include\} (\S+)$", text, flags=re.MULTILINE):
        if (page.parent / included).is_file():
            text += (page.parent / included).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in DOCUMENTS])
def test_links_lead_to_what_is_there(document: Path) -> None:
    for target, anchor in LINK.findall(prose(document)):
        page = document.parent / target if target else document
        assert page.exists(), f"{document.name}: {target}"
        assert not anchor or anchor in anchors(page), f"{document.name}: {target}#{anchor}"


def test_every_page_can_be_reached() -> None:
    listed = {
        (page.parent / name).with_suffix(".md").resolve()
        for page in PAGES
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
        for name in tree.splitlines()
        if name and not name.startswith(":")
    }
    assert listed == {page.resolve() for page in PAGES if page.name != "index.md"}


# -------------------------------------------------------------------------------------------- made from the code
def module_of_the_docs(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made() -> Any:
    return module_of_the_docs("pages_from_code")


def test_the_tables_name_all_that_there_is(made: Any) -> None:
    named = {
        "policies": policy_names(),
        "rules": rule_names(),
        "schedules": schedule_names(),
        "experiments": experiment_names(),
        "devices": device_names(),
        "pairs": pair_names(),
        "memories": [*memory_names("volatile"), *memory_names("nonvolatile")],
        "chips": chip_names(),
        "figures": figure_names(),
    }
    for table, names in named.items():
        text = made.TABLES[table]()
        assert all(f"| `{name}`" in text for name in names), table
        assert len(text.splitlines()) == 2 + len(names), table
    text = made.TABLES["engines"]()
    assert all(f"| `{engine}`" in text for name in experiment_names() for engine in engine_names(name))


def test_every_symbol_has_a_unit_or_none() -> None:
    text = (DOCS / "science.md").read_text(encoding="utf-8").partition("## Symbols\n")[2].partition("\n## ")[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 12
    assert [row for row in rows if len(row) != 3 or not all(cell.strip() for cell in row)] == []


def test_install_says_where_kernels_are_kept_and_how_a_shell_completes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "install.md").read_text(encoding="utf-8")
    named = re.search(r"the folder that `(\w+)` names", text)
    assert named is not None
    monkeypatch.setenv(named[1], str(tmp_path))
    folder = _compile.cache_folder.__wrapped__()
    assert folder is not None
    assert folder.parent == tmp_path / "kernels"
    monkeypatch.delenv(named[1])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    if sys.platform == "linux":
        folder = _compile.cache_folder.__wrapped__()
        assert folder is not None
        assert folder.parent == tmp_path / "home" / "lava-caching" / "kernels"
    monkeypatch.setattr(sys, "argv", ["lava-caching", "--help"])
    with pytest.raises(SystemExit):
        main()
    offered = capsys.readouterr().out
    for option in ("--install-completion", "--show-completion"):
        assert option in text
        assert option in (ROOT / "README.md").read_text(encoding="utf-8")
        assert option in offered


def test_what_is_installed_is_named_as_it_can_be() -> None:
    for document in (*DOCUMENTS, ROOT / "lava_caching" / "datasets" / "mnist.py"):
        assert "lava-caching[" not in document.read_text(encoding="utf-8"), document  # it is on no registry


def test_each_key_of_a_profile_says_what_it_means(made: Any) -> None:
    rows = [line for line in made.TABLES["profiles"]().splitlines() if line.startswith("| `")]
    assert len(rows) > 80
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_command_and_option_has_its_line(made: Any) -> None:
    pages = made.command_pages()
    assert {"run", "price", "hardware", "sweep"} <= set(pages)
    for name in experiment_names():
        assert f"## `lava-caching run {name}`" in pages["run"]
    options = {f"--{field.replace('_', '-')}" for field in Perceptron.model_fields}
    assert options <= set(re.findall(r"--[a-z-]+", pages["run"]))
    for page in pages.values():
        assert UNBROKEN not in page
        assert [row for row in page.splitlines() if row.startswith("|") and row.endswith("|  |")] == []


def test_each_public_name_is_described_once(made: Any) -> None:
    described: dict[int, str] = {}
    for module in made.documented_modules():
        for name in made.public_names(module):
            thing = getattr(importlib.import_module(module), name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                assert described.setdefault(id(thing), module) == module, f"{name}: {module}"


@pytest.mark.skipif(not LAVA, reason="lava-nc installs on Python 3.10 only")
def test_each_public_name_is_in_the_table_of_names(made: Any) -> None:
    top = made.TABLES["names"]()
    for name in dir(lava_caching):
        assert name.startswith("_") or f"`{name} <lava_caching." in top


def test_what_a_page_would_fetch_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sphinx", reason="builds the site")
    monkeypatch.syspath_prepend(str(DOCS))
    site = module_of_the_docs("site_extension")
    (tmp_path / "a.html").write_text(
        '<link rel="stylesheet" href="_static/own.css"><a href="https://doi.org/x">x</a>'
        '<script src="https://cdn.example/a.js"></script><link rel="preload" href="//fonts.example/b">'
    )
    (tmp_path / "a.css").write_text("@import 'https://fonts.example/c'; a { background: url(own.png) }")
    found = site.fetched_from_elsewhere(tmp_path)
    assert found == [
        "a.html: https://cdn.example/a.js",
        "a.html: //fonts.example/b",
        "a.css: https://fonts.example/c",
    ]
