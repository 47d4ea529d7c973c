"""FHIRPath: https://hl7.org/fhirpath/N1/."""

from decimal import Decimal

import pytest

from hub.errors import Invalid
from hub.mapping.expression import Expression

CLAIM = {
    "resourceType": "Claim",
    "item": [
        {"sequence": 1, "net": {"value": Decimal("135.57")}, "servicedDate": "2014-08-16"},
        {"sequence": 2, "net": {"value": Decimal("0.43")}, "servicedPeriod": {"start": "2015"}},
    ],
    "identifier": [{"system": "a", "value": "1"}, {"system": "b", "value": "2"}],
    "extension": [{"url": "u", "valueQuantity": {"value": 3, "unit": "mg"}}],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Claim.item.net.value.sum()", [Decimal("136.00")]),
        ("item.where(sequence = 2).net.value", [Decimal("0.43")]),
        ("item[1].sequence + 1", [3]),
        ("identifier.where(system = 'b').value.first()", ["2"]),
        ("item.serviced.ofType(date)", ["2014-08-16"]),
        ("item.first().serviced is date", [True]),
        ("item.last().serviced as Period", [{"start": "2015"}]),
        ("extension('u').value.unit", ["mg"]),
        ("item.select(sequence * 2)", [2, 4]),
        ("item.all(net.exists())", [True]),
        ("item.sequence.aggregate($total + $this, 0)", [3]),
        ("identifier.value.select($index)", [0, 1]),
        ("iif(item.empty(), 'none', 'some')", ["some"]),
        ("7 div 2", [3]),
        ("7 mod 2", [1]),
        ("100 / 8", [Decimal("12.5")]),
        ("0.1 + 0.2 = 0.3", [True]),
        ("1 / 0", []),
        ("{} = 1", []),
        ("{} and false", [False]),
        ("{} or true", [True]),
        ("true xor false", [True]),
        ("false implies {}", [True]),
        ("'a' & {} & 'b'", ["ab"]),
        ("'abc'.substring(1, 1)", ["b"]),
        ("'a,b'.split(',').join('-')", ["a-b"]),
        ("'x1y2'.replaceMatches('[0-9]', '#')", ["x#y#"]),
        ("'AbC'.upper() + 'AbC'.lower()", ["ABCabc"]),
        ("(1 | 2 | 2).count()", [2]),
        ("2 in (1 | 2)", [True]),
        ("@2024-01-31 + 1 month", ["2024-02-29"]),
        ("@2024-01-01T00:00:00+01:00 = @2023-12-31T23:00:00Z", [True]),
        ("@2024 < @2024-05", []),
        ("@T10:30 < @T11:00", [True]),
        ("'2024-05-06'.toDate() > @2024-05-05", [True]),
        ("1.25.round(1)", [Decimal("1.3")]),
        ("(-3).abs()", [3]),
        ("3 'mg' = 3 'mg'", [True]),
        ("'12'.toInteger() + '1.50'.toDecimal()", [Decimal("13.50")]),
        ("%x + 1", [42]),
    ],
)
def test_an_expression_gives_exactly(text, expected):
    result = Expression(text, ("x",)).evaluate(CLAIM, {"x": 41})
    assert result == expected
    assert [type(r) for r in result if isinstance(r, (bool, float))] == [
        type(e) for e in expected if isinstance(e, bool)
    ]


@pytest.mark.parametrize(
    "text", ["1 +", "frob()", "a.where()", "'open", "%unknown", "a b", "first(1)"]
)
def test_a_wrong_expression_is_refused_with_its_place(text):
    with pytest.raises(Invalid) as caught:
        Expression(text)
    assert caught.value.issues[0].path.isdigit()
