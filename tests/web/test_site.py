"""Pages as files: what is linked to is there, and nothing leads out of the folder."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("fastapi")
from witnessed import write_small

from quadrille.cli.main import main
from quadrille.errors import OptionError, UnknownStateError
from quadrille.web.settings import Settings
from quadrille.web.site import SiteLinks, planned, write_site


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One network, so that its files are few."""
    folder = tmp_path_factory.mktemp("site")
    write_small(folder / "index.parquet")
    made = write_site(folder / "out", (), ("Asia",), Settings(data=str(folder / "index.parquet")), "2005")  # fmt: skip
    return folder / "out", made


def addresses(folder):
    for page in folder.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for found in re.findall(r'(?:href|src|srcset|data-desk|data-phone|data-at|action)="([^"]*)"', text):  # fmt: skip
            yield page.name, found


@pytest.mark.slow
def test_every_link_leads_to_a_file_of_the_folder(written):
    folder, made = written
    seen = list(addresses(folder))
    assert len(seen) > 20
    for page, place in seen:
        path = place.partition("#")[0].partition("?")[0]
        assert not re.match(r"/|\w+:", place), (page, place)
        assert not path or (folder / path).is_file(), (page, place)
    assert made.pages == len(list(folder.glob("*.html")))
    assert "network-asia.html" in (folder / "index.html").read_text(encoding="utf-8")
    assert sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) == made.size


@pytest.mark.slow
def test_a_tie_has_all_its_files_and_its_brief(tmp_path):
    made = write_site(tmp_path / "out", ("PAK-RUS",), ())
    assert not made.missing
    for page, place in addresses(tmp_path / "out"):
        path = place.partition("#")[0].partition("?")[0]
        assert not path or (tmp_path / "out" / path).is_file(), (page, place)
    brief = (tmp_path / "out/files/brief-pak-rus.html").read_text(encoding="utf-8")
    assert brief.startswith("<!doctype html>") and "Pakistan–Russia" in brief


def test_a_fault_is_one_line_and_the_rest_is_written(tmp_path, monkeypatch, capsys):
    write_small(tmp_path / "index.parquet")

    def fault(*args):
        raise RuntimeError("it broke\nsomewhere")

    monkeypatch.setattr("quadrille.web.desk.asked_of", fault)
    out = tmp_path / "out"
    asked = ["quadrille", "site", str(out), "--regions", "Asia", "--data", str(tmp_path / "index.parquet")]  # fmt: skip
    monkeypatch.setattr("sys.argv", asked)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert said[:-1] == ["network-asia.html", "network-asia.html: RuntimeError: it broke somewhere"]
    assert said[-1].startswith(f"{out}: 2 pages and 0 files")
    assert "it broke somewhere" in (out / "network-asia.html").read_text(encoding="utf-8")
    assert "network-asia.html" in (out / "index.html").read_text(encoding="utf-8")


def test_the_plan_has_a_page_for_each_tie_state_and_region():
    plan = planned(["Pakistan-Russia", "PAK-RUS"], ["middle east"], "2016")
    files = [p.file for p in plan]
    assert {"tie-pak-rus.html", "world-pak.html", "world-rus.html", "network-middle-east.html"} <= set(files)  # fmt: skip
    assert len(files) == len(set(files))
    links = SiteLinks(plan)
    assert links.page("world", {"state": "PAK", "in": "1960"}) == "world-pak.html"
    assert links.page("world") == "world-pak.html"
    assert links.page("bench", {"a": "PAK"}) == links.page("tie", {"a": "IND", "b": "CHN"}) == "index.html"  # fmt: skip


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(OptionError, match="needs a tie or a region"):
        planned([], [])
    with pytest.raises(UnknownStateError):
        planned(["PAK-Atlantis"], [])
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OptionError, match="holds something already"):
        write_site(tmp_path, ["PAK-RUS"], [])
