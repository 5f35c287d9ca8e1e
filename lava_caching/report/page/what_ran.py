"""What was run: the command that repeats it, every field of its config, and the software that ran it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.report.page.cells import any_value, words
from lava_caching.report.page.command import command_of, priced_by
from lava_caching.report.page.content import Block, Cell, Code, Notes, Section
from lava_caching.report.page.runs import Run
from lava_caching.report.page.summary import across

__all__ = ["what_ran"]

TIMES = {"started": "", "train_time_s": "s"}
FILES = ("patterns", "updates", "init", "dataset", "device", "checkpoint")


def what_ran(runs: Sequence[Run]) -> Section:
    """Return commands, config and versions."""
    configs = [run.record.config for run in runs]
    names = list(dict.fromkeys(name for config in configs for name in config))
    rows = [
        ("experiment", "", [words(run.record.experiment) for run in runs]),
        ("engine", "", [words(run.record.engine) for run in runs]),
        ("seed", "", [any_value(run.record.seed) for run in runs]),
        *((name, "", [_field(run, name) for run in runs]) for name in names),
        ("config_hash", "", [words(run.record.config_hash) for run in runs]),
    ]
    versions = list(dict.fromkeys(name for run in runs for name in run.record.versions))
    software = [
        (name, TIMES.get(name, ""), [any_value(run.record.versions.get(name)) for run in runs]) for name in versions
    ]
    tables = [
        across("t-config", "Every field of the config", runs, rows),
        across("t-versions", "Software and time", runs, software),
    ]
    return Section(id="what-ran", title="What was run", blocks=[*_commands(runs), *tables])


def _field(run: Run, name: str) -> Cell:
    config = run.record.config
    if name not in config:
        return Cell("not a field")
    if name == "tau" and config[name] is None:
        return Cell("inf")
    return any_value(config[name])


def _commands(runs: Sequence[Run]) -> Iterator[Block]:
    """Yield the commands that repeat the runs, and the files that these need."""
    for i, run in enumerate(runs):
        if own := run.record.outcome.get("own"):
            given = " and ".join(f"the {kind} {run.record.config.get(kind)!r}" for kind in own)
            yield Notes(
                title=f"To repeat {run.name}", items=[f"It was given {given} in Python: no command names that."]
            )
            continue
        command = command_of(run.record)
        if command is None:
            known = ", ".join(experiment_names())
            yield Notes(
                title=f"To repeat {run.name}",
                items=[f"The experiment {run.record.experiment!r} is not installed here (known: {known})."],
            )
            continue
        lines = [command, priced_by(run.record)]
        yield Code(id=f"c-{i}", caption=f"Repeats {run.name}", text="\n".join(filter(None, lines)))
    files = {f"{run.name}: {name} = {run.record.config[name]}" for run in runs for name in FILES if _is_file(run, name)}
    if files:
        yield Notes(title="Needs these files", items=sorted(files))


def _is_file(run: Run, name: str) -> bool:
    """Return whether a field of the config names a file of the user's own."""
    value = run.record.config.get(name)
    if not isinstance(value, str) or run.record.experiment not in experiment_names():
        return False
    known = name in get_experiment(run.record.experiment).model_fields
    return known and ("/" in value or "\\" in value or value.endswith((".npz", ".toml")))
