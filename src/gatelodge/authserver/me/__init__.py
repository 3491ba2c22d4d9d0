"""A user's own account under ``/me``: who they are, where they are signed in, who acts for them.

``frame`` is what every page here needs; ``pages`` lists them by path.
"""
