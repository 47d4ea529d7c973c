"""Scopes never reach further than what was asked, nor than what was registered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import scopes
from hub.errors import TokenRefused

words = st.builds(
    lambda name, letters: f"system/{name}.{''.join(c for c in 'cruds' if c in letters)}",
    st.sampled_from(["*", "Claim", "Patient"]),
    st.sets(st.sampled_from("cruds"), min_size=1),
)
texts = st.lists(words, min_size=1, max_size=4).map(" ".join)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("system/Claim.cruds", "system/Claim.cruds"),
        ("system/Claim.r system/Claim.s", "system/Claim.rs"),
        ("system/Claim.read", "system/Claim.rs"),
        ("system/*.*", "system/*.cruds"),
    ],
)
def test_scopes_are_read_and_written(text: str, written: str) -> None:
    assert scopes.write(scopes.read(text)) == written


@pytest.mark.parametrize(
    "text", ["user/Claim.r", "system/Claim", "system/Claim.", "system/Claim.sr", "openid", "x" * 99]
)
def test_what_is_no_system_scope_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        scopes.read(text)
    assert refused.value.oauth == "invalid_scope"


@given(texts, texts)
def test_narrowing_gives_only_what_both_have(asked: str, registered: str) -> None:
    want, may = scopes.read(asked), scopes.read(registered)
    given_ = scopes.narrowed(want, may)
    for type_name in ("Claim", "Patient", "Coverage"):
        for interaction in scopes.LETTERS:
            both = scopes.allows(want, type_name, interaction)
            both = both and scopes.allows(may, type_name, interaction)
            assert scopes.allows(given_, type_name, interaction) == both


@given(texts)
def test_writing_and_reading_changes_nothing(text: str) -> None:
    found = scopes.read(text)
    assert scopes.read(scopes.write(found)) == found
