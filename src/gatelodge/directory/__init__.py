"""The Provisioning domain: accounts, locations, extensions and users, their filters and pages.

Pure values only; ``storage.directory`` keeps them and ``provisioning`` serves them.
"""
