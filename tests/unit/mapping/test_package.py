"""Mapping packs as FHIR packages: the same bytes each time, and nothing hostile gets out."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

import mappings
from hub.errors import Invalid, Unmappable
from hub.formats import exact_json
from hub.mapping import unpack as unpacking
from hub.mapping.library import Library
from hub.mapping.package import export
from hub.mapping.tools import MapTools
from hub.mapping.unpack import unpack

ROOT = Path(mappings.__file__).parent
MAP = "https://benkan.example/fhir/StructureMap/cmss-claim"


@pytest.fixture(scope="module")
def packed():
    return export(ROOT / "cmss")


@pytest.fixture
def restore(tmp_path):
    """Writes a package's bytes to a file and restores it into a new folder."""

    def run(body, folder="out"):
        file = tmp_path / "pack.tgz"
        file.write_bytes(body)
        return MapTools.restore(file, tmp_path / folder)

    return run


def archive(*entries, manifest=b'{"name": "x"}', head=""):
    """A .tgz of (name or TarInfo, body)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, body in (("package/package.json", manifest), *entries):
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return made.getvalue()


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_folder_gives_the_same_bytes_wherever_and_whenever(packed, tmp_path):
    shutil.copytree(ROOT / "cmss", tmp_path / "cmss")
    assert export(tmp_path / "cmss") == packed


def test_a_package_is_what_the_fhir_specification_says(packed):
    contents = unpack(packed, "cmss.tgz")
    manifest = json.loads(contents.members["package.json"])
    assert manifest["name"] == "benkan.cmss"
    assert manifest["version"] == "0.1.0"
    assert manifest["fhirVersions"] == ["4.0.1"]
    index = json.loads(contents.members[".index.json"])
    assert index["index-version"] == 2
    named = {each["filename"] for each in index["files"]}
    assert named == {n for n in contents.members if "/" not in n} - {"package.json", ".index.json"}
    claim = exact_json.loads(contents.members["StructureMap-cmss-claim.json"])
    assert (claim["resourceType"], claim["url"]) == ("StructureMap", MAP)
    assert contents.members["fml/claim.fml"] == (ROOT / "cmss/claim.fml").read_bytes()


def test_import_gives_back_the_folder_and_export_the_package(packed, restore, tmp_path):
    restore(packed)
    there, here = files(tmp_path / "out"), files(ROOT / "cmss")
    assert {k: v for k, v in there.items() if k != Path("package.json")} == here
    assert export(tmp_path / "out") == packed


def test_a_library_runs_the_maps_of_a_package(packed, tmp_path):
    file = tmp_path / "cmss.tgz"
    file.write_bytes(packed)
    source = exact_json.loads((ROOT / "cmss/examples/claim/pharmacie.in.json").read_bytes())
    packages = Library([file, ROOT / "shared"])
    assert packages.map(MAP, source) == Library([ROOT]).map(MAP, source)
    found = MapTools([file, ROOT / "shared"], ROOT).explain(MAP, "x", exact_json.dumps(source))
    assert [m.file for m in found.maps] == [f"{file}!fml/claim.fml"]
    assert all(table.file.startswith(f"{file}!ConceptMap-") for table in found.tables)


def test_a_package_without_texts_runs_by_its_structure_maps(packed, tmp_path):
    contents = unpack(packed, "x")
    kept = [(f"package/{n}", b) for n, b in contents.members.items() if "/" not in n]
    kept = [each for each in kept if each[0] != "package/package.json"]
    file = tmp_path / "json.tgz"
    file.write_bytes(archive(*kept))
    source = exact_json.loads((ROOT / "cmss/examples/claim/pharmacie.in.json").read_bytes())
    made = Library([file, ROOT / "shared"]).map(MAP, source)
    assert made == Library([ROOT]).map(MAP, source)


def link(name, target):
    made = tarfile.TarInfo(name)
    made.type, made.linkname = tarfile.SYMTYPE, target
    return made, b""


@pytest.mark.parametrize(
    "entry",
    [
        ("package/../../out.txt", b"x"),
        ("/etc/out.txt", b"x"),
        ("package/a\\..\\b.txt", b"x"),
        ("package/c:evil.txt", b"x"),
        ("outside/a.json", b"x"),
        link("package/link", "/etc/passwd"),
        link("package/other/up", ".."),
    ],
)
def test_a_member_that_could_leave_the_folder_is_refused(entry, restore, tmp_path):
    with pytest.raises(Invalid) as caught:
        restore(archive(entry))
    assert "rien n’a été écrit" in caught.value.issues[0].fr
    assert not (tmp_path / "out").exists()


def test_a_place_named_by_the_manifest_cannot_leave_the_folder_either(restore, tmp_path):
    paths = {"ConceptMap-a.json": "../../a.json"}
    manifest = json.dumps({"name": "x", "benkan": {"paths": paths}}).encode()
    with pytest.raises(Invalid):
        restore(archive(("package/ConceptMap-a.json", b"{}"), manifest=manifest))
    assert not (tmp_path / "out").exists()


def test_a_package_that_swells_is_refused_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr(unpacking, "LARGEST", 200_000)
    with pytest.raises(Invalid, match="too large"):
        unpack(archive(("package/a.txt", bytes(1_000_000))), "bomb.tgz")
    monkeypatch.setattr(unpacking, "LARGEST_MEMBER", 10)
    with pytest.raises(Invalid, match="too large"):
        unpack(archive(("package/a.txt", bytes(11))), "bomb.tgz")
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 1)
    with pytest.raises(Invalid, match="too large"):
        unpack(archive(("package/a.txt", b"")), "many.tgz")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no gzip",
        gzip.compress(b"no tar"),
        archive()[:-20],
        archive(manifest=b"[]"),
        archive(manifest=b"{}"),
        archive(("package/a", b"1"), ("package/a", b"2")),
    ],
    ids=["empty", "text", "no tar", "cut", "no object", "no name", "twice"],
)
def test_what_is_no_package_is_said_in_words(body):
    with pytest.raises(Invalid) as caught:
        unpack(body, "x.tgz")
    assert caught.value.issues[0].fr.startswith("x.tgz")


def test_a_folder_that_is_not_empty_is_left_alone(packed, restore, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(Invalid, match="not empty"):
        restore(packed)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine"]


def test_a_map_with_mistakes_is_not_packed(tmp_path):
    (tmp_path / "bad.fml").write_text("group (", encoding="utf-8")
    with pytest.raises(Unmappable):
        export(tmp_path)


def test_an_empty_folder_is_not_packed(tmp_path):
    with pytest.raises(Invalid, match="neither map nor table"):
        export(tmp_path)


def header(name, kind, size=0, **changed):
    """One header block as another packer than Python's would write it."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, size
    block = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    for place, body in changed.values():
        block[place : place + len(body)] = body
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax(*records):
    """An extended header, and the member it is about."""
    body = b"".join(records)
    padded = body + b"\0" * (-len(body) % 512)
    return header("h", tarfile.XHDTYPE, len(body)) + padded + header("package/a", b"0")


HOLE = (386, b"%011o\0%011o\0" % (40_000_000, 0))
SIZE = (483, b"%011o\0" % 40_000_000)


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (header("package/a", b"S", hole=HOLE, real=SIZE), "refused"),
        (pax(b"22 GNU.sparse.size=99\n"), "refused"),
        (pax(b"27 path=package/../../else\n"), "refused"),
        (pax(b"20 path=package/\n\n\n\n"), "refused"),
        (pax(b"13 size=9999\n"), "contradict"),
        (pax(b"0 a=b\n"), "header"),
        (pax(b"9" * 5_000 + b" a=b\n"), "header"),
        (pax(b"1" * 70_000), "too large"),
        (header("h", b"L", 512) + b"a" * 512 + header("h", b"L", 300_000_000), "too large"),
        (header("h", b"K", 0) * 2_000 + header("package/a", b"0"), "too large"),
        (header("package/a", b"0", minus=(124, b"\xff" * 12)), "negative"),
        (header("package/a", b"0", 5_000) + b"a" * 512, "cut"),
        (header("package/a", b"0")[:-600] + b"\1" * 512, "header"),
    ],
    ids=[
        *("sparse", "sparse by its extension", "a way out", "lines in a name", "another size"),
        *("no length", "a long length", "a long extension", "a long name", "headers of headers"),
        *("a negative size", "cut", "no header"),
    ],
)
def test_what_the_header_of_a_member_says_is_not_believed(blocks, said):
    whole = gzip.decompress(archive())[:1024]
    with pytest.raises(Invalid, match=said):
        unpack(gzip.compress(whole + blocks + b"\0" * 1024), "x.tgz")


def test_a_file_cannot_be_a_folder_too(restore, tmp_path):
    with pytest.raises(Invalid, match="folder cannot be a file"):
        restore(archive(("package/fml/a", b"1"), ("package/fml/a/b", b"2")))
    assert not (tmp_path / "out").exists()
