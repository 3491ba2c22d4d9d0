"""Pages for people who have forgotten their password, the same for developers and users.

Mounted below each kind's own sign-in page; what a mail's link opens changes nothing until its form
is sent.
"""
