"""Templates to pages: one environment a language, values written as people here read them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hub.console import words
from hub.console.language import translations

NARROW = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"
#: ISO 4217 code → what stands after the amount, and its decimals.
_CURRENCIES = {"XOF": f"F{SPACE}CFA", "GNF": "GNF"}
_GROUP = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")


@cache
def environment(language: str) -> Environment:
    """The templates of the console in this language; everything is escaped."""
    made = Environment(
        loader=PackageLoader("hub.console", "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    told = translations(language)
    made.install_gettext_translations(told, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {
        "moment": moment,
        "instant": instant,
        "day": day,
        "isoday": isoday,
        "money": money,
        "number": grouped,
        "figure": figure,
    }
    made.globals |= {"words": words}
    return made


def render(language: str, template: str, values: dict[str, Any]) -> str:
    """The page as HTML."""
    return environment(language).get_template(template).render(values)


def moment(at: datetime) -> str:
    """22/11/2026 03:41:05; UTC, which is the hour of Bamako and Conakry."""
    return f"{at:%d/%m/%Y %H:%M:%S}"


def instant(text: str) -> str:
    """As `moment`, of an instant in ISO form."""
    return moment(datetime.fromisoformat(text))


def day(at: date) -> str:
    """22/11/2026"""
    return f"{at:%d/%m/%Y}"


def isoday(text: str) -> str:
    """22/11/2026 of a day in ISO form; "…" where there is none."""
    return day(date.fromisoformat(text)) if text else "…"


def grouped(number: int | str) -> str:
    """12 500, with a narrow space that does not break."""
    return _GROUP.sub(NARROW, str(number))


def figure(number: int | Decimal) -> str:
    """A figure of any kind: 12 500, or 3,5."""
    whole, _, rest = (
        f"{number:f}".partition(".") if isinstance(number, Decimal) else (str(number), "", "")
    )
    return grouped(whole) + (f",{rest}" if rest.strip("0") else "")


def money(amount: str, currency: str) -> str:
    """12 500 F CFA; digits after the point are kept as they were received."""
    if not amount:
        return "—"
    whole, _, rest = f"{Decimal(amount):f}".partition(".")
    cents = f",{rest}" if rest.strip("0") else ""
    return f"{grouped(whole)}{cents}{SPACE}{_CURRENCIES.get(currency, currency)}"
