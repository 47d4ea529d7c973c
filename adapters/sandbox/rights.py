"""Are a person's rights open on a day? Stage, ages, death of the insured, attachments.

Source: domain facts on AMO rights (6 months of contributions, 12 months after death, children
to 14, to 21 with a school certificate, no limit when disabled, first declarant keeps the parent).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from adapters.sandbox.people import Person
from adapters.sandbox.reasons import Reason, reason
from adapters.sandbox.world import World

STAGE_MONTHS = 6
MONTHS_AFTER_DEATH = 12


@dataclass(frozen=True, slots=True)
class Rights:
    """The answer for one number on one day."""

    person: Person | None  #: None: unknown number
    reason: Reason | None  #: None: rights are open

    @property
    def status(self) -> str:
        """ouvert | ferme | inconnu."""
        if self.person is None:
            return "inconnu"
        return "ferme" if self.reason else "ouvert"


def rights(world: World, number: str, day: date, nina: str = "") -> Rights:
    """What the scheme knows of a number on a day of care."""
    person = world.person(number, day)
    if person is None or (nina and person.nina and nina != person.nina):
        hint = "Vérifiez le numéro sur la carte."
        return Rights(None, reason("R01", hint))
    for check in (_period, _scheme, _stage, _death, _age, _attachment):
        found = check(world, person, day)
        if found:
            return Rights(person, found)
    return Rights(person, None)


def age(born: str, day: date) -> int | None:
    """Whole years on a day; a partial date counts as its last possible day; None when unknown."""
    parts = [int(p) for p in born.split("-") if p]
    if not parts:
        return None
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    last = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]
    return day.year - year - ((day.month, day.day) < (month, last))


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _french(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _period(world: World, person: Person, day: date) -> Reason | None:
    if person.rights.has(day):
        return None
    hint = f"Aucun droit ouvert le {_french(day)} auprès de l'organisme {person.body}."
    return reason("R02", hint)


def _scheme(world: World, person: Person, day: date) -> Reason | None:
    if world.rates(person.scheme, day):
        return None
    hint = f"Le régime {person.scheme} n'était pas ouvert le {_french(day)}."
    return reason("R02", hint)


def _stage(world: World, person: Person, day: date) -> Reason | None:
    if person.scheme != "AMO" or person.months >= STAGE_MONTHS:
        return None
    paid = f"{person.months} mois cotisés sur {STAGE_MONTHS}"
    hint = f"{paid} : les soins restent à la charge du patient."
    return reason("R03", hint)


def _death(world: World, person: Person, day: date) -> Reason | None:
    if person.insured_died is None:
        return None
    until = add_months(person.insured_died, MONTHS_AFTER_DEATH)
    if day <= until and person.quality != "ASS":
        return None
    if day <= person.insured_died:
        return None
    hint = (
        f"L'assuré est décédé le {_french(person.insured_died)}. Adressez la famille à la caisse."
    )
    return reason("R02", hint)


def _age(world: World, person: Person, day: date) -> Reason | None:
    years = age(person.born, day)
    if person.quality not in ("ENF", "ORP") or person.disabled or years is None or years < 14:
        return None
    if years >= 21:
        return reason("R04", "L'enfant a 21 ans révolus et n'est pas déclaré invalide.")
    if person.schooling_until and day <= person.schooling_until:
        return None
    return reason(
        "R04", "Fournissez un certificat de scolarité en cours de validité (14 à 21 ans)."
    )


def _attachment(world: World, person: Person, day: date) -> Reason | None:
    if person.quality not in ("ASC", "ENF") or not person.nina:
        return None
    first = world.first_declarant(person)
    if first == person.insured:
        return None
    hint = f"Cette personne est déjà rattachée à l'assuré {first}. Utilisez ce rattachement."
    return reason("R19", hint)
