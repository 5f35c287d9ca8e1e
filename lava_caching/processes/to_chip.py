"""From a network of Lava to a Loihi chip: whether it may go there, whether it fits, and what it loses.

Plasticity and memory on the chip are stock Processes of Lava only. Our own connections are refused with the stock form
to use instead; what else is written in Python stays on the host, and is named.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lava_caching.errors import InputError
from lava_caching.hardware.chips import Chip
from lava_caching.hardware.numbers import Quantity
from lava_caching.processes.chip_members import Member, is_stock, members_of
from lava_caching.processes.chip_precision import losses_of
from lava_caching.processes.chip_target import SideEffect, side_effects
from lava_caching.processes.lava_needed import require_lava
from lava_caching.processes.native_rule import LONGEST_EPOCH, losses, native_caching_rule
from lava_caching.processes.products import DEFAULT_SCALE
from lava_caching.processes.resources import ASSUMPTIONS, RESOURCES, Mapping, map_network
from lava_caching.processes.rule_grammar import check_rule

__all__ = [
    "ChipReport",
    "RuleReport",
    "check_network",
    "perceptron_network",
]

OURS = "lava_caching"


@dataclass(frozen=True, kw_only=True)
class RuleReport:
    """The learning rule of one connection.

    Attributes
    ----------
    label : str
        The connection.
    dw, dt, dd : str or None
        Its product series.
    n_factors : int
        2, or 3 where the neurons send factors of their own.
    t_epoch : int
        Steps of a learning epoch.
    n_products : int or None
        Products in all; None where the rule could not be read.
    problems : tuple of str
        Why the learning engine cannot compute it; empty where it can.
    notes : tuple of str
        What the engine rounds in it.
    """

    label: str
    dw: str | None
    dt: str | None
    dd: str | None
    n_factors: int
    t_epoch: int
    n_products: int | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists, strings and None."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


@dataclass(frozen=True, kw_only=True)
class ChipReport:
    """What `check_network` found.

    Attributes
    ----------
    chip : Chip
        The chip.
    mapping : Mapping
        Cores, and what is used of them.
    rules : tuple of RuleReport
        Of every connection that learns.
    losses : tuple of str
        What integers do not hold as it was given.
    host_side : tuple of str
        Processes that stay on the host or on an embedded processor.
    culprits : tuple of str
        Why the network cannot go to the chip, the gravest first; empty where it can.
    warnings : tuple of str
        What the reader should know.
    """

    chip: Chip
    mapping: Mapping
    rules: tuple[RuleReport, ...]
    losses: tuple[str, ...]
    host_side: tuple[str, ...]
    culprits: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Return whether nothing speaks against it."""
        return not self.culprits

    @property
    def verdict(self) -> str:
        """Return one sentence: on how many cores it fits, or what is in the way."""
        if self.culprits:
            return self.culprits[0]
        n, of = self.mapping.n_cores, self.mapping.available["n_cores"]
        cores = f"{n:,} core{'' if n == 1 else 's'}"
        return f"fits on {cores} of {self.chip.name}" + ("" if of is None else f" (it has {of:,})")

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, lists, strings and None."""
        mapping = self.mapping
        processes = [
            {
                "name": placed.label,
                "kind": placed.kind,
                "place": placed.place,
                "target": placed.target,
                "n_cores": placed.n_cores,
                "n_synapses": placed.n_synapses,
                "per_core": {
                    name: {"used": placed.used[name], "available": mapping.available[name]} for name in RESOURCES
                }
                if placed.place == "chip"
                else None,
            }
            for placed in mapping.placed
        ]
        return {
            "chip": self.chip.name,
            "fits": self.fits,
            "verdict": self.verdict,
            "culprits": list(self.culprits),
            "n_cores": {"used": mapping.n_cores, "available": mapping.available["n_cores"]},
            "processes": processes,
            "rules": [rule.to_dict() for rule in self.rules],
            "precision_loss": list(self.losses),
            "host_side": list(self.host_side),
            "warnings": list(self.warnings),
            "not_checked": {name: self.chip.unknowns[f"core.{name}"] for name in mapping.not_checked},
            "assumptions": list(ASSUMPTIONS),
        }


def check_network(process: Any, chip: Chip, *, folder: Path | None = None) -> ChipReport:
    """Say whether a network may go to a chip and fits there; nothing is compiled and nothing runs.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of the network. A Process with nothing but a SubProcessModel is taken apart for good: build the
        network again before it is run.
    chip : Chip
        The chip.
    folder : Path, optional
        Of the file that built it, to be searched for code that Lava would execute.

    Raises
    ------
    MissingError
        If Lava is not installed.
    """
    require_lava("a check for the chip")
    members = members_of(process)
    custom = [m for m in members if m.role == "custom connection"]
    connections = [m for m in members if m.role == "connection"]
    rules = tuple(_rule_report(m) for m in connections if m.process.proc_params.get("learning_rule") is not None)
    mapping = map_network(process, chip)
    on_host = [m for m in members if m.role == "host"]
    return ChipReport(
        chip=chip,
        mapping=mapping,
        rules=rules,
        losses=tuple(loss.sentence(m.label) for m in connections for loss in losses_of(m.process, chip)),
        host_side=tuple(f"{m.label} ({m.kind})" if m.label != m.kind else m.label for m in on_host),
        culprits=(
            *(_stock_form(m) for m in custom),
            *(f"{rule.label!r}: {problem}" for rule in rules for problem in rule.problems),
            *mapping.culprits,
            *(() if mapping.n_cores or custom else ("no Process of this network would lie on the chip",)),
        ),
        warnings=(*mapping.warnings, *_chip_warnings(connections, rules, chip), *_folder_warnings(members, folder)),
    )


def _stock_form(member: Member) -> str:
    """Refuse a connection of somebody's own; name what to use instead."""
    who = f"{member.label!r} ({member.kind})" if member.label != member.kind else member.kind
    only = "is computed by a CPU only, and plasticity and memory on the chip are stock Processes of Lava"
    process = member.process
    if not type(process).__module__.startswith(f"{OURS}."):
        return f"{who} {only}: use LearningDense, LearningSparse, Dense or Sparse"
    stock = type(process).__name__.replace("Caching", "Learning")
    caching = process.proc_params.get("caching")
    if caching is None or caching.rule.statistic in ("always", "never"):
        why = "without caching" if caching is None else f"with the policy {caching.rule.name}"
        return f"{who} {only}: {why} it is a plain {stock}, so use that"
    native = f"{OURS}.processes.native_caching_rule(rule, threshold)"
    stock = "LearningDense"  # also for a sparse one: Lava's model of LearningSparse cannot compute sgn(t - θ)
    if caching.rule.scope == "synapse" and caching.rule.statistic == "each":
        return f"{who} {only}: use {stock} with {native}"
    return (
        f"{who} {only}, whose learning engine cannot look at whole neurons as the policy {caching.rule.name} does: use"
        f" {stock} with {OURS}.processes.HostStepped, or with the policy local-local and {native}"
    )


def _rule_report(member: Member) -> RuleReport:
    from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

    rule = member.process.proc_params["learning_rule"]
    problems: list[str] = []
    notes: tuple[str, ...] = ()
    n_products = None
    if rule.t_epoch > LONGEST_EPOCH:
        problems.append(
            f"t_epoch = {rule.t_epoch}: the learning engine counts an epoch in 6 bits, so use at most {LONGEST_EPOCH}"
        )
    try:
        products = check_rule(rule.dw_str, rule.dd_str, rule.dt_str)
    except InputError as error:
        problems.append(f"the learning engine cannot compute its rule: {error}")
    else:
        n_products = len(products)
        notes = losses(products)
    return RuleReport(
        label=member.label,
        dw=rule.dw_str,
        dt=rule.dt_str,
        dd=rule.dd_str,
        n_factors=3 if isinstance(rule, Loihi3FLearningRule) else 2,
        t_epoch=int(rule.t_epoch),
        n_products=n_products,
        problems=tuple(problems),
        notes=notes,
    )


def _chip_warnings(connections: list[Member], rules: tuple[RuleReport, ...], chip: Chip) -> list[str]:
    able, found = chip.capabilities, []
    for member in connections:
        given = getattr(member.process, "num_message_bits", None)
        bits = 0 if given is None else int(np.ravel(given.init)[0])
        if bits and not able.graded_spikes:
            found.append(
                f"{member.label!r} takes graded spikes (num_message_bits = {bits}), and {chip.name} sends binary ones:"
                " use num_message_bits = 0, or loihi2"
            )
    if not able.three_factor_rules:
        three = ", ".join(repr(rule.label) for rule in rules if rule.n_factors == 3)
        if three:
            found.append(f"three-factor rules as in {three} came with Loihi 2: {chip.name} has no such factors")
    for name in type(chip.core).model_fields:
        entry = getattr(chip.core, name)
        if isinstance(entry, Quantity) and entry.confidence == "secondary" and entry.note:
            found.append(f"{name.replace('_', ' ')} of {chip.name}: {entry.note.rstrip('.')}")
    return found


def _folder_warnings(members: list[Member], folder: Path | None) -> list[str]:
    """Say what Lava would execute while it looks for models beside the Processes of others."""
    owners: dict[Path, list[str]] = {}
    for member in members:
        module = type(member.process).__module__
        file = getattr(sys.modules.get(module), "__file__", None)
        if file is not None and not is_stock(member.process) and not module.startswith(f"{OURS}."):
            kinds = owners.setdefault(Path(file).resolve().parent, [])
            kinds += [] if member.kind in kinds else [member.kind]
    found = [sentence for place, kinds in owners.items() for sentence in _effects(place, " and ".join(kinds))]
    if folder is not None and (place := folder.resolve()) not in owners:
        ran = [effect.file.name for effect in side_effects(place) if not effect.is_skipped]
        if ran:
            files = ", ".join(ran[:3]) + (f" and {len(ran) - 3} more" if len(ran) > 3 else "")
            found.append(
                f"{place.name}/ holds files with code at the top level ({files}): Lava executes every file beside the"
                " file of a Process, so give Processes of your own a folder of their own"
            )
    return found


def _effects(place: Path, kinds: str) -> list[str]:
    found, shown = side_effects(place), 5
    sentences = [_effect_sentence(effect, kinds) for effect in found[:shown]]
    if len(found) > shown:
        sentences.append(f"the same holds for {len(found) - shown} more files in {place.name}/")
    return sentences


def _effect_sentence(effect: SideEffect, kinds: str) -> str:
    where = f"{effect.file.name}:{effect.line}"
    if effect.is_skipped:
        return (
            f"{where}: {effect.code}: Lava cannot execute the file by itself and drops its models of {kinds} with only"
            " a warning; write absolute imports"
        )
    return (
        f"{where}: {effect.code}: Lava executes it whenever it looks for models of {kinds}; put it into a function,"
        ' below if __name__ == "__main__", or into another folder'
    )


def perceptron_network(n_inputs: int = 1000, n_patterns: int = 1000, *, threshold: int = 20, seed: int = 0) -> Any:
    """Build a perceptron as it would go to the chip: pattern source → stock `LearningDense` → error neuron, and back.

    Weights are whole numbers, `DEFAULT_SCALE` of them to a weight unit, and the caching is written in the learning
    rule: weights are l + s, tags are s, and a tag beyond ±threshold loses one weight unit.

    Parameters
    ----------
    n_inputs, n_patterns : int
        Size; one input more is always on.
    threshold : int
        θ in units of the integer weights.
    seed : int
        Of the random patterns.

    Returns
    -------
    LearningDense
        The connection, in its network.
    """
    require_lava("the perceptron")
    from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
    from lava.proc.dense.process import LearningDense

    from lava_caching.processes.error_neuron.process import ErrorNeuron
    from lava_caching.processes.pattern_source.process import PatternSource

    random = np.random.default_rng(seed)
    patterns = np.ones((n_patterns, n_inputs + 1))
    patterns[:, :-1] = random.integers(0, 2, (n_patterns, n_inputs))
    targets = random.integers(0, 2, n_patterns) * 2.0 - 1.0
    change = f"{DEFAULT_SCALE}*x0*y1 - {DEFAULT_SCALE}*x0*y2"
    plain = Loihi3FLearningRule(dw=change, t_epoch=2, x1_tau=2**60, rng_seed=1)
    plain.y1_tau = plain.y2_tau = plain.y3_tau = 2**60  # no decay; Lava's own default is exp(-1/65535) per step
    rule = native_caching_rule(plain, threshold, quantum=DEFAULT_SCALE).learning_rule
    source = PatternSource(patterns=patterns, targets=targets, t_epoch=2, name="patterns")
    connection = LearningDense(weights=np.zeros((1, n_inputs + 1)), learning_rule=rule, name="synapses")
    error = ErrorNeuron(t_epoch=2, unit=1 / DEFAULT_SCALE, name="error")
    source.s_out.connect(connection.s_in)
    source.target_out.connect(error.target_in)
    connection.a_out.connect(error.a_in)
    for factor in ("bap", "y1", "y2", "y3"):
        getattr(error, f"s_out_{factor}").connect(getattr(connection, f"s_in_{factor}"))
    return connection
