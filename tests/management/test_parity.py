"""Everything the portal does, programs can do: its forms beside this API's operations."""

from starlette.routing import Route, Router

from gatelodge.operations.passwords import PasswordPool
from gatelodge.settings import Settings
from scripts.endpoints import part_of
from tests.management.conftest import Site
from tests.portal.conftest import Time
from tests.portal.conftest import application as portal

KEYS = "/applications/{application_id:int}/keys/{environment}"
SUBSCRIPTIONS = "/applications/{application_id:int}/subscriptions"

ALSO_HERE = {
    "/applications/new": ("POST", "/applications"),
    "/applications/{application_id:int}": ("PATCH", "/applications/{application_id}"),
    "/applications/{application_id:int}/delete": ("DELETE", "/applications/{application_id}"),
    KEYS: ("POST", "/applications/{application_id}/keys"),
    f"{KEYS}/settings": ("PATCH", "/applications/{application_id}/keys/{environment}"),
    f"{KEYS}/delete": ("DELETE", "/applications/{application_id}/keys/{environment}"),
    f"{KEYS}/secrets": ("POST", "/applications/{application_id}/keys/{environment}/secrets"),
    f"{KEYS}/secrets/revoke": (
        "DELETE",
        "/applications/{application_id}/keys/{environment}/secrets/{secret_id}",
    ),
    f"{KEYS}/test-token": (
        "POST",
        "/applications/{application_id}/keys/{environment}/test-tokens",
    ),
    SUBSCRIPTIONS: ("POST", "/applications/{application_id}/subscriptions"),
    f"{SUBSCRIPTIONS}/plan": (
        "PATCH",
        "/applications/{application_id}/subscriptions/{subscription_id}",
    ),
    f"{SUBSCRIPTIONS}/remove": (
        "DELETE",
        "/applications/{application_id}/subscriptions/{subscription_id}",
    ),
}
"""Each form of the portal about the developer's things, and the operation that does the same."""

ABOUT_THE_PERSON = ("/login", "/logout", "/theme", "/account", "/invite", "/join", "/register")
"""Signing in and out and what proves who somebody is: done by the person in a browser. A personal
access token that could change these could make itself last for ever."""


def test_every_form_has_its_operation(site: Site) -> None:
    """Each path the portal takes forms at is in the table, and each operation that acts as well."""
    pool = PasswordPool()
    served = portal(site.store, Settings(), Time(), pool)
    pool.close()
    forms = {
        route.path
        for route in part_of(served, Router).routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    about_things = {path for path in forms if not path.startswith(ABOUT_THE_PERSON)}
    subscribed_from_the_directory = {"/apis/{slug}/{version}/subscribe"}
    assert about_things - subscribed_from_the_directory == set(ALSO_HERE)
    acting = {(one.method, one.path) for one in site.api.operations if one.method != "GET"}
    assert acting == set(ALSO_HERE.values())
