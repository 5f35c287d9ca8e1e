"""Turns what a source is called into addresses to follow: DOIs, preprints, web pages, files of public repositories."""

from __future__ import annotations

import re
from urllib.parse import quote

from lava_caching.report.page.content import Cell, Piece

__all__ = ["linked"]

DOI = r"doi:(?P<doi>10\.\d{4,9}/[^\s;,\"<>]*[^\s;,.\"<>)])"
WEB = r"(?P<web>https?://[^\s;,\"<>]*[^\s;,.\"<>)])"
ARXIV = r"arXiv:(?P<arxiv>\d{4}\.\d{4,5})"
FILE = r"(?P<owner>[\w-]+)/(?P<name>[\w.-]+):(?P<path>[\w./-]+)@(?P<commit>[0-9a-f]{7,40})"
ANY = re.compile(f"{DOI}|{WEB}|{ARXIV}|{FILE}")


def linked(text: str) -> Cell:
    """Return a text whose sources link to where they are found; nothing is fetched unless somebody follows a link."""
    pieces, end = [], 0
    for found in ANY.finditer(text):
        pieces += [Piece(text[end : found.start()]), Piece(found[0], _address(found))]
        end = found.end()
    pieces.append(Piece(text[end:]))
    kept = tuple(piece for piece in pieces if piece.text)
    return Cell(text, pieces=kept if any(piece.href for piece in kept) else ())


def _address(found: re.Match[str]) -> str:
    if found["doi"]:
        return f"https://doi.org/{quote(found['doi'], safe='/().:-_')}"
    if found["web"]:
        return found["web"]
    if found["arxiv"]:
        return f"https://arxiv.org/abs/{found['arxiv']}"
    return f"https://github.com/{found['owner']}/{found['name']}/blob/{found['commit']}/{quote(found['path'])}"
