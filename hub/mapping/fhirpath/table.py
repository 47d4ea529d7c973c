"""FHIRPath functions by name: the Python that does each, and how many arguments it takes."""

from __future__ import annotations

#: name → (Python callable, least arguments, most); arguments are collections.
PLAIN = {
    "skip": ("F.skip", 1, 1),
    "take": ("F.take", 1, 1),
    "single": ("F.single", 0, 0),
    "distinct": ("U.distinct", 0, 0),
    "isDistinct": ("U.is_distinct", 0, 0),
    "union": ("U.union", 1, 1),
    "combine": ("U.combine", 1, 1),
    "intersect": ("U.intersect", 1, 1),
    "exclude": ("U.exclude", 1, 1),
    "subsetOf": ("U.subset_of", 1, 1),
    "supersetOf": ("U.superset_of", 1, 1),
    "children": ("F.children", 0, 0),
    "conformsTo": ("C.conforms_to", 1, 1),
    "not": ("L.not_", 0, 0),
    "allTrue": ("L.all_true", 0, 0),
    "anyTrue": ("L.any_true", 0, 0),
    "allFalse": ("L.all_false", 0, 0),
    "anyFalse": ("L.any_false", 0, 0),
    "sum": ("A.total", 0, 0),
    "avg": ("A.average", 0, 0),
    "toString": ("S.to_string", 0, 0),
    "toInteger": ("S.to_integer", 0, 0),
    "toDecimal": ("S.to_decimal", 0, 0),
    "toBoolean": ("S.to_boolean", 0, 0),
    "toQuantity": ("S.to_quantity", 0, 1),
    "substring": ("S.substring", 1, 2),
    "matches": ("S.matches", 1, 1),
    "matchesFull": ("S.matches_full", 1, 1),
    "replaceMatches": ("S.replace_matches", 2, 2),
    "join": ("S.join", 0, 1),
    "round": ("S.rounded", 0, 1),
    "encode": ("S.encode", 1, 1),
    "decode": ("S.decode", 1, 1),
    "lowBoundary": ("B.low_boundary", 0, 1),
    "highBoundary": ("B.high_boundary", 0, 1),
    "precision": ("B.precision", 0, 0),
    "dateOf": ("E.date_of", 0, 0),
    "timeOf": ("E.time_of", 0, 0),
    "timezoneOffsetOf": ("E.zone_offset", 0, 0),
    "toLong": ("S.to_integer", 0, 0),
    "coalesce": ("F.coalesce", 0, 20),
    "comparable": ("V.comparable", 1, 1),
    "abs": ("A.absolute", 0, 0),
}
#: name → (Python callable on str, arguments); all arguments are texts.
TEXT = {
    "indexOf": ("str.find", 1),
    "lastIndexOf": ("str.rfind", 1),
    "startsWith": ("str.startswith", 1),
    "endsWith": ("str.endswith", 1),
    "upper": ("str.upper", 0),
    "lower": ("str.lower", 0),
    "trim": ("str.strip", 0),
    "length": ("len", 0),
    "replace": ("S.replaced", 2),
    "toChars": ("list", 0),
    "split": ("str.split", 1),
    "contains": ("str.__contains__", 1),
    "escape": ("S.escape", 1),
    "unescape": ("S.unescape", 1),
}
#: name → (Python callable on numbers, arguments)
MATH = {
    "floor": ("M.floor", 0),
    "ceiling": ("M.ceil", 0),
    "truncate": ("int", 0),
    "sqrt": ("M.square_root", 0),
    "ln": ("M.natural_logarithm", 0),
    "log": ("M.logarithm", 1),
    "exp": ("M.exponential", 0),
    "power": ("M.power", 1),
}
#: functions whose argument runs once for each item
EACH = {"where": "F.where", "select": "F.select", "all": "F.all_", "exists": "F.exists"}
EACH |= {"repeat": "F.repeat", "repeatAll": "F.repeat_all"}
#: functions that are a slice of the list
SLICES = {"first": "[:1]", "last": "[-1:]", "tail": "[1:]"}
#: functions that give items of the types they take
KEEPS = {"skip", "take", "single", "distinct", "intersect", "exclude"}
PLAIN_TEXT = {"substring", "matches", "matchesFull", "replaceMatches", "encode", "decode"}
TEMPORAL = {"toDate": "date", "toDateTime": "dateTime", "toTime": "time"}
#: functions that give one field of a date or time
FIELDS = {
    name + "Of": name
    for name in ("year", "month", "day", "hour", "minute", "second", "millisecond")
}
CONVERTS = {"convertsToLong"} | {
    "convertsTo" + n for n in ("Integer", "Decimal", "Boolean", "String", "Quantity")
}
CONVERTS |= {"convertsTo" + n for n in ("Date", "DateTime", "Time")}
EXTREMES = {"min": "<", "max": ">"}
TYPES = {"ofType": "C.of_type", "as": "C.of_type", "is": "C.is_type"}
CLOCK = {"now": "R.now()", "today": "R.today()", "timeOfDay": "R.time_of_day()"}
CONSTANTS = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
    "terminologies": "http://hl7.org/fhir/terminologies",  # the owner of validateVS, subsumes
}
EVERY = {*PLAIN, *TEXT, *MATH, *EACH, *TEMPORAL, *CONVERTS, *EXTREMES, *TYPES, *CLOCK, *FIELDS}
EVERY |= {"iif", "aggregate", "descendants", "trace", "hasValue", "getValue", "sort", "count"}
EVERY |= {"memberOf", "subsumes", "subsumedBy", "validateVS"}
EVERY |= {"empty", "type", "extension", "resolve", "defineVariable", *SLICES}
_BOOLEANS = (
    "empty isDistinct subsetOf supersetOf not allTrue anyTrue allFalse anyFalse matches"
    " matchesFull conformsTo comparable startsWith endsWith contains toBoolean"
)
_TEXTS = "substring replaceMatches join toString upper lower trim replace"
_INTEGERS = "count toInteger length indexOf lastIndexOf precision"
#: functions that give at most one item of one type
GIVES = dict.fromkeys(_BOOLEANS.split(), ("System.Boolean",)) | dict.fromkeys(
    _TEXTS.split(), ("System.String",)
)
GIVES |= dict.fromkeys(_INTEGERS.split(), ("System.Integer",)) | {"toDecimal": ("System.Decimal",)}
GIVES |= {"toQuantity": ("System.Quantity",)}
