"""The demo tenant: what ``gatelodge serve --demo`` is filled with, and what it prints.

Everything here is public, its passwords and secrets included, and the same on every start. Owns
the demo's data, its callback page and its banner; knows nothing of how a store is opened.
"""
