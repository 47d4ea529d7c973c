"""Certification: what every partner's adapter must do, checked offline and against a live partner.

One suite with two users: the contract tests and `benkan partner certify`. It is given adapters and
cases by wiring and names no partner.
"""
