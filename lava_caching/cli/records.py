"""Read a record for the command line: its config must be one that its experiment would accept."""

from __future__ import annotations

from pathlib import Path

from lava_caching.checking import WRITE_ONE
from lava_caching.consolidation import policy_names
from lava_caching.errors import InputError
from lava_caching.experiments import experiment_names, get_experiment
from lava_caching.plasticity import rule_names
from lava_caching.record import Record

__all__ = ["load_record"]


def load_record(path: Path) -> Record:
    """Return the record in a file.

    Raises
    ------
    InputError
        If the file is not a record, or its config breaks a rule of its experiment (where that is installed).
    """
    record = Record.load(path)
    config = dict(record.config)
    if config["policy"] not in policy_names():  # of one's own, which nobody but its author has
        config = {key: value for key, value in config.items() if key not in ("policy", "scope", "amount", "quantum")}
    if config.get("rule", "perceptron") not in rule_names():
        del config["rule"]
    if record.experiment in experiment_names():
        try:
            get_experiment(record.experiment)(**config)
        except InputError as error:
            raise InputError(f"{path} is not a record: config: {error}; {WRITE_ONE}") from None
    return record
