"""Figures of money: arrears by age, and the three positions of a month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.exchange import arrears, reconciliation, routing
from hub.watching.figures import Cell, Column, Figure
from hub.wiring import Hub


@dataclass(frozen=True)
class Wanted:
    """Which month, of whom."""

    hub: Hub
    month: str  #: YYYY-MM of care
    body: str = ""  #: code of the only managing body; "": all

    @property
    def partner(self) -> str | None:
        """The partner behind the body; None: all."""
        found = self.hub.table.bodies.get(self.body)
        return found.partner if found else ("-" if self.body else None)

    def bodies(self) -> dict[str, str]:
        """Partner → code of the managing body."""
        found = self.hub.table.bodies.values()
        return {b.partner: b.code for b in found if b.role == routing.MANAGER}


def arrears_by_age(wanted: Wanted) -> Figure:
    """What is unpaid, by age and body."""
    today = datetime.now(UTC).date()
    found = arrears.arrears(wanted.hub.store, wanted.hub.table, today, wanted.body)
    ages = [f"<= {age}" for age in arrears.AGES] + [f"> {arrears.AGES[-1]}"]
    columns = (
        Column("body", "Organisme", "Institution"),
        Column("age", "Âge (jours)", "Age (days)"),
        Column("claims", "Feuilles", "Claims", counts=True, of=("amount",)),
        Column("amount", "Montant", "Amount", shown=False),
        Column("currency", "Devise", "Currency"),
    )
    rows: list[list[Cell]] = [
        [code, age, count, amount, currency]
        for (code, currency), steps in sorted(arrears.by_age(found).items())
        for age, (count, amount) in zip(ages, steps, strict=True)
    ]
    return Figure(
        "arrears",
        f"Impayés par âge, au {today:%d/%m/%Y}",
        f"Arrears by age, on {today:%d/%m/%Y}",
        columns,
        rows,
        fr_note="Toutes les feuilles impayées, quel que soit le mois choisi.",
        en_note="All unpaid claims, whatever month is chosen.",
    )


def positions(wanted: Wanted) -> Figure:
    """The provider's, the body's and the scheme manager's books, side by side."""
    hub = wanted.hub
    partners = {b.partner for b in hub.table.bodies.values()}
    found = reconciliation.reconcile(hub.store, hub.table, partners, wanted.month, wanted.body)
    sides = (
        ("hub", "prestataire", "provider"),
        ("managed", "organisme", "institution"),
        ("scheme", "gestionnaire du régime", "scheme manager"),
    )
    columns = [Column("body", "Organisme", "Institution"), Column("currency", "Devise", "Currency")]
    for side, fr, en in sides:
        of = (f"{side}_share",)
        columns.append(
            Column(f"{side}_claims", f"Feuilles, {fr}", f"Claims, {en}", True, of, shown=False)
        )
        columns.append(Column(f"{side}_share", f"Part, {fr}", f"Share, {en}"))
    columns.append(Column("differences", "Écarts", "Differences", counts=True, shown=False))
    differing = Counter((line.body, line.currency) for line in found.differing)
    rows: list[list[Cell]] = []
    for total in reconciliation.totals(found.lines, by_provider=False):
        row: list[Cell] = [total.body, total.currency]
        for side, _, _ in sides:
            known = side in total.count
            row += [total.count[side], total.share[side]] if known else [None, None]
        rows.append([*row, differing[total.body, total.currency]])
    absent = ", ".join(f"{partner.upper()} ({body})" for partner, body in found.absent)
    fr = f"États qui manquent : {absent}. « benkan reconcile » les demande." if absent else ""
    en = f"Statements missing: {absent}. 'benkan reconcile' asks for them." if absent else ""
    titles = ("Les trois positions du mois", "The month's three positions")
    return Figure("positions", *titles, tuple(columns), rows, fr_note=fr, en_note=en)
