"""WS-Security at the sandbox's door: replay, age, digest, structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree
from pydantic import SecretStr

from adapters.canam.adapter import Canam
from adapters.canam.security import Denied, Guard
from adapters.canam.settings import Settings

NOW = datetime.now(UTC)


def message() -> bytes:
    """An envelope as the adapter sends it."""
    adapter = Canam(Settings(username="benkan", password=SecretStr("demo")))
    tree = {"numeroAMO": "20000518-00", "dateSoins": "2026-11-02"}
    return adapter._soap._envelope(adapter.encode("eligibility", tree, "s").body)


def guard(started: datetime = NOW - timedelta(hours=1)) -> Guard:
    return Guard("benkan", "demo", started)


@contextmanager
def denied(code: str) -> Iterator[None]:
    with pytest.raises(Denied) as caught:
        yield
    assert caught.value.code == code


def test_a_message_of_the_adapter_is_let_in():
    guard().check(etree.fromstring(message()), datetime.now(UTC))


def test_a_replayed_nonce_is_refused():
    door, envelope = guard(), etree.fromstring(message())
    door.check(envelope, datetime.now(UTC))
    with denied("InvalidSecurity"):
        door.check(envelope, datetime.now(UTC))


def test_a_replay_after_a_restart_is_refused_as_stale():
    envelope = etree.fromstring(message())
    guard().check(envelope, datetime.now(UTC))
    with denied("MessageExpired"):
        guard(datetime.now(UTC) + timedelta(seconds=2)).check(envelope, datetime.now(UTC))


@pytest.mark.parametrize("seconds", [301, 3600, -120])
def test_a_stale_or_future_timestamp_is_refused(seconds):
    with denied("MessageExpired"):
        guard().check(etree.fromstring(message()), datetime.now(UTC) + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("pattern", "replacement", "code"),
    [
        (rb"<wsu:Timestamp.*?</wsu:Timestamp>", b"", "InvalidSecurity"),
        (rb"<wsse:Nonce.*?</wsse:Nonce>", b"", "InvalidSecurity"),
        (rb"(<wsse:Nonce[^>]*>)[^<]*", rb"\1AAAA", "InvalidSecurity"),
        (rb"(<wsse:Nonce[^>]*>)[^<]*", rb"\1AAAAAAAAAAAAAAAAAAAAAA==", "FailedAuthentication"),
        (rb"(<wsse:Username>)benkan", rb"\1autre", "FailedAuthentication"),
        (rb"#PasswordDigest", b"#PasswordText", "UnsupportedSecurityToken"),
        (rb"(<wsse:Password[^>]*>)[^<]*", rb"\1demo", "FailedAuthentication"),
        (rb"(<wsse:UsernameToken.*?</wsse:UsernameToken>)", rb"\1\1", "InvalidSecurity"),
        (rb"(<wsse:Security.*</wsse:Security>)", rb"\1\1", "InvalidSecurity"),
        (rb"<wsu:Expires>[^<]*", b"<wsu:Expires>2099-01-01T00:00:00Z", "MessageExpired"),
        (rb"<wsu:Expires>[^<]*", b"<wsu:Expires>demain", "InvalidSecurity"),
        (rb"(<soap-env:Header>.*</soap-env:Header>)", b"", "InvalidSecurity"),
    ],
)
def test_a_tampered_header_is_refused(pattern, replacement, code):
    changed, times = re.subn(pattern, replacement, message(), count=1, flags=re.DOTALL)
    assert times == 1
    with denied(code):
        guard().check(etree.fromstring(changed), datetime.now(UTC))
