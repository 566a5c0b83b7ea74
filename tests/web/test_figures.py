"""Drawings as a page shows them."""

from __future__ import annotations

import re

from quadrille.web.figures import _DARK, for_page, with_dark

DRAWN = b'<svg xmlns="x" class="marks" width="902" height="258" viewBox="0 0 902 258"><text x="5">PAK</text></svg>'


def test_a_drawing_has_room_at_its_sides():
    made = for_page(DRAWN).decode()
    wide, high, left, of, tall = map(int, re.search(r'width="(\d+)" height="(\d+)" viewBox="(-\d+) 0 (\d+) (\d+)"', made).groups())  # fmt: skip
    assert (high, tall) == (258, 258)
    assert wide == of == 902 - 2 * left
    assert left < 0
    assert "prefers-color-scheme: dark" in made
    assert made.endswith('<text x="5">PAK</text></svg>')


def test_another_drawing_is_left_as_it_is():
    other = DRAWN.replace(b"viewBox", b"view")
    assert for_page(other) == with_dark(other)


def test_what_lies_on_boxes_that_stay_does_not_turn(get):
    drawn = get("/file/dance.vl.json?states=PAK&states=RUS&states=USA&states=IND").text
    marks = re.findall(r'"color": "([^"]+)"[^}]*"shape": "cross"', drawn)
    assert marks
    assert not set(marks) & set(_DARK)
