"""One function per act that several surfaces share: check the role, apply the rule, store, record.

Functions run inside ``Store.write`` as one unit of work: they take a connection and an ``Act``,
raise the cores' typed errors, and know no web framework. Reading for a page is not an act; pages
read storage themselves.
"""
