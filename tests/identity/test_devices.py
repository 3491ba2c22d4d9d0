"""What browsers say of themselves, in words."""

import pytest

from gatelodge.identity import devices

_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
_CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Linux",
        ),
        (f"{_CHROME} Safari/537.36", "Chrome on Linux"),
        (f"{_CHROME} Safari/537.36 Edg/142.0.0.0", "Edge on Linux"),
        (_IPHONE, "Safari on iPhone"),
        ("curl/8.5.0", "curl"),
        ("Something (Windows NT 10.0)", "A browser on Windows"),
        ("x" * 80, "x" * 60),
        (" ", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_words(user_agent: str, words: str) -> None:
    """Program and system are named where they are known; else the beginning of the text is."""
    assert devices.words(user_agent) == words
