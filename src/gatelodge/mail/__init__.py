"""Mail to developers and users: written from templates, sent from the store's outbox by a job.

``messages`` writes, ``smtp`` and ``files`` deliver, ``postman`` takes what is due and sees to it
that a failing mail server loses nothing.
"""
