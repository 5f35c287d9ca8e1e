"""The version of the toolkit, stated here and nowhere else."""

__version__ = "0.1.0"
