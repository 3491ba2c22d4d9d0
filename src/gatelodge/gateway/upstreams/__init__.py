"""A pooled HTTP/1.1 client made for forwarding: bytes in, bytes out, nothing interpreted.

Owns connections to upstreams, their pools and one exchange over one of them.  Does not own which
upstream is called nor which request headers it may see.  It never follows a redirect, decodes a
body or keeps a cookie.
"""
