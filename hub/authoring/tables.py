"""Code tables as grids: read one, change rows of its draft, bring in and take out spreadsheets.

A table is a ConceptMap whose life is told in releases.py: what is changed here is its draft, which
a second person publishes with a date. The immediate way for one missing code is « add a code ».
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub import map_wiring
from hub.authoring import releases
from hub.authoring.conflicts import overtaken
from hub.authoring.people import Person
from hub.errors import Invalid, Issue
from hub.formats import exact_json, spreadsheet
from hub.model import Tree
from hub.ports.releases import Draft
from hub.wiring import Hub

#: The columns every table has, in the order of a grid.
COLUMNS = (
    "source_code",
    "source_display",
    "relationship",
    "target_code",
    "target_display",
    "valid_from",
    "valid_until",
    "comment",
    "source_system",
    "target_system",
)
#: What a row says where nobody said it.
EQUIVALENT = "equivalent"
MOST_CHANGES = 25_000


@dataclass(frozen=True, slots=True)
class Change:
    """One row as it is to be; `place` None: a new one; no cells: the row goes."""

    place: int | None
    cells: Mapping[str, str] | None


@dataclass(slots=True)
class Table:
    """A table opened in a grid."""

    url: str
    title: str
    head: list[list[str]]  #: the lines before the columns
    columns: list[str]
    rows: list[dict[str, str]]
    marks: dict[int, Issue]  #: place → why the row stands out: duplicate | conflict
    seen: str  #: what `save` wants back
    version: str
    draft: Draft | None = None
    tree: Tree = field(default_factory=dict)


def opened(hub: Hub, url: str) -> Table:
    """The draft of a table, or what holds now.

    Raises:
        NotFound: there is no such table.
        Invalid: it says something a grid has no column for: it is edited as JSON.
    """
    known = releases.artefact(hub, url)
    if known.kind != "ConceptMap":
        raise _no_table(url)
    draft = known.draft
    text = draft.text if draft else releases.version(hub, url, known.version).text
    tree = exact_json.loads(text.encode())
    return _table(url, tree, draft, known.version, f"version:{known.version}")


def _table(url: str, tree: Tree, draft: Draft | None, version: str, seen: str) -> Table:
    cells = map_wiring.cells_of_concept_map(tree)
    start = next(i for i, line in enumerate(cells) if "source_code" in line)
    columns = cells[start]
    rows = [dict(zip(columns, line, strict=False)) for line in cells[start + 1 :]]
    _, twice = map_wiring.concept_map_of_cells(cells)
    marks = {_row(one) - start - 2: one for one in twice}
    title = str(tree.get("title") or url.rpartition("/")[2])
    told = draft.hash if draft else seen
    return Table(url, title, cells[:start], columns, rows, marks, told, version, draft, tree)


def save(hub: Hub, person: Person, url: str, seen: str, changes: Sequence[Change]) -> Table:
    """Write changed rows into the draft, which is opened when there is none.

    Raises:
        Overtaken: another has changed the draft since; they are named, nothing is overwritten.
        Forbidden, NotFound, Conflict: as `releases.save`.
        Invalid: a row says something a table cannot, with its cell; nothing is written.
    """
    if len(changes) > MOST_CHANGES:
        raise _wrong(
            f"Plus de {MOST_CHANGES} lignes changées à la fois : importez un fichier.",
            f"More than {MOST_CHANGES} rows changed at once: import a file.",
        )
    table = opened(hub, url)
    if table.seen != seen:
        raise overtaken(hub, url)
    return _write(hub, person, table, _changed(table, changes))


def bring_in(
    hub: Hub, person: Person, url: str, seen: str, body: bytes, *, whole: bool = False
) -> Table:
    """Rows of a file or of pasted cells into the draft.

    Args:
        whole: the file is the whole table; else its rows are added, and a row with the same
            source code and conditions is replaced.

    Raises:
        As `save`; Invalid also when the file cannot be read.
    """
    table = opened(hub, url)
    if table.seen != seen:
        raise overtaken(hub, url)
    given = _rows_of(spreadsheet.read(body), table)
    rows = given if whole else _merged(table, given)
    return _write(hub, person, table, rows)


def take_out(hub: Hub, url: str, form: str) -> bytes:
    """The table as csv or xlsx, with all its fields; `bring_in` reads it again.

    Raises:
        NotFound, Invalid: as `opened`.
    """
    return map_wiring.table_of_concept_map(opened(hub, url).tree, form)


def _write(hub: Hub, person: Person, table: Table, rows: Sequence[Mapping[str, str]]) -> Table:
    columns = list(dict.fromkeys([*table.columns, *(name for row in rows for name in row)]))
    lines = [[row.get(name, "") for name in columns] for row in _named_alike(table, rows)]
    tree, _ = map_wiring.concept_map_of_cells([*table.head, columns, *lines])
    draft = table.draft or releases.open_draft(hub, person, table.url)
    if table.draft is None:
        # The draft has a version number of its own.
        tree = {**tree, "version": exact_json.loads(draft.text.encode()).get("version", "")}
    ordered = {key: tree[key] for key in table.tree if key in tree}
    text = _text({**ordered, **tree})
    saved = releases.save(hub, person, table.url, text, draft.hash)
    return _table(table.url, exact_json.loads(text.encode()), saved, table.version, "")


def _named_alike(table: Table, rows: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    """A code has one name on all its rows: the one that was written last."""
    before = {_source(row): row.get("source_display", "") for row in table.rows}
    told = {_source(row): row["source_display"] for row in rows if row.get("source_display")}
    for row in rows:
        name = row.get("source_display", "")
        if name and name != before.get(_source(row)):
            told[_source(row)] = name
    for row in rows:
        yield {**row, "source_display": told.get(_source(row), "")}


def _source(row: Mapping[str, str]) -> tuple[str, str, str]:
    return (
        row.get("source_system", ""),
        row.get("target_system", ""),
        row.get("source_code", ""),
    )


def _changed(table: Table, changes: Sequence[Change]) -> list[dict[str, str]]:
    rows: list[dict[str, str] | None] = [dict(row) for row in table.rows]
    added: list[dict[str, str]] = []
    first = table.rows[0] if table.rows else {}
    for change in changes:
        cells = None if change.cells is None else {k: v.strip() for k, v in change.cells.items()}
        if change.place is None:
            ends = {name: first.get(name, "") for name in ("source_system", "target_system")}
            if cells and any(cells.values()):
                added.append(_whole({**ends, **{k: v for k, v in cells.items() if v}}))
        elif not 0 <= change.place < len(rows):
            raise _wrong(
                "Cette ligne n'existe plus : rouvrez la table.",
                "This row is gone: open the table again.",
            )
        else:
            before = rows[change.place] or {}
            rows[change.place] = None if cells is None else _whole({**before, **cells})
    return [*(row for row in rows if row is not None), *added]


def _whole(row: dict[str, str]) -> dict[str, str]:
    if row.get("target_code") and not row.get("relationship"):
        row["relationship"] = EQUIVALENT
    return row


def _rows_of(sheet: spreadsheet.Sheet, table: Table) -> list[dict[str, str]]:
    """The rows of a file: with our titles, or the ones people use, or none and two columns."""
    lines = [cells for _, cells in sheet.rows if not cells[0].startswith("#")]
    if not lines:
        raise _wrong("Le fichier est vide : ajoutez des lignes.", "The file is empty: add rows.")
    titles = [_title(cell) for cell in lines[0]]
    if "source_code" in titles:
        lines = lines[1:]
    else:
        titles = ["source_code", "target_code"]
        if len(lines[0]) != len(titles):
            raise _wrong(
                "Nommez les colonnes à la première ligne (source_code, target_code, "
                "relationship…), ou collez deux colonnes : code source, code cible.",
                "Name the columns in the first row (source_code, target_code, relationship…), or "
                "paste two columns: source code, target code.",
            )
    first = table.rows[0] if table.rows else {}
    ends = {name: first.get(name, "") for name in ("source_system", "target_system")}
    made = []
    for cells in lines:
        row = {name: cell for name, cell in zip(titles, cells, strict=False) if name}
        made.append(_whole({**ends, **{k: v for k, v in row.items() if v}}))
    return made


#: What people call the columns.
_TITLES = {
    "code source": "source_code",
    "libellé source": "source_display",
    "relation": "relationship",
    "code cible": "target_code",
    "libellé cible": "target_display",
    "du": "valid_from",
    "au": "valid_until",
    "commentaire": "comment",
    "système source": "source_system",
    "système cible": "target_system",
}


def _title(cell: str) -> str:
    return _TITLES.get(cell.casefold(), cell)


def _merged(table: Table, given: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of the table, those of the file in the place of the ones they are about."""
    depends = [name for name in table.columns if name.startswith("depends_on")]
    about = ("source_system", "source_code", "target_system", "valid_from", *depends)

    def key(row: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(row.get(name, "") for name in about)

    known = {key(row): place for place, row in enumerate(table.rows)}
    rows = [dict(row) for row in table.rows]
    for row in given:
        place = known.get(key(row))
        if place is None:
            known[key(row)] = len(rows)
            rows.append(row)
        else:
            rows[place] |= row
    return rows


def _text(tree: Tree) -> str:
    def exact(value: Any) -> Any:
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        raise TypeError(f"{type(value).__name__} in a table")

    return json.dumps(tree, ensure_ascii=False, indent=1, default=exact) + "\n"


def _row(issue: Issue) -> int:
    return int(issue.path.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def _no_table(url: str) -> Invalid:
    return _wrong(
        f"{url} n'est pas une table de codes : choisissez-en une dans la liste.",
        f"{url} is no code table: choose one of the list.",
    )


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en))
