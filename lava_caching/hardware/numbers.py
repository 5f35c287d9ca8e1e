"""Numbers of a hardware profile: each with its unit, range and source, or with the reason why there is none.

A number that nobody published is `Unknown`: it leaves a bill unpriced and is never 0. An action that physically does
not occur is `NotApplicable`: it costs nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["MOST_LEVELS", "Entry", "NotApplicable", "Number", "Quantity", "Table", "Unknown", "broken"]

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Per = Literal["bit", "word", "pulse", "device", "synapse", "update"]
Scope = Literal["device", "periphery", "wires", "tags", "charge_pump", "adc"]
MOST_LEVELS = 2**31
"""As in a device model: beyond any memory, and within what can be counted."""


def broken(rule: str) -> PydanticCustomError:
    """Return the error of a rule; `lava_caching.hardware.reading` puts file and key in front of it."""
    return PydanticCustomError("profile_rule", "{rule}", {"rule": rule})


def _printable(text: str) -> str:
    """Refuse what a terminal would take for a command."""
    odd = next((letter for letter in text if not letter.isprintable() and letter not in "\n\t"), None)
    if odd is not None:
        raise broken(f"holds the character U+{ord(odd):04X}, which cannot be printed; take it out")
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_printable)]


class Table(BaseModel):
    """A table of a profile: frozen, its keys all known, its values taken literally (``"1e-12"`` is no number)."""

    # deferred: a model that only serves inside another is never built on its own, which halves the time of the import
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Quantity(Table):
    """One number with its range and where it comes from.

    Attributes
    ----------
    low, nominal, high : float
        In the SI unit that the key of the quantity ends in; 0 < low ≤ nominal ≤ high.
    per : str
        bit, word, pulse, device, synapse or update; a word is shared by the synapses packed into its `word_bits`.
    word_bits : int, optional
        Bits of a word, for what is counted per word, and only for that.
    unit : str, optional
        Repeats the unit of the key for the reader; must agree with it.
    source : str
        Publication, or path in a repository at a commit.
    where : str
        Table, figure or line in it.
    basis : str
        How the source got the number.
    confidence : str
        Whether it was read in the source itself or in a document that cites it.
    scope : tuple of str
        What the number includes: device, periphery, wires, tags, charge_pump, adc.
    formula : str, optional
        Obligatory for a derived number.
    note : str, optional
        What the reader should know, for instance why low = nominal.
    nodes_m, temperature_k, voltage_v : optional
        Conditions, where the source states them; several nodes where a range joins several sources.
    """

    low: Positive
    nominal: Positive
    high: Positive
    per: Per
    word_bits: Annotated[int, Field(gt=0)] | None = None
    unit: str | None = None
    source: Text
    where: Text
    basis: Literal["measured", "simulated", "derived", "estimated", "projected"]
    confidence: Literal["seen", "secondary"]
    scope: Annotated[tuple[Scope, ...], Field(min_length=1, strict=False)]
    formula: Text | None = None
    note: Text | None = None
    nodes_m: Annotated[tuple[Positive, ...], Field(strict=False)] = ()
    temperature_k: Positive | None = None
    voltage_v: Positive | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Quantity:
        if not self.low <= self.nominal <= self.high:
            raise broken(f"low = {self.low:g}, nominal = {self.nominal:g}, high = {self.high:g}: must ascend")
        if self.basis == "derived" and self.formula is None:
            raise broken("formula: is missing; a derived number states its formula")
        if (self.per == "word") != (self.word_bits is not None):
            raise broken("word_bits: belongs to per = 'word', and only there; state how many bits the word has")
        return self


class Unknown(Table):
    """A number that is not known, with the reason; an action that needs it cannot be priced.

    Attributes
    ----------
    unknown : str
        Why nobody knows it.
    """

    unknown: Text


class NotApplicable(Table):
    """An action that physically does not occur, with the reason and its source; it costs nothing.

    Attributes
    ----------
    not_applicable : str
        Why it does not.
    source, where : str
        Who says so; table, figure or line there.
    """

    not_applicable: Text
    source: Text
    where: Text


def _kind(value: Any) -> str:
    if isinstance(value, (Unknown, NotApplicable)):
        return type(value).__name__
    if isinstance(value, dict):
        return "Unknown" if "unknown" in value else "NotApplicable" if "not_applicable" in value else "Quantity"
    return "Quantity"


Entry = Annotated[
    Annotated[Quantity, Tag("Quantity")]
    | Annotated[Unknown, Tag("Unknown")]
    | Annotated[NotApplicable, Tag("NotApplicable")],
    Discriminator(_kind),
]
"""A number, or the reason why there is none."""
Number = Annotated[Annotated[Quantity, Tag("Quantity")] | Annotated[Unknown, Tag("Unknown")], Discriminator(_kind)]
"""A number or the reason why it is not known, for what every memory has."""
