"""The mathematical functions of FHIRPath, exact where they can be.

Source: https://hl7.org/fhirpath/N1/#math
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def floor(value: Decimal | int) -> int:
    """The largest integer not above."""
    return int(Decimal(value).to_integral_value(ROUND_FLOOR))


def ceil(value: Decimal | int) -> int:
    """The smallest integer not below."""
    return int(Decimal(value).to_integral_value(ROUND_CEILING))


def square_root(value: Decimal | int) -> Decimal:
    """Raises InvalidOperation for negative numbers."""
    return Decimal(value).sqrt()


def natural_logarithm(value: Decimal | int) -> Decimal:
    """Raises InvalidOperation for negative numbers."""
    return Decimal(value).ln()


def logarithm(value: Decimal | int, base: Decimal | int) -> Decimal:
    """The logarithm to a base."""
    return (Decimal(value).ln() / Decimal(base).ln()).quantize(Decimal("1e-15")).normalize()


def exponential(value: Decimal | int) -> Decimal:
    """e to the power of the value."""
    return Decimal(value).exp()


def power(value: Decimal | int, exponent: Decimal | int) -> Decimal | int:
    """Integers stay exact integers; decimals are rounded to 28 digits.

    Raises:
        ValueError: the exponent or the result is too large.
    """
    if abs(Decimal(exponent)) > 1000:
        raise ValueError(exponent)
    if isinstance(value, int) and isinstance(exponent, int) and exponent > -1:
        if value.bit_length() * exponent > 256:
            raise ValueError(exponent)
        return int(value**exponent)
    return Decimal(value) ** Decimal(exponent)
