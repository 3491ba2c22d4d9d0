"""What an operator says of the tokens that are issued and the keys that sign them."""

from typing import Annotated

from msgspec import Meta

LongestAccessToken = Annotated[
    int,
    Meta(
        description="For how many seconds an access token works at most, whatever lifetime its "
        "consumer key has.",
        ge=60,
        le=604_800,
    ),
]
SigningKeyDays = Annotated[
    int,
    Meta(
        description="For how many days a key signs before the next one does. The next one is "
        "published a day earlier.",
        ge=2,
        le=3650,
    ),
]
