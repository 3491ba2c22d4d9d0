"""Issuing: access tokens, refresh tokens and id_tokens, made and stored for every grant type."""

import asyncio
import secrets

import msgspec

from gatelodge.authserver.context import Context
from gatelodge.oauth import digests, id_token, opaque, scopes, tokens
from gatelodge.oauth.access import AccessToken
from gatelodge.oauth.clients import Client
from gatelodge.oauth.refresh import RefreshToken, Succession
from gatelodge.oauth.resources import EVERYWHERE, Reach
from gatelodge.oauth.tokens import Subject, TokenAnswer
from gatelodge.storage import access_tokens, refresh_tokens


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a grant that one access token is for; no resources: everything."""

    scope: str
    resources: str


class Issuing:
    """Makes the token endpoint's answers; what it answers is durably stored."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._keys = context.digest_keys

    async def to_application(self, client: Client, scope: str, resources: str = "") -> TokenAnswer:
        """Issue an access token that stands for the application itself: no refresh, no id_token."""
        now = self._context.clock()
        record = self._capped(
            tokens.record(client, None, self._store.ids.next(), scope, now, resources)
        )
        text = (
            await self._fresh_opaque(record)
            if client.access_token_format == "opaque"  # noqa: S105 - a format's name
            else self._sign(client, record, None)
        )
        return TokenAnswer(access_token=text, scope=scope, expires_in=record.expires_at - now)

    async def to_user(
        self, client: Client, subject: Subject, scope: str, reach: Reach = EVERYWHERE
    ) -> TokenAnswer:
        """Issue the first tokens of a family, a refresh token if the key has that grant type."""
        now = self._context.clock()
        record = self._capped(
            tokens.record(client, subject, self._store.ids.next(), scope, now, reach.asked)
        )
        refresh_token: str | msgspec.UnsetType = msgspec.UNSET
        saving = None
        if "refresh_token" in client.grant_types:
            row, refresh_token = self._fresh_refresh_token(client, subject, record, reach.granted)
            saving = asyncio.ensure_future(self._store.act(refresh_tokens.save, row))
        if client.access_token_format == "opaque":  # noqa: S105 - a format's name
            text = await self._fresh_opaque(record)
        else:
            text = self._sign(client, record, subject.login_name)
        if saving is not None:
            await saving
        return TokenAnswer(
            access_token=text,
            refresh_token=refresh_token,
            scope=scope,
            id_token=self._id_token(client, subject, record, text),
            expires_in=record.expires_at - now,
        )

    async def successor(
        self, client: Client, subject: Subject, succession: Succession, parent: bytes, part: Part
    ) -> TokenAnswer:
        """Issue the pair that follows a rotated refresh token; ``parent`` is that one's secret.

        Everything comes from the succession, so that asking again gives the same pair again.
        """
        at, row_id = succession.at, succession.successor_id
        record = self._capped(
            tokens.record(client, subject, row_id, part.scope, at, part.resources)
        )
        if client.access_token_format == "opaque":  # noqa: S105 - a format's name
            secret = digests.successor(self._keys.access_successor, parent, row_id)
            record = await self._store.act(access_tokens.keep, self._digested(record, secret))
            text = opaque.write(opaque.ACCESS_TOKEN, row_id, secret)
        else:
            text = self._sign(client, record, subject.login_name)
        secret = digests.successor(self._keys.refresh_successor, parent, row_id)
        return TokenAnswer(
            access_token=text,
            refresh_token=opaque.write(opaque.REFRESH_TOKEN, row_id, secret),
            scope=record.scope,
            id_token=self._id_token(client, subject, record, text),
            expires_in=max(0, record.expires_at - self._context.clock()),
        )

    def _capped(self, record: AccessToken) -> AccessToken:
        return tokens.capped(record, self._context.longest_access_token)

    def _sign(self, client: Client, record: AccessToken, login_name: str | None) -> str:
        claims = tokens.claims_of(record, client.client_id, login_name, self._context.issuer)
        signing_key = self._context.signing_keys().signer(client.access_token_algorithm)
        return tokens.sign(claims, signing_key)

    async def _fresh_opaque(self, record: AccessToken) -> str:
        secret = secrets.token_bytes(opaque.SECRET_BYTES)
        await self._store.act(access_tokens.save, self._digested(record, secret))
        return opaque.write(opaque.ACCESS_TOKEN, record.id, secret)

    def _digested(self, record: AccessToken, secret: bytes) -> AccessToken:
        digest = digests.digest(self._keys.access_token, secret)
        return msgspec.structs.replace(record, digest=digest)

    def _fresh_refresh_token(
        self, client: Client, subject: Subject, record: AccessToken, granted: str
    ) -> tuple[RefreshToken, str]:
        secret = secrets.token_bytes(opaque.SECRET_BYTES)
        end = record.issued_at + client.sign_in_lifetime
        row = RefreshToken(
            id=record.id,
            digest=digests.digest(self._keys.refresh_token, secret),
            family_id=subject.family_id,
            client_row=client.id,
            user_id=subject.user_id,
            scope=record.scope,
            auth_time=subject.auth_time,
            amr=subject.amr,
            issued_at=record.issued_at,
            expires_at=min(record.issued_at + client.refresh_token_lifetime, end),
            family_expires_at=end,
            session_id=subject.session_id,
            resources=granted,
        )
        return row, opaque.write(opaque.REFRESH_TOKEN, row.id, secret)

    def _id_token(
        self, client: Client, subject: Subject, record: AccessToken, access_token: str
    ) -> str | msgspec.UnsetType:
        if not scopes.has(record.scope, scopes.OPENID):
            return msgspec.UNSET
        issue = id_token.Issue(
            issuer=self._context.issuer,
            client_id=client.client_id,
            at=record.issued_at,
            expires_at=record.expires_at,
            sid=id_token.sid(self._keys.session, subject.session_id, client),
        )
        signing_key = self._context.signing_keys().signer(client.id_token_algorithm)
        return id_token.sign(subject, issue, access_token, signing_key)
