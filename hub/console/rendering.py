"""Templates to pages: one environment a language, values written as people here read them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hub.console import words, words_audit, words_partners
from hub.console.language import translations

NARROW = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"
#: ISO 4217 code → what stands after the amount, and its decimals.
_CURRENCIES = {"XOF": f"F{SPACE}CFA", "GNF": "GNF"}
#: All that has a name for people, as `words` in the templates.
WORDS = SimpleNamespace(**{**vars(words), **vars(words_audit), **vars(words_partners)})
_AMOUNT = re.compile(rf"(?<![\w.,-])(\d+(?:\.\d+)?) ({'|'.join(_CURRENCIES)})\b")
_DAY = re.compile(r"(?<![\w/-])(\d{4})-(\d\d)-(\d\d)(?![\w/-])")
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
        "seconds": seconds,
        "whole": whole,
        "partner": partner,
        "actor": actor,
        "sentence": sentence,
    }
    made.globals |= {"words": WORDS, "colon": f"{SPACE}:" if language == "fr" else ":"}
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


def seconds(number: float) -> str:
    """1, or 0,5."""
    return f"{number:g}".replace(".", ",")


def whole(text: str) -> str:
    """A value as one edits it: 300 where it is kept as 300.0."""
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def partner(name: str | None) -> str:
    """An institution's adapter as people write its name; "" for none yet."""
    return (name or "").upper()


def actor(id: str) -> str:
    """Who did it, without the kind of account: `person|awa` is awa."""
    return id.rpartition("|")[2]


def sentence(text: str) -> str:
    """A sentence that was kept, with its amounts and days as people here read them."""
    told = _AMOUNT.sub(lambda found: money(found[1], found[2]), text)
    return _DAY.sub(r"\3/\2/\1", told)


def money(amount: str, currency: str) -> str:
    """12 500 F CFA; digits after the point are kept as they were received."""
    if not amount:
        return "—"
    whole, _, rest = f"{Decimal(amount):f}".partition(".")
    cents = f",{rest}" if rest.strip("0") else ""
    return f"{grouped(whole)}{cents}{SPACE}{_CURRENCIES.get(currency, currency)}"
