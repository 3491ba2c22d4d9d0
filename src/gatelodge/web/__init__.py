"""The HTTP toolbox under every surface: requests and replies, the server's edge, pages and forms.

Owns how HTTP is read and answered, the one table from exceptions to answers, sessions' cookies and
templates. Knows no endpoint: surfaces use it, it imports none of them.
"""
