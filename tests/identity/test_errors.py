"""What is refused says no more than it may."""

from gatelodge.identity import errors


def test_a_refused_sign_in_reads_the_same_whether_paused_or_not() -> None:
    """Only the operator's log knows the difference."""
    assert str(errors.SignInRefused()) == str(errors.SignInRefused(locked=True)) == errors.REFUSED


def test_each_refusal_is_a_sentence_with_a_status() -> None:
    """They can be shown to people as they are."""
    found = [
        errors.PoolFull(),
        errors.InviteRefused(),
        errors.Invalid({"name": "Enter a name."}),
        errors.Unknown("user"),
        errors.AlreadyThere("a@b.c"),
        errors.AlreadyHas("This passkey"),
        errors.SecondStepRefused(),
        errors.PasskeyRefused(),
        errors.UpstreamRefused("Corp"),
    ]
    assert [error.status for error in found] == [503, 410, 422, 404, 409, 409, 422, 422, 400]
    assert errors.UpstreamRefused("Corp").title == "Signing in with Corp did not work"
    assert all(str(error).endswith(".") for error in found)
