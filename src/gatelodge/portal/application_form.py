"""The form of an application, for a new one and for changing one."""

from collections.abc import Mapping
from typing import Any

from gatelodge.catalog import applications as rules
from gatelodge.catalog.applications import Draft
from gatelodge.catalog.quotas import DEFAULT_QUOTA, QUOTAS
from gatelodge.web.forms import Form


def draft(form: Form) -> Draft:
    """Return what was typed."""
    return Draft(
        name=form.one("name"),
        description=form.one("description").replace("\r\n", "\n"),
        quota=form.one("quota", DEFAULT_QUOTA),
    )


def fields(typed: Draft, problems: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form's template shows."""
    return {
        "draft": typed,
        "problems": problems,
        "quotas": tuple(QUOTAS.values()),
        "name_length": rules.NAME_LENGTH,
        "description_length": rules.DESCRIPTION_LENGTH,
    }


def quota_words(name: str) -> str:
    """Return what a quota allows, nothing for one that is not offered any more."""
    return QUOTAS[name].description if name in QUOTAS else ""
