"""Receptive fields: the weights of each neuron as an image of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from lava_caching.errors import InputError
from lava_caching.files import check_writable

__all__ = ["draw_receptive_fields"]

COLUMNS = 20


def draw_receptive_fields(
    weights: ArrayLike, shape: tuple[int, int], path: str | Path, *, labels: Sequence[object] = (), title: str = ""
) -> None:
    """Draw the weights of each neuron as an image, all on one scale.

    Parameters
    ----------
    weights : array_like, (n_neurons, height * width)
        Weights from every input.
    shape : (int, int)
        Height and width of the inputs.
    path : str or Path
        Image to write; the ending decides the format (png, pdf, svg).
    labels : sequence, optional
        One for each neuron, written above it.
    title : str
        What was learned.

    Raises
    ------
    InputError
        If the shapes do not fit or the file cannot be written.
    """
    fields = np.asarray(weights, np.float64)
    if fields.ndim != 2 or not len(fields) or fields.shape[1] != shape[0] * shape[1]:
        raise InputError(f"weights has shape {fields.shape}: must be (n_neurons, {shape[0]} * {shape[1]})")
    if not np.isfinite(fields).all() or len(labels) not in (0, len(fields)):
        raise InputError(f"weights must be finite, and labels one for each of the {len(fields)} neurons, or none")
    path = Path(path)
    check_writable(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    n_columns = min(COLUMNS, len(fields))
    n_rows = -(-len(fields) // n_columns)
    figure = Figure(figsize=(0.42 * n_columns + 0.8, 0.52 * n_rows + 0.5), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    panels = np.atleast_1d(figure.subplots(n_rows, n_columns)).reshape(-1)
    for k, axes in enumerate(panels):
        axes.axis("off")
        if k < len(fields):
            image = axes.imshow(fields[k].reshape(shape), cmap="gray_r", vmin=fields.min(), vmax=fields.max())
            if len(labels):
                axes.set_title(str(labels[k]), fontsize=7, pad=1.5)
    figure.colorbar(image, ax=panels.tolist(), label="weight", fraction=0.02)
    if title:
        figure.suptitle(title, fontsize="medium")
    figure.savefig(path)
