"""The only SQL: one group-commit writer, one schema for two databases, one file per thing stored.

Functions here carry intent verbs (``spend``, ``rotate``, ``revoke_family``), take a connection and
never commit. They decide nothing: whether a stored fact is good enough is a core's question.
"""
