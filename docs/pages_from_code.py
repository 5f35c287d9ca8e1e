"""Writes the pages that follow from the code: tables of what there is, commands, profile keys, API, and figures.

Nothing of them is written by hand, so that a new policy, memory, command or module is documented by being there.
``python docs/pages_from_code.py`` writes them into docs/generated; `make docs` does so by itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic.fields import FieldInfo

import lava_caching
from lava_caching.cli.help import UNBROKEN
from lava_caching.consolidation import AMOUNTS, SCOPES, get_policy, policy_names
from lava_caching.devices import device_names, get_device
from lava_caching.engines import engine_names, engines_that
from lava_caching.experiments import Experiment, experiment_names, get_experiment
from lava_caching.figures import figure_names, get_figure
from lava_caching.hardware import chips, default_pair, load_memory, load_pair, memory_names, numbers, pair_names
from lava_caching.hardware import schema as hardware_schema
from lava_caching.hardware.chips import chip_names, load_chip
from lava_caching.hardware.json_schema import SCHEMAS, schema
from lava_caching.plasticity import get_rule, rule_names
from lava_caching.schedules import get_schedule, schedule_names

__all__ = ["TABLES", "command_pages", "documented_modules", "public_names", "write_pages"]

NOT_IN_THE_REFERENCE = {
    "arrays": "reads .npz files within limits; not for others",
    "checking": "reads records; `Record.load` is the way in",
    "cli": "has a reference of its own, command by command",
    "files": "writes files whole; not for others",
    "histogram": "part of the ledger; DESIGN.md says how bins are made",
    "kernels": "compiled loops; their plain twins are what to read",
    "plugins": "finds what is added; see Contributing",
    "readable": "numbers in sentences; not for others",
    "signals": "who hears Ctrl-C; not for others",
    "synapse": "two arrays; see `SynapticCache`",
    "tally": "sums of the textbook; see `Ledger`",
    "toml_files": "reads TOML files within limits; not for others",
}
"""First-level modules without a page, and why."""
INSIDE = {
    "datasets": ("images",),
    "experiments": tuple(experiment_names()),
    "hardware": ("bill", "chips", "equivalent", "export", "numbers", "pricing", "schema"),
    "processes": (
        *("caching", "caching_dense.process", "caching_sparse.process", "native_rule", "host_stepped", "running"),
        *("pair_stdp", "inference", "profiler", "to_chip", "resources", "pattern_source.process"),
        *("error_neuron.process", "products", "rule_grammar"),
    ),
    "report": ("threshold", "panels", "compare", "fields", "tagging"),
}
"""Modules within a package that are for users as well."""


# ------------------------------------------------------------------------------------------------- tables
def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table; what would end a cell is escaped."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return a word set as code."""
    return f"`{text}`"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)


def experiments_table() -> str:
    rows = [
        (
            code(name),
            get_experiment(name).summary,
            _codes(engine_names(name)),
            _codes(engines_that("takes_devices", name)),
        )
        for name in experiment_names()
    ]
    return table(("experiment", "what it does", "engines", "of these with device models"), rows)


def fields_tables() -> str:
    """Return the config of each experiment, option by option; what all share comes first."""
    shared = list(Experiment.model_fields)
    text = "### Of all experiments\n\n" + _fields(Experiment.model_fields, shared)
    for name in experiment_names():
        cls = get_experiment(name)
        own = [
            field
            for field, info in cls.model_fields.items()
            if field not in shared or info.default != Experiment.model_fields[field].default
        ]
        text += f"\n### `{name}`\n\n{cls.summary} What it adds, or has another default for:\n\n" + _fields(
            cls.model_fields, own
        )
    return text


def _fields(fields: Mapping[str, FieldInfo], names: Iterable[str]) -> str:
    rows = []
    for name in names:
        field, flag = fields[name], "--" + name.replace("_", "-")
        option = f"{flag}/--no-{flag[2:]}" if field.annotation is bool else flag
        rows.append((code(name), code(option), _default(name, field), field.description or ""))
    return table(("field", "option", "default", "meaning"), rows)


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if name == "tau" and field.default is None:
        return code("inf")
    return "" if field.default is None else code(f"{field.default}")


def policies_table() -> str:
    policies = [get_policy(name) for name in policy_names()]
    return table(
        ("policy", "what it does", "statistic", "scope"),
        [(code(p.name), p.summary, code(str(p.statistic)), code(p.scope)) for p in policies],
    )


def axes_table() -> str:
    return table(("axis", "values"), [("scope", _codes(SCOPES)), ("amount", _codes(AMOUNTS))])


def rules_table() -> str:
    rules = [get_rule(name) for name in rule_names()]
    return table(("rule", "what it does", "source"), [(code(r.name), r.summary, r.reference) for r in rules])


def schedules_table() -> str:
    found = [get_schedule(name) for name in schedule_names()]
    return table(
        ("schedule", "what it does", "its steps are", "source"),
        [(code(s.name), s.summary, s.steps_are, s.reference) for s in found],
    )


def engines_table() -> str:
    names = sorted({engine for name in experiment_names() for engine in engine_names(name)})
    rows = [
        (code(engine), *("✓" if engine in engine_names(name) else "" for name in experiment_names()))
        for engine in names
    ]
    return table(("engine", *(code(name) for name in experiment_names())), rows)


def devices_table() -> str:
    found = [get_device(name) for name in device_names()]
    return table(("device", "what it models", "source"), [(code(d.name), d.summary, d.reference) for d in found])


def pairs_table() -> str:
    rows = []
    for name in pair_names():
        pair = load_pair(name)
        star = " (default)" if name == default_pair() else ""
        tiers = _codes(n for n in (pair.volatile_name, pair.nonvolatile_name) if n)
        rows.append((code(name) + star, pair.title, pair.why, tiers))
    return table(("pair", "what it is", "what it is good for", "memories"), rows)


def memories_table() -> str:
    rows = []
    for tier in ("volatile", "nonvolatile"):
        for name in memory_names(tier):
            memory = load_memory(name, tier)
            rows.append((code(name), tier, memory.title, code(memory.write.model)))
    return table(("memory", "tier", "what it is", "writes"), rows)


def chips_table() -> str:
    found = [load_chip(name) for name in chip_names()]
    return table(("chip", "what it is", "not known"), [(code(c.name), c.title, len(c.unknowns)) for c in found])


def figures_table() -> str:
    found = [get_figure(name) for name in figure_names()]
    return table(("figure", "what it shows", "paper"), [(code(f.name), f.title, f.where) for f in found])


def names_table() -> str:
    """Return what ``from lava_caching import ...`` offers, and where it is documented."""
    rows = []
    for name in sorted(dir(lava_caching)):
        if name.startswith("__"):
            continue
        home = _home(name)
        if home is None:  # Lava is not installed
            continue
        role = "class" if inspect.isclass(getattr(lava_caching, name)) else "func"
        summary = (inspect.getdoc(getattr(lava_caching, name)) or "").split("\n\n")[0]
        rows.append((f"{{py:{role}}}`{name} <{home}.{name}>`", _plain(summary)))
    return table(("name", "what it is"), rows)


def _plain(docstring: str) -> str:
    """Return a docstring's line in Markdown: its single backticks are code there too, double ones become single."""
    return docstring.replace("``", "`")


def ledger_table() -> str:
    from dataclasses import fields

    from lava_caching.ledger import Part

    described = _described(Part)
    rows = [(code(f.name), described.get(f.name, "")) for f in fields(Part)]
    return table(("field", "meaning"), rows)


def _described(cls: type) -> dict[str, str]:
    """Return the attributes of a NumPy docstring; several that share a line share its text."""
    text = (inspect.getdoc(cls) or "").partition("Attributes\n----------\n")[2]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
        elif line.strip():
            for name in names:
                found[name] = f"{found.get(name, '')} {_plain(line.strip())}".strip()
    return found


# ------------------------------------------------------------------------------------------- profile keys
def profiles_table() -> str:
    """Return the keys of all profiles, table by table, from their JSON schemas; what kinds share is told once."""
    seen, text = set[str](), ""
    for kind in SCHEMAS:
        made = schema(kind)
        tables = dict(made.get("definitions", {}))
        text += f"### The file of a {kind}{'' if kind in ('pair', 'chip') else ' memory'}\n\n"
        queue = [("", made)]
        while queue:
            title, node = queue.pop(0)
            if "properties" not in node:  # one that may inherit: described is what a whole one states
                node = tables[node["else"]["$ref"].rpartition("/")[2]]
            told = _told_by_bases(title or SCHEMAS[kind].__name__)
            rows = []
            for key, value in node["properties"].items():
                kinds, linked = _value_of(value)
                new = [name for name in linked if name not in seen and not name.endswith("Memory")]
                seen.update(new)
                queue += [(name, tables[name]) for name in new]
                must = "yes" if key in node.get("required", ()) else ""
                said = value.get("description", "")
                if inherited := told.get(key, ""):
                    said = said if inherited in said else f"{inherited} {said}".strip()
                rows.append((code(key), kinds, must, _plain(said)))
            text += (f"#### `{title}`\n\n" if title else "") + f"{_plain(node.get('description', ''))}\n\n"
            text += table(("key", "value", "needed", "meaning"), rows) + "\n"
    return text


def _told_by_bases(model: str) -> dict[str, str]:
    """Return what the classes say of the keys that a model has from them; its own stand in the schema."""
    found: dict[str, str] = {}
    for module in (numbers, hardware_schema, chips):
        for cls in getattr(module, model, object).__mro__[1:]:
            found = {**_described(cls), **found}
    return found


def _value_of(node: dict[str, Any]) -> tuple[str, list[str]]:
    """Return what a key takes, in words, and the tables that it names."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"table `{name}`", [name]
    if "allOf" in node:
        return _value_of(node["allOf"][0])
    if "if" in node:
        if node["if"].get("type") == "string":
            words, names = _value_of(node["else"])
            return f"name or {words}", names
        first, names = _value_of(node["then"])
        other, more = _value_of(node["else"])
        return f"{first} or {other}".replace("table ", ""), names + more
    if "const" in node:
        return f"`{node['const']}`", []
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"]), []
    if node.get("type") == "array":
        words, names = _value_of(node.get("items", {}))
        return f"list of {words}", names
    word = {"string": "text", "boolean": "true or false", "integer": "whole number"}.get(node.get("type", ""))
    return word or str(node.get("type", "anything")), []


TABLES = {
    "experiments": experiments_table,
    "fields": fields_tables,
    "policies": policies_table,
    "axes": axes_table,
    "rules": rules_table,
    "schedules": schedules_table,
    "engines": engines_table,
    "devices": devices_table,
    "pairs": pairs_table,
    "memories": memories_table,
    "chips": chips_table,
    "figures": figures_table,
    "names": names_table,
    "ledger": ledger_table,
    "profiles": profiles_table,
}
"""What is included by the pages, by file name."""


# ------------------------------------------------------------------------------------------ command line
def command_pages() -> dict[str, str]:
    """Return a Markdown page for each command, by its name."""
    from typer.main import get_command

    from lava_caching.cli.app import app

    root = get_command(app)
    context = root.make_context("lava-caching", [], resilient_parsing=True)
    return {
        name: "".join(_command(_made(root, context, name), context, name, 1))
        for name in root.list_commands(context)  # type: ignore[attr-defined]
    }


def _made(group: Any, context: Any, name: str) -> Any:
    return group.resolve_command(context, [name])[1]


def _command(command: Any, parent: Any, name: str, level: int) -> Iterator[str]:
    """Yield the description of a command and of those below it."""
    context = type(parent)(command, info_name=name, parent=parent)
    path = context.command_path
    yield f"{'#' * min(level, 3)} `{path}`\n\n"
    yield _prose(command.help or "")
    if not hasattr(command, "commands"):
        usage = " ".join([path, *command.collect_usage_pieces(context)])
        yield f"    {usage}\n\n"
    options = [_parameter(p, context) for p in command.get_params(context)]
    rows = [row for row in options if row is not None]
    if rows and not hasattr(command, "commands"):
        yield table(("option", "meaning"), rows) + "\n"
    yield from _examples(command.epilog or "")
    if hasattr(command, "commands"):
        for child in command.list_commands(context):
            yield from _command(_made(command, context, child), context, child, level + 1)


def _parameter(parameter: Any, context: Any) -> tuple[str, str] | None:
    if parameter.param_type_name == "argument":
        return code(parameter.metavar or parameter.name), _words(parameter.help or "")
    record = parameter.get_help_record(context)
    if record is None or record[0].startswith("--help"):
        return None
    return code(_words(record[0])), _words(record[1])


def _words(text: str) -> str:
    """Return help as Markdown: what it says literally, and only that."""
    plain = " ".join(text.replace(UNBROKEN, "-").split())
    return re.sub(r"([*_<>\[\]])", r"\\\1", plain) if not plain.startswith("-") else plain


def _prose(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text.replace("\b", "")))
    return "".join(f"{_words(paragraph)}\n\n" for paragraph in paragraphs if paragraph.strip())


def _examples(epilog: str) -> Iterator[str]:
    lines = [line for line in epilog.splitlines() if line.startswith("  ")]
    if lines:
        yield "".join(f"    {line[2:]}\n" for line in lines) + "\n"


# ------------------------------------------------------------------------------------------ API reference
def documented_modules() -> list[str]:
    """Return the modules that have a page, each after its package."""
    found = []
    for module in pkgutil.iter_modules(lava_caching.__path__):
        if module.name.startswith("_") or module.name in NOT_IN_THE_REFERENCE:
            continue
        name = f"lava_caching.{module.name}"
        if public_names(name):
            found.append(name)
        found += [f"{name}.{inner}" for inner in INSIDE.get(module.name, ())]
    return [name for name in found if _needed(name)]


def _needed(name: str) -> bool:
    return importlib.util.find_spec("lava") is not None or not name.startswith("lava_caching.processes.")


def public_names(module: str) -> list[str]:
    """Return what a module's page describes: what ``__all__`` names, each thing on one page only."""
    if module == "lava_caching.processes":
        return []  # loads its names when asked; they are described where they are written
    loaded = importlib.import_module(module)
    return [name for name in getattr(loaded, "__all__", ()) if _is_at_home(loaded, name)]


def _is_at_home(module: ModuleType, name: str) -> bool:
    """Whether a module is the place for what it names: its package offers it first, or nobody else does."""
    package = module.__name__.rpartition(".")[0]
    if package == "lava_caching":
        return True
    above = importlib.import_module(".".join(module.__name__.split(".")[:2]))
    return above.__name__ == "lava_caching.processes" or name not in getattr(above, "__all__", ())


def _home(name: str) -> str | None:
    """Return the documented module of a name of the top level."""
    thing = getattr(lava_caching, name, None)
    for module in documented_modules():
        if name in public_names(module) and getattr(importlib.import_module(module), name) is thing:
            return module
    return None


def module_page(module: str) -> str:
    """Return the page of a module."""
    title = module.removeprefix("lava_caching.")
    names = public_names(module)
    lines = [f"# `{title}`", "", "```{eval-rst}", f".. automodule:: {module}", "   :no-members:", ""]
    loaded = importlib.import_module(module)
    for name in names:
        thing = getattr(loaded, name)
        if inspect.isclass(thing):
            lines += [f".. autoclass:: {module}.{name}", "   :members:", ""]
        elif callable(thing) and hasattr(thing, "__name__") and not isinstance(thing, type):
            lines += [f".. autofunction:: {module}.{name}", ""]
        else:
            lines += [f".. autodata:: {module}.{name}", "   :no-value:", ""]
    return "\n".join([*lines, "```", ""])


# ----------------------------------------------------------------------------------------------- writing
def write_pages(folder: Path) -> None:
    """Write all generated pages; files whose content is the same keep their date, so that little is built again."""
    pages = {f"tables/{name}.md": make() for name, make in TABLES.items()}
    pages |= {f"cli/{name}.md": text for name, text in command_pages().items()}
    pages |= {f"api/{module.removeprefix('lava_caching.')}.md": module_page(module) for module in documented_modules()}
    pages["tables/cli.md"] = _toctree(f"generated/cli/{name}" for name in command_pages())
    pages["tables/api.md"] = _toctree(f"generated/api/{m.removeprefix('lava_caching.')}" for m in documented_modules())
    for old in folder.rglob("*.md"):
        if old.relative_to(folder).as_posix() not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    draw_figures(folder)


def _toctree(names: Iterable[str]) -> str:
    lines = "\n".join(f"/{name}" for name in names)
    return f"```{{toctree}}\n:maxdepth: 1\n\n{lines}\n```\n"


N_SEEDS = 10
CAUSES = {"total": "with caching", "consolidation": "of this, writing", "maintenance": "of this, holding"}
"""Of the energy, with what the figure calls them."""


def draw_figures(folder: Path) -> None:
    """Draw what the pages show, from runs that take a second, unless it is there."""
    from lava_caching import Perceptron, SynapticCache
    from lava_caching.report.panels import Curve, Panel, draw_panels

    path = folder / "one_synapse.png"
    if path.is_file() and path.stat().st_mtime > Path(__file__).stat().st_mtime:
        return
    rng = np.random.default_rng(3)
    cache = SynapticCache(np.zeros((1, 1)), policy="local-local", threshold=5)
    parts = []
    for step in rng.choice([-1.0, 1.0], 150):
        cache.accumulate([[step]])
        cache.end_step()
        parts.append((cache.effective[0, 0], cache.persistent[0, 0], cache.transient[0, 0]))
    updates = np.arange(1.0, len(parts) + 1)
    names = ("effective weight w = l + s", "persistent part l", "transient part s")
    of_one = [
        Curve(label=label, x=updates, y=np.array([p[k] for p in parts]), family=k) for k, label in enumerate(names)
    ]
    thresholds = np.geomspace(1.5, 100, 13)

    def over_the_minimum(threshold: float, policy: str = "local-global") -> NDArray[np.float64]:
        """Energies (seeds, causes) of the same training, in units of its minimum."""
        asked = Perceptron(n_inputs=500, n_patterns=500, maintenance_cost=0.001, threshold=threshold, policy=policy)
        energies = [asked.run(seed=seed).energy for seed in range(N_SEEDS)]
        return np.array([[e[cause] / e["minimal"] for cause in CAUSES] for e in energies])

    found = np.array([over_the_minimum(float(threshold)) for threshold in thresholds])
    energies = [
        Curve(
            label=label,
            x=thresholds,
            y=found[:, :, k].mean(axis=1),
            error=found[:, :, k].std(axis=1, ddof=1) / np.sqrt(N_SEEDS),
            family=k,
        )
        for k, label in enumerate(CAUSES.values())
    ]
    without = over_the_minimum(0.0, "immediate")[:, 0].mean()
    for label, level in (("without caching", without), ("minimum", 1.0)):
        energies.append(Curve(label=label, x=thresholds[[0, -1]], y=np.full(2, level), kind="reference"))
    panels = [
        Panel(title="one synapse, θ = 5", x_label="update", y_label="weight", curves=of_one),
        Panel(
            title="500 patterns in 500 synapses",
            x_label="threshold θ (weight)",
            y_label="energy / minimum",
            curves=energies,
            x_log=True,
            y_log=True,
        ),
    ]
    draw_panels(
        panels,
        path,
        title="Synaptic caching",
        caption="Left: 150 changes of ±1; the persistent part is written when the transient one exceeds θ. Right: a"
        f" perceptron, local-global, c = 0.001, no decay, means ± s.e.m. of {N_SEEDS} seeds.",
    )


if __name__ == "__main__":
    write_pages(Path(__file__).parent / "generated")
