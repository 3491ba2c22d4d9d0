"""Where an API is found."""

import msgspec

from gatelodge.catalog import addresses
from tests.gateway.installation import api


def test_the_default_version_answers_at_two_paths() -> None:
    """The version's own path comes first; other versions have no other."""
    both = addresses.paths(api(context="/a/b"), "vbc.prod")
    other = msgspec.structs.replace(api(context="/a/b"), default_version=False)

    assert both == ("/t/vbc.prod/a/b/v1", "/t/vbc.prod/a/b")
    assert addresses.paths(other, "vbc.prod") == ("/t/vbc.prod/a/b/v1",)


def test_a_page_has_one_segment_for_the_context() -> None:
    """However many the context has."""
    assert addresses.page(api(context="/a/b")) == "/apis/a~b/v1"
