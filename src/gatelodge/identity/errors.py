"""What is refused about people, as one tree.

IdentityError
  SignInRefused     wrong name, wrong password, disabled, or paused: one text for all of them
  SecondStepRefused wrong code, spent code, or paused: one text for all of them     422
  PasskeyRefused    unknown passkey, or a signature that proves nothing            422
  PoolFull          too many passwords are being checked at the moment             503
  InviteRefused     the invitation is unknown, spent or expired                    410
  LinkRefused       the same of a link to choose a new password                    410
  TooOften          too many requests for such links                               429
  Invalid           fields of a form are wrong, each with its sentence             422
  Unknown           there is no such developer or user                             404
  UpstreamRefused   signing in with a provider's account did not work               400
  AlreadyThere      a developer with this e-mail address exists                    409
  AlreadyHas        the person has such a factor already                           409
"""

from collections.abc import Mapping

REFUSED = (
    "The user name or password is not right, or sign-in is paused for a while after too many tries."
)


class IdentityError(Exception):
    """Base of everything this package's rules refuse; ``str()`` is a sentence for a person."""

    status = 400


class SignInRefused(IdentityError):
    """The sign-in failed. ``locked`` is for the operator's log only, never for an answer."""

    status = 422

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__(REFUSED)
        self.locked = locked


class SecondStepRefused(IdentityError):
    """The second factor was not proven: a wrong or spent code, or paused after too many."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            "This code is not right, was used already, or sign-in is paused for a while after too "
            "many tries."
        )


class PasskeyRefused(IdentityError):
    """The passkey is not known here, or what it signed does not prove anything now."""

    status = 422

    def __init__(self) -> None:
        super().__init__("This passkey was not accepted. Please try again, or sign in another way.")


class PoolFull(IdentityError):
    """Too many passwords wait to be checked; try again in ``retry_after`` seconds."""

    status = 503
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("Too many people are signing in at the moment. Please try again.")


class InviteRefused(IdentityError):
    """The link is unknown, was used, has expired, or its developer is gone."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            "This invitation was used already or has expired. Ask the administrator for a new one."
        )


class LinkRefused(IdentityError):
    """The link to a new password is unknown, spent, expired, or older than the password."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            "This link was used already, has expired, or the password was changed since. "
            "Ask for a new one where you sign in."
        )


class TooOften(IdentityError):
    """One address asked too often; it may again in ``retry_after`` seconds."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many new passwords were asked for from your network. Try later.")
        self.retry_after = retry_after


class Invalid(IdentityError):
    """Fields are wrong; ``problems`` maps each field's name to one sentence."""

    status = 422

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class Unknown(IdentityError):
    """There is no such developer or user."""

    status = 404

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no such {kind}.")
        self.kind = kind


class AlreadyThere(IdentityError):
    """A developer with this e-mail address exists already."""

    status = 409

    def __init__(self, email: str) -> None:
        super().__init__(f"There is a developer with the address {email} already.")
        self.email = email


class AlreadyHas(IdentityError):
    """The person, or somebody else, has this factor already."""

    status = 409

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is registered already.")


class UpstreamRefused(IdentityError):
    """What a provider answered does not count; the log has the cause."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "Go back and try again, or sign in another way. If it happens again, tell the operator "
            "the number below."
        )
        self.title = f"Signing in with {name} did not work"
