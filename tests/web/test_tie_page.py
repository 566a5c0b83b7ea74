"""The page of a tie: what moved it in a sentence, and where to ask on."""

from __future__ import annotations


def test_it_says_what_moved_the_tie_and_leads_on(asked):
    page = asked("/tie?a=United+States&b=Pakistan").text
    assert '<p class="first">What moved it most is a chill from about 1984 to 2020 ' in page
    assert (
        '<a href="/triangle?a=United+States&amp;b=Pakistan&amp;c=CHN">Whether China matters to it'
        in page
    )
    assert '<a href="/record">How often forecasts of ties were right</a>' in page
