"""Who is calling, and what they may do: clients, assertions, tokens, scopes, the rights matrix."""
