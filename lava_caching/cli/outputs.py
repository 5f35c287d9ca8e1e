"""What a command writes must be no file that it reads, and no two outputs may be one file; asked before any work.

Every command that writes a file asks here. Two paths are one file if the system says so: through links, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lava_caching.cli.options import file_fields
from lava_caching.datasets.loading import dataset_files
from lava_caching.errors import InputError
from lava_caching.experiments import Experiment
from lava_caching.files import check_writable
from lava_caching.hardware.library import is_file
from lava_caching.hardware.profile_files import profile_files

__all__ = ["check_outputs", "inputs_of_fields", "inputs_of_hardware", "refuse_overwriting", "written_fields"]

Inputs = Iterable[tuple[str, Path]]
"""What an input is called in a message, and its file."""
WRITTEN_FIELDS = ("checkpoint",)
"""Fields of experiments whose file is written: they are outputs, whatever they are besides."""


def check_outputs(outputs: Mapping[str, Path | None], inputs: Inputs = ()) -> None:
    """Refuse outputs that would overwrite an input or each other, or cannot be written.

    Parameters
    ----------
    outputs : mapping from option to path
        None where the option is not given.
    inputs : iterable of (str, Path)
        Everything that is read, each file with what it is called: "the file of --patterns".

    Raises
    ------
    InputError
        With the option, the path and what it would overwrite.
    """
    refuse_overwriting(outputs, inputs)
    for path in outputs.values():
        if path is not None:
            check_writable(path)


def refuse_overwriting(outputs: Mapping[str, Path | None], inputs: Inputs = ()) -> None:
    """Refuse outputs that are inputs or one another, as `check_outputs`; a folder may be among them."""
    taken = list(inputs)
    for option, path in outputs.items():
        if path is None:
            continue
        for name, other in taken:
            if _same(path, other):
                raise InputError(f"{option} = {path}: is {name} too; choose another name")
        taken.append((f"the file of {option}", path))


def inputs_of_fields(experiment: type[Experiment], fields: Mapping[str, Any]) -> list[tuple[str, Path]]:
    """Return the files that an experiment reads, as far as its fields name them."""
    found = []
    for name in file_fields(experiment):
        if fields.get(name) is not None and name not in WRITTEN_FIELDS:
            found += [(f"the file of --{name.replace('_', '-')}", path) for path in _files(name, str(fields[name]))]
    return found


def written_fields(fields: Mapping[str, Any]) -> dict[str, Path | None]:
    """Return the outputs among the fields of an experiment."""
    return {f"--{name}": Path(fields[name]) for name in WRITTEN_FIELDS if fields.get(name) is not None}


def inputs_of_hardware(*pairs: str | None) -> list[tuple[str, Path]]:
    """Return the files of pairs of one's own: each pair's, and those that it names or inherits from."""
    return [("a file of --hardware", path) for pair in pairs if pair is not None for path in profile_files(pair)]


def _files(field: str, given: str) -> list[Path]:
    if field == "device":  # the name of a model otherwise
        return [Path(given)] if is_file(given) else []
    return dataset_files(given) if field == "dataset" else [Path(given)]


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # one of them is not there yet
        return os.path.realpath(one) == os.path.realpath(other)
