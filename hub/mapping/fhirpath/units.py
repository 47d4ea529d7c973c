"""UCUM units: a unit as a factor and base dimensions, for the units that FHIR resources use.

Special units (Cel, [degF], [pH]) are no multiples of others: they only go with themselves.
Source: https://ucum.org/ucum (§2 grammar, tables 1 to 12)
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

Dimensions = tuple[tuple[str, int], ...]
LONGEST = 60  #: characters of a unit

_PREFIXES = {"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2}
_PREFIXES |= {"da": 1, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}
_PREFIXES |= {"a": -18, "z": -21, "y": -24}
#: metric: may take a prefix
_METRIC = {
    "m": "m", "g": "g", "s": "s", "rad": "rad", "K": "K", "C": "C", "cd": "cd",
    "mol": "6.0221367e23", "L": "1e-3 m3", "l": "1e-3 m3", "N": "1e3 g.m/s2", "Pa": "1e3 g/m/s2",
    "J": "1e3 g.m2/s2", "W": "1e3 g.m2/s3", "A": "C/s", "V": "1e3 g.m2/s2/C", "Hz": "s-1",
    "Ohm": "1e3 g.m2/s/C2", "S": "1e-3 g-1.m-2.s.C2", "F": "1e-3 g-1.m-2.s2.C2", "Bq": "s-1",
    "Gy": "m2/s2", "Sv": "m2/s2", "lm": "cd", "lx": "cd/m2", "T": "1e3 g/s/C", "Wb": "1e3 g.m2/s/C",
    "H": "1e3 g.m2/C2", "bar": "1e8 g/m/s2", "cal": "4184 g.m2/s2", "eq": "6.0221367e23",
    "osm": "6.0221367e23", "kat": "6.0221367e23 s-1", "U": "1.00361e16 s-1", "t": "1e6 g",
    "ar": "100 m2", "eV": "1.60217733e-16 g.m2/s2", "m[H2O]": "9806650 g/m/s2",
    "m[Hg]": "133322000 g/m/s2", "[iU]": "iU", "[IU]": "iU", "Cel": "Cel",
}  # fmt: skip
_PLAIN = {
    "min": "60 s", "h": "3600 s", "d": "86400 s", "wk": "604800 s", "mo": "2629800 s",
    "a": "31557600 s", "mo_j": "2629800 s", "a_j": "31557600 s", "deg": "0.0174532925199432958 rad",
    "%": "0.01", "[ppth]": "1e-3", "[ppm]": "1e-6", "[ppb]": "1e-9", "[pi]": "3.141592653589793238",
    "[lb_av]": "453.59237 g", "[oz_av]": "28.349523125 g", "[gr]": "0.06479891 g",
    "[in_i]": "0.0254 m", "[ft_i]": "0.3048 m", "[yd_i]": "0.9144 m", "[mi_i]": "1609.344 m",
    "[in_us]": "0.02540005080010160020 m", "[foz_us]": "29.5735295625e-6 m3",
    "[pt_us]": "473.176473e-6 m3", "[qt_us]": "946.352946e-6 m3", "[gal_us]": "3785.411784e-6 m3",
    "[drp]": "5e-8 m3", "[degF]": "degF", "[pH]": "pH", "[arb'U]": "arbU", "[cfu]": "cfu",
    "[Cal]": "4184000 g.m2/s2", "dyn": "1e-2 g.m/s2", "atm": "101325000 g/m/s2",
    "gf": "9.80665 g.m/s2", "[lbf_av]": "4448.2216152605 g.m/s2",
    "[psi]": "6894757.293168361 g/m/s2",
}  # fmt: skip
_PARTS = re.compile(r"\{[^{}]*\}|[./()]|10[*^][+-]?\d*|\d+(?=$|[./()])|[^./(){}]+")
_EXPONENT = re.compile(r"(.*?[^\d+-])([+-]?\d{1,2})?")


@lru_cache(maxsize=1024)
def unit(text: str) -> tuple[Decimal, Dimensions] | None:
    """(factor, base dimensions) of a UCUM unit; None for one that is not in the tables."""
    if len(text) > LONGEST:
        return None
    try:
        parts = _PARTS.findall(text)
        factor, powers, end = _term(parts if "".join(parts) == text else ["?"], 0)
        if end < len(parts):
            return None
    except (KeyError, IndexError, InvalidOperation):
        return None
    return factor, tuple(sorted((name, power) for name, power in powers.items() if power))


def _term(parts: list[str], start: int) -> tuple[Decimal, dict[str, int], int]:
    factor, powers, sign, here = Decimal(1), dict[str, int](), 1, start
    while here < len(parts) and parts[here] != ")":
        part = parts[here]
        here += 1
        if part in "./":
            sign = 1 if part == "." else -1
            continue
        if part == "(":
            number, found, here = _term(parts, here)
            here += 1 if parts[here] == ")" else 0
        else:
            number, found = _component(part)
        factor = factor * number if sign > 0 else factor / number
        for name, power in found.items():
            powers[name] = powers.get(name, 0) + power * sign
    return factor, powers, here


def _component(part: str) -> tuple[Decimal, dict[str, int]]:
    if part.startswith("{"):
        return Decimal(1), {}
    if part.isdecimal():
        return Decimal(part), {}
    if part.startswith(("10*", "10^")):
        return Decimal(1).scaleb(int(part[3:] or 1)), {}
    match = _EXPONENT.fullmatch(part)
    if match is None:
        raise KeyError(part)
    number, powers = _atom(match.group(1))
    power = int(match.group(2) or 1)
    return number**power, {name: p * power for name, p in powers.items()}


@lru_cache(maxsize=512)
def _atom(name: str) -> tuple[Decimal, dict[str, int]]:
    if name in _PLAIN or name in _METRIC:
        meaning = _PLAIN.get(name) or _METRIC[name]
        number, _, rest = meaning.rpartition(" ")
        if not number and not rest[:1].isdigit():
            number, rest = "1", meaning
        elif not number:
            number, rest = rest, ""
        return Decimal(number), _dimensions(rest)
    for length in (1, 2):
        prefix, root = name[:length], name[length:]
        if prefix in _PREFIXES and root in _METRIC:
            number_, powers = _atom(root)
            return number_.scaleb(_PREFIXES[prefix]), powers
    raise KeyError(name)


def _dimensions(text: str) -> dict[str, int]:
    """`g.m/s2` of the tables above."""
    powers: dict[str, int] = {}
    for sign, name, power in re.findall(r"([./]?)([A-Za-z]+)(-?\d)?", text):
        powers[name] = powers.get(name, 0) + int(power or 1) * (-1 if sign == "/" else 1)
    return powers
