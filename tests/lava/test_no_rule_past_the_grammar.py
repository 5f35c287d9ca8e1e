"""No text of somebody else's reaches Lava's parser, or the interpreter (asteval) behind it, before the strict grammar.

asteval 0.9 has known ways out of its sandbox (CVE-2025-24359), and Lava, which needs it, admits no newer one.
"""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_caching import Perceptron
from lava_caching.cli.records import load_record
from lava_caching.errors import InputError
from lava_caching.processes.rule_grammar import check_rule_string
from lava_caching.record import config_hash
from lava_caching.sweeps import read_plan

pytest.importorskip("lava.magma", reason="lava-nc installs on Python 3.10 only")

import asteval
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule, LoihiLearningRule
from lava.magma.core.learning.learning_rule_applier import LearningRuleApplierFloat

from lava_caching.cli.loihi_rule import rule as rule_command
from lava_caching.processes.native_rule import learning_rule_of, native_caching_rule

PACKAGE = Path(__file__).resolve().parents[2] / "lava_caching"
NASTY = [
    "__import__('os').system('true')",
    "x0*__import__('os')",
    "x0*w.__class__.__mro__[1].__subclasses__()",
    "x0*(w.__class__)",
    "f'{w.__class__}'*x0",
    "'{0.__class__}'.format(w)*x0",
    "x0*9**9**9",
    "x0*2^9^9",
    "x0*2^999999999",
    "x0*99999999999999999999999999",
    "x0*1e308*1e308",
    "ｘ0*w",
    "x0*ｗ",
    "х0*w",  # the first letter is Cyrillic
    "x0*w\N{ZERO WIDTH SPACE}",
    "x\N{SUPERSCRIPT ZERO}*w",
    "x0*\N{ARABIC-INDIC DIGIT THREE}",
    "x0*w\n+__import__('os')",
    "x0*w;import os",
    "x0*w#",
    "x0*w if 1 else 0",
    "lambda: 0",
    "[x0 for x0 in ()]",
    "x0*sgn(__import__('os'))",
    "x0*(w+(lambda:0)())",
    "x0*exec('1')",
    "x0*open('/etc/passwd')",
    "x0*np.load('a')",
    "x0*w:=3",
    "x0*" + "(" * 100 + "w" + ")" * 100,
    "x0\0*w",
    "x0*w*" * 1000 + "w",
]


class ReachedError(AssertionError):
    """A text came through."""


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing come to Lava's parser of rules, or to asteval."""

    def reached(*_: Any, **__: Any) -> None:
        raise ReachedError

    monkeypatch.setattr(LoihiLearningRule, "_validate_learning_rule_strings", reached)
    monkeypatch.setattr(LearningRuleApplierFloat, "__init__", reached)
    for name in ("__init__", "__call__", "eval", "parse"):
        monkeypatch.setattr(asteval.Interpreter, name, reached)


WAYS: dict[str, Callable[[str], Any]] = {
    "native_caching_rule": lambda text: native_caching_rule(text, 8),
    "learning_rule_of dw": lambda text: learning_rule_of(dw=text),
    "learning_rule_of dt": lambda text: learning_rule_of(dw="x0*w", dt=text),
    "learning_rule_of dd": lambda text: learning_rule_of(dw="x0*w", dd=text, arithmetic="float"),
    "loihi rule --dw": lambda text: rule_command(dw=text, threshold="8"),
    "loihi rule --dw, floating point": lambda text: rule_command(dw=text, threshold="8", arithmetic="float"),
    "loihi rule --dd": lambda text: rule_command(dw="x0*w", dd=text, threshold="8", three_factor=True),
}


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_end_at_the_grammar(text: str, way: str) -> None:
    with pytest.raises(InputError) as refusal:
        WAYS[way](text)
    assert str(refusal.value).isprintable()


@pytest.mark.usefixtures("guarded")
def test_the_guard_guards() -> None:
    for way in WAYS.values():
        with pytest.raises(ReachedError):
            way("x0*w")


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("field", ["rule", "policy", "coding", "classes", "schedule", "device", "scope", "amount"])
@pytest.mark.parametrize("text", [*NASTY[:4], "x0*w"])
def test_texts_in_plans_and_records_are_names_and_no_rules(tmp_path: Path, field: str, text: str) -> None:
    path = tmp_path / "plan.toml"
    engine = 'engine = "loihi-native"\n'
    path.write_text(f'experiment = "perceptron"\n{engine}[grid]\n{field} = [{json.dumps(text)}]\n', encoding="utf-8")
    with pytest.raises(InputError):
        read_plan(path).tasks()
    plain = Perceptron(n_inputs=2, n_patterns=2).run(engine="reference").to_dict()
    plain["config"][field] = text
    plain["config_hash"] = config_hash("perceptron", plain["config"])
    path = tmp_path / "record.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    with contextlib.suppress(InputError):  # a policy or rule of somebody's own is a name, and kept as one
        assert load_record(path).price("sram_rram_22nm").config[field] == text


def makes_rules(tree: ast.AST) -> bool:
    """Return whether a rule of Lava is made, or given another text."""
    called = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    given_to = [ast.unparse(node.targets[0]) for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    return any("LearningRule" in word and "Native" not in word for word in called) or any(
        word.endswith(("dw_str", "dt_str", "dd_str")) for word in given_to
    )


MADE = {
    "engines/perceptron/_network.py": "of whole numbers, by the engines",
    "processes/host_stepped.py": "the dw of a rule of Lava that `check_cacheable` has passed",
    "processes/native_rule.py": "after `check_rule`: `_as_rule`, `learning_rule_of`; dt is such a dw and numbers",
    "processes/pair_stdp.py": "of powers of two, from checked numbers",
    "processes/to_chip.py": "of whole numbers",
}
"""Files that make rules of Lava, and from what."""


def test_rules_of_lava_are_made_in_these_files_only() -> None:
    making = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if makes_rules(ast.parse(path.read_text("utf-8")))
    }
    assert making == set(MADE)


TRACES = {f"{trace}_{when}" for trace in ("x1", "x2", "y1", "y2", "y3") for when in ("x0", "y0", "u")}
NAMES = {"x0", "y0", "u", "weights", "tag_1", "tag_2", "np", *TRACES}
NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.Load, ast.operator, ast.unaryop)
FACTORS = ["x1", "y2", "w", "t", "d", "(w+3)", "(x1-2)", "sgn(t-4)", "sgn(w)", "2^-2", "3", "(4-w)"]


@given(
    st.lists(st.sampled_from(FACTORS), max_size=4),
    st.sampled_from(["x0", "y0", "u0", "u3"]),
    st.sampled_from(["", "-"]),
)
def test_what_asteval_computes_is_arithmetic_of_known_names(factors: list[str], when: str, sign: str) -> None:
    text = sign + "*".join([when, *factors])
    try:
        check_rule_string("dw", text, arithmetic="float")
    except InputError:
        return
    (series,) = Loihi2FLearningRule(dw=text).active_product_series.values()
    for node in ast.walk(ast.parse(LearningRuleApplierFloat(series)._applier_str, mode="eval")):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) == "np.sign"
        elif isinstance(node, ast.Attribute):
            assert ast.unparse(node) == "np.sign"
        elif isinstance(node, ast.Name):
            assert node.id in NAMES
        else:
            assert isinstance(node, NODES), ast.dump(node)
