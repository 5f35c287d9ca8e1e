"""Read a record for the command line: its config must be one that its experiment would accept."""

from __future__ import annotations

from pathlib import Path

from lava_caching.checking import WRITE_ONE
from lava_caching.consolidation import policy_names
from lava_caching.errors import InputError
from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.plasticity import rule_names
from lava_caching.record import Record
from lava_caching.schedules import schedule_names

__all__ = ["load_record"]

FOUND = {"policy": policy_names, "rule": rule_names, "schedule": schedule_names}
BELONG = {"policy": ("scope", "amount", "quantum")}
"""Fields that say nothing without another one, beside those that begin with its name."""


def load_record(path: Path) -> Record:
    """Return the record in a file.

    Raises
    ------
    InputError
        If the file is not a record, or its config breaks a rule of its experiment (where that is installed).
    """
    record = Record.load(path)
    # of one's own, which nobody but its author has; and cells whose parameters the record tells by itself
    own = [field for field, names in FOUND.items() if record.config.get(field) not in (None, *names())]
    left_out = {"device", *own, *(name for field in own for name in BELONG.get(field, ()))}
    config = {name: value for name, value in record.config.items() if name.partition("_")[0] not in left_out}
    if record.experiment in experiment_names():
        try:
            get_experiment(record.experiment)(**config)
        except InputError as error:
            raise InputError(f"{path} is not a record: config: {error}; {WRITE_ONE}") from None
    return record
