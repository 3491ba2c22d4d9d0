"""The gateway: lets only subscribed applications through to the APIs, within their quotas.

It owns the way of a call: finding the API and its operation, knowing the caller, deciding, counting
and handing the call to an upstream. ``routing``, ``access``, ``limits`` and ``headers`` are pure
rules; ``pipeline`` joins them with what is stored. It does not own how an access token is signed
(``oauth``) nor what an API, a plan or a subscription is (``catalog``).
"""
