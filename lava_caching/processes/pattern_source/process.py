"""`PatternSource`: patterns and their targets, presented one after the other, over and over."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from lava_caching.errors import InputError

__all__ = ["PatternSource"]


class PatternSource(AbstractProcess):  # type: ignore[misc] # Lava is not typed
    """Present patterns in fixed order, each held for `t_epoch` steps, with its target beside it.

    Connect `s_out` to the ``s_in`` of a connection whose learning rule has the same `t_epoch`, and `target_out` to
    whatever judges the output, for instance `ErrorNeuron.target_in`. A connection of Lava answers one step late;
    because the pattern is held, target and answer are there together from the second step of a presentation on.

    The floating-point model sends the values as they are (the connection needs ``num_message_bits > 0`` for values
    other than 0 and 1); the fixed-point model sends whole numbers and refuses others.

    Parameters
    ----------
    patterns : array_like, (P, n)
        Inputs, a bias among them where one is wanted.
    targets : array_like, (P,) or (P, n_post), optional
        What the neurons behind the connection should answer; 0 where there is nothing to say.
    t_epoch : int
        Steps of a presentation, at least 2.
    n_held : int, optional
        Steps of it in which the pattern is sent, the first ones; in the others zeros are. All by default.

    Attributes
    ----------
    s_out : OutPort, (n,)
        The pattern of the present step.
    target_out : OutPort, (n_post,)
        Its targets, in every step of its presentation.
    patterns, targets : Var
        As given; may be replaced between runs.

    Raises
    ------
    InputError
        For arrays that are not finite or do not fit each other, or a presentation of less than two steps or held for
        none or for more than it has.
    """

    runtime: Any = None  # Lava's destructor asks for it, also where the constructor has refused its arguments

    def __init__(
        self,
        *,
        patterns: ArrayLike,
        targets: ArrayLike | None = None,
        t_epoch: int = 2,
        n_held: int | None = None,
        **kwargs: Any,
    ) -> None:
        x = _finite("patterns", patterns)
        if x.ndim != 2:
            raise InputError(f"patterns has shape {x.shape}: must be (P, n), one row for each pattern")
        d = np.zeros((len(x), 1)) if targets is None else _finite("targets", targets)
        d = d[:, np.newaxis] if d.ndim == 1 else d
        if d.ndim != 2 or len(d) != len(x):
            raise InputError(f"targets has shape {d.shape}: must have {len(x)} rows, one for each pattern")
        if t_epoch < 2:
            raise InputError(f"t_epoch = {t_epoch}: must be at least 2, because a connection answers one step late")
        n_held = t_epoch if n_held is None else n_held
        if not 1 <= n_held <= t_epoch:
            raise InputError(f"n_held = {n_held}: must be from 1 to the {t_epoch} steps of a presentation")
        whole = bool((x == np.rint(x)).all() and (d == np.rint(d)).all())
        super().__init__(t_epoch=t_epoch, n_held=n_held, whole=whole, **kwargs)
        self.s_out = OutPort(shape=(x.shape[1],))
        self.target_out = OutPort(shape=(d.shape[1],))
        self.patterns = Var(shape=x.shape, init=x)
        self.targets = Var(shape=d.shape, init=d)


def _finite(name: str, values: ArrayLike) -> np.ndarray[Any, Any]:
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0 or not np.isfinite(array).all():
        raise InputError(f"{name} of shape {array.shape}: must hold finite numbers, at least one")
    return array
