"""What the compiler knows of types, and what the values keep: precision, zone, unit, digits."""

from decimal import Decimal

import pytest

from hub.errors import Invalid
from hub.mapping.expression import Expression
from hub.mapping.fhirpath.strings import written

BUNDLE = {
    "resourceType": "Bundle",
    "entry": [
        {
            "fullUrl": "urn:uuid:1",
            "resource": {"resourceType": "Patient", "id": "p", "gender": "female"},
        },
        {
            "fullUrl": "http://example.org/Coverage/c",
            "resource": {
                "resourceType": "Coverage",
                "id": "c",
                "beneficiary": {"reference": "Patient/p"},
                "payor": [{"reference": "urn:uuid:1"}, {"reference": "http://example.org/x/1"}],
            },
        },
    ],
}
CLAIM = {
    "resourceType": "Claim",
    "contained": [{"resourceType": "Coverage", "id": "cov", "status": "active"}],
    "insurance": [{"sequence": 1, "coverage": {"reference": "#cov"}}],
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "B54"}]}}],
    "item": [
        {"sequence": 1, "servicedDate": "2026-11-02", "quantity": {"value": Decimal("2.0")}},
        {"sequence": 2, "servicedPeriod": {"start": "2026-11", "end": "2026-12-01"}},
    ],
    "created": "2026-11-21T10:00:00+01:00",
    "_created": {"extension": [{"url": "how", "valueCode": "typed"}]},
}


def evaluate(text, tree=CLAIM):
    """The same with the type known beforehand and found in the data."""
    strict = Expression(text, type_name=tree["resourceType"]).evaluate(tree)
    assert Expression(text).evaluate(tree) == strict
    return [written(value) for value in strict]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("item.serviced.ofType(date)", ["2026-11-02"]),
        ("item[1].serviced is Period", ["true"]),
        ("item[0].serviced is Period", ["false"]),
        ("(item[1].serviced as Period).start", ["2026-11"]),
        ("diagnosis.diagnosis.coding.code", ["B54"]),
        ("status is code", []),
        ("created is dateTime", ["true"]),
        ("created.ofType(string)", []),
        ("item.quantity is Element", ["true"]),
        ("item.first().quantity.type().name", ["Quantity"]),
        ("contained.type().name", ["Coverage"]),
        ("contained.ofType(Coverage).status", ["active"]),
        ("created.extension('how').value", ["typed"]),
        ("created.extension.url", ["how"]),
        ("insurance.coverage.resolve().status", ["active"]),
        ("%resource.item.count()", ["2"]),
        ("created = @2026-11-21T09:00:00Z", ["true"]),
        ("created < @2026-11-21T09:00:01Z", ["true"]),
        ("item.serviced.ofType(Period).start.lowBoundary()", ["2026-11-01T00:00:00.000+14:00"]),
        ("item.select(sequence).sort(-$this)", ["2", "1"]),
        ("item.sort(sequence desc).first().sequence", ["2"]),
        ("defineVariable('n', item.count()).item.select(sequence + %n)", ["3", "4"]),
        ("item.select(defineVariable('s', sequence).select(%s * 10))", ["10", "20"]),
        ("item.where(sequence = 3).quantity.value.sum()", ["0"]),
    ],
)
def test_types_are_those_of_the_definitions(text, result):
    assert evaluate(text) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("entry.resource.ofType(Coverage).beneficiary.resolve().gender", ["female"]),
        ("entry.resource.ofType(Coverage).payor.resolve().id", ["p"]),
        ("entry.resource.ofType(Patient).gender", ["female"]),
        ("entry.resource.where($this is Coverage).id", ["c"]),
        (
            "entry[0].resource.conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')",
            ["true"],
        ),
    ],
)
def test_references_are_followed_in_the_bundle_only(text, result):
    assert evaluate(text, BUNDLE) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 'kg' = 1000 'g'", ["true"]),
        ("1 'mm[Hg]' > 0.1 'kPa'", ["true"]),
        ("5 'mg/dL' = 0.05 'g/L'", ["true"]),
        ("1 'h' + 30 'min'", ["1.5 'h'"]),
        ("2 'm' * 3 'm' = 6 'm2'", ["true"]),
        ("10 'km' / 2 'h' = 5 'km/h'", ["true"]),
        ("1 '[degF]' = 1 'Cel'", ["false"]),
        ("1 year = 12 months", ["true"]),
        ("1 year = 1 'a'", []),
        ("1 year ~ 1 'a'", ["true"]),
        ("7 days = 1 'wk'", ["true"]),
        ("3 'mg'.comparable(1 'g')", ["true"]),
        ("3 'mg'.comparable(1 'mL')", ["false"]),
        ("@2026-01-31 + 1 month", ["2026-02-28"]),
        ("@2026-11-21T10:00:00.5+01:00 + 1 'd'", ["2026-11-22T10:00:00.500+01:00"]),
        ("@2026 + 18 months", ["2027"]),
        ("@9999-12-31 + 1 day", []),
        ("0.1 + 0.2", ["0.3"]),
        ("10.00 - 0.50", ["9.50"]),
        ("2.power(100)", ["1267650600228229401496703205376"]),
        ("1.10.lowBoundary(3)", ["1.095"]),
        ("@2026-02.highBoundary(8)", ["2026-02-28"]),
        ("1.5.precision()", ["1"]),
        ("@2026-11-21T10:05:07.250-01:30.millisecondOf()", ["250"]),
        ("@2026-11-21T10:05:07.250-01:30.timezoneOffsetOf()", ["-1.5"]),
        ("@2026-11-21T10:05:07.250-01:30.dateOf()", ["2026-11-21"]),
        ("@2026-11-21T10:05:07.250-01:30.timeOf()", ["10:05:07.250"]),
        ("@2026-11.dayOf()", []),
        ("@T10:30.minuteOf() + created.yearOf()", ["2056"]),
        ("coalesce(status, item.sequence, 'x')", ["1", "2"]),
        ("insurance.repeatAll(coverage).reference", ["#cov"]),
        ("'12'.toLong() + 1", ["13"]),
        ("'x'.convertsToLong()", ["false"]),
    ],
)
def test_values_keep_their_unit_precision_and_digits(text, result):
    assert evaluate(text) == result


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("items.net", "no element items"),
        ("item.servicedDate", "no element servicedDate"),
        ("item.where(sequense = 1)", "no element sequense"),
        ("Patient.name", "this is no Patient"),
        ("item as Items", "unknown type Items"),
        ("item.startsWith('a')", "works on text"),
        ("descendants().first()", "order of these items"),
        ("defineVariable('resource')", "already defined"),
    ],
)
def test_names_a_type_does_not_have_are_refused_while_compiling(text, complaint):
    with pytest.raises(Invalid, match=complaint) as caught:
        Expression(text, type_name="Claim")
    assert caught.value.issues[0].fr


@pytest.mark.parametrize(
    ("tree", "result"),
    [
        ({"item": {"sequence": 1, "net": {"value": 2}}}, [2]),
        ({"item": [{"sequence": [1], "net": [{"value": [2]}]}]}, [2]),
        ({"item": [{"sequence": 1, "net": None}]}, []),
        ({"item": []}, []),
        ({}, []),
    ],
)
def test_lists_where_the_type_has_none_are_read_all_the_same(tree, result):
    expression = Expression("item.where(sequence = 1).net.value", type_name="Claim")
    assert expression.evaluate({"resourceType": "Claim", **tree}) == result


def test_a_typed_path_is_plain_python():
    source = Expression("item.where(sequence = 1).net.value", type_name="Claim").source
    assert source.count(".get('") == 4
    assert "lambda" not in source
