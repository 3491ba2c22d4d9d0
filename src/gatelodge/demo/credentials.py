"""The demo's names, passwords and secrets. They are public: everybody who reads this knows them."""

# Nothing here guards anything: the demo listens on this machine only unless told otherwise.
DEVELOPER_EMAIL = "dev@example.com"
DEVELOPER_PASSWORD = "demo-developer-password"  # noqa: S105 - public, see above
ADMINISTRATOR_EMAIL = "admin@example.com"
ADMINISTRATOR_PASSWORD = "demo-admin-password"  # noqa: S105 - public, see above
USER_LOGIN = "jsmith"
OTHER_LOGIN = "ajones"
USER_PASSWORD = "demo-user-password"  # noqa: S105 - public, see above

APPLICATION = "Demo Application"
CONSUMER_KEY = "DemoApplicationConsumerKey0a"
CONSUMER_SECRET = "DemoApplicationConsumerSecret0a"  # noqa: S105 - public, see above
CALLBACK_PATH = "/callback-demo"

# Hashed once, so that a start does not spend a tenth of a second on Argon2 (m=19 MiB, t=2, p=1).
DEVELOPER_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWxvZGdlLWRlbW8tMQ"
    "$qKyTxxR3/NLMnJqHcL+jq3Oji7EZDZ9NjxQ9kg9LzjQ"
)
ADMINISTRATOR_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWxvZGdlLWRlbW8tMg"
    "$xyxcZgMIR5+DV9HHVJPhPJZN0TF4YL/k1WmMmgqTqmg"
)
USER_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWxvZGdlLWRlbW8tMw"
    "$ULBbqE4rtR66FfWcJv1pb5h210n2cQLJR9SecwrCrqs"
)


def callback(origin: str) -> str:
    """Return the demo application's callback URL on a server, ``http://localhost:8080``."""
    return origin + CALLBACK_PATH
