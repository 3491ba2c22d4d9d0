"""What an operator says of TLS by the server itself, checked."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

Certificate = Annotated[
    str,
    Meta(
        description="PEM file with the server's certificate, then those that lead to its "
        "authority. With tls_key the server speaks TLS 1.2 and 1.3 by itself. Empty: plain HTTP, "
        "for this machine or a proxy in front."
    ),
]
Key = Annotated[
    str, Meta(description="PEM file with the certificate's private key, without a passphrase.")
]


def conflicts(*, certificate: str, key: str, base_url: str) -> Iterator[str]:
    """Yield what cannot be together."""
    if bool(certificate) != bool(key):
        missing = "tls_key" if certificate else "tls_certificate"
        yield f"{missing}: must be given beside the other of the two"
    if certificate and base_url and not base_url.startswith("https:"):
        yield "base_url: must begin with https:// where tls_certificate is given"
