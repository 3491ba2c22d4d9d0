"""Configurations for proxies that carry calls to upstreams themselves and ask the gateway first.

Each module writes for one proxy. They share one rule: whatever a proxy makes of a path, it sends a
call only where the gateway's answer says.
"""
