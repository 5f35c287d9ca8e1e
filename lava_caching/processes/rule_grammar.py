"""Lava's language of learning rules, read strictly before Lava's own parser sees it. Imports no Lava.

A rule for dw, dd or dt is a sum of products; a product is numbers (``3``, ``2^-4``, ``3*2^-4``), exactly one leading
dependency (x0, y0 or u0 … u9), and factors (x1, x2, y1, y2, y3, w, d, t, ``(w+3)``, ``sgn(t-5)``). Lava's parser takes
much that it then misreads without a word (``(-w)`` as w, ``(w*2)`` as w + 2, ``u12`` as 2·u1), and computes 2^999999999
if it is told to; here all that is refused. Widths are those of Lava's learning engine (`lava.magma.core.learning`),
which follow Davies et al. (2018), doi:10.1109/MM.2018.112130359.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, NoReturn, cast

from lava_caching.errors import InputError, unknown
from lava_caching.processes.products import (
    EXPONENTS,
    MANTISSAS,
    WIDTHS,
    Factor,
    Product,
    number_text,
    realised_rate,
)

__all__ = ["ARITHMETICS", "Arithmetic", "check_rule", "check_rule_string"]

Arithmetic = Literal["fixed", "float"]
ARITHMETICS = ("fixed", "float")
TARGETS = ("dd", "dt", "dw")
LONGEST_RULE = 256
"""Characters: Lava keeps a rule in a Var of that length, and reading a longer one back hangs."""
MULTIPLIER_BITS = 31
LARGEST_FLOAT_CONSTANT = 2**53
LONGEST_NUMBER, LARGEST_POWER = 17, 1022
"""Digits, and size of an exponent, beyond which a number is refused unread."""
DEPENDENCIES = ("x0", "y0", *(f"u{k}" for k in range(10)))
NAMES = "x0, y0, u0 to u9, x1, x2, y1, y2, y3, w, d, t and sgn"
TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<symbol>[-+*^()])|(?P<blank> +)", re.A
)


def check_rule(
    dw: str | None = None, dd: str | None = None, dt: str | None = None, *, arithmetic: Arithmetic = "fixed"
) -> tuple[Product, ...]:
    """Return the products of all rules of one connection, or refuse them.

    Parameters
    ----------
    dw, dd, dt : str, optional
        At least one of them, as for `Loihi2FLearningRule`.
    arithmetic : {"fixed", "float"}
        In ``fixed`` constants must be whole and fit into 8 bits; ``float`` takes any, but x0 and y0 only as dependency.

    Raises
    ------
    InputError
        See `check_rule_string`; also if no rule is given, or if they use u^k with more than one k.
    """
    given = {"dw": dw, "dd": dd, "dt": dt}
    products = tuple(
        product
        for target, text in given.items()
        if text is not None
        for product in check_rule_string(target, text, arithmetic=arithmetic)
    )
    if not products:
        raise InputError("dw = dd = dt = None: a connection learns by one rule at least; give dw")
    found = sorted({product.decimation for product in products if product.decimation is not None})
    if len(found) > 1:
        names = " and ".join(f"u{k}" for k in found)
        where = ", ".join(t for t in given if any(p.target == t and p.decimation is not None for p in products))
        raise InputError(f"{where}: {names} beside each other, but a connection has one u^k; use the same k everywhere")
    return products


def check_rule_string(target: str, text: str, *, arithmetic: Arithmetic = "fixed") -> tuple[Product, ...]:
    """Return the products of one rule, or refuse it.

    Parameters
    ----------
    target : {"dw", "dd", "dt"}
        What the rule changes.
    text : str
        The rule, as for Lava.
    arithmetic : {"fixed", "float"}
        See `check_rule`.

    Raises
    ------
    InputError
        If it is not in the language above, longer than 256 characters, or a number or constant out of range; names
        the place in the rule.

    Examples
    --------
    >>> [str(product) for product in check_rule_string("dw", "2^-2 * x1*y0 - 3*x0*(w-4)")]
    ['2^-2*y0*x1', '-3*x0*(w-4)']
    """
    if target not in TARGETS:
        raise unknown("target of a rule", str(target), TARGETS)
    if arithmetic not in ARITHMETICS:
        raise unknown("arithmetic", str(arithmetic), ARITHMETICS)
    if not isinstance(text, str):
        raise InputError(f"{target} = {text!r}: must be text, such as '2^-2*x1*y0'")
    if len(text) > LONGEST_RULE:
        raise InputError(
            f"{target} has {len(text)} characters: Lava holds {LONGEST_RULE}; leave out blanks, or use fewer products"
        )
    return _Reader(target, text, arithmetic).series()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


class _Reader:
    """Reads one rule from left to right; every refusal knows its place."""

    def __init__(self, target: str, text: str, arithmetic: Arithmetic) -> None:
        self.target, self.text, self.arithmetic = target, text, arithmetic
        self.tokens = self._tokens()
        self.next = 0
        self.decimation: int | None = None

    def series(self) -> tuple[Product, ...]:
        """Read ``[±] product (± product)*``."""
        products = [self._product(-1 if self._sign_if_any() == "-" else 1)]
        while self._here.text in ("+", "-"):
            products.append(self._product(-1 if self._take().text == "-" else 1))
        return tuple(products)

    def _product(self, mantissa: int) -> Product:
        """Read ``item (* item)*``; an item is a number, a dependency, a variable, a bracket or a sgn(…)."""
        start = self._here.at
        exponent, factors = 0, list[Factor]()
        dependency, decimation = "", None
        while True:
            token = self._here
            if token.kind == "number":
                m, k = self._number()
                mantissa, exponent = mantissa * m, exponent + k
            elif token.text == "(":
                m, k, factor = self._bracket()
                mantissa, exponent = mantissa * m, exponent + k
                factors += [] if factor is None else [factor]
            elif token.text == "sgn":
                factors.append(self._sgn())
            elif token.kind == "name":
                name = self._name()
                if name not in DEPENDENCIES:
                    factors.append(Factor(variable=name))
                elif not dependency:
                    dependency, decimation = name, self._decimation(token)
                else:
                    factors.append(self._second(token, dependency))
            else:
                self._expected("a number, a variable, '(' or 'sgn('")
            if self._here.text != "*":
                break
            self._take()
        if self._here.kind != "end" and self._here.text not in ("+", "-"):
            self._expected("'*', '+' or '-'")
        if not dependency:
            self._refuse(start, "this product has no x0, y0 or u^k, which say when it is computed; multiply it by one")
        mantissa, exponent = self._halved(mantissa, exponent, start)
        when = "u" if decimation is not None else dependency
        return Product(
            target=self.target,
            dependency=when,
            decimation=decimation,
            mantissa=mantissa,
            exponent=exponent,
            factors=tuple(factors),
        )

    def _second(self, token: _Token, first: str) -> Factor:
        """Check x0 or y0 that stands behind another dependency and so is a factor."""
        if token.text[0] == "u":
            self._refuse(token.at, f"{token.text!r} follows {first!r}: u^k stands first in its product, and only once")
        if self.arithmetic == "float":
            self._refuse(
                token.at,
                f"{token.text!r} follows {first!r}: in floating point Lava takes one of x0, y0, u^k per product; "
                "use a trace (x1, y1) for the other",
            )
        return Factor(variable=token.text)

    def _decimation(self, token: _Token) -> int | None:
        if token.text[0] != "u":
            return None
        k = int(token.text[1:])
        if self.decimation not in (None, k):
            self._refuse(
                token.at, f"{token.text!r} beside 'u{self.decimation}': a connection has one u^k; use the same k"
            )
        self.decimation = k
        return k

    def _halved(self, mantissa: int, exponent: int, start: int) -> tuple[int, int]:
        """Return mantissa and exponent as Lava keeps them, refused where it would not."""
        asked = mantissa, exponent
        while abs(mantissa) > 7 and mantissa % 2 == 0 and exponent < EXPONENTS[-1]:
            mantissa, exponent = mantissa // 2, exponent + 1
        if mantissa in MANTISSAS and exponent in EXPONENTS:
            return mantissa, exponent
        try:
            value = math.ldexp(asked[0], asked[1])
        except OverflowError:
            value = math.copysign(2.0**53, asked[0])
        near = realised_rate(value or math.copysign(2.0**-53, asked[0]))
        self._refuse(
            start,
            f"the number {_cut(number_text(*asked))} of this product is not m*2^k with m from -8 to 7 and k from -7 "
            f"to 8; the nearest is {near} = {near.value:g}",
        )

    def _bracket(self) -> tuple[int, int, Factor | None]:
        """Read ``(± number)``, ``(variable)`` or ``(± variable ± constant)`` in either order."""
        opening = self._take()
        sign = self._sign_if_any()
        first = self._here
        if first.kind == "number":
            m, k = self._number()
            m = -m if sign == "-" else m
            if self._here.text == ")":
                self._take()
                return m, k, None
            turned, name = self._sign(), self._here
            factor = Factor(variable=self._inner_name(), constant=self._constant(m, k, name.text, first.at))
            self._close(opening)
        else:
            turned, name = sign, first
            variable = self._inner_name()
            if self._here.text == ")":
                self._take()
                if turned == "-":
                    self._refuse(first.at, f"Lava drops the minus of '(-{variable})'; put it before the product")
                if variable in DEPENDENCIES:
                    self._refuse(first.at, f"Lava drops '({variable})'; write {variable} without the bracket")
                return 1, 0, Factor(variable=variable)
            factor = Factor(variable=variable, constant=self._signed_constant(variable))
            self._close(opening)
        if factor.variable in DEPENDENCIES and (factor.variable[0] == "u" or self.arithmetic == "float"):
            self._refuse(name.at, f"{factor.variable!r} takes no constant; write it without a bracket")
        if turned == "-":  # (c - v) is -(v - c), and Lava reads it so
            constant = cast(float, factor.constant)
            checked = self._in_range(-constant, factor.variable, first.at)
            return -1, 0, Factor(variable=factor.variable, constant=checked)
        return 1, 0, factor

    def _sgn(self) -> Factor:
        """Read ``sgn(variable)`` or ``sgn(variable ± constant)`` in either order; w, d and t have a sign."""
        self._take()
        if self._here.text != "(":
            self._expected("'('")
        opening = self._take()
        sign, constant = self._sign_if_any(), None
        start = self._here
        if start.kind == "number":
            m, k = self._number()
            second, name = self._sign(), self._here
            variable = self._inner_name()
            constant = self._constant(-m if sign == "-" else m, k, variable, start.at)
            sign = second
        else:
            name, variable = start, self._inner_name()
            if self._here.text != ")":
                constant = self._signed_constant(variable)
        self._close(opening)
        if variable not in ("w", "d", "t"):
            self._refuse(name.at, f"sgn({variable}) is not known to Lava, only the sign of w, d or t; use one of them")
        if sign == "-":
            self._refuse(name.at, f"Lava takes no minus before {variable!r} in sgn(…); put it before the product")
        return Factor(variable=variable, constant=constant, sign_only=True)

    def _signed_constant(self, variable: str) -> float:
        sign, at = self._sign(), self._here.at
        if self._here.kind != "number":
            self._expected("a whole number or m*2^k")
        m, k = self._number()
        return self._constant(-m if sign == "-" else m, k, variable, at)

    def _constant(self, mantissa: int, exponent: int, variable: str, at: int) -> float:
        try:
            value = math.ldexp(mantissa, exponent)
        except OverflowError:
            value = math.copysign(2.0**1023, mantissa)
        return self._in_range(value, variable, at)

    def _in_range(self, value: float, variable: str, at: int) -> float:
        """Return the constant, as an integer if it is one; refuse what the engine has no bits for."""
        whole = value == int(value)
        if self.arithmetic == "float":
            if abs(value) > LARGEST_FLOAT_CONSTANT:
                self._refuse(at, f"the constant {value:g} is beyond 2^53; use a smaller one")
        else:
            # what is added to w, t and d is Lava's 2C with C of 8 bits and sign, to traces C itself
            low, high = (-256, 255) if WIDTHS.get(variable) == WIDTHS["w"] else (-128, 127)
            if not whole:
                self._refuse(at, f"the constant {value:g} is a fraction; in fixed arithmetic use a whole number")
            if not low <= value <= high:
                self._refuse(
                    at, f"the constant {value:g} beside {variable} does not fit into 8 bits; use {low} to {high}"
                )
        return int(value) if whole else value

    def _number(self) -> tuple[int, int]:
        """Read ``m``, ``2^k`` or ``m*2^k`` as mantissa and exponent."""
        token = self._take()
        mantissa = self._whole(token)
        if self._here.text == "^":
            if mantissa != 2:
                self._refuse(token.at, f"{token.text}^… is not known to Lava, only powers of 2; write m*2^k")
            return 1, self._power()
        star, two, hat = (self._ahead(i).text for i in range(3))
        if (star, two, hat) == ("*", "2", "^"):
            self._take()
            self._take()
            return mantissa, self._power()
        return mantissa, 0

    def _power(self) -> int:
        self._take()
        sign = self._sign_if_any()
        token = self._here
        if token.kind != "number":
            self._expected("a whole number")
        size = self._whole(self._take())
        if size > LARGEST_POWER:
            self._refuse(token.at, f"the exponent {token.text} is beyond {LARGEST_POWER}; use one from -7 to 8")
        return -size if sign == "-" else size

    def _whole(self, token: _Token) -> int:
        """Return a whole number as Lava reads it."""
        text = token.text
        if not text.isdecimal():
            near = realised_rate(min(float(text), 2.0**53))
            self._refuse(token.at, f"{_cut(text)} is neither whole nor m*2^k; the nearest is {near} = {near.value:g}")
        if len(text) > 1 and text[0] == "0":
            self._refuse(token.at, f"{text} starts with 0; write {text.lstrip('0') or '0'}")
        if len(text) > LONGEST_NUMBER:
            self._refuse(token.at, f"a number of {len(text)} digits; use at most {LONGEST_NUMBER}")
        return int(text)

    def _inner_name(self) -> str:
        if self._here.kind != "name" or self._here.text == "sgn":
            self._expected("a variable")
        return self._name()

    def _name(self) -> str:
        token = self._take()
        if token.text not in DEPENDENCIES and token.text not in WIDTHS:
            merged = re.fullmatch(r"(?:[xy][0-3]|u\d|[wdt])+", token.text, re.A) and len(token.text) > 2
            hint = "put '*' between variables" if merged else f"use {NAMES}"
            self._refuse(token.at, f"{_cut(token.text)!r} is no variable of Lava's rules; {hint}")
        return token.text

    def _sign_if_any(self) -> str:
        return self._take().text if self._here.text in ("+", "-") else ""

    def _sign(self) -> str:
        if self._here.text not in ("+", "-"):
            self._expected("')', '+' or '-'")
        return self._take().text

    def _close(self, opening: _Token) -> None:
        if self._here.text != ")":
            if self._here.kind == "end":
                self._refuse(opening.at, "this bracket is not closed; add ')'")
            self._expected("')'")
        self._take()

    def _tokens(self) -> list[_Token]:
        tokens, at = list[_Token](), 0
        while at < len(self.text):
            match = TOKEN.match(self.text, at)
            if match is None:
                also = "use blanks" if self.text[at].isspace() else f"use numbers, + - * ^ ( ), {NAMES}"
                self._refuse(at, f"{self.text[at]!r} is no part of a rule; {also}")
            if match.lastgroup != "blank":
                tokens.append(_Token(cast(str, match.lastgroup), match.group(), at))
            at = match.end()
        return tokens

    @property
    def _here(self) -> _Token:
        return self._ahead(0)

    def _ahead(self, n: int) -> _Token:
        end = _Token("end", "", len(self.text))
        return self.tokens[self.next + n] if self.next + n < len(self.tokens) else end

    def _take(self) -> _Token:
        token = self._here
        self.next += 1
        return token

    def _expected(self, what: str) -> NoReturn:
        token = self._here
        if not self.tokens:
            self._refuse(0, "the rule is empty; write a product such as 2^-2*x1*y0")
        if token.kind == "end":
            self._refuse(token.at, f"the rule ends too early; add {what}")
        self._refuse(token.at, f"{_cut(token.text)!r} stands where {what} belongs")

    def _refuse(self, at: int, problem: str) -> NoReturn:
        """Raise the one sentence: the rule, the place in it, what is wrong and the way out."""
        low, high = (0, len(self.text)) if len(self.text) <= 60 else (max(0, at - 25), at + 25)
        shown = f"{'…' if low else ''}{self.text[low:high]}{'…' if high < len(self.text) else ''}"
        raise InputError(f"{self.target} = {shown!r}, character {at + 1}: {problem}")


def _cut(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:20]}…"
