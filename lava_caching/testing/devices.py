"""What every device model must keep to."""

from __future__ import annotations

import json

import numpy as np

from lava_caching.consolidation import get_policy, policy_names
from lava_caching.devices import Device, DeviceSetting, device_names, get_device
from lava_caching.engines import engines_that, get_engine
from lava_caching.engines.perceptron import PerceptronTask
from lava_caching.plasticity import get_rule
from lava_caching.testing._compare import SHOWN, differences
from lava_caching.testing._declared import check_declared

__all__ = ["check_device"]


def check_device(device: Device) -> None:
    """Check that a device model is declared well, names its sources, and runs compiled as it runs plainly.

    Parameters
    ----------
    device : Device
        One that is found by its name, or an instance of one's own.

    Raises
    ------
    AssertionError
        Naming the device and what it breaks.
    """
    name = check_declared(device, Device)
    assert name not in device_names() or get_device(name).parameters() == device.parameters(), f"{name!r} is elsewhere"
    json.dumps(device.parameters(), allow_nan=False)
    without = sorted(set(device.parameters()) - set(device.sources))
    assert not without, f"{name}: {without[0]} has no source; say where it is from, or 'declared: ' and why"
    assert set(device.sources) <= set(device.parameters()), f"{name}: a source of a number that is not there"

    rng = np.random.default_rng(0)
    patterns = np.hstack([rng.choice([-1.0, 1.0], (20, 15)), np.ones((20, 1))])
    targets = rng.choice([-1.0, 1.0], 20)
    setting = DeviceSetting(device=device, weight_range=8.0, step_s=1e-3, seed=1)
    for policy in policy_names():
        task = PerceptronTask(
            patterns=patterns,
            targets=targets,
            rule=get_rule("perceptron"),
            policy=get_policy(policy),
            threshold=20.0 if policy == "global-global" else 2.0,
            tau=None if device.transient.tau_s is None else 20.0,
            learning_rate=1.0,
            max_epochs=12,
            write_counts=True,
            device=setting,
        )
        textbook = get_engine("perceptron", "reference")(task)
        for engine in engines_that("takes_devices", "perceptron"):
            found = get_engine("perceptron", engine)(task)
            case = f"{name}, {policy}, {engine}"
            wrong = differences(found.ledger.to_dict(), textbook.ledger.to_dict(), relative=1e-9, where="ledger")
            assert not wrong, f"{case}: " + "; ".join(wrong[:SHOWN])
            assert found.notes == textbook.notes, f"{case}: {found.notes} ≠ {textbook.notes}"
            assert np.allclose(found.weights, textbook.weights, rtol=1e-9, atol=1e-12), f"{case}: weights"
        total = textbook.ledger.total
        counted = device.persistent.levels is None or total.n_pulses_set is not None
        assert counted, f"{name}, {policy}: pulses are not counted"
        assert total.n_writes_lost is not None, f"{name}, {policy}: lost writes are not counted"
        net = (total.potentiation_l1 or 0.0) - (total.depression_l1 or 0.0)
        if not device.persistent.drift_exponent:
            start = setting.state(np.zeros(16)).weights.sum()
            assert np.isclose(net, textbook.weights.sum() - start), f"{name}, {policy}: writes are not conserved"
        assert np.abs(textbook.weights).max() <= (8.0 if device.persistent.needs_range else np.inf), f"{name}: range"
