"""What every sandbox is made of: a demo world, liquidation rules, a ledger, a clock, misbehaviour.

All of it is illustrative (« profil de référence illustratif »): no institution publishes its rules.
"""
