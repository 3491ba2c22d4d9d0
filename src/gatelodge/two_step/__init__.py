"""Two-step sign-in as developers and users share it: the second step, passkeys, their own pages.

Both sign-ins and both accounts are built on it and fit its pages into their frames; it knows
neither of them.
"""
