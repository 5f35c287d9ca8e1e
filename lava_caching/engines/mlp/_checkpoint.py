"""A training put aside in a file and taken up again: plain arrays and JSON in an .npz, replaced as a whole."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lava_caching.engines.mlp._session import Progress
from lava_caching.engines.mlp._task import Resumable
from lava_caching.errors import InputError
from lava_caching.files import check_writable, write_atomically

__all__ = ["Checkpoint"]


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
        if not self.path.exists():
            return Progress()
        try:
            content = io.BytesIO(self.path.read_bytes())  # numpy leaves a broken file open
            with np.load(content, allow_pickle=False) as stored:
                said = json.loads(stored["progress"].tobytes())
                if said["asked"] != self.asked:
                    raise InputError(
                        f"checkpoint = {self.path}: belongs to a training with other settings; name another file, or"
                        " remove it to begin anew"
                    )
                self.network.restore({name: stored[name] for name in stored.files if name != "progress"})
                return Progress(**said["progress"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"checkpoint = {self.path}: is no checkpoint ({type(error).__name__}); remove it to begin anew"
            ) from None
