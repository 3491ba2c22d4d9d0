"""Gatelodge: developer portal, OAuth 2.1 / OpenID Connect server and API gateway in one."""

__version__ = "0.1.0"
