"""The Provisioning API: accounts, locations, extensions and users, read only.

An ASGI application that the gateway mounts as the upstream ``app:provisioning``. Owns the paths,
the HAL answers and the error shapes of VBC's API of that name. Access tokens, subscriptions and
quotas are the gateway's: it says in headers which user calls.
"""
