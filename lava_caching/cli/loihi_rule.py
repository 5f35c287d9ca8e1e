"""``lava-caching loihi rule``: the learning rule that caches by itself, and what Lava makes of its numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lava_caching.cli.help import examples
from lava_caching.cli.options import number, whole
from lava_caching.cli.terminal import console, print_json
from lava_caching.errors import InputError
from lava_caching.processes.products import Product, number_text
from lava_caching.processes.rule_grammar import ARITHMETICS

if TYPE_CHECKING:
    from rich.console import Console

    from lava_caching.processes.native_rule import NativeCachingRule

__all__ = ["EXAMPLES", "rule"]

EXAMPLES = examples(
    'loihi rule --dw "4*x0*y1 - 4*x0*y2" --threshold 20 \\\n      --three-factor',
    'loihi rule --dw "2^-2*x1*y0 - 2^-2*y1*x0" --threshold 5 \\\n'
    "      --x1-impulse 16 --x1-tau 20 --y1-impulse 16 --y1-tau 20",
)


def _trace(name: str, what: str) -> Any:
    help_ = f"By how much a spike raises {name}." if what == "impulse" else f"Steps in which {name} falls to 1/e."
    return typer.Option(f"--{name}-{what}", metavar="NUMBER" if what == "impulse" else "STEPS", help=help_)


def rule(
    dw: Annotated[str, typer.Option("--dw", metavar="RULE", help="The rule of the weights, as for Lava.")],
    threshold: Annotated[str, typer.Option(metavar="NUMBER", help="θ, in units of the weights of Lava.")],
    quantum: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER",
            help="Weight units of one transfer. By default the largest power of two that is not above θ; in floating "
            "point all that is there.",
        ),
    ] = None,
    arithmetic: Annotated[
        str,
        typer.Option(metavar="|".join(ARITHMETICS), help="Of fixed_pt models and the chip, or of floating_pt models."),
    ] = "fixed",
    policy: Annotated[
        str, typer.Option(metavar="NAME", help="Must look at single synapses: the learning engine sees no more.")
    ] = "local-local",
    three_factor: Annotated[
        bool, typer.Option("--three-factor", help="y1, y2, y3 come from the neurons, as in Loihi3FLearningRule.")
    ] = False,
    dd: Annotated[str | None, typer.Option("--dd", metavar="RULE", help="The rule of the delays, if any.")] = None,
    t_epoch: Annotated[str, typer.Option(metavar="STEPS", help="Steps of Lava in a learning epoch.")] = "1",
    x1_impulse: Annotated[str | None, _trace("x1", "impulse")] = None,
    x1_tau: Annotated[str | None, _trace("x1", "tau")] = None,
    x2_impulse: Annotated[str | None, _trace("x2", "impulse")] = None,
    x2_tau: Annotated[str | None, _trace("x2", "tau")] = None,
    y1_impulse: Annotated[str | None, _trace("y1", "impulse")] = None,
    y1_tau: Annotated[str | None, _trace("y1", "tau")] = None,
    y2_impulse: Annotated[str | None, _trace("y2", "impulse")] = None,
    y2_tau: Annotated[str | None, _trace("y2", "tau")] = None,
    y3_impulse: Annotated[str | None, _trace("y3", "impulse")] = None,
    y3_tau: Annotated[str | None, _trace("y3", "tau")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Turn a learning rule into one that caches its changes in the tags of stock LearningDense, and on the chip.

    Shows the rules dw and dt, every product with the number that Lava realises, and where this caching differs from
    the published one.
    """
    # every trace option was declared by name above, so that help and completion know it
    given = {
        "x1_impulse": x1_impulse,
        "x1_tau": x1_tau,
        "x2_impulse": x2_impulse,
        "x2_tau": x2_tau,
        "y1_impulse": y1_impulse,
        "y1_tau": y1_tau,
        "y2_impulse": y2_impulse,
        "y2_tau": y2_tau,
        "y3_impulse": y3_impulse,
        "y3_tau": y3_tau,
    }
    traces = {name: _trace_number(name, text, three_factor) for name, text in given.items() if text is not None}
    theta, pulse, steps = number("--threshold", threshold), number("--quantum", quantum), whole("--t-epoch", t_epoch)
    if steps < 1:
        raise InputError(f"--t-epoch = {t_epoch}: must be at least 1 step")

    from lava_caching.processes.native_rule import native_caching_rule

    learning_rule = _learning_rule(three_factor, arithmetic, dw=dw, dd=dd, t_epoch=steps, **traces)
    native = native_caching_rule(
        learning_rule,
        theta,  # type: ignore[arg-type]
        quantum=pulse,
        arithmetic=arithmetic,  # type: ignore[arg-type]
        policy=policy,
    )
    if as_json:
        plain = {"n_factors": 3 if three_factor else 2, **_plain(native)}
        print_json(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(console(), native)


def _trace_number(name: str, text: str, three_factor: bool) -> float:
    option = f"--{name.replace('_', '-')}"
    if three_factor and name[0] == "y":
        raise InputError(f"{option} = {text}: with --three-factor {name[:2]} comes from the neurons; leave it out")
    value = number(option, text)
    assert value is not None
    if not 0 <= value < float("inf"):
        raise InputError(f"{option} = {text}: must be finite and not negative")
    return value


def _learning_rule(three_factor: bool, arithmetic: str, **more: Any) -> Any:
    """Return the rule as Lava holds it; what its parser would misread is refused before."""
    from lava_caching.processes.lava_needed import require_lava
    from lava_caching.processes.native_rule import learning_rule_of

    require_lava("loihi rule")
    return learning_rule_of(three_factor=three_factor, arithmetic=arithmetic, **more)  # type: ignore[arg-type]


def _plain(native: NativeCachingRule) -> dict[str, Any]:
    """Return what there is to say, for JSON."""
    return {
        "form": native.form,
        "arithmetic": native.arithmetic,
        "threshold": native.threshold,
        "quantum": native.quantum,
        "dw": native.dw,
        "dd": native.learning_rule.dd_str,
        "dt": native.dt,
        "products": [
            {
                "target": product.target,
                "dependency": _when(product),
                "mantissa": product.mantissa,
                "exponent": product.exponent,
                "number": product.rate,
                "number_in_fixed": product.fixed_rate,
                "factors": [str(factor) for factor in product.factors],
            }
            for product in native.products
        ],
        "parameters": [vars(parameter) for parameter in native.parameters],
        "deviations": list(native.deviations),
    }


def _when(product: Product) -> str:
    return product.dependency if product.decimation is None else f"u{product.decimation}"


def _print(screen: Console, native: NativeCachingRule) -> None:
    what = "all of it" if native.quantum is None else f"quantum {native.quantum:g}"
    screen.print(
        Text.assemble(
            (f"{native.form} form", "bold"), f"  {native.arithmetic} arithmetic, θ = {native.threshold:g}, {what}"
        )
    )
    screen.print()
    rules = Table.grid(padding=(0, 1, 0, 0))
    for name, text in (("dw", native.dw), ("dd", native.learning_rule.dd_str), ("dt", native.dt)):
        if text:
            rules.add_row(Text(f"{name} =", style="bold"), Text(text))
    screen.print(rules)
    screen.print()
    screen.print(_products(native))
    screen.print()
    screen.print(_parameters(native))
    screen.print()
    screen.print(Text("where it differs from the published algorithm", style="bold"))
    for line in native.deviations:
        item = Table.grid(padding=(0, 1, 0, 0))
        item.add_row("-", Text(line))
        screen.print(item)


def _products(native: NativeCachingRule) -> Table:
    """Return the products as Lava's parser realised them."""
    fixed = native.arithmetic == "fixed"
    table = _table("rule", "when", "number", "its value", *(("in fixed",) if fixed else ()), "factors")
    last = ""
    for product in native.products:
        cells = [number_text(product.mantissa, product.exponent), f"{product.rate:g}"]
        cells += [f"{product.fixed_rate:g}"] if fixed else []
        factors = " * ".join(map(str, product.factors)) or "1"
        table.add_row("" if product.target == last else product.target, _when(product), *cells, factors)
        last = product.target
    return table


def _parameters(native: NativeCachingRule) -> Table:
    """Return what was asked for beside what is realised."""
    table = _table("parameter", "asked", "realised", "")
    for parameter in native.parameters:
        values = (f"{value:g}" for value in (parameter.asked, parameter.realised))
        table.add_row(parameter.name, *values, parameter.why)
    return table


def _table(*headers: str) -> Table:
    """Return a table without lines: words to the left, numbers to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    words = {"rule", "when", "factors", "parameter", ""}
    for header in headers:
        table.add_column(
            header, overflow="fold", justify="left" if header in words else "right", no_wrap=header not in words
        )
    return table
