"""Our signer and verifier against joserfc, and against everything an attacker puts in a header."""

import hmac
import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, import_key

from gatelodge.oauth import jose, signatures
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.jose import ACCESS_TOKEN_TYPE, PLAIN_TYPE, KeyRing, SigningKey
from gatelodge.oauth.signatures import ALGORITHMS, Algorithm, PrivateKey, encode64

# RFC 9864 prefers the name Ed25519, which fewer libraries know yet.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

EC_PRIVATE = ec.generate_private_key(ec.SECP256R1())
RSA_PRIVATE = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
ES256 = SigningKey("ec-1", "ES256", EC_PRIVATE)
RS256 = SigningKey("rsa-1", "RS256", RSA_PRIVATE)
PSS_PRIVATE = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
ED_PRIVATE = ed25519.Ed25519PrivateKey.generate()
PS256 = SigningKey("pss-1", "PS256", PSS_PRIVATE)
EDDSA = SigningKey("ed-1", "EdDSA", ED_PRIVATE)
RING = KeyRing({"ES256": ES256, "RS256": RS256, "PS256": PS256, "EdDSA": EDDSA})
PRIVATE: dict[Algorithm, PrivateKey] = {
    "ES256": EC_PRIVATE,
    "RS256": RSA_PRIVATE,
    "PS256": PSS_PRIVATE,
    "EdDSA": ED_PRIVATE,
}
EACH = pytest.mark.parametrize("signing_key", RING.active.values(), ids=RING.active)


def oracle_keys() -> KeySet:
    """The published keys as joserfc reads them."""
    published: Any = RING.jwk_set()
    return KeySet.import_key_set(published)


def forged(header: dict[str, object], payload: bytes = b"{}", key: object = None) -> str:
    """A JWS with any header, signed by joserfc."""
    signing: Any = key or ECKey.import_key(EC_PRIVATE_PEM)
    registry = jws.JWSRegistry(strict_check_header=False, algorithms=[*ALGORITHMS, "HS256"])
    return jws.serialize_compact(header, payload, signing, registry=registry)


EC_PRIVATE_PEM = ECKey.import_key(
    {
        **ES256.public.jwk,
        "d": encode64(EC_PRIVATE.private_numbers().private_value.to_bytes(32, "big")),
    }
).as_pem(private=True)


@EACH
@given(payload=st.binary(max_size=300))
@settings(max_examples=20)
def test_joserfc_verifies_what_we_sign(signing_key: SigningKey, payload: bytes) -> None:
    """Header, payload and signature are what the RFC says."""
    text = signing_key.sign(ACCESS_TOKEN_TYPE, payload or b"x")
    found = jws.deserialize_compact(text, oracle_keys(), algorithms=[signing_key.algorithm])
    assert found.payload == (payload or b"x")
    assert found.protected == {
        "typ": "at+jwt",
        "alg": signing_key.algorithm,
        "kid": signing_key.kid,
    }


@EACH
def test_we_verify_what_joserfc_signs(signing_key: SigningKey) -> None:
    """And the payload comes back as it was."""
    pem = PRIVATE[signing_key.algorithm].private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    kinds: Any = signing_key.public.jwk["kty"]
    foreign = import_key(pem, kinds)
    header: dict[str, object] = {
        "typ": "at+jwt",
        "alg": signing_key.algorithm,
        "kid": signing_key.kid,
    }
    text = forged(header, b'{"a":1}', foreign)
    assert RING.verify(text, ACCESS_TOKEN_TYPE) == b'{"a":1}'


@EACH
def test_the_same_claims_give_the_same_text(signing_key: SigningKey) -> None:
    """A retried refresh returns the very access token it lost; PS256 salts every signature."""
    same = signing_key.sign(PLAIN_TYPE, b"{}") == signing_key.sign(PLAIN_TYPE, b"{}")
    assert same == (signing_key.algorithm != "PS256")


@EACH
def test_any_changed_part_is_refused(signing_key: SigningKey) -> None:
    """A flipped bit in header, payload or signature never verifies."""
    text = signing_key.sign(ACCESS_TOKEN_TYPE, b'{"sub":"a"}')
    for at in range(0, len(text) - 1, 7):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(InvalidToken):
            RING.verify(changed, ACCESS_TOKEN_TYPE)


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT", "alg": "ES256", "kid": "ec-1"},
        {"alg": "ES256", "kid": "ec-1"},
        {"typ": "at+jwt", "alg": "ES256"},
        {"typ": "at+jwt", "alg": "ES256", "kid": "unknown"},
        {"typ": "at+jwt", "alg": "ES256", "kid": "rsa-1"},
        {"typ": "at+jwt", "alg": "ES256", "kid": "ec-1", "jku": "https://evil.example/jwks"},
        {"typ": "at+jwt", "alg": "ES256", "kid": "ec-1", "x5u": "https://evil.example/x"},
        {"typ": "at+jwt", "alg": "ES256", "kid": "ec-1", "jwk": {"kty": "oct", "k": "AA"}},
    ],
)
def test_a_header_that_is_not_ours_is_refused(header: dict[str, object]) -> None:
    """Wrong type, unknown key, another key's algorithm, and any pointer to foreign keys."""
    with pytest.raises(InvalidToken):
        RING.verify(forged(header), ACCESS_TOKEN_TYPE)


def test_crit_is_refused() -> None:
    """Whatever it asks to be understood is not."""
    header = encode64(
        json.dumps({"typ": "at+jwt", "alg": "ES256", "kid": "ec-1", "crit": ["b64"]}).encode()
    )
    with pytest.raises(InvalidToken):
        RING.verify(f"{header}.e30.AAAA", ACCESS_TOKEN_TYPE)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "RS512", "Ed25519", ""])
def test_other_algorithms_are_refused(algorithm: str) -> None:
    """None, and HMAC with the public key as its secret, are the classics."""
    header = {"typ": "at+jwt", "alg": algorithm, "kid": "ec-1"}
    segment = encode64(json.dumps(header).encode())
    with pytest.raises(InvalidToken):
        RING.verify(f"{segment}.e30.AAAA", ACCESS_TOKEN_TYPE)


def test_hmac_with_a_public_key_is_refused() -> None:
    """The published key is no secret: a MAC made with it proves nothing."""
    public = EC_PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = encode64(json.dumps({"typ": "at+jwt", "alg": "HS256", "kid": "ec-1"}).encode())
    mac = encode64(hmac.digest(public, f"{header}.e30".encode(), "sha256"))
    with pytest.raises(InvalidToken):
        RING.verify(f"{header}.e30.{mac}", ACCESS_TOKEN_TYPE)


def test_the_caller_lists_the_algorithms() -> None:
    """A key of ours is not enough where its algorithm is not wanted."""
    text = ES256.sign(ACCESS_TOKEN_TYPE, b"{}")
    assert RING.verify(text, ACCESS_TOKEN_TYPE, ["ES256"]) == b"{}"
    with pytest.raises(InvalidToken):
        RING.verify(text, ACCESS_TOKEN_TYPE, ["RS256"])


@pytest.mark.parametrize("signature", ["AAAA", "AAAA" * 21 + "AA", "AAAA" * 22])
def test_a_signature_of_the_wrong_length_is_refused(signature: str) -> None:
    """Short, empty-valued and long ones, under a header that is ours."""
    header = ES256.sign(ACCESS_TOKEN_TYPE, b"{}").partition(".")[0]
    with pytest.raises(InvalidToken):
        RING.verify(f"{header}.e30.{signature}", ACCESS_TOKEN_TYPE)


@given(st.text(max_size=200))
def test_no_text_makes_verifying_fail_otherwise(text: str) -> None:
    """Anything is refused alike."""
    with pytest.raises(InvalidToken):
        RING.verify(text, ACCESS_TOKEN_TYPE)


@pytest.mark.parametrize(
    "text",
    ["", "a.b", "a.b.c.d", "e30.e30.", "e30.e30.AA=", "A.A.A", "e30.e30.AAAA\n", "a" * 20_000],
)
def test_malformed_texts_are_refused(text: str) -> None:
    """Too few or many parts, padding, line ends, giants."""
    with pytest.raises(InvalidToken):
        RING.verify(text, ACCESS_TOKEN_TYPE)


def test_a_retiring_key_still_verifies() -> None:
    """After a rotation what the old key signed is good, and both are published."""
    fresh = SigningKey("ec-2", "ES256", ec.generate_private_key(ec.SECP256R1()))
    ring = KeyRing({"ES256": fresh, "RS256": RS256}, [ES256.public])
    assert ring.verify(ES256.sign(ACCESS_TOKEN_TYPE, b"{}"), ACCESS_TOKEN_TYPE) == b"{}"
    assert ring.signer("ES256") is fresh
    assert {key["kid"] for key in ring.jwk_set()["keys"]} == {"ec-1", "ec-2", "rsa-1"}


def test_published_keys_have_public_parts_only() -> None:
    """And say what they are for."""
    for key in RING.jwk_set()["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
        assert key["use"] == "sig"
    assert "ec-1" in repr(ES256)


@pytest.mark.parametrize(
    ("algorithm", "private_key"),
    [
        ("RS256", EC_PRIVATE),
        ("PS256", ED_PRIVATE),
        ("EdDSA", ed448.Ed448PrivateKey.generate()),
        ("EdDSA", EC_PRIVATE),
        ("PS256", rsa.generate_private_key(65_537, 1024)),  # noqa: S505 - weak on purpose
        ("ES256", RSA_PRIVATE),
        ("ES256", ec.generate_private_key(ec.SECP384R1())),
        ("RS256", rsa.generate_private_key(65_537, 1024)),  # noqa: S505 - weak on purpose
    ],
)
def test_unfit_and_weak_keys_are_refused(algorithm: Algorithm, private_key: Any) -> None:
    """An RSA key under 2048 bits, and a key of another kind than its algorithm's."""
    with pytest.raises(ValueError, match=r"RSA key|cannot be used"):
        SigningKey("weak", algorithm, private_key)


def test_the_thumbprint_is_the_rfcs() -> None:
    """It is what joserfc computes (RFC 7638)."""
    for algorithm, private_key in PRIVATE.items():
        described: Any = {"keys": [RING.active[algorithm].public.jwk]}
        expected = KeySet.import_key_set(described).keys[0].thumbprint()
        assert jose.thumbprint(algorithm, private_key.public_key()) == expected


def test_a_key_signs_with_its_own_algorithm_only() -> None:
    """What one RSA key signed with PKCS #1 padding is no PS256 signature of it, nor the reverse."""
    pairs: tuple[tuple[Algorithm, Algorithm], ...] = (("RS256", "PS256"), ("PS256", "RS256"))
    for algorithm, other in pairs:
        signature = signatures.signer(algorithm, RSA_PRIVATE)(b"text")
        assert signatures.verifier(algorithm, RSA_PRIVATE.public_key())(signature, b"text")
        assert not signatures.verifier(other, RSA_PRIVATE.public_key())(signature, b"text")


def test_pss_salts_are_as_long_as_the_hash() -> None:
    """RFC 7518 section 3.5: a signature with another salt is refused."""
    sha = hashes.SHA256()
    for length, good in ((32, True), (20, False), (0, False)):
        signature = PSS_PRIVATE.sign(b"text", padding.PSS(padding.MGF1(sha), length), sha)
        assert PS256.public.verifies(signature, b"text") == good


def test_half_hashes_follow_the_signatures_hash() -> None:
    """SHA-256 for all but Ed25519, which hashes with SHA-512 (line 105)."""
    for algorithm in ALGORITHMS:
        size = 64 if algorithm == "EdDSA" else 32
        assert len(urlsafe_b64decode(signatures.half_hash(algorithm, "a") + "==")) == size // 2


def test_a_key_taken_out_of_the_ring_verifies_no_more() -> None:
    """The ring without a key refuses what it signed; the ring it was made of stays as it is."""
    text = ES256.sign(PLAIN_TYPE, b"{}")
    without = RING.without(ES256.kid)

    with pytest.raises(InvalidToken):
        without.verify(text, PLAIN_TYPE)
    assert without.verify(RS256.sign(PLAIN_TYPE, b"{}"), PLAIN_TYPE) == b"{}"
    assert RING.verify(text, PLAIN_TYPE) == b"{}"
