"""The shipped JSON schemas are those of the loader: made anew they are the same bytes, and they judge as it does.

The judge below knows the keywords that our schemas use and fails on any other; it stands in for an editor.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
import tomli

from lava_caching.errors import InputError
from lava_caching.hardware import memory_names, pair_names
from lava_caching.hardware.chips import chip_names
from lava_caching.hardware.json_schema import SCHEMAS, schema, schema_text

ROOT = files("hardware_profiles")
SHIPPED = [
    *(("volatile", f"volatile/{name}.toml") for name in memory_names("volatile")),
    *(("nonvolatile", f"nonvolatile/{name}.toml") for name in memory_names("nonvolatile")),
    *(("chip", f"chips/{name}.toml") for name in chip_names()),
]
TYPES: dict[str, tuple[type, ...]] = {
    **{"object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "integer": (int,)},
    "number": (int, float),
}
NO_RULES = {"$schema", "title", "description", "definitions", "then", "else"}


def faults(value: Any, rules: dict[str, Any], root: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield what breaks the rules of a schema, keyword by keyword."""
    for keyword, rule in rules.items():
        if keyword in NO_RULES:
            continue
        if keyword == "$ref":
            yield from faults(value, root["definitions"][rule.removeprefix("#/definitions/")], root, path)
        elif keyword == "allOf":
            for part in rule:
                yield from faults(value, part, root, path)
        elif keyword == "if":
            fits = not list(faults(value, rule, root, path))
            yield from faults(value, rules["then" if fits else "else"], root, path)
        elif keyword == "properties":
            for key, inner in rule.items():
                if isinstance(value, dict) and key in value:
                    yield from faults(value[key], inner, root, f"{path}.{key}")
        elif keyword == "items":
            for i, part in enumerate(value if isinstance(value, list) else ()):
                yield from faults(part, rule, root, f"{path}.{i}")
        elif not obeys(value, keyword, rule, rules):
            yield f"{path.lstrip('.')}: {keyword} {rule}"


def obeys(value: Any, keyword: str, rule: Any, rules: dict[str, Any]) -> bool:
    """Return whether a value obeys one keyword; what the keyword does not speak of, it obeys."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    judged: dict[str, Callable[[], bool]] = {
        "type": lambda: isinstance(value, TYPES[rule]) and (rule == "boolean" or not isinstance(value, bool)),
        "required": lambda: not isinstance(value, dict) or set(rule) <= set(value),
        "additionalProperties": lambda: not isinstance(value, dict) or set(value) <= set(rules["properties"]),
        "enum": lambda: value in rule,
        "const": lambda: value == rule,
        "minLength": lambda: not isinstance(value, str) or len(value) >= rule,
        "minItems": lambda: not isinstance(value, list) or len(value) >= rule,
        "exclusiveMinimum": lambda: not is_number or value > rule,
    }
    return judged[keyword]()


def judged(kind: str, text: str) -> list[str]:
    whole = schema(kind)
    return list(faults(tomli.loads(text), whole, whole))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_shipped_schema_is_the_one_made_from_the_loader(kind: str) -> None:
    """To remake them: `make schema`."""
    shipped = ROOT.joinpath("schema").joinpath(f"{kind}.schema.json").read_bytes()
    assert shipped == f"{schema_text(kind)}\n".encode()


def test_there_is_a_schema_for_every_kind_and_no_other() -> None:
    assert {entry.name for entry in ROOT.joinpath("schema").iterdir()} == {f"{kind}.schema.json" for kind in SCHEMAS}
    with pytest.raises(InputError, match="unknown kind of profile 'pairs'; did you mean 'pair'"):
        schema("pairs")


@pytest.mark.parametrize(("kind", "path"), SHIPPED)
def test_every_shipped_file_fits(kind: str, path: str) -> None:
    assert judged(kind, ROOT.joinpath(path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", pair_names())
def test_every_shipped_pair_fits(name: str) -> None:
    pair = tomli.loads(ROOT.joinpath("pairs.toml").read_text(encoding="utf-8"))["pairs"][name]
    assert list(faults(pair, schema("pair"), schema("pair"))) == []


ECRAM = ROOT.joinpath("nonvolatile/ecram.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('tier = "nonvolatile"', 'tier = "volatile"', "tier: const nonvolatile"),
        ("[write.energy_j]", "[write.energy]", "write: additionalProperties False"),
        ("low = 1e-15", "low = -1e-15", "write.energy_j.low: exclusiveMinimum 0"),
        ("low = 1e-15", 'low = "1 fJ"', "write.energy_j.low: type number"),
        ("low = 1e-15", "", "write.energy_j: required "),
        ('per = "pulse"', 'per = "byte"', "write.energy_j.per: enum "),
        ('basis = "projected"', 'basis = "guessed"', "write.energy_j.basis: enum "),
        ('scope = ["device"]', "scope = []", "levels.scope: minItems 1"),
        ("destructive = false", "destructive = 0", "read.destructive: type boolean"),
        ("[read.energy_j]\nunknown = ", "[read.energy_j]\nnot_known = ", "read.energy_j: additionalProperties False"),
        ("title = ", "inherit = ", ": additionalProperties False"),
    ],
)
def test_a_broken_file_does_not_fit(old: str, new: str, fault: str) -> None:
    assert old in ECRAM
    assert any(found.startswith(fault) for found in judged("nonvolatile", ECRAM.replace(old, new, 1)))


def test_a_file_that_inherits_need_not_be_complete() -> None:
    assert judged("nonvolatile", 'inherits = "ecram"\n[endurance]\nmode = "mild"\n') == []
    assert judged("nonvolatile", '[endurance]\nmode = "mild"\n') != []
    assert judged("pair", 'inherits = "cap_ecram"\n[volatile.read.energy_j]\nunknown = "to be measured"\n') == []
    inside = 'title = "t"\nwhy = "w"\nnonvolatile = "ecram"\n[volatile]\ninherits = "cap3t1c_100ff"\nnote = "n"\n'
    assert judged("pair", inside) == []
    assert judged("pair", inside.replace("inherits", "inherit")) != []


def test_a_number_is_whole_even_where_the_file_inherits() -> None:
    found = judged("nonvolatile", 'inherits = "ecram"\n[write.energy_j]\nnominal = 1e-15\n')
    assert any("required" in fault for fault in found)
    assert judged("nonvolatile", 'inherits = "ecram"\nmood = "bad"\n') == [": additionalProperties False"]


def test_numbers_say_their_unit_and_keys_their_meaning() -> None:
    memory = json.loads(schema_text("volatile"))["definitions"]
    assert memory["WholeVolatileMemory"]["properties"]["retention_s"]["description"] == "Unit: s."
    assert memory["Hold"]["properties"]["power_w_per_bit"]["description"].endswith(" it holds. Unit: W/bit.")
    assert "must read the old value" in memory["VolatileWrite"]["properties"]["accumulates_in_place"]["description"]


def test_a_run_makes_no_schema() -> None:
    code = (
        "import sys, lava_caching.cli.app, lava_caching.cli.hardware, lava_caching.cli.run\n"
        "from lava_caching.hardware import load_pair, pair_names\n"
        "load_pair(pair_names()[0])\n"
        "print('lava_caching.hardware.json_schema' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
