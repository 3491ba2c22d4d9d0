"""TLS by the server itself: the context its connections are made with."""

import ssl

from gatelodge.settings import BadSettings, Settings


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Return what connections are made with, ``None`` for plain HTTP.

    TLS 1.2 and 1.3, with the ciphers of Python's defaults (RFC 9325 section 4.2). Raises
    ``BadSettings`` when a file cannot be read, is no PEM, or the key is another certificate's.
    """
    if not settings.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # An empty passphrase: asked for one, it would wait at a terminal.
        context.load_cert_chain(settings.tls_certificate, settings.tls_key, password="")
    except ssl.SSLError as error:
        reason = (error.reason or "it cannot be used").replace("_", " ").lower()
        raise BadSettings([f"tls_certificate and tls_key: {reason}"]) from error
    except OSError as error:
        raise BadSettings([f"tls_certificate and tls_key: {error.strerror}"]) from error
    return context
