"""Compiled inner loops (numba). Nothing else in the toolkit imports numba; engines import these modules lazily."""
