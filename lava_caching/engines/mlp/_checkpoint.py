"""A training put aside in a file and taken up again: plain arrays and JSON in an .npz, replaced as a whole."""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lava_caching.arrays import stored_arrays
from lava_caching.engines.mlp._session import Progress
from lava_caching.engines.mlp._task import Resumable
from lava_caching.errors import InputError
from lava_caching.files import check_writable, write_atomically

__all__ = ["Checkpoint"]

ROOM = 2**27
"""Bytes that a checkpoint may take beside the network as it begins: its curve, and bins that fill in time."""


class Checkpoint:
    """The file of one training.

    Parameters
    ----------
    path : Path
        Where it is.
    network : Resumable
        What is put aside.
    asked : list
        Everything that the training follows from; a file of another training is refused.
    """

    def __init__(self, path: Path, network: Resumable, asked: list[Any]) -> None:
        self.path, self.network = path, network
        self.asked = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        check_writable(path)

    def write(self, progress: Progress) -> None:
        """Put the training aside; it goes on as if nothing had been."""
        content = io.BytesIO()
        said = json.dumps({"asked": self.asked, "progress": asdict(progress)})
        np.savez(content, progress=np.frombuffer(said.encode(), np.uint8), **self.network.state())
        write_atomically(self.path, content.getvalue())

    def read(self) -> Progress:
        """Take the training up where the file left it; without a file it begins.

        Raises
        ------
        InputError
            If the file is none of this training.
        """
        if not os.path.exists(self.path):
            return Progress()
        mine = self.network.state()
        largest = ROOM + sum(array.nbytes for array in mine.values())
        try:
            stored: dict[str, Any] = dict(stored_arrays(self.path, ["progress", *mine], largest))
            said = json.loads(stored.pop("progress").tobytes())
            if said["asked"] != self.asked:
                raise _OtherError
            progress = _progress(said["progress"])
            for name, array in stored.items():
                if array.dtype.kind == "i" and (array < 0).any():
                    raise InputError(f"{name} holds {array.min()}, and no count is negative")
            self.network.restore(stored)
        except _OtherError:
            raise InputError(
                f"checkpoint = {self.path}: belongs to a training with other settings; name another file, or remove it"
                " to begin anew"
            ) from None
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            why = str(error) or type(error).__name__
            raise InputError(f"checkpoint = {self.path}: is no checkpoint ({why}); remove it to begin anew") from None
        return progress


class _OtherError(Exception):
    """The checkpoint is one, of another training."""


def _progress(plain: dict[str, Any]) -> Progress:
    """Return how far the training had come; a ValueError or TypeError if that is not what it says."""
    progress = Progress(**plain)
    counts = [progress.n_presentations, progress.epochs_without_best]
    counts += [] if progress.failed_at is None else [progress.failed_at]
    places = [point["n_presentations"] for point in progress.curve]
    numbers = [progress.best_of_epochs, *(point["accuracy"] for point in progress.curve)]
    if not all(type(n) is int and 0 <= n < 2**63 for n in [*counts, *places]):
        raise ValueError("a count")
    if not all(isinstance(x, (int, float)) and -1 <= x <= 1 for x in numbers):
        raise ValueError("an accuracy")
    return progress
