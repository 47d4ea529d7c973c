"""Joins the parts a mapping author works with; beside wiring, which joins the hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hub.errors import Invalid, Issue
from hub.fhir.validate import validate
from hub.mapping.tools import MapTools
from hub.mapping.transform_file import Wanted
from hub.model import Tree
from hub.wiring import packaged

__all__ = [
    "Wanted",
    "cells_of_concept_map",
    "concept_map_of_cells",
    "concept_map_of_table",
    "given_of",
    "map_tools",
    "rows_of",
    "table_of_concept_map",
]


def map_tools(folders: Sequence[Path]) -> MapTools:
    """The mapping author's tools for the maps of these folders; the packaged ones are trusted."""
    return MapTools(folders, packaged("."))


def concept_map_of_table(body: bytes, form: str) -> Tree:
    """The ConceptMap of a csv or xlsx table; an R4 one is checked against its specification.

    Raises:
        Invalid: with every cell or element that is wrong.
    """
    # The workbook library is slow to load and only these two commands need it.
    from hub.mapping import concept_sheet, concept_versions

    tree = concept_sheet.load(body, form)
    found = [] if concept_versions.is_r5(tree) else validate(tree)
    if found:
        raise Invalid(*found)
    return tree


def table_of_concept_map(tree: Tree, form: str) -> bytes:
    """The csv or xlsx table of a ConceptMap.

    Raises:
        Invalid: it is none, or says something a table has no column for.
    """
    from hub.mapping import concept_sheet

    if not isinstance(tree, dict) or tree.get("resourceType") != "ConceptMap":
        fr = "ce fichier n'est pas une ConceptMap : choisissez-en une."
        raise Invalid(Issue("structure", fr, "this file is no ConceptMap: choose one."))
    return concept_sheet.dump(tree, form)


def cells_of_concept_map(tree: Tree) -> list[list[str]]:
    """The table of a ConceptMap as text cells.

    Raises:
        Invalid: it says something a table has no column for.
    """
    from hub.mapping import concept_table

    return concept_table.table_of(tree)


def concept_map_of_cells(table: Sequence[Sequence[str]]) -> tuple[Tree, list[Issue]]:
    """The ConceptMap of text cells, and which of its rows stand twice or contradict each other.

    Raises:
        Invalid: something else is wrong, with each cell.
    """
    from hub.mapping import concept_rows

    return concept_rows.drafted(table)


def given_of(text: str) -> dict[str, str]:
    """What a row or a missing code depends on: {attribute: value}, of its text."""
    from hub.mapping import concept_depends

    return concept_depends.read_given(text)


def rows_of(tree: Tree) -> Callable[[str, str, str, str], bool]:
    """Of a ConceptMap: has it a row for (system, code) on a day (ISO), with what rows depend on?"""
    from hub.mapping import concept_map

    return concept_map.ConceptMap(tree).has
