"""What every experiment must keep to."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from lava_caching.engines import engine_names, get_engine, textbook_of
from lava_caching.errors import InputError
from lava_caching.experiments import Experiment
from lava_caching.record import KEYS
from lava_caching.testing._compare import SHOWN, differences
from lava_caching.testing._declared import check_named

__all__ = ["check_experiment"]

OUTCOME = {"converged", "n_epochs", "n_presentations", "n_updates"}


def check_experiment(cls: type[Experiment], *, relative: float = 1e-9, **fields: Any) -> dict[str, str]:
    """Check that an experiment can be asked, repeated, stored and priced again, on every engine that takes it.

    The accounts of engines with one textbook are compared with one another.

    Parameters
    ----------
    cls : type of Experiment
        The class.
    relative : float
        Relative difference allowed between engines in floats.
    **fields
        A small configuration: what has no default, and sizes that run in well under a second.

    Returns
    -------
    dict
        Reasons of engines for not running it (they need something that is not installed, or another configuration),
        by engine. At least one runs it.

    Raises
    ------
    AssertionError
        Naming the experiment and what it breaks.
    """
    assert isinstance(cls, type), f"{cls!r} is of type {type(cls).__name__}: must be a subclass of Experiment"
    assert issubclass(cls, Experiment), f"{cls.__name__}: must be a subclass of Experiment"
    name = check_named(cls, cls.__name__)
    bare = [field for field, info in cls.model_fields.items() if not info.description]
    assert not bare, f"{name}: every field is an option and needs a description: {bare}"
    try:
        cls(**fields, no_such_field=1)
    except InputError:
        pass
    else:
        raise AssertionError(f"{name}: an unknown field is accepted")

    ledgers: dict[Any, dict[str, Any]] = {}
    refused: dict[str, str] = {}
    for engine in engine_names(name):
        case = f"{name} on {engine}"
        try:
            record = cls(**fields).run(engine=engine, seed=3)
        except InputError as error:
            refused[engine] = str(error)
            continue
        plain = record.to_dict()
        assert tuple(plain) == KEYS, f"{case}: the record has keys {list(plain)}"
        assert json.loads(record.to_json()) == json.loads(json.dumps(plain)), f"{case}: JSON loses something"
        assert set(plain["outcome"]) >= OUTCOME, f"{case}: outcome lacks {OUTCOME - set(plain['outcome'])}"
        assert record.weights is not None, f"{case}: no weights"
        layers = record.weights if isinstance(record.weights, tuple) else (record.weights,)
        assert all(np.isfinite(w).all() for w in layers), f"{case}: weights are not finite"
        again = cls(**record.config).run(engine=engine, seed=3)
        wrong = differences(again.to_dict() | {"versions": 0}, plain | {"versions": 0}, where=case)
        assert not wrong, "a second run of the recorded config differs: " + "; ".join(wrong[:SHOWN])
        new = record.price()
        wrong = differences(new.to_dict(), plain, where=case)
        assert not wrong, "pricing again differs: " + "; ".join(wrong[:SHOWN])
        ledgers.setdefault(textbook_of(name, get_engine(name, engine)), {})[engine] = plain["ledger"]
    assert ledgers, f"{name}: no engine runs it: {next(iter(refused.values()), 'it has none')}"
    for group in ledgers.values():
        first = group.get("reference") or next(iter(group.values()))
        for engine, ledger in group.items():
            wrong = differences(ledger, first, relative=relative, where=f"{name} on {engine}")
            assert not wrong, "engines differ: " + "; ".join(wrong[:SHOWN])
    return refused
