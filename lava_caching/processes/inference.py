"""A trained network of logistic units as spiking `Dense` and `LIFReset` layers of Lava, for inference.

Each unit becomes a neuron whose spikes, within a phase of T steps, are the share 1/(1 + e^(-z)) of them to half a step
(`lava_caching.processes._spiking_layers` says how). An image is one graded spike per pixel; the layers have their
phases one after the other; the output neurons sum what they receive, and the largest sum is the answer. In floating
point the only loss is the step of the spike counts; in fixed point weights and pixels of 8 bits and a current that
leaks a little add theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_caching.errors import InputError
from lava_caching.monitor import Monitor, carry_on
from lava_caching.processes._spiking_layers import LARGEST_PIXEL, Clock, SpikingLayer, clock_of, leak, spiking_layers
from lava_caching.processes.lava_needed import require_lava

__all__ = ["Arithmetic", "InferenceNetwork", "infer", "with_biases"]

Array = NDArray[np.float64]
Arithmetic = Literal["floating_pt", "fixed_pt"]
MESSAGE_BITS = 24
MOST_LEVELS = 128
LARGEST = 1e100


class InferenceNetwork:
    """Processes of Lava that classify images with trained weights.

    Parameters
    ----------
    weights : sequence of ndarray, (n_out, n_in) each
        Of each layer, as ``run mlp --weights-out`` writes them; with biases in the last column or without.
    images : ndarray, (n, d)
        Inputs from 0 to 1, shown in this order.
    tag : {"floating_pt", "fixed_pt"}
        Which models run: floats, or the integers of Loihi as Lava emulates them.
    n_levels : int
        T, steps of a phase, and so of a spike count, 2 to 128: on MNIST 64 change no answer of 2000, and in fixed point
        the leak grows with them.

    Attributes
    ----------
    period, n_levels, n_images, whole : int, int, int, bool
        Steps of Lava that an image takes (T for each hidden layer, and 2); T; images; whether in whole numbers.
    source, connections, neurons : PatternSource, list of Dense, list of LIFReset
        The Processes; the last of `neurons` are the outputs, whose currents u are the evidence for each class.
    layers, clocks, run_cfg : list of SpikingLayer, list of Clock or None, Loihi2SimCfg
        Their numbers, and how they run.

    Raises
    ------
    InputError
        If the layers or images do not fit together, or hold numbers out of range.
    """

    def __init__(
        self, weights: Sequence[ArrayLike], images: ArrayLike, *, tag: Arithmetic = "floating_pt", n_levels: int = 32
    ) -> None:
        require_lava("inference in Lava")
        from lava.magma.core.run_configs import Loihi2SimCfg

        from lava_caching.processes.pattern_source.process import PatternSource

        layers, pixels = [_real("weights", w) for w in weights], _real("images", images)
        if pixels.ndim != 2 or not len(pixels) or not (np.abs(pixels - 0.5) <= 0.5).all():
            raise InputError(f"images of shape {pixels.shape}: must be (n, d), at least one, from 0 to 1")
        biases = with_biases(layers, pixels.shape[1])
        if not 2 <= n_levels <= MOST_LEVELS or n_levels % 1:
            raise InputError(f"n_levels = {n_levels!r}: must be a whole number from 2 to {MOST_LEVELS}")
        if tag not in get_args(Arithmetic):
            raise InputError(f"tag = {tag!r}: must be {' or '.join(get_args(Arithmetic))}")
        self.whole, self.n_levels, self.n_images = tag == "fixed_pt", n_levels, len(pixels)
        self.run_cfg = Loihi2SimCfg(select_tag=tag)
        self.period = n_levels * (len(layers) - 1) + 2
        self.layers = spiking_layers(layers, biases=biases, n_levels=n_levels, whole=self.whole)
        self.source = PatternSource(
            patterns=np.rint(pixels * LARGEST_PIXEL) if self.whole else pixels, t_epoch=self.period, n_held=1
        )
        self.connections: list[Any] = []
        self.neurons: list[Any] = []
        self.clocks: list[Clock | None] = []
        spikes = self.source.s_out
        for k, layer in enumerate(self.layers):
            spikes = self._add(layer, k, spikes)

    def _add(self, layer: SpikingLayer, k: int, spikes: Any) -> Any:
        """Add a layer behind `spikes`, and return its own."""
        from lava.proc.io.source import RingBuffer
        from lava.proc.lif.process import LIFReset

        is_output = k == len(self.layers) - 1
        neurons = LIFReset(
            shape=(len(layer.weights),),
            du=0,  # the current keeps what it receives
            dv=self._all_of_it(),  # the voltage is the current
            vth=2**16 if is_output else 0,
            reset_interval=self.period,
            reset_offset=1,
        )
        self.neurons.append(neurons)
        self._connect(spikes, layer.weights, layer.shift, neurons, graded=k == 0)
        steps = {"n_levels": self.n_levels, "period": self.period}
        clock = clock_of(layer, k, is_output=is_output, whole=self.whole, **steps)
        self.clocks.append(clock)
        if clock is not None:
            self._connect(RingBuffer(data=clock.lines).s_out, clock.columns, layer.shift, neurons, graded=True)
        return neurons.s_out

    def _all_of_it(self) -> float:
        return 4095 if self.whole else 1

    def _connect(self, sender: Any, weights: Array, shift: int, neurons: Any, *, graded: bool) -> None:
        from lava.proc.dense.process import Dense
        from lava.utils.weightutils import SignMode

        connection = Dense(
            weights=weights,
            num_message_bits=MESSAGE_BITS if graded else 0,
            sign_mode=SignMode.MIXED,
            weight_exp=-shift,
        )
        self.connections.append(connection)
        sender.connect(connection.s_in)
        connection.a_out.connect(neurons.a_in)

    def evidence(self, monitor: Monitor = carry_on) -> Array:
        """Show all images, and return z of the outputs for each, (n, n_out); fewer if the monitor asks to stop.

        Lava runs a network once: make a new one for a second run.
        """
        from lava_caching.processes.running import running

        output, n_layers = self.layers[-1], len(self.layers)
        seen = np.zeros((self.n_images, len(output.weights)))
        unit = output.unit * leak(n_layers, self.n_levels, self.whole) * (2**6 if self.whole else 1)
        with running(self.source, self.run_cfg) as network:
            for n in range(self.n_images):
                network.run(self.period)
                seen[n] = self.neurons[-1].u.get() / unit
                if not monitor(n + 1, self.n_images, "images"):
                    return seen[: n + 1]
        return seen


def infer(
    weights: Sequence[ArrayLike],
    images: ArrayLike,
    *,
    tag: Arithmetic = "floating_pt",
    n_levels: int = 32,
    monitor: Monitor = carry_on,
) -> NDArray[np.int64]:
    """Return the class that a network in Lava sees in each image.

    Parameters
    ----------
    weights, images, tag, n_levels
        As for `InferenceNetwork`: layers of (n_out, n_in), images (n, d) from 0 to 1, arithmetic, steps of a phase.
    monitor : Monitor
        Is told after each image, and can ask to stop.

    Returns
    -------
    ndarray of int, (n,)
        The number of the output neuron with most evidence; of fewer images where the monitor asked to stop.

    Raises
    ------
    InputError
        As `InferenceNetwork`.

    Examples
    --------
    >>> import numpy as np
    >>> hidden, output = np.array([[4.0, -4.0], [-4.0, 4.0]]), np.eye(2)
    >>> infer([hidden, output], [[1.0, 0.0], [0.2, 0.9]], tag="fixed_pt", n_levels=4).tolist()
    [0, 1]
    """
    network = InferenceNetwork(weights, images, tag=tag, n_levels=n_levels)
    return np.asarray(network.evidence(monitor).argmax(axis=1), np.int64)


def with_biases(weights: Sequence[Array], n_inputs: int) -> bool:
    """Return whether each layer has a column for biases; refuse layers that do not fit.

    Raises
    ------
    InputError
        If a layer is no matrix, not finite, or does not fit what comes before it.
    """
    sizes = [n_inputs, *(len(w) for w in weights)]
    extra = {w.shape[1] - size if w.ndim == 2 else None for w, size in zip(weights, sizes, strict=False)}
    if not weights or 0 in sizes or extra not in ({0}, {1}):
        shapes = ", ".join(str(w.shape) for w in weights)
        raise InputError(
            f"layers of shapes {shapes or 'none'} for images of {n_inputs} pixels: must be (n_out, n_in), each n_in the"
            " n_out before it, or one more in all layers for biases; is it another data set, or are they transposed?"
        )
    if not all((np.abs(w) <= LARGEST).all() for w in weights):
        raise InputError(
            f"the weights hold NaN or numbers beyond {LARGEST:g}: give those of a training that did not diverge"
        )
    return extra == {1}


def _real(name: str, values: ArrayLike) -> Array:
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise InputError(f"{name}: must be arrays of real numbers")
    return np.asarray(array, np.float64)
