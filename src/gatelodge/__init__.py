"""Gatelodge: a developer portal, an OAuth 2.1 / OpenID Connect server and an API gateway in one process."""

__version__ = "0.1.0"
