"""What the dense and the sparse learning connection with caching share: their Vars and their account."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from lava.magma.core.process.variable import Var

from lava_caching.errors import InputError
from lava_caching.ledger import Ledger
from lava_caching.processes.account import BINS_SIZE, LEDGER_SIZE, scaled, unpack

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

    def _add_caching_vars(self, synapses: tuple[int, ...], counts: tuple[int, ...], *, write_counts: bool) -> None:
        self.proc_params["declared_weights"] = self.weights.init
        self.transient = Var(shape=synapses, init=0)
        self.ledger = Var(shape=(LEDGER_SIZE,), init=0)
        self.ledger_bins = Var(shape=(BINS_SIZE,), init=0)
        self.write_counts = Var(shape=counts if write_counts else (1,), init=0)
        self.saturated = Var(shape=(2,), init=0)

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
