"""The management API: the portal's acts as JSON below ``/api/v1``, for developers' own programs.

Owns the wire only: who calls, what is read, what is answered. Every act is a function of
``operations``, the same that the portal's forms call.
"""
