"""What the dense and the sparse learning connection with caching share: arguments, Vars and account."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import LoihiLearningRule
from lava.magma.core.process.process import LogConfig
from lava.magma.core.process.variable import Var

from lava_caching.errors import InputError
from lava_caching.ledger import Ledger
from lava_caching.processes._checks import Bounds, check_connection
from lava_caching.processes.account import BINS_SIZE, LEDGER_SIZE, scaled, unpack
from lava_caching.processes.caching import Caching

__all__ = ["CachingConnection"]


class CachingConnection:
    """Adds the Vars of caching to a learning connection, and reads its account."""

    weights: Var
    transient: Var
    ledger: Var
    ledger_bins: Var
    write_counts: Var
    saturated: Var
    proc_params: Any
    runtime: Any
    _synapse_shape: Callable[[], tuple[int, ...]]
    """Returns the shape of what is kept for each synapse."""

    def __init__(
        self,
        *,
        weights: Any,
        learning_rule: LoihiLearningRule,
        caching: Caching | None = None,
        bounds: Bounds | None = None,
        write_counts: bool = False,
        tag_2: Any = None,
        tag_1: Any = None,
        name: str | None = None,
        num_message_bits: int = 0,
        log_config: LogConfig | None = None,
        graded_spike_cfg: GradedSpikeCfg = GradedSpikeCfg.USE_REGULAR_IMPULSE,
        **kwargs: Any,
    ) -> None:
        weights = weights if hasattr(weights, "tocsr") else np.asarray(weights)
        kind, tags = type(self).__name__, (tag_1, tag_2)
        check_connection(kind, weights, learning_rule, caching, bounds, graded_spike_cfg, tags, kwargs)
        super().__init__(  # type: ignore[call-arg]  # what stands behind it is a connection of Lava
            weights=weights,
            tag_2=tag_2,
            tag_1=tag_1,
            name=name,
            num_message_bits=num_message_bits,
            log_config=log_config,
            learning_rule=learning_rule,
            graded_spike_cfg=graded_spike_cfg,
            caching=caching,
            bounds=bounds,
            write_counts=write_counts,
            **kwargs,
        )
        self.proc_params["declared_weights"] = self.weights.init
        synapses = self._synapse_shape()
        self.transient = Var(shape=synapses, init=0)
        self.ledger = Var(shape=(LEDGER_SIZE,), init=0)
        self.ledger_bins = Var(shape=(BINS_SIZE,), init=0)
        self.write_counts = Var(shape=synapses if write_counts else (1,), init=0)
        self.saturated = Var(shape=(2,), init=0)

    @property
    def _model_class(self) -> Any:
        """The ProcessModel that Lava has chosen."""
        return vars(self).get("_chosen_model")

    @_model_class.setter
    def _model_class(self, model: Any) -> None:
        """Let the model refuse what its arithmetic cannot do while Lava compiles, here and not in a worker."""
        vars(self)["_chosen_model"] = model
        if model is not None:
            model.check(self.proc_params)

    def __del__(self) -> None:
        """Stop what runs; of a Process that was refused when it was made, nothing does."""
        if "_runtime" in vars(self):
            super().__del__()  # type: ignore[misc]

    def read_ledger(self, name: str = "synapses", *, weight_unit: float = 1.0) -> Ledger:
        """Return the account so far, the transient parts that are left booked as the residual.

        Call it while the network is paused, before ``stop()``; learning can go on afterwards.

        Parameters
        ----------
        name : str
            Name of the layer.
        weight_unit : float
            What one unit of the weights stands for; 1/4 where fixed-point weights count quarters.

        Raises
        ------
        InputError
            If the connection has no cache, or does not run.
        """
        caching = self.proc_params.get("caching")
        if caching is None:
            raise InputError(
                f"{type(self).__name__} with caching=None keeps no account: "
                "use Caching(policy='immediate', threshold=0) for plain learning that is counted"
            )
        if self.runtime is None:
            raise InputError("the network does not run: read the ledger after run() and before stop()")
        ledger = unpack(self.ledger.get(), self.ledger_bins.get(), name)
        if self.proc_params.get("write_counts"):
            ledger = self._with_write_counts(ledger)
        return scaled(ledger, weight_unit)

    def _with_write_counts(self, ledger: Ledger) -> Ledger:
        counts = np.asarray(self.write_counts.get()).ravel().astype(int)
        rest = np.asarray(self.transient.get()).ravel() != 0
        layer = ledger.layers[0]
        return Ledger(
            layers=(
                dataclasses.replace(
                    layer,
                    run=dataclasses.replace(layer.run, write_counts=tuple(counts.tolist())),
                    residual=dataclasses.replace(layer.residual, write_counts=tuple(rest.astype(int).tolist())),
                ),
            )
        )
