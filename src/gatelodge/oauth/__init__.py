"""Rules of OAuth 2.1 and OpenID Connect as pure functions over values and the time.

Owns what a client, a code, a refresh token and an access token may do. Does no I/O: ``authserver``
asks the rules, ``storage`` keeps the records, and neither is known here.
"""
