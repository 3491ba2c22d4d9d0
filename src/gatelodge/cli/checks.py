"""What ``gatelodge doctor`` looks at: each check says how it stands and what to do about it."""

import asyncio
import contextlib
import os
import shutil
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from cryptography import x509

from gatelodge import proxies
from gatelodge.oauth.signing_keys import Standing
from gatelodge.operations import sealed_keys
from gatelodge.operations.passwords import PasswordPool
from gatelodge.operations.sealed_keys import UnreadableSigningKeys
from gatelodge.settings import BadSettings, Secrets, Settings, has_secret, load_secrets
from gatelodge.storage import clocks, migrate, signing_keys
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StorageError
from gatelodge.storage.valkey import Valkey, ValkeyAway
from gatelodge.web.certificates import tls_context
from gatelodge.web.health import READY

Level = Literal["ok", "warn", "fail"]
_LITTLE_DISK = 1024**3
_SKEW_SECONDS = 2.0
_PATIENCE = 5.0
_SLOW_HASH = 0.25
_LATE = 2 * 86_400
_SOON = 14 * 86_400
_OLDEST_VALKEY = (7, 2)
_MOST_PROXIES = {4: 1 << 16, 6: 1 << 64}
"""Addresses of each version of IP in one network that somebody may mean by "my proxies"."""

_LATER = "it is made at the first start"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """How one thing stands; ``advice`` is empty where there is nothing to do."""

    check: str
    level: Level
    says: str
    advice: str = ""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Yield a finding for each thing an installation needs, what others build on first."""
    for check in (address, trusted, certificate, disk):
        for finding in check(settings):
            yield finding
    secrets, about = secret(settings)
    yield about
    stands = database(settings)
    yield stands
    # Opening it would bring its schema up to date, or make it: that is not for this command.
    if stands.level == "ok" and stands.says != _LATER and secrets is not None:
        async for finding in stored(settings, secrets):
            yield finding
    for probe in (valkey, mail, serving, passwords):
        found = await probe(settings)
        if found is not None:
            yield found


def address(settings: Settings) -> Iterator[Finding]:
    """Look at how people reach it."""
    if settings.local:
        advice = "Set base_url to the https: address people type before others use it."
        yield Finding(check="address", level="warn", says=settings.issuer, advice=advice)
    elif not settings.secure:
        advice = "Put a proxy with TLS in front and set base_url to its https: address."
        yield Finding(check="address", level="fail", says=settings.issuer, advice=advice)
    elif not settings.trusted_proxies and not settings.tls_certificate:
        advice = "Set trusted_proxies: without it every visitor has the proxy's address."
        yield Finding(check="address", level="warn", says=settings.issuer, advice=advice)
    else:
        yield Finding(check="address", level="ok", says=settings.issuer)


def trusted(settings: Settings) -> Iterator[Finding]:
    """Look at whose word on where requests come from is believed."""
    found = proxies.networks(settings.trusted_proxies)
    if not found:
        return
    says = ", ".join(map(str, found))
    wide = [one for one in found if one.num_addresses > _MOST_PROXIES[one.version]]
    if any(one.prefixlen == 0 for one in found):
        advice = "Name the proxies: now every caller says itself where it comes from."
        yield Finding(check="proxies", level="fail", says=says, advice=advice)
    elif public := [one for one in wide if not one.is_private]:
        advice = f"{public[0]} is more of the internet than your proxies: name them."
        yield Finding(check="proxies", level="fail", says=says, advice=advice)
    elif wide:
        advice = f"Whoever is in {wide[0]} says itself where it comes from: name the proxies."
        yield Finding(check="proxies", level="warn", says=says, advice=advice)
    else:
        yield Finding(check="proxies", level="ok", says=says)


def certificate(settings: Settings) -> Iterator[Finding]:
    """Look at the certificate of a server that speaks TLS by itself, and until when it is good."""
    if not settings.tls_certificate:
        return
    try:
        tls_context(settings)
        text = Path(settings.tls_certificate).read_bytes()
    except BadSettings as error:
        yield Finding(check="certificate", level="fail", says=str(error))
        return
    end = x509.load_pem_x509_certificate(text).not_valid_after_utc
    left, says = end.timestamp() - time.time(), f"good until {end:%Y-%m-%d}"
    if left < _SOON:
        advice = "Put another one in its place and start the server again."
        level: Level = "fail" if left < 0 else "warn"
        yield Finding(check="certificate", level=level, says=says, advice=advice)
    else:
        yield Finding(check="certificate", level="ok", says=says)


def disk(settings: Settings) -> Iterator[Finding]:
    """Look at the data directory."""
    folder = settings.data_dir
    if not folder.exists():
        yield Finding(check="data", level="ok", says=f"{folder} is made at the first start")
        return
    free = shutil.disk_usage(folder).free
    says = f"{folder}: {free / 1024**3:.1f} GiB free"
    if not os.access(folder, os.W_OK):
        advice = f"Let this user write to {folder}."
        yield Finding(check="data", level="fail", says=f"{folder} cannot be written", advice=advice)
    elif free < _LITTLE_DISK:
        yield Finding(check="data", level="warn", says=says, advice="Make room.")
    else:
        yield Finding(check="data", level="ok", says=says)


def secret(settings: Settings) -> tuple[Secrets | None, Finding]:
    """Look for the installation's secret; none is made."""
    if not has_secret(settings):
        if (settings.data_dir / "gatelodge.db").exists():
            advice = "Put it back in its place: a server that starts without makes another one."
            return None, Finding(check="secret", level="fail", says="is missing", advice=advice)
        if settings.database_url:
            advice = "Nodes share one: give it to this one before its first start."
            return None, Finding(check="secret", level="warn", says="is not here", advice=advice)
        return None, Finding(check="secret", level="ok", says=_LATER)
    try:
        found = load_secrets(settings)
    except BadSettings as error:
        return None, Finding(
            check="secret", level="fail", says=str(error), advice="See docs: Signing keys."
        )
    except OSError as error:
        return None, Finding(check="secret", level="fail", says=error.strerror or str(error))
    return found, Finding(check="secret", level="ok", says="readable, and by nobody else")


def database(settings: Settings) -> Finding:
    """Look at the database: whether it answers, and its schema."""
    if settings.database.startswith("sqlite:") and not settings.data_dir.exists():
        return Finding(check="database", level="ok", says=_LATER)
    try:
        with migrate.opened(settings.database) as engine:
            standing = migrate.standing(engine)
    except StorageError as error:
        advice = "Start it, or correct database_url; PGPASSFILE holds the password."
        return Finding(check="database", level="fail", says=str(error), advice=advice)
    if standing.current:
        return Finding(check="database", level="ok", says=f"answers, schema {standing.head}")
    says = f"answers, schema {standing.found or 'none'} of {standing.head}"
    return Finding(check="database", level="warn", says=says, advice="Run: gatelodge migrate")


async def stored(settings: Settings, secrets: Secrets) -> AsyncIterator[Finding]:
    """Look at what the database holds: its clock and the signing keys."""
    store = await Store.open(settings.database, guest=True)
    try:
        there = await store.read(clocks.now)
        keys = await store.read(signing_keys.all_of)
    finally:
        await store.close()
    if there is not None:
        skew = abs(there - time.time())
        level: Level = "ok" if skew < _SKEW_SECONDS else "warn"
        advice = "" if level == "ok" else "Synchronise the clocks: tokens name times."
        yield Finding(check="clock", level=level, says=f"{skew:.1f} s apart", advice=advice)
    try:
        for key in keys:
            sealed_keys.opened(secrets, key)
    except UnreadableSigningKeys as error:
        advice = "Give the secret they were sealed with, or revoke them: gatelodge keys."
        yield Finding(check="signing keys", level="fail", says=str(error), advice=advice)
    else:
        yield signing(keys, int(time.time()), settings.signing_key_period)


def signing(keys: Sequence[Standing], now: int, period: int) -> Finding:
    """Look at how long the keys that sign now go on to."""
    ends = {key.algorithm: key.since + period for key in keys if key.state == "active"}
    if not ends:
        says = "none signs: a server makes them at its start"
        return Finding(check="signing keys", level="ok" if not keys else "warn", says=says)
    algorithm = min(ends, key=lambda name: ends[name])
    day = f"{datetime.fromtimestamp(ends[algorithm], UTC):%Y-%m-%d}"
    says = f"{len(keys)} readable, {algorithm} signs until {day}"
    if ends[algorithm] + _LATE < now:
        advice = "Its time is over and no server has made another one: see that one runs."
        return Finding(check="signing keys", level="warn", says=says, advice=advice)
    return Finding(check="signing keys", level="ok", says=says)


async def valkey(settings: Settings) -> Finding | None:
    """Look at Valkey, where there is one."""
    if not settings.valkey_url:
        return None
    line = Valkey(settings.valkey_url, "gatelodge-doctor")
    try:
        policy = await line.policy()
        # One that has just refused a command is let rest, and would not answer this one.
        version = await line.version() if policy else ""
    except ValkeyAway:
        advice = f"Start it, or correct valkey_url. Meanwhile: {settings.when_valkey_is_away}."
        return Finding(check="valkey", level="fail", says="does not answer", advice=advice)
    finally:
        await line.close()
    return kept(policy, version)


def kept(policy: str, version: str) -> Finding:
    """Look at what a Valkey that answers is, and at what it does when its memory is full."""
    says = ", ".join(word for word in ("answers", version, policy) if word)
    if not policy:
        advice = "See that its maxmemory-policy is noeviction: it does not tell."
    elif policy != "noeviction":
        advice = "Set maxmemory-policy noeviction: a full memory must refuse, not forget."
    elif not version:
        advice = "See that it is 7.2 or newer: it does not tell."
    elif _numbers(version) < _OLDEST_VALKEY:
        advice = "Use 7.2 or newer: older ones get no security fixes."
    else:
        return Finding(check="valkey", level="ok", says=says)
    return Finding(check="valkey", level="warn", says=says, advice=advice)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


async def mail(settings: Settings) -> Finding | None:
    """Look whether the mail server takes connections."""
    if not settings.smtp_url:
        advice = "Set smtp_url: without it links to new passwords are handed over by you."
        return Finding(check="mail", level="warn", says="none is sent", advice=advice)
    parts = urlsplit(settings.smtp_url)
    usual = {"smtp": 587, "smtps": 465}.get(parts.scheme, 25)
    host, port = parts.hostname or "", parts.port or usual
    answers = await _connects(host, port)
    says = f"{host}:{port} {'answers' if answers else 'does not answer'}"
    return Finding(check="mail", level="ok" if answers else "fail", says=says)


async def serving(settings: Settings) -> Finding:
    """Look whether a server runs here, and whether it says that it can do its work."""
    if not await _connects(settings.host, settings.port):
        return Finding(check="server", level="ok", says=f"port {settings.port} is free")
    says = f"port {settings.port} is being served"
    status = await _health(settings)
    if status == HTTPStatus.OK:
        return Finding(check="server", level="ok", says=f"{says}, ready")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        advice = "It runs and is not ready: its log says why (not_ready)."
        return Finding(check="server", level="fail", says=f"{says}, not ready", advice=advice)
    advice = f"What listens there does not answer {READY} as a server of ours does."
    return Finding(check="server", level="warn", says=says, advice=advice)


async def passwords(_: Settings) -> Finding:
    """Time one password: twice as many a second are what one core signs in."""
    pool = PasswordPool(processes=1)
    try:
        started = time.perf_counter()
        await pool.hash("how long does this take")
        seconds = time.perf_counter() - started
    finally:
        pool.close()
    says = f"{seconds * 1000:.0f} ms each"
    if seconds > _SLOW_HASH:
        advice = "This machine is slow or busy: sign-ins will queue, then get 503."
        return Finding(check="passwords", level="warn", says=says, advice=advice)
    return Finding(check="passwords", level="ok", says=says)


async def _health(settings: Settings) -> int:
    """Return the status of a server's health, 0 for what does not speak HTTP."""
    host, port = settings.host, settings.port
    ask = f"GET {READY} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    context = None
    if settings.tls_certificate:
        # Asked by its address, which is in no certificate; nothing of ours is told.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(OSError, TimeoutError, ValueError, IndexError):
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
            with contextlib.closing(writer):
                writer.write(ask.encode())
                return int((await reader.readline()).split()[1])
    return 0


async def _connects(host: str, port: int) -> bool:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
        return True
    return False
