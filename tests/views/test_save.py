"""Files are written whole or not at all, as their suffix says."""

from __future__ import annotations

import time
from io import BytesIO

import pytest

from quadrille.errors import InputError, OptionError
from quadrille.views import ahead, vega
from quadrille.views.save import save_chart, save_view, write_bytes
from quadrille.views.view import View


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "page.html"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(InputError, match="cannot write there"):
        write_bytes(tmp_path / "no" / "page.html", b"x")


def test_text_that_cannot_be_written_leaves_the_old_file(tmp_path):
    path = tmp_path / "page.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        save_view(View("test", "test", sentences=("new \ud800",)), path)
    assert path.read_text() == "old"


def test_unknown_suffix_lists_the_known(tmp_path, chronicle):
    view = chronicle.relation("PAK", "RUS").view()
    with pytest.raises(OptionError, match=r"\.png or \.svg or \.html or \.json"):
        save_chart(view, tmp_path / "x.bmp")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("suffix", "head"), [(".png", b"\x89PNG"), (".svg", b"<svg"), (".json", b"{")]
)
def test_a_figure_is_what_its_suffix_says(tmp_path, chronicle, suffix, head):
    path = save_chart(chronicle.relation("PAK", "RUS").view(), tmp_path / f"tie{suffix}")
    assert path.read_bytes().startswith(head)


def test_what_draws_is_begun_only_where_the_work_is_long(monkeypatch):
    begun = []
    monkeypatch.setattr(ahead._Drawer, "begin", lambda drawer: begun.append(1))
    monkeypatch.setattr(ahead, "_AFTER", 0.05)
    with ahead.drawing_soon(True):
        pass
    with ahead.drawing_soon(False):
        time.sleep(0.2)
    assert begun == []
    with ahead.drawing_soon(True):
        time.sleep(0.5)
    assert begun == [1]
    with pytest.raises(KeyError), ahead.drawing_soon(True):
        raise KeyError


def test_a_process_draws_what_is_drawn_here_and_says_what_it_cannot():
    dots = [{"data": {"values": [{"x": x}]}, "mark": "point", "encoding": {"x": {"field": "x"}}} for x in (1, 2)]  # fmt: skip
    with ahead.drawing_soon(False) as draw:
        here = list(draw(dots, ".svg"))
        draw.begin()
        assert list(draw(dots, ".svg")) == here == list(vega.drawn(dots, ".svg"))
        assert b"".join(draw(dots[:1], ".png")).startswith(b"\x89PNG")
        with pytest.raises(RuntimeError, match="ValueError"):
            list(draw([{"mark": "nothing"}], ".svg"))
        assert list(draw(dots, ".svg")) == here
        process = draw._begun
    assert process.poll() is not None
    with pytest.raises(RuntimeError, match="ended"):
        vega.ask(BytesIO(), BytesIO(), dots[0], ".svg")
