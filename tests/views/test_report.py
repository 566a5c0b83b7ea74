"""The brief on paper and on a screen: one first page, every form, accessible, made again by what it says of itself."""

from __future__ import annotations

import json
import re
import shlex
from base64 import b64decode
from dataclasses import replace
from io import BytesIO

import pytest

from browser import WIDTHS, faults_of, overflow_of
from quadrille.chronicle.csl import csl_item
from quadrille.errors import OptionError
from quadrille.results import render
from quadrille.views import extras, theme
from quadrille.views.page import _image, check_template, references_of, to_page
from quadrille.views.save import save_view
from quadrille.views.view import Grid, View


@pytest.fixture(scope="module")
def view(brief):
    return brief.view()


@pytest.fixture(scope="module")
def short(brief):
    return replace(brief, short=True).view()


@pytest.fixture(scope="module")
def page(view, tmp_path_factory):
    return save_view(view, tmp_path_factory.mktemp("page") / "brief.html")


def test_the_first_page_is_a_bottom_line_one_chart_and_three_facts(brief, view):
    assert view.title.startswith("Pakistan and Russia")
    assert view.sentences == tuple(view.facts["bottom_line"].values())
    (facts,) = view.grids
    assert len(facts.rows) == 3
    assert view.draw is not None
    # What is numbered in the figure is named in the facts.
    assert re.findall(r"\((\d)\) \d{4}", facts.rows[1][1]) == ["1", "2", "3"]


def test_sections_come_in_their_order_and_methods_are_folded(view):
    open_ = [p.kind for p in view.parts if not p.folded]
    order = ["outlook", "pivot", "check", "portfolio", "balance", "bond", "economics", "left_out"]
    assert [k for k in order if k in open_] == list(dict.fromkeys(open_))
    first_folded = [p.folded for p in view.parts].index(True)
    assert all(p.folded for p in view.parts[first_folded:])
    assert {"method", "limits", "numbers", "reproduce"} <= {p.kind for p in view.parts if p.folded}  # fmt: skip


def test_a_section_is_shown_or_named_as_left_out(brief, view):
    (out,) = [p for p in view.parts if p.kind == "left_out"]
    (line,) = out.sentences
    shown = {p.title for p in view.parts}
    for triangle in (r for r in brief.readings if r.kind == "triangle"):
        title = triangle.view().title
        if not {"PAK", "RUS"} <= {*triangle.states}:
            assert title not in shown and title.removeprefix("The ") not in line
            continue
        assert (title in shown) != (title.removeprefix("The ") in line)
    assert ("the portfolio of Pakistan" in line) != ("Pakistan's portfolio" in shown)


def test_a_cold_tie_rests_on_nothing(brief, view):
    cold = replace(brief, bottom=replace(brief.bottom, p_warm=0.3)).view()
    assert "bond" in [p.kind for p in view.parts]
    assert "bond" not in [p.kind for p in cold.parts]
    (out,) = [p for p in cold.parts if p.kind == "left_out"]
    assert "what the tie rests on (it is not warm" in out.sentences[0]


def test_text_tables_and_facts_have_the_same_numbers(brief, view):
    (outlook,) = [p for p in view.parts if p.kind == "outlook"]
    p = outlook.grids[0].rows[-1][-1]
    assert f"P(warm) {p}" in outlook.sentences[0]
    likely = f"{1 - float(p):.2f}" if brief.bottom.p_warm < 0.5 else p
    assert f"({likely})" in view.facts["bottom_line"]["next"]
    rows = {row[0]: row for part in view.parts if part.kind == "relations" for row in part.grids[0].rows}  # fmt: skip
    level = rows["Pakistan–Russia"][1]
    assert level in view.grids[0].rows[0][1]


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_overflows(page, opened, width):
    seen = opened(page, width)
    if width == WIDTHS[0]:  # with all of its parts open
        seen.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    # A figure is one picture with words of its own; of its marks, which are many, nothing is told.
    assert faults_of(seen, without=("svg",)) == []
    assert overflow_of(seen) <= 0
    cut = "[...document.querySelectorAll('.scroll')].filter(t => t.scrollWidth > t.clientWidth).length"
    assert seen.evaluate(cut) == 0


def test_the_page_needs_no_script_and_no_network(page):
    text = page.read_text(encoding="utf-8")
    kinds = re.findall(r"<script([^>]*)>", text)
    assert all("json" in k for k in kinds)
    assert not re.search(r'(src|href)="(?!data:|#|https?://[^"]*">)', text)
    assert "@import" not in text and "url(http" not in text


def test_every_figure_has_a_caption_and_says_what_it_shows(view):
    figures = [v for v in view.all() if v.draw is not None]
    assert len(figures) >= 4
    for v in figures:
        assert v.caption.endswith(".")
        assert len(v.description) > len(v.caption)


def test_works_are_csl_and_lead_to_their_acts(page):
    text = page.read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/vnd.citationstyles.csl\+json">(.*?)</script>', text)  # fmt: skip
    works = {w["id"]: w for w in json.loads(found)}
    assert works["kux2001"]["type"] == "book"
    assert works["kux2001"]["author"] == [{"family": "Kux", "given": "Dennis"}]
    assert all(f'id="ref-{key}"' in text for key in works)
    resting = {key: w["custom"]["acts"] for key, w in works.items() if "custom" in w}
    assert "kux2001" in resting and all(resting.values())
    # Most acts of the chronicle have an address at which they were seen.
    found = [act for acts in resting.values() for act in acts]
    assert sum("https://" in act["locator"] for act in found) > len(found) / 2
    for key, acts in resting.items():
        (line,) = re.findall(rf'<li id="ref-{key}">(.*?)</li>', text)
        assert all(act["date"] in line for act in acts)


def test_each_reference_is_cited_and_says_for_which_acts(page):
    text = page.read_text(encoding="utf-8")
    listed = re.findall(r'<li id="ref-(.*?)">(.*?)</li>', text)
    assert listed
    assert all(f'href="#ref-{key}"' in text and " Acts: " in line for key, line in listed)


def test_a_work_that_nothing_cites_is_not_listed():
    lines = {"kux2001": "Kux.", "bass2013": "Bass."}
    made = View("acts", "Acts", notes=("An act [kux2001; other].",), references=lines)
    assert references_of(made) == {"kux2001": "Kux."}


def test_a_column_without_values_is_left_out_and_a_wide_row_says_what_its_cells_are():
    heads = ("", "who", "layer", "c", "d", "e", "f")
    rows = (("1", "Pakistan", "", "1", "", "3", "4"), ("2", "Russia", "", "1", "2", "3", "4"))
    made = Grid("Shown", heads, rows, (False, True, True, *[False] * 4))
    assert made.heads == ("", "who", "c", "d", "e", "f")
    assert made.rows[0] == ("1", "Pakistan", "1", "", "3", "4")
    assert made.left == (False, True, *[False] * 4)
    page = to_page(View("x", "X", grids=(made,)))
    assert '<table class="wide">' in page
    assert '<td class="short" data-head="who">Pakistan</td>' in page
    assert "data-head" not in to_page(View("x", "X", grids=(replace(made, heads=heads[:5], rows=tuple(r[:5] for r in rows), left=(True,) * 5),))).split("</style>")[1]  # fmt: skip


def test_addresses_are_links_to_where_they_lead():
    place = (
        "https://history.state.gov/d684?a=1&b=2; Time, 6 September 1948: http://softbeam.net/x.html"
    )
    made = to_page(View("sources", "Acts", grids=(Grid("", ("where",), ((place,),), (True,)),)))
    assert (
        '<a href="https://history.state.gov/d684?a=1&amp;b=2">history.state.gov</a>; Time' in made
    )
    assert '<a href="http://softbeam.net/x.html">softbeam.net</a>' in made


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Burke, S. M.; Ziring, Lawrence", [{"family": "Burke", "given": "S. M."}, {"family": "Ziring", "given": "Lawrence"}]),
        ("U.S. Department of Commerce, Bureau of Industry", [{"literal": "U.S. Department of Commerce, Bureau of Industry"}]),
        ("Dawn", [{"literal": "Dawn"}]),
    ],
)  # fmt: skip
def test_authors_are_people_or_organisations(author, names):
    assert csl_item("x", {"title": "T", "author": author})["author"] == names


def test_the_page_says_how_it_is_made_again(brief, view):
    (again,) = [p for p in view.parts if p.kind == "reproduce"]
    words = shlex.split(brief.basis.command)
    assert words[:4] == ["quadrille", "brief", "PAK", "RUS"]
    given = dict(zip(words[4::2], words[5::2], strict=True))
    assert given == {"--pivot": "USA", "--rival": "IND", "--draws": "200", "--seed": "1", "--data": "chronicle"}  # fmt: skip
    assert brief.basis.command in again.sentences[0]
    assert [len(sha) for _, sha in again.grids[0].rows] == [64, 64]


def structure(reader):
    """Kind and alternative text of every element of a PDF's structure."""
    todo, found = [reader.trailer["/Root"]["/StructTreeRoot"]], []
    while todo:
        node = todo.pop(0).get_object()
        if isinstance(node, dict):
            if "/S" in node:
                found.append((node["/S"], node.get("/Alt")))
            kids = node.get("/K", [])
            todo[:0] = kids if isinstance(kids, list) else [kids]
        elif isinstance(node, list):
            todo[:0] = node
    return found


def test_the_pdf_has_title_language_headings_and_alternative_texts(view, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("weasyprint")
    reader = pypdf.PdfReader(save_view(view, tmp_path / "brief.pdf"))
    root = reader.trailer["/Root"]
    assert reader.metadata.title == view.title
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    parts = structure(reader)
    kinds = [kind for kind, _ in parts]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") >= len(view.parts)
    alts = [alt for kind, alt in parts if kind == "/Figure"]
    assert alts == [v.description for v in view.all() if v.draw is not None]
    assert {"/Table", "/TH", "/TD", "/Link"} <= set(kinds)
    text = " ".join(reader.pages[0].extract_text().split())
    assert all(" ".join(s.split())[:60] in text for s in view.sentences)
    assert "Three facts" in text and "Outlook" not in text


def test_a_figure_on_paper_has_room_for_wider_letters(short):
    drawn = b64decode(_image(theme.to_svg(short.chart(780))).partition("base64,")[2]).decode()
    (box,) = re.findall(r'<svg[^>]* width="([\d.]+)"[^>]* viewBox="(-[\d.]+) 0 ([\d.]+) ', drawn)
    assert box[0] == box[2] and float(box[1]) < -10


def test_short_is_one_page(short, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    pytest.importorskip("weasyprint")
    reader = pypdf.PdfReader(save_view(short, tmp_path / "short.pdf"))
    assert len(reader.pages) == 1
    assert short.parts == () and "brief PAK RUS" in short.notes[-1]


def test_the_document_has_headings_tables_and_alternative_texts(short, brief, tmp_path):
    docx = pytest.importorskip("docx")
    made = docx.Document(str(save_view(short, tmp_path / "short.docx")))
    assert made.core_properties.title == short.title
    assert made.core_properties.language == "en"
    assert [p.text for p in made.paragraphs if p.style.name == "Title"] == [short.title]
    assert len(made.tables) == len(short.grids)
    descr = made.element.xpath("//wp:docPr/@descr")
    assert descr == [short.description]


def test_headings_of_a_document_are_real(view):
    docx = pytest.importorskip("docx")
    bare = replace(view, draw=None, parts=tuple(replace(p, draw=None) for p in view.parts[:3]))
    made = docx.Document(BytesIO(render("docx", "to_docx", bare)))
    heads = [p.text for p in made.paragraphs if p.style.name == "Heading 1"]
    assert heads[:3] == [p.title for p in view.parts[:3]]


def test_markdown_has_headings_tables_and_figures_in_words(view, tmp_path):
    text = save_view(view, tmp_path / "brief.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {view.title}\n")
    heads = re.findall(r"^## (.*)$", text, flags=re.M)
    assert heads[: len(view.parts)] == [p.title for p in view.parts]
    assert f"of this page: {view.caption})*" in text and "&#" not in text
    assert "| fact | numbers |\n| --- | --- |" in text


def test_a_template_of_ones_own_stands_in_by_its_name(short, tmp_path):
    (tmp_path / "parts.html.j2").write_text("{% macro body(s) %}<p>mine: {{ s.title }}</p>{% endmacro %}")  # fmt: skip
    check_template(tmp_path)
    made = to_page(replace(short, template=str(tmp_path)))
    assert f"<p>mine: {short.title}</p>" in made and "<main>" in made


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("front.html.j2", "", r"front\.html\.j2: unknown template; use one of fragment\.html\.j2, "),
        ("page.html.j2", "{% if %}", r"page\.html\.j2, line 1: .*; correct the template"),
        ("notes.txt", "", r"no template; use one of"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_be_used_is_one_line(tmp_path, name, text, fault):
    (tmp_path / name).write_text(text)
    with pytest.raises(OptionError, match=fault) as found:
        check_template(tmp_path)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("\n{{ nothing }}", r"page\.html\.j2, line 2: .*nothing.*"),
        ("{{ 1 / 0 }}", r"page\.html\.j2, line 1: division by zero"),
        ("{% include 'page.html.j2' %}", r"page\.html\.j2, line 1: maximum recursion depth.*"),
        ("{% include '_mine.j2' %}", r"page\.html\.j2, line 1: there is no template _mine\.j2"),
    ],
)
def test_a_template_that_fails_when_it_is_used_is_one_line(short, tmp_path, text, fault):
    (tmp_path / "page.html.j2").write_text(text)
    check_template(tmp_path)
    with pytest.raises(OptionError, match=fault + "; correct the template"):
        to_page(replace(short, template=str(tmp_path)))


def test_what_is_no_text_is_no_template(tmp_path):
    (tmp_path / "page.html.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(OptionError, match=r"page\.html\.j2: .*utf-8.*; correct the template"):
        check_template(tmp_path)
    (tmp_path / "page.html.j2").unlink()
    (tmp_path / "page.html.j2").mkdir()
    with pytest.raises(OptionError, match=r"page\.html\.j2: it is no file"):
        check_template(tmp_path)


def test_no_such_folder_of_templates(tmp_path):
    with pytest.raises(OptionError, match="is no folder"):
        check_template(tmp_path / "none")


@pytest.mark.parametrize("suffix", [".pdf", ".docx"])
def test_a_missing_extra_is_one_line(short, monkeypatch, tmp_path, suffix):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(
        OptionError, match=r"needs the extra report; install it: pip install 'quadrille\[report\]'"
    ):
        save_view(short, tmp_path / f"brief{suffix}")
    assert list(tmp_path.iterdir()) == []
