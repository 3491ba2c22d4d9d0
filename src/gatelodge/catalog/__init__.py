"""Rules of the catalogue: applications, APIs, plans, subscriptions and credentials, as pure values.

Owns what a developer may register and subscribe to. Knows no OAuth protocol and does no I/O.
"""
