"""The strict grammar takes nothing that Lava refuses or misreads, and gives the products that Lava gives."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_caching.errors import InputError
from lava_caching.processes.products import Product, number_text, realised_rate
from lava_caching.processes.rule_grammar import (
    ARITHMETICS,
    Arithmetic,
    check_rule,
    check_rule_string,
)

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.learning.utils import float_to_literal

VARIABLES = ("x1", "x2", "y1", "y2", "y3", "w", "d", "t")
Plain = tuple[str, int | None, int, int, list[tuple[str, float | None, bool]]]


def ours(product: Product) -> Plain:
    factors = [(f.variable, f.constant, f.sign_only) for f in product.factors]
    return product.dependency, product.decimation, product.mantissa, product.exponent, factors


def lavas(rule: Loihi2FLearningRule) -> dict[str, list[Plain]]:
    """Return what Lava read, exponents as they act (it keeps them plus 7)."""
    return {
        target: [
            (
                p.dependency,
                p.decimate_exponent,
                p.s_mantissa,
                p.s_exp - 7,
                [(f.state_var, f.const, f.is_sgn) for f in p.factors],
            )
            for p in series.products
        ]
        for target, series in rule.active_product_series.items()
    }


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Return a rule of the language, with blanks anywhere between its words."""
    k = draw(st.integers(0, 9))
    number = st.one_of(
        st.integers(0, 7).map(str),
        st.integers(-7, 8).map(lambda e: f"2^{e}"),
        st.builds(lambda m, e: f"{m}*2^{e}", st.integers(1, 7), st.integers(-7, 8)),
        st.builds(lambda m, s: f"({s}{m})", st.integers(1, 7), st.sampled_from(["", "-", "+"])),
    )
    constant = st.one_of(st.integers(0, 127).map(str), st.integers(0, 6).map(lambda e: f"2^{e}"), st.just("3*2^4"))
    sign = st.sampled_from("+-")
    variable = st.sampled_from(VARIABLES)
    signed = st.sampled_from("wdt")
    factor = st.one_of(
        variable,
        variable.map("({})".format),
        st.builds("({}{}{}{})".format, st.sampled_from(["", "-", "+"]), variable, sign, constant),
        st.builds("({}{}{})".format, constant, sign, variable),
        signed.map("sgn({})".format),
        st.builds("sgn({}{}{})".format, signed, sign, constant),
        st.builds("sgn(-{}+{})".format, constant, signed),
    )
    dependency = draw(st.sampled_from([("x0",), ("y0",), (f"u{k}",), ("x0", f"u{k}")]))
    products = []
    for _ in range(draw(st.integers(1, 4))):
        items = [draw(st.sampled_from(dependency)), *draw(st.lists(factor, max_size=3))]
        items += [draw(number)] if draw(st.booleans()) else []
        products.append("*".join(draw(st.permutations(items))))
    text = draw(st.sampled_from(["", "-", "+"])) + products[0]
    for product in products[1:]:
        text += draw(sign) + product
    blank = draw(st.sampled_from(["", " "]))
    for symbol in "+-*()":
        text = text.replace(symbol, f"{blank}{symbol}{blank}")
    return text[:256]


@settings(max_examples=150)
@given(rules(), st.sampled_from(["dw", "dd", "dt"]), st.sampled_from(ARITHMETICS))
def test_what_the_grammar_takes_lava_reads_alike(text: str, target: str, arithmetic: Arithmetic) -> None:
    try:
        products = check_rule_string(target, text, arithmetic=arithmetic)
    except InputError:
        return
    assert [ours(p) for p in products] == lavas(Loihi2FLearningRule(**{target: text}))[target]
    written = "".join(f"{'' if str(p).startswith('-') else '+'}{p}" for p in products)
    again = check_rule_string(target, written, arithmetic=arithmetic) if len(written) <= 256 else products
    assert again == products


def test_most_drawn_rules_are_taken() -> None:
    taken = []

    @settings(max_examples=50)
    @given(rules())
    def draw(text: str) -> None:
        try:
            taken.append(bool(check_rule_string("dw", text)))
        except InputError:
            taken.append(False)

    draw()
    assert sum(taken) > len(taken) / 2


WORDS = st.sampled_from(
    [
        *VARIABLES,
        "x0",
        "y0",
        "u0",
        "u1",
        "u12",
        "sgn",
        "sgn(",
        "(",
        ")",
        "+",
        "-",
        "*",
        "^",
        "2",
        "3",
        "2^",
        " ",
        "0.5",
        "99999",
    ]
)


@settings(max_examples=500)
@given(st.one_of(st.lists(WORDS, max_size=12).map("".join), st.text(max_size=300)), st.sampled_from(ARITHMETICS))
def test_junk_is_refused_in_a_sentence_or_read_as_lava_reads_it(text: str, arithmetic: Arithmetic) -> None:
    products, sentence = [], ""
    try:
        products = [*check_rule_string("dw", text, arithmetic=arithmetic)]
    except InputError as error:
        sentence = str(error)
    assert "\n" not in sentence
    assert len(sentence) < 300
    assert sentence or [ours(p) for p in products] == lavas(Loihi2FLearningRule(dw=text))["dw"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "character 1: the rule is empty"),
        ("z1*x0", "character 1: 'z1' is no variable"),
        ("x0*w + 2^-2*x1y0", "character 13: 'x1y0' is no variable of Lava's rules; put '*' between"),
        ("u12*w", "'u12' is no variable"),
        ("x0 y1", "character 4: 'y1' stands where '*', '+' or '-' belongs"),
        ("x1*y1", "has no x0, y0 or u^k"),
        ("0.01*x0", "0.01 is neither whole nor m*2^k; the nearest is 2^-7 = 0.0078125"),
        ("9*x0", "to 8; the nearest is 2^3 = 8"),
        ("2^-8*x0", "the nearest is 2^-7"),
        ("2^9*x0", "the nearest is 2*2^8 = 512"),
        ("x0*2^99999999999", "the exponent 99999999999 is beyond"),
        ("x0*(w+2^999)", "does not fit into 8 bits; use -256 to 255"),
        ("x0*(t-257)", "the constant -257 beside t does not fit into 8 bits"),
        ("x0*(x1+128)", "the constant 128 beside x1 does not fit into 8 bits; use -128 to 127"),
        ("x0*(w+2^-1)", "the constant 0.5 is a fraction"),
        ("x0*sgn(y1)", "sgn(y1) is not known"),
        ("x0*(-w)", "Lava drops the minus"),
        ("x0*(w*2)", "'*' stands where ')'"),
        ("x0*(y0)", "Lava drops '(y0)'"),
        ("x0*u0", "u^k stands first in its product"),
        ("u0*w + u1*t", "character 8: 'u1' beside 'u0'"),
        ("x0\t*w", "is no part of a rule; use blanks"),
        ("x0*07", "07 starts with 0; write 7"),
        ("x0*(w+1", "character 4: this bracket is not closed; add ')'"),
        ("x0" + "+x0" * 85 + " ", "dw has 258 characters: Lava holds 256"),
    ],
)
def test_a_refusal_names_place_rule_and_way_out(text: str, said: str) -> None:
    with pytest.raises(InputError) as refusal:
        check_rule_string("dw", text)
    assert said in str(refusal.value)


MISREAD = ["u12*w", "x0*(-w)", "x0*(w*2)", "x0*(w+2+3)", "x0*y1*(y0)", "x0y1", "x0**w", "x0*w*"]


@pytest.mark.parametrize("text", MISREAD)
def test_what_lava_takes_and_misreads_is_refused(text: str) -> None:
    Loihi2FLearningRule(dw=text)
    with pytest.raises(InputError):
        check_rule_string("dw", text)


def test_floating_point_takes_any_constant_but_one_dependency() -> None:
    (product,) = check_rule_string("dw", "x0*(w-3*2^-3)", arithmetic="float")
    assert product.factors[0].constant == -0.375
    assert check_rule_string("dw", "x0*(w+1000)", arithmetic="float")
    assert check_rule_string("dw", "x0*y0*w")
    with pytest.raises(InputError, match="in floating point Lava takes one of"):
        check_rule_string("dw", "x0*y0*w", arithmetic="float")


def test_rules_of_one_connection_share_one_decimation() -> None:
    assert len(check_rule("x0*y1", dd="u2*d", dt="u2*t - x0")) == 4
    with pytest.raises(InputError, match="dw, dt: u0 and u2 beside each other"):
        check_rule("u2*w", dt="u0*t")
    with pytest.raises(InputError, match="give dw"):
        check_rule()


def test_words_outside_the_choice_are_named() -> None:
    with pytest.raises(InputError, match="unknown target of a rule 'dx'; known: dd, dt, dw"):
        check_rule_string("dx", "x0")
    with pytest.raises(InputError, match="unknown arithmetic 'fix'"):
        check_rule_string("dw", "x0", arithmetic="fix")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be text"):
        check_rule_string("dw", 3)  # type: ignore[arg-type]


def test_fixed_arithmetic_shifts_wide_products() -> None:
    narrow, two, tags = check_rule_string("dt", "x1*y0 + 2^-1*x1*y1*y0 + u0*t*sgn(t-4)")
    assert (narrow.lost_bits, two.lost_bits, tags.lost_bits) == (0, 3, 7)
    assert (two.rate, two.fixed_rate) == (0.5, 0.0625)


@given(st.floats(-2000, 2000))
def test_the_realised_rate_is_the_nearest_that_lava_takes(asked: float) -> None:
    rate = realised_rate(asked)
    assert check_rule_string("dw", f"x0*({rate})" if rate.mantissa < 0 else f"x0*{rate}")[0].rate == rate.value
    every = [math.ldexp(m, k) for m in range(-8, 8) for k in range(-7, 9) if m or not asked]
    assert abs(rate.value - asked) == min(abs(v - asked) for v in every)


@given(st.floats(2.0**-7, 7.0))
def test_the_realised_rate_is_never_worse_than_lavas_own_rounding(asked: float) -> None:
    (lava,) = check_rule_string("dw", f"{float_to_literal(asked)}*x0")
    assert abs(realised_rate(asked).value - asked) <= abs(lava.rate - asked)


def test_rates_are_written_as_in_rules() -> None:
    assert [number_text(m, k) for m, k in ((1, 0), (-1, 2), (3, -4), (-5, 0))] == ["1", "-2^2", "3*2^-4", "-5"]
    assert (str(realised_rate(0)), realised_rate(0).relative_error) == ("0", 0.0)
    assert realised_rate(0.01).relative_error == pytest.approx(-0.21875)
    assert [realised_rate(x).value for x in (1e30, -1e30)] == [1792, -2048]
    with pytest.raises(InputError, match="rate = nan: must be finite"):
        realised_rate(math.nan)
