"""Learn handwritten digits by back-propagation under synaptic caching: Fig. 5 of Li & van Rossum (2020).

Source: doi:10.7554/eLife.50804.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lava_caching.arrays import read_arrays
from lava_caching.datasets import ImageSet, load_images
from lava_caching.datasets.images import N_CLASSES
from lava_caching.devices import DeviceSetting
from lava_caching.energy import COSTS, CostFunctional
from lava_caching.engines import get_engine
from lava_caching.engines.mlp import MLPTask
from lava_caching.engines.mlp._checkpoint import Checkpoint
from lava_caching.engines.mlp._session import MLPResult, Progress, Stops, run
from lava_caching.engines.mlp._task import LARGEST
from lava_caching.errors import InputError
from lava_caching.experiments._adaptive import WithSchedule
from lava_caching.experiments._experiment import Tau, Trained
from lava_caching.files import digest_of
from lava_caching.monitor import Monitor

__all__ = ["MLP"]

Array = NDArray[np.float64]
INIT_SPREAD = 0.01
MOST_SYNAPSES = 10**8
"""Each takes 145 bytes, measured: both parts, the first weight, and copies while an account is drawn up."""


class MLP(WithSchedule):
    """A network of logistic units learns images of the digits 0 to 9, one after the other in the given order.

    All fields are keywords; see `Experiment` for those that every experiment has.
    """

    name: ClassVar[str] = "mlp"
    summary: ClassVar[str] = "Learn handwritten digits by back-propagation."

    threshold: float = Field(0.05, ge=0, description="θ in weight units (global-global: sum over the neuron)")
    tau: Tau = Field(1000.0, gt=1, description="decay time constant of the transient part in steps, or inf")
    maintenance_cost: float = Field(0.001, ge=0, description="c, per weight unit of transient part and step")
    dataset: str = Field("digits", description="digits, mnist, a folder of IDX files, or FILE.npz")
    n_hidden: str = Field(
        "100", pattern=r"^[0-9]{1,18}(,[0-9]{1,18})*$", description="hidden units, layer by layer: 100,50"
    )
    learning_rate: float = Field(0.1, gt=0, description="η in weight units")
    loss: Literal["mse", "cross-entropy"] = Field("mse", description="what is minimised: mse or cross-entropy")
    error_backprop: Literal["plain", "textbook"] = Field(
        "plain", description="what travels back: errors (plain, as published) or δ (textbook)"
    )
    lazy: bool = Field(False, description="learn from images that are classified wrongly only")
    competing: float | None = Field(
        None, gt=0, le=1, description="share of a layer's synapses that may change at an image: the largest changes"
    )
    biases: bool = Field(False, description="give each layer an input that is always 1")
    init: Path | None = Field(None, description="FILE.npz with first weights w1 (H, D), w2 (O, H), ...")
    max_epochs: int = Field(10, ge=1, description="passes through all images at most")
    max_samples: int | None = Field(None, ge=1, description="stop after so many presentations in all")
    target_accuracy: float | None = Field(
        None, ge=0, lt=1, description="stop at the first evaluation (evaluate-every) above this accuracy"
    )
    patience: int | None = Field(None, ge=1, description="stop after so many epochs without a new best")
    evaluate_every: int = Field(1000, ge=1, description="presentations between two evaluations")
    precision: Literal["float64", "float32"] = Field("float64", description="of the weights: float64 or float32")
    checkpoint: Path | None = Field(None, description="file to put the training aside in, and to go on from")
    every: int | None = Field(
        None, ge=1, description="presentations between two checkpoints; one more is made at the end [default: 10,000]"
    )

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        if 0 in self._hidden():
            raise InputError(f"n_hidden = {self.n_hidden}: every layer must have a unit at least")
        if self.every is not None and self.checkpoint is None:
            raise InputError(f"every = {self.every}: name the file as well, with checkpoint")

    def check_engine(self, engine: str) -> None:
        """Refuse what an engine cannot do."""
        super().check_engine(engine)
        if engine == "reference" and self.precision != "float64":
            raise InputError(f"precision = {self.precision}: engine 'reference' computes in float64; use numba")
        device = self.device_model()
        if self.checkpoint is not None and device is not None and not device.is_ideal:
            raise InputError(f"checkpoint = {self.checkpoint}: there are no checkpoints on devices; leave it out")
        if engine == "reference" and self.checkpoint is not None:
            raise InputError(f"checkpoint = {self.checkpoint}: engine 'reference' makes none; use numba")

    def train(self, engine: str, seed: int, monitor: Monitor) -> Trained:
        """Load the images, draw or read the first weights, train, and measure."""
        images = load_images(self.dataset)
        start = self._start(images.n_inputs, np.random.default_rng(seed))
        content = images.sha256 + (digest_of(self.init) if self.init else "")
        digest = hashlib.sha256(content.encode()).hexdigest()

        def train(device: DeviceSetting | None) -> MLPResult:
            task = MLPTask(
                start=start,
                biases=self.biases,
                loss=self.loss,
                error_backprop=self.error_backprop,
                policy=self.rule_of_consolidation(),
                threshold=self.threshold,
                tau=self.decay_steps(),
                learning_rate=self.learning_rate,
                course=self.course(),
                lazy=self.lazy,
                competing=self.competing,
                write_counts=self.write_counts,
                precision=self.precision,
                device=device,
            )
            return self._session(get_engine(self.name, engine)(task), images, [digest, engine, seed], monitor)

        placed = self.on_devices(seed, train)
        result: MLPResult = placed.result
        return Trained(
            ledger=result.ledger,
            outcome={**self._outcome(result, len(images.x_train)), **placed.told, "data_sha256": digest},
            weights=tuple(result.weights),
            resolved=placed.resolved,
        )

    def _hidden(self) -> list[int]:
        return [int(size) for size in self.n_hidden.split(",")]

    def _session(self, network: Any, images: ImageSet, asked: list[Any], monitor: Monitor) -> MLPResult:
        stops = Stops(
            max_epochs=self.max_epochs,
            max_samples=self.max_samples,
            evaluate_every=self.evaluate_every,
            target_accuracy=self.target_accuracy,
            patience=self.patience,
        )
        cost = CostFunctional(**{name: getattr(self, name) for name in COSTS})
        progress, save = Progress(), None
        if self.checkpoint is not None:
            config = self.model_dump(mode="json", exclude={"checkpoint", "every", "max_samples", "max_epochs"})
            aside = Checkpoint(self.checkpoint, network, [*asked, config])
            progress, save = aside.read(), aside.write
            if progress.n_presentations > stops.most(len(images.x_train)):
                raise InputError(
                    f"checkpoint = {self.checkpoint}: is already at presentation {progress.n_presentations:,}, beyond"
                    f" the {stops.most(len(images.x_train)):,} asked for; ask for more, or name another file"
                )
        every = (self.every or 10_000) if save else None
        return run(network, images, stops, cost, monitor, progress, save, every)

    def _start(self, n_inputs: int, rng: np.random.Generator) -> tuple[Array, ...]:
        """Return the first weights of each layer, (n_out, n_in), biases last and 0."""
        sizes = [n_inputs, *self._hidden(), N_CLASSES]
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        n_synapses = sum(n_out * n_in for n_out, n_in in shapes)
        if n_synapses > MOST_SYNAPSES:
            raise InputError(
                f"n_hidden = {self.n_hidden}: with {n_inputs} pixels that makes {n_synapses:,} synapses: must be at"
                f" most {MOST_SYNAPSES:,}, which take 15 GB; use fewer units"
            )
        if self.init is None:
            weights = [rng.normal(0.0, INIT_SPREAD, shape) for shape in shapes]
        else:
            names = [f"w{k + 1}" for k in range(len(shapes))]
            weights = list(read_arrays(self.init, names))
            for name, w, shape in zip(names, weights, shapes, strict=True):
                with_bias = (shape[0], shape[1] + 1)
                if w.shape != shape and not (self.biases and w.shape == with_bias):
                    raise InputError(f"{self.init}: {name} has shape {w.shape}: must be {shape} for these layers")
        largest = max(float(np.abs(w).max()) for w in weights)
        if largest > LARGEST[self.precision]:
            raise InputError(
                f"{self.init}: a weight of size {largest:g}: must be at most {LARGEST[self.precision]:g} in"
                f" precision {self.precision}"
            )
        if not self.biases:
            return tuple(weights)
        lacks = [shape[1] + 1 - w.shape[1] for w, shape in zip(weights, shapes, strict=True)]
        return tuple(np.hstack([w, np.zeros((len(w), n))]) for w, n in zip(weights, lacks, strict=True))

    def _outcome(self, result: MLPResult, n_train: int) -> dict[str, Any]:
        p = result.progress
        reached = None if self.target_accuracy is None else bool((p.accuracy or 0.0) > self.target_accuracy)
        return {
            "converged": reached,
            "interrupted": result.interrupted,
            "n_epochs": -(-p.n_presentations // n_train),
            "n_presentations": p.n_presentations,
            "n_updates": result.ledger.total.n_updates,
            "accuracy": p.accuracy,
            "accuracy_of": "held-out images",
            "diverged_at": p.failed_at,
            "curve": p.curve,
        }


experiment = MLP
