"""`ErrorNeuron`: compares what a connection answers with its target, and sends the third factors to learn from."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from lava_caching.errors import InputError
from lava_caching.plasticity import Rule, get_rule

__all__ = ["ErrorNeuron"]


class ErrorNeuron(AbstractProcess):  # type: ignore[misc] # Lava is not typed
    """Apply a supervised rule of `lava_caching.plasticity` to the output of any learning connection.

    In the last step of each learning epoch the rule's ``post_factor(output, target, …)`` is sent back as third
    factors, in time for the learning at the end of that step; in all other steps zeros are sent. Connect ``a_in`` from
    the connection's ``a_out``, ``target_in`` from `PatternSource.target_out`, and ``s_out_bap``, ``s_out_y1``,
    ``s_out_y2``, ``s_out_y3`` to its ``s_in_bap`` … ``s_in_y3``; its learning rule must be a ``Loihi3FLearningRule`` of
    the same `t_epoch`, for instance ``dw = "2*x0*x1*y1"``.

    What is sent depends on the model. ``floating_pt``: y1 is the factor itself, y2 and y3 are 0. ``fixed_pt``: factors
    on Loihi are not negative and have 7 bits, so y1 is the positive and y2 the negative part in multiples of the
    learning rate (0 … 127), as in ``dw = "4*x0*y1 - 4*x0*y2"``; y3 is 0.

    Lava lets third factors decay by exp(-1/65535) per step; set ``y1_tau`` and ``y2_tau`` of the learning rule to
    2**60 after making it, and they arrive as they were sent.

    Parameters
    ----------
    shape : (n,)
        Number of neurons.
    rule : str or Rule
        Plasticity rule.
    learning_rate : float
        η in weight units.
    tolerance : float, optional
        Band ε in weight units in which an output counts as 0; 1e-9·η.
    unit : float
        Weight units in one unit of ``a_in``; below 1 where the connection counts in fractions of a weight unit.
    t_epoch : int
        Steps of a learning epoch, at least 2.

    Attributes
    ----------
    a_in, target_in : InPort, (n,)
        Outputs of the connection, and what they should have been.
    s_out_bap : OutPort, (n,)
        Spikes of the neurons whose output exceeds ε, in the last step of an epoch.
    s_out_y1, s_out_y2, s_out_y3 : OutPort, (n,)
        Third factors.
    n_errors, n_spikes : Var, (1,)
        Factors that were not 0, and spikes, since the start of the run.
    n_rounded : Var, (1,)
        Factors that were no whole multiple of η or exceeded 127 of them (fixed point only).
    time : Var, (1,)
        Learning epochs so far.

    Raises
    ------
    InputError
        For an unknown rule, or numbers out of range.
    """

    runtime: Any = None  # Lava's destructor asks for it, also where the constructor has refused its arguments

    def __init__(
        self,
        *,
        shape: tuple[int, ...] = (1,),
        rule: str | Rule = "perceptron",
        learning_rate: float = 1.0,
        tolerance: float | None = None,
        unit: float = 1.0,
        t_epoch: int = 2,
        **kwargs: Any,
    ) -> None:
        if len(shape) != 1:
            raise InputError(f"shape = {shape}: must be (n,), the number of neurons")
        for name, value in (("learning_rate", learning_rate), ("unit", unit)):
            if not value > 0:
                raise InputError(f"{name} = {value}: must be above 0")
        if t_epoch < 2:
            raise InputError(f"t_epoch = {t_epoch}: must be at least 2, because a connection answers one step late")
        super().__init__(
            rule=get_rule(rule),
            learning_rate=float(learning_rate),
            tolerance=1e-9 * learning_rate if tolerance is None else float(tolerance),
            unit=float(unit),
            t_epoch=t_epoch,
            **kwargs,
        )
        self.a_in = InPort(shape=shape)
        self.target_in = InPort(shape=shape)
        self.s_out_bap = OutPort(shape=shape)
        self.s_out_y1 = OutPort(shape=shape)
        self.s_out_y2 = OutPort(shape=shape)
        self.s_out_y3 = OutPort(shape=shape)
        self.n_errors = Var(shape=(1,), init=0)
        self.n_spikes = Var(shape=(1,), init=0)
        self.n_rounded = Var(shape=(1,), init=0)
        self.time = Var(shape=(1,), init=0)
