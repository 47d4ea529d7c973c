"""The table of hostile JSON bodies and of hostile claims, by name."""

from __future__ import annotations

import copy
import gzip
from typing import Any

from hostile_world import SID, claim, patient

from hub.formats import exact_json

_PATIENT = exact_json.dumps(patient())
_CLAIM = exact_json.dumps(claim())


def _patient(old: bytes, new: bytes) -> bytes:
    assert old in _PATIENT
    return _PATIENT.replace(old, new)


def _claim(old: bytes, new: bytes) -> bytes:
    assert old in _CLAIM
    return _CLAIM.replace(old, new)


#: Not JSON as we read it: 400.
TEXTS: dict[str, bytes] = {
    "empty": b"",
    "white space": b" \r\n\t",
    "nul": b"\x00",
    "only a bom": b"\xef\xbb\xbf",
    "bom before": b"\xef\xbb\xbf" + _PATIENT,
    "utf-16": _PATIENT.decode().encode("utf-16"),
    "utf-16 big-endian": _PATIENT.decode().encode("utf-16-be"),
    "utf-32": _PATIENT.decode().encode("utf-32"),
    "utf-7": '{"resourceType":"Patient","id":"é"}'.encode("utf-7").replace(b'"', b"+ACI-"),
    "latin-1": _patient(b"1986", "é".encode("latin-1")),
    "overlong utf-8": _patient(b"1986", b"\xc0\xaf"),
    "utf-8 of a surrogate": _patient(b"1986", b"\xed\xa0\x80"),
    "utf-8 beyond unicode": _patient(b"1986", b"\xf4\x90\x80\x80"),
    "utf-8 cut": _patient(b"1986", b"\xe2\x82"),
    "lone high surrogate": _patient(b"1986", b"\\ud800"),
    "lone low surrogate": _patient(b"1986", b"\\udc00"),
    "surrogates the wrong way": _patient(b"1986", b"\\udc00\\ud800"),
    "nul escaped": _patient(b"1986", b"\\u0000"),
    "nul raw": _patient(b"1986", b"\x00"),
    "control character": _patient(b"1986", b"\x07"),
    "escaped bell": _patient(b"1986", b"\\u0007"),
    "backspace": _patient(b"1986", b"\\b"),
    "bad escape": _patient(b"1986", b"\\x41"),
    "short escape": _patient(b"1986", b"\\u12"),
    "line break in a text": _patient(b"1986", b"19\n86"),
    "nan": _patient(b'"1986"', b"NaN"),
    "infinity": _patient(b'"1986"', b"Infinity"),
    "minus infinity": _patient(b'"1986"', b"-Infinity"),
    "hexadecimal": _patient(b'"1986"', b"0x7C2"),
    "octal": _patient(b'"1986"', b"0o17"),
    "leading zero": _patient(b'"1986"', b"01986"),
    "plus": _patient(b'"1986"', b"+1986"),
    "underscore": _patient(b'"1986"', b"1_986"),
    "no digits after the point": _patient(b'"1986"', b"1986."),
    "no digits before the point": _patient(b'"1986"', b".5"),
    "arabic digits": _patient(b'"1986"', "١٩٨٦".encode()),
    "full-width digits": _patient(b'"1986"', "１９８６".encode()),
    "number of 10,000 digits": _patient(b'"1986"', b"9" * 10_000),
    "number of 200,000 digits": _patient(b'"1986"', b"9" * 200_000),
    "huge exponent": _patient(b'"1986"', b"1e999999999"),
    "tiny exponent": _patient(b'"1986"', b"1e-999999999"),
    "exponent without digits": _patient(b'"1986"', b"1e"),
    "single quotes": _PATIENT.replace(b'"', b"'"),
    "no quotes": _patient(b'"gender"', b"gender"),
    "trailing comma": _PATIENT[:-1] + b",}",
    "comment": _PATIENT[:-1] + b"/* x */}",
    "line comment": b"// x\n" + _PATIENT,
    "python": _patient(b'"1986"', b"None"),
    "true upper case": _patient(b'"1986"', b"True"),
    "undefined": _patient(b'"1986"', b"undefined"),
    "cut": _PATIENT[:-1],
    "cut in a text": _PATIENT[:30],
    "two documents": _PATIENT + _PATIENT,
    "something after": _PATIENT + b" x",
    "nul after": _PATIENT + b"\x00",
    "a bracket too many": _PATIENT + b"}",
    "key twice": _patient(b'"gender"', b'"birthDate"'),
    "key twice, escaped": _patient(b'"gender"', b'"birth\\u0044ate"'),
    "key twice, of 100,000 characters": b'{"%b":1,"%b":2}' % (b"k" * 100_000, b"k" * 100_000),
    "resourceType twice": b'{"resourceType":"Claim",' + _PATIENT[1:],
    "65 levels": b'{"resourceType":"Patient","a":' + b"[" * 65 + b"]" * 65 + b"}",
    "100,000 lists": b"[" * 100_000,
    "50,000 objects": b'{"a":' * 50_000,
    "100,000 lists, closed": b"[" * 100_000 + b"]" * 100_000,
    "a list": b"[]",
    "a list of resources": b"[" + _PATIENT + b"]",
    "a text": b'"Patient"',
    "a number": b"12",
    "null": b"null",
    "no type": b"{}",
    "type is a number": b'{"resourceType":1}',
    "type is null": b'{"resourceType":null}',
    "type is a list": b'{"resourceType":["Patient"]}',
    "type is an object": b'{"resourceType":{"a":"Patient"}}',
    "xml": b'<Patient xmlns="http://hl7.org/fhir"><gender value="female"/></Patient>',
    "xml with an entity": b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b'<Patient xmlns="http://hl7.org/fhir">&x;</Patient>',
    "yaml": b"resourceType: Patient\n",
    "form": b"resourceType=Patient&gender=female",
    "gzip": gzip.compress(_PATIENT),
    "gzip bomb": gzip.compress(b" " * 20_000_000),
    "pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94.",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "zip": b"PK\x03\x04" + b"\x00" * 30,
    "random": bytes(range(256)) * 4,
}

#: JSON, and no claim we take: 4xx.
CLAIMS: dict[str, bytes] = {
    "amount is a text": _claim(b'"total":{"value":1000', b'"total":{"value":"1000"'),
    "amount is negative": _claim(b"1000", b"-1000"),
    "amount is not the sum": _claim(b'"total":{"value":1000', b'"total":{"value":9000'),
    "amount has centimes": _claim(b"1000", b"1000.50"),
    "amount has a hidden centime": _claim(b"1000", b"1000.000000000000000000000000001"),
    "amount is huge": _claim(b"1000", b"9" * 40),
    "amount is beyond": _claim(b"1000", b"1e300"),
    "amount is null": _claim(b"1000", b"null"),
    "amount is true": _claim(b"1000", b"true"),
    "amount is a list": _claim(b"1000", b"[1000]"),
    "another currency in the total": _claim(
        b'"total":{"value":1000,"currency":"XOF"', b'"total":{"value":1000,"currency":"EUR"'
    ),
    "unknown currency": _claim(b'"XOF"', b'"ZZZ"'),
    "currency in lower case": _claim(b'"XOF"', b'"xof"'),
    "no currency": _claim(b',"currency":"XOF"', b""),
    "status unknown": _claim(b'"active"', b'"bogus"'),
    "use unknown": _claim(b'"use":"claim"', b'"use":"gift"'),
    "day that does not exist": _claim(b'"created":"2026-10-05"', b'"created":"2026-02-30"'),
    "year zero": _claim(b'"created":"2026-10-05"', b'"created":"0000-01-01"'),
    "day is a number": _claim(b'"created":"2026-10-05"', b'"created":20261005'),
    "leap second": _claim(b'"created":"2026-10-05"', b'"created":"2026-12-31T23:59:60"'),
    "no items": _claim(b'"item"', b'"_item"'),
    "unknown element": _claim(b'"use"', b'"surprise":1,"use"'),
    "prototype": _claim(b'"use"', b'"__proto__":{"admin":true},"use"'),
    "constructor": _claim(b'"use"', b'"constructor":{"prototype":{}},"use"'),
    "class": _claim(b'"use"', b'"__class__":"os.system","use"'),
    "modifier": _claim(b'"use"', b'"modifierExtension":[{"url":"urn:x","valueCode":"y"}],"use"'),
    "implicit rules": _claim(b'"use"', b'"implicitRules":"http://127.0.0.1:9/x","use"'),
    "sequence is negative": _claim(b'"sequence":1,"prod', b'"sequence":-1,"prod'),
    "sequence is huge": _claim(b'"sequence":1,"prod', b'"sequence":99999999999999,"prod'),
    "no sequence": _claim(b'"sequence":1,"prod', b'"prod'),
    "another's provider": _claim(b"CNV-ML-00001", b"CNV-ML-00002"),
    "provider of nobody": _claim(b"CNV-ML-00001", b"CNV-XX-99999"),
    "unknown insurer": _claim(b'"CMSS"', b'"NOBODY"'),
    "sql in the insurer": _claim(b'"CMSS"', b'"\' OR 1=1 --"'),
    "no insurer": _claim(b'"insurer"', b'"_insurer"'),
    "no provider": _claim(b'"provider"', b'"_provider"'),
    "no patient": _claim(b'"patient"', b'"_patient"'),
    "patient climbs": _claim(b'"patient":{', b'"patient":{"reference":"../../Patient/1",'),
    "patient is a claim": _claim(b'"patient":{', b'"patient":{"reference":"Claim/1",'),
    "contained in itself": _claim(
        b'"use"', b'"contained":[{"resourceType":"Patient","id":"a"}],"use"'
    ).replace(b'"patient":{', b'"patient":{"reference":"#b",'),
    "narrative with a script": _claim(
        b'"use"',
        b'"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">'
        b'<script>alert(1)</script></div>"},"use"',
    ),
    "narrative with an entity": _claim(
        b'"use"',
        b'"text":{"status":"generated","div":"<!DOCTYPE a [<!ENTITY x SYSTEM \\"file:///etc/'
        b'hostname\\">]><div xmlns=\\"http://www.w3.org/1999/xhtml\\">&x;</div>"},"use"',
    ),
    "identifier is a text": _claim(b'"identifier":[{', b'"identifier":["x",{'),
    "number with a space after": _claim(b'"F-A"', b'"F-A "'),
    "number with a line end": _claim(b'"F-A"', b'"F-A\\n"'),
    "number with a joiner": _claim(b'"F-A"', '"F-\u200dA"'.encode()),
    "number written from the right": _claim(b'"F-A"', '"\u202eA-F"'.encode()),
    "number with an accent apart": _claim(b'"F-A"', '"F-E\u0301"'.encode()),
    "number with a soft hyphen": _claim(b'"F-A"', '"F-\u00adA"'.encode()),
    "number of private characters": _claim(b'"F-A"', '"F-\ue000"'.encode()),
    "identifier of 100,000 characters": _claim(b'"F-A"', b'"' + b"x" * 100_000 + b'"'),
    "10,000 items": exact_json.dumps(claim(item=claim()["item"] * 10_000))[:290_000],
    "items all the same": exact_json.dumps(claim(item=claim()["item"] * 200)),
    "an id of ours": _claim(b'"use"', b'"id":"../../etc/passwd","use"'),
    "an id of 65 characters": _claim(b'"use"', b'"id":"' + b"x" * 65 + b'","use"'),
    "list instead of an object": _claim(b'"total":{', b'"total":[{').replace(b"}}", b"}]}"),
    "patient under the wrong type": _PATIENT,
}


def bundle(kind: Any, *entries: Any) -> bytes:
    return exact_json.dumps({"resourceType": "Bundle", "type": kind, "entry": list(entries)})


def entry(method: Any, url: Any, resource: Any = None, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url} | more}
    return made | ({"resource": resource} if resource is not None else {})


def _linked(reference: str) -> dict[str, Any]:
    tree = copy.deepcopy(claim("F-L"))
    tree["patient"] = {"reference": reference}
    return tree


#: Bundles no door takes: nothing of them is stored.
BUNDLES: dict[str, bytes] = {
    "no type": exact_json.dumps({"resourceType": "Bundle", "entry": []}),
    "type is a number": bundle(1),
    "type unknown": bundle("surprise"),
    "type message": bundle("message", entry("POST", "Patient", patient())),
    "type history": bundle("history"),
    "entries are a text": b'{"resourceType":"Bundle","type":"transaction","entry":"x"}',
    "entries are null": b'{"resourceType":"Bundle","type":"transaction","entry":[null]}',
    "no request": bundle("transaction", {"resource": patient()}),
    "request is a text": bundle("transaction", {"resource": patient(), "request": "POST"}),
    "method unknown": bundle("transaction", entry("BREW", "Patient", patient())),
    "method is a number": bundle("transaction", entry(1, "Patient", patient())),
    "address outside": bundle("transaction", entry("POST", "http://127.0.0.1:9/x", patient())),
    "address climbs": bundle("transaction", entry("POST", "../../auth/token", patient())),
    "address of the console": bundle("transaction", entry("POST", "/console", patient())),
    "address of the partners": bundle("transaction", entry("POST", "partners/inps", patient())),
    "address empty": bundle("transaction", entry("POST", "", patient())),
    "address is a list": bundle("transaction", entry("POST", ["Patient"], patient())),
    "address with a nul": bundle("transaction", entry("POST", "Patient\x01", patient())),
    "other type than the address": bundle("transaction", entry("POST", "Claim", patient())),
    "deletes": bundle("transaction", entry("DELETE", "Patient/1")),
    "deletes all": bundle("transaction", entry("DELETE", "Claim?status=active")),
    "patches": bundle("transaction", entry("PATCH", "Patient/1", patient())),
    "reads another's": bundle("transaction", entry("GET", "Patient/THEIRS")),
    "takes another's place": bundle("transaction", entry("PUT", "Patient/THEIRS", patient())),
    "links to nothing": bundle("transaction", entry("POST", "Claim", _linked("urn:uuid:nobody"))),
    "links in a ring": bundle(
        "transaction",
        {"fullUrl": "urn:uuid:a", **entry("POST", "Claim", _linked("urn:uuid:a"))},
    ),
    "full url twice": bundle(
        "transaction",
        {"fullUrl": "urn:uuid:a", **entry("POST", "Patient", patient())},
        {"fullUrl": "urn:uuid:a", **entry("POST", "Patient", patient())},
    ),
    "one bad among good": bundle(
        "transaction",
        entry("POST", "Patient", patient()),
        entry("POST", "Claim", claim(total={"value": -1, "currency": "XOF"})),
    ),
    "one of another provider": bundle(
        "transaction",
        entry("POST", "Patient", patient()),
        entry("POST", "Claim", claim("F-X", "CNV-ML-00002")),
    ),
    "a bundle inside": bundle(
        "transaction",
        entry("POST", "Bundle", {"resourceType": "Bundle", "type": "transaction", "entry": []}),
    ),
    "10,000 entries": bundle("transaction", *({},) * 10_000),
    "10,000 reads": bundle("transaction", *(entry("GET", "Patient/1"),) * 4_000),
    "search that costs": bundle("transaction", entry("GET", "Claim?" + "a=b&" * 5000)),
    "an operation": bundle("transaction", entry("POST", "Claim/$submit", claim())),
    "audit": bundle("transaction", entry("POST", "AuditEvent", {"resourceType": "AuditEvent"})),
    "sid": bundle("transaction", entry("POST", f"Patient?{SID}", patient())),
}
