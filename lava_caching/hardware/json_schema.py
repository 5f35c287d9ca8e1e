"""JSON schemas of the profiles, so that an editor checks a file while it is written; made from the loader's own models.

They say which keys there are, what each may hold and what must not be missing. Rules that join several keys (low ≤
nominal ≤ high, an energy that fits its write model) only the loader knows: `lava-caching hardware check FILE`.
A file that inherits need not be complete, so every table comes twice: whole, and as a `Change` in which nothing is
required. Numbers come once, for a number is always whole.
"""

from __future__ import annotations

import json
import re
from typing import Any

from lava_caching.errors import unknown
from lava_caching.hardware.chips import Chip
from lava_caching.hardware.numbers import Table
from lava_caching.hardware.reading import LEAVES, unit_of
from lava_caching.hardware.schema import NonvolatileMemory, PairSpec, Setting, VolatileMemory

__all__ = ["SCHEMAS", "schema", "schema_text"]

SCHEMAS: dict[str, type[Table]] = {
    "volatile": VolatileMemory,
    "nonvolatile": NonvolatileMemory,
    "pair": PairSpec,
    "chip": Chip,
}
"""Kinds of profiles and their models."""
WHOLE = {*LEAVES, "ChipQuantity", Setting.__name__}
INHERITS = {
    "type": "string",
    "minLength": 1,
    "description": "Name of a shipped profile, or of a TOML file in this folder; the other keys change it.",
}
DIALECT = "http://json-schema.org/draft-07/schema#"
"""What editors know (Taplo, Even Better TOML)."""


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON schema of a kind of profile.

    Parameters
    ----------
    kind : str
        One of `SCHEMAS`.

    Raises
    ------
    InputError
        If there is no such kind.

    Examples
    --------
    >>> schema("pair")["title"]
    'lava-caching pair'
    >>> sorted(schema("chip")["required"])
    ['capabilities', 'core', 'energy', 'static', 'synapse', 'time', 'title']
    """
    if kind not in SCHEMAS:
        raise unknown("kind of profile", kind, SCHEMAS)
    made = SCHEMAS[kind].model_json_schema(ref_template="#/definitions/{model}")
    tables: dict[str, Any] = {name: _plain(table) for name, table in made.pop("$defs").items()}
    root = _plain(made)
    if kind == "chip":
        del root["properties"]["name"]  # a chip is called by its file's name
        root["required"].remove("name")
        return _document(kind, root, tables)
    tables[SCHEMAS[kind].__name__] = root
    changes = {f"Change{name}": _change(table) for name, table in tables.items() if name not in WHOLE}
    for name in ("VolatileMemory", "NonvolatileMemory", "PairSpec"):
        if name in tables:  # these may inherit, at the top of a file or inside a pair
            changes[f"Change{name}"]["properties"]["inherits"] = INHERITS
            tables[f"Whole{name}"] = tables[name]
            tables[name] = _either(f"Whole{name}", f"Change{name}")
    return _document(kind, tables.pop(SCHEMAS[kind].__name__), {**tables, **changes})


def schema_text(kind: str) -> str:
    """Return the schema as it stands in `hardware_profiles/schema/<kind>.schema.json`, without the last line break."""
    return json.dumps(schema(kind), indent=1, ensure_ascii=False)


def _document(kind: str, root: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    named = {"$schema": DIALECT, "title": f"lava-caching {kind}"}
    return {**named, **root, "definitions": dict(sorted(tables.items()))}


def _either(whole: str, change: str) -> dict[str, Any]:
    """Return what is whole, or a change where it inherits; unlike `anyOf`, an editor then names the one missing key."""
    return {
        "if": {"required": ["inherits"]},
        "then": {"$ref": f"#/definitions/{change}"},
        "else": {"$ref": f"#/definitions/{whole}"},
    }


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table without what TOML does not have (null) and what helps nobody (titles made from names)."""
    kept: dict[str, Any] = {key: table[key] for key in ("type", "additionalProperties", "required") if key in table}
    summary, _, details = table.get("description", "").partition("\n\n")
    told = _attributes(details)
    properties = {key: _described(key, _without_null(value), told) for key, value in table["properties"].items()}
    return {"description": " ".join(summary.split()), **kept, "properties": properties}


def _described(key: str, value: dict[str, Any], told: dict[str, str]) -> dict[str, Any]:
    """Return a property with what its table's docstring says about it, and with the unit of its key."""
    unit = unit_of(key)
    words = [told.get(key, ""), f"Unit: {unit}." if unit != "1" else ""]
    text = " ".join(word for word in words if word)
    if "$ref" in value and text:  # beside a $ref nothing counts in draft 7
        value = {"allOf": [value]}
    return {**value, "description": text} if text else value


def _attributes(details: str) -> dict[str, str]:
    """Return the descriptions of a NumPy docstring's attributes by name."""
    found = re.findall(r"^(\w[\w, ]*) : .*\n((?: {4}.*\n?)+)", details, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in found for name in names.split(", ")}


def _without_null(value: Any) -> Any:
    """Return a property without titles, defaults and the alternative null: in TOML a key is absent instead."""
    if isinstance(value, list):
        return [_without_null(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "oneOf" in value:
        return _number([option["$ref"] for option in value["oneOf"]])
    kept = {key: _without_null(part) for key, part in value.items() if key not in ("title", "default")}
    options = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    if "anyOf" in kept and len(options) == 1:
        return {**{key: part for key, part in kept.items() if key != "anyOf"}, **options[0]}
    if options[:1] == [{"type": "string"}]:  # a name or a table: chosen by its type, as a number is by its key
        return {"if": {"type": "string"}, "then": {"minLength": 1}, "else": options[1]}
    return {**kept, "anyOf": options} if options else kept


def _number(options: list[str]) -> dict[str, Any]:
    """Return a choice by the key that decides; of a `oneOf`, an editor only says that nothing fits."""
    by_key = {"not_applicable": "NotApplicable", "unknown": "Unknown"}
    chosen = {option.rpartition("/")[2]: {"$ref": option} for option in options}
    number: dict[str, Any] = next(ref for name, ref in chosen.items() if name not in by_key.values())
    for key, name in by_key.items():
        if name in chosen:
            number = {"if": {"required": [key]}, "then": chosen[name], "else": number}
    return number


def _change(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table in which nothing is required, and the same inside; numbers stay whole."""
    text = re.sub(
        r'"#/definitions/(\w+)"',
        lambda found: found[0] if found[1] in WHOLE else f'"#/definitions/Change{found[1]}"',
        json.dumps(table),
    )
    changed: dict[str, Any] = json.loads(text)
    changed.pop("required", None)
    return changed
