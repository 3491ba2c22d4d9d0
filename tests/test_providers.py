"""What an operator says of providers: read from the file, every mistake named, no secret shown."""

from pathlib import Path

import pytest

from gatelodge import providers, settings
from gatelodge.providers import Provider
from gatelodge.settings import BadSettings

GOOD = """
[[providers]]
id = "acme"
name = "Acme"
issuer = "https://id.acme.example/tenant"
client_id = "gatelodge"
client_secret_env = "ACME_SECRET"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test writes its settings file; the secret is in a variable."""
    monkeypatch.setenv("ACME_SECRET", "the secret itself")
    return tmp_path / "gatelodge.toml"


def problems(file: Path, text: str) -> list[str]:
    """Return what is wrong with a settings file."""
    file.write_text(text)
    with pytest.raises(BadSettings) as refused:
        settings.read(file)
    assert "the secret itself" not in str(refused.value)
    return refused.value.problems


def test_a_provider(file: Path) -> None:
    """Five keys make a provider for everybody, which lets nobody in who has no account."""
    file.write_text(GOOD)

    assert settings.read(file).providers == (
        Provider(
            id="acme",
            name="Acme",
            issuer="https://id.acme.example/tenant",
            client_id="gatelodge",
            client_secret="the secret itself",
            scopes=("openid", "email", "profile"),
            sides=frozenset({"developer", "user"}),
            email_domains=frozenset(),
            unknown_developers="link",
            trust_second_factor=False,
        ),
    )
    assert settings.read(None).providers == ()


def test_several_providers_and_a_secret_in_a_file(file: Path) -> None:
    """A file's line ending is no part of the secret; domains are folded."""
    kept = file.with_name("kept")
    kept.write_text("from a file\n")
    file.write_text(
        GOOD
        + f"""
[[providers]]
id = "local"
name = "Local"
issuer = "http://localhost:9000"
client_id = "x"
client_secret_file = "{kept}"
scopes = ["openid"]
serves = "developers"
email_domains = ["Example.COM"]
unknown_developers = "create"
trust_second_factor = true
"""
    )

    _, second = settings.read(file).providers

    assert second.client_secret == "from a file"
    assert second.sides == {"developer"}
    assert second.email_domains == {"example.com"}
    assert (second.unknown_developers, second.trust_second_factor) == ("create", True)


def test_every_problem_at_once(file: Path) -> None:
    """Each wrong key of each table is named, beside the other settings' problems."""
    found = problems(
        file,
        GOOD.replace('"acme"', '"No Such"')
        + """
colour = "red"
email_domains = ["no domain"]
scopes = ["email"]
[[providers]]
id = "second"
client_id = 5
client_secret = "the secret itself"
unknown_developers = "maybe"
""",
    )
    assert [problem.partition(":")[0] for problem in found] == [
        "providers.No Such.colour",
        "providers.No Such.email_domains",
        "providers.No Such.id",
        "providers.No Such.scopes",
        "providers.second.client_id",
        "providers.second.client_secret",
        "providers.second.client_secret_env",
        "providers.second.issuer",
        "providers.second.name",
        "providers.second.unknown_developers",
    ]


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example",
        "id.example",
        "https://",
        "https://id.example?x=1",
        "https://id.example#x",
        "https://user@id.example",
        "https://id.example:port",
        "https://[",
        "https://é.example",
        "https://id.example/\\n",
    ],
)
def test_which_issuers(file: Path, issuer: str) -> None:
    """An issuer is an https address; plain http only leads to this machine."""
    text = GOOD.replace("https://id.acme.example/tenant", issuer)
    assert problems(file, text)[0].startswith("providers.acme.issuer: must be https")
    assert providers.may_be_asked("http://127.0.0.1:9000")


@pytest.mark.parametrize(
    "secret",
    [
        "",
        'client_secret_env = "ACME_SECRET"\nclient_secret_file = "x"',
        'client_secret_env = "NO_SUCH_VARIABLE"',
        'client_secret_file = "no/such/file"',
        "client_secret_file = 5",
    ],
)
def test_where_the_secret_is(file: Path, secret: str) -> None:
    """Exactly one place holds a secret, and it is there."""
    found = problems(file, GOOD.replace('client_secret_env = "ACME_SECRET"', secret))
    assert found[0].startswith("providers.acme.client_secret_")


def test_letting_people_in_needs_domains(file: Path) -> None:
    """Nobody means to make accounts for addresses of any domain."""
    found = problems(file, GOOD + 'unknown_developers = "invited"')
    assert found[0].startswith("providers.acme.email_domains: must name domains")


@pytest.mark.parametrize("text", ["providers = 5", 'providers = ["acme"]', "providers = {}"])
def test_no_tables(file: Path, text: str) -> None:
    """Something else than tables is named as a whole."""
    assert problems(file, text) == ["providers: expected [[providers]] tables"]


def test_two_of_one_name(file: Path) -> None:
    """Two tables with one id, or one issuer, cannot be told apart."""
    found = problems(file, GOOD + GOOD)
    assert len(found) == 2
    assert all("two providers have the" in problem for problem in found)
    other = GOOD.replace('id = "acme"', "")
    assert problems(file, other) == ["providers.1.id: is missing"]


def test_a_provider_shows_nothing_of_its_secret(file: Path) -> None:
    """Neither the provider nor the settings repeat the secret."""
    file.write_text(GOOD)
    assert "the secret itself" not in repr(settings.read(file))
