"""The developer's site: sign-in, applications, consumer keys, subscriptions and the API directory.

Owns pages and forms only. Every act is a function of ``operations``; what a page shows is read
straight from ``storage``. All pages work without JavaScript.
"""
