"""Rules about people: developers of the portal, users whose data the APIs hold, passwords, lockout.

A developer and a user are never the same thing. Does no I/O; hashing itself runs elsewhere.
"""
