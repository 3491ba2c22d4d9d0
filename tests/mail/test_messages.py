"""Messages: both forms of each kind, and nothing that a name or address could add to them."""

from email import message_from_bytes, policy
from typing import get_args

import pytest

from gatelodge.identity.letters import LetterKind
from gatelodge.mail.messages import Facts, Unsendable, Writer
from gatelodge.settings import Settings

LINK = "http://localhost:8080/login/reset?link=glpr_secret"


def facts(kind: LetterKind = "reset", email: str = "dev@example.com", name: str = "Dev") -> Facts:
    """Return what a message is about."""
    return Facts(
        kind=kind,
        email=email,
        name=name,
        login="jsmith@vbc.prod",
        link=LINK,
        at=1_800_000_000,
        until=1_800_001_800,
    )


@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_every_kind_has_both_forms(kind: LetterKind) -> None:
    """Text and HTML say the same link; the headers say who, whom and that no answer is due."""
    settings = Settings(product_name="Ex & Co", mail_from="Example <noreply@example.com>")
    written = bytes(Writer(settings).write(facts(kind)))
    read = message_from_bytes(written, policy=policy.default)
    assert read["From"] == "Example <noreply@example.com>"
    assert read["To"] == "dev@example.com"
    assert "Ex & Co" in read["Subject"]
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Message-ID"].endswith("@example.com>")
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert LINK in plain.get_content()
    assert f'href="{LINK}"' in html.get_content()
    assert "Ex &amp; Co" in html.get_content()
    assert "<" not in plain.get_content()


@pytest.mark.parametrize(
    "email",
    [
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "a@example.com,b@example.com",
        "<b@example.com>",
        "a b@example.com",
        "no address",
        "",
    ],
)
def test_an_address_adds_nothing(email: str) -> None:
    """What is not exactly one address is not written to."""
    with pytest.raises(Unsendable):
        Writer(Settings()).write(facts(email=email))


def test_names_are_text() -> None:
    """A name that looks like markup or like a header stays a name."""
    name = "<b>Eve</b>\r\nBcc: b@example.com"
    read = message_from_bytes(
        bytes(Writer(Settings(product_name="A\nBcc: x@example.com")).write(facts(name=name))),
        policy=policy.default,
    )
    assert read["Bcc"] is None
    html = read.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Eve&lt;/b&gt;" in html.get_content()
    assert "glpr_secret" not in repr(facts())
