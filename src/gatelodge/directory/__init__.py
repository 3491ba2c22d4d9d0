"""The Provisioning domain: accounts, locations, extensions and users, their filters and pages.

Owns what these records hold, in the order their fields go over the wire, what a list may be asked
for, and what an import file may say. Pure values only; ``storage.directory`` keeps them and
``provisioning`` serves them.
"""
