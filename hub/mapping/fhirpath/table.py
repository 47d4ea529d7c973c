"""FHIRPath functions by name: the Python that does each, and how many arguments it takes."""

from __future__ import annotations

#: name → (Python callable, least arguments, most); arguments are collections.
PLAIN = {
    "first": ("F.first", 0, 0),
    "last": ("F.last", 0, 0),
    "tail": ("F.tail", 0, 0),
    "skip": ("F.skip", 1, 1),
    "take": ("F.take", 1, 1),
    "single": ("F.single", 0, 0),
    "count": ("F.count", 0, 0),
    "empty": ("F.empty", 0, 0),
    "distinct": ("F.distinct", 0, 0),
    "isDistinct": ("F.is_distinct", 0, 0),
    "union": ("F.union", 1, 1),
    "combine": ("L.combine", 1, 1),
    "intersect": ("F.intersect", 1, 1),
    "exclude": ("F.exclude", 1, 1),
    "subsetOf": ("F.subset_of", 1, 1),
    "supersetOf": ("F.superset_of", 1, 1),
    "children": ("F.children", 0, 0),
    "extension": ("F.extension", 1, 1),
    "conformsTo": ("F.conforms_to", 1, 1),
    "not": ("L.not_", 0, 0),
    "allTrue": ("L.all_true", 0, 0),
    "anyTrue": ("L.any_true", 0, 0),
    "allFalse": ("L.all_false", 0, 0),
    "anyFalse": ("L.any_false", 0, 0),
    "sum": ("L.total", 0, 0),
    "avg": ("L.average", 0, 0),
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
    "abs": ("abs", 0),
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
EACH |= {"repeat": "F.repeat", "sort": "F.sort"}
TEMPORAL = {"toDate": "date", "toDateTime": "dateTime", "toTime": "time"}
CONVERTS = {"convertsTo" + n for n in ("Integer", "Decimal", "Boolean", "String", "Quantity")}
CONVERTS |= {"convertsTo" + n for n in ("Date", "DateTime", "Time")}
EXTREMES = {"min": "<", "max": ">"}
TYPES = {"ofType": "F.of_type", "as": "F.of_type", "is": "F.is_type"}
CLOCK = {"now": "R.now()", "today": "R.today()", "timeOfDay": "R.time_of_day()"}
CONSTANTS = {
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
}
EVERY = {*PLAIN, *TEXT, *MATH, *EACH, *TEMPORAL, *CONVERTS, *EXTREMES, *TYPES, *CLOCK}
EVERY |= {"iif", "aggregate", "descendants", "trace", "hasValue", "getValue"}
