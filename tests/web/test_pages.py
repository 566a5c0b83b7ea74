"""Every page in a browser: it opens at both widths, with and without its script, says nothing on the console, and asks nobody else.

Three tests are of every run; the others take minutes where two cores are shared: ``python -m pytest -m slow tests/web/test_pages.py``.
"""

from __future__ import annotations

import io
import json
import re

import polars as pl
import pytest

from browser import WIDTHS, faults_of, overflow_of

slow = pytest.mark.slow
PAGES = (
    "/", "/tie?a=PAK&b=RUS&in=1965", "/compare", "/world?state=PAK&in=2016", "/network", "/triangle", "/portfolio?state=RUS",
    "/data", "/search?q=burma", "/tie?a=PAK&b=Atlantis", "/nothing",
)  # fmt: skip
LONG = ("/economy", "/analogues", "/claims", "/record", "/portfolio", "/bench")
TALL = 12_000  # every figure is in the window, so that all of them come to life
WAIT = 180_000


def visit(opened, base, path, width=1280, tall=False, **how):
    """A page, what it said on the console, and the addresses it asked."""
    page = opened("about:blank", width, **how)
    page.set_default_timeout(WAIT)
    if tall:
        page.set_viewport_size({"width": width, "height": TALL})
    said, asked = [], []
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("request", lambda r: asked.append(r.url))
    page.goto(f"{base}{path}")
    return page, said, asked


def alive(page, within=""):
    """Wait until every figure, and every part that takes long, is there."""
    page.locator(f"{within} [aria-busy]").first.wait_for(state="detached")
    page.locator(f"{within} figure.chart:not([data-live])").first.wait_for(state="detached")


def text_of(page, selector):
    return page.locator(selector).first.inner_text()


def without_answers(page):
    """What takes long is asked elsewhere; here the page is to show what comes."""
    page.route(
        re.compile("/part/"),
        lambda r: r.fulfill(body="<h2>Answered</h2><p>So it is.</p>", content_type="text/html"),
    )


def checked(page, said, asked, base):
    assert faults_of(page) == []
    assert overflow_of(page) <= 0
    # A status other than 200 is said by the browser itself.
    assert [s for s in said if "Failed to load resource" not in s] == []
    assert all(url.startswith((base, "data:", "about:")) for url in asked)


# ------------------------------------------------------------------ of every run


def test_the_first_page_opens(opened, base):
    page, said, asked = visit(opened, base, "/", WIDTHS[0])
    assert page.get_by_role("listitem").get_by_text("When did they thaw").is_visible()
    checked(page, said, asked, base)


def test_a_live_figure_says_its_row_and_leads_on(opened, base):
    page, said, _ = visit(opened, base, "/tie?a=PAK&b=RUS")
    page.locator("#valence figure[data-live=desk]").wait_for()
    box = page.locator("#valence .live path.background").first.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    year = re.match(r"period: (\d{4})\n", text_of(page, "#valence .tip"))[1]
    assert 1975 <= int(year) <= 1992
    assert said == []
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_url(re.compile(f"in={year}#witnesses"))
    assert year in text_of(page, "#witnesses h2")


def test_the_map_follows_its_slider(opened, base):
    page, said, _ = visit(opened, base, "/world?state=PAK&in=2016")
    india, slider = page.locator("[data-s=IND]"), page.locator("#map-when")
    assert text_of(page, "#map h2") == "Pakistan and the world, year by year"
    assert "2016" in text_of(page, "#map-said")
    assert india.get_attribute("class") in ("k-e", "k-f")  # cold
    assert page.locator("[data-s=BGD]").get_attribute("class") != "k-none"
    slider.fill("1960")
    assert text_of(page, "#map-now") == "1960"
    assert "1960" in text_of(page, "#map-said")
    assert page.locator("[data-s=BGD]").get_attribute("class") == "k-none"  # not then a state
    page.wait_for_url(re.compile("in=1960"))
    page.locator("#ties h2", has_text="1960").wait_for()
    sentence = text_of(page, "#map-said")
    page.reload()
    assert text_of(page, "#map-said") == sentence
    page.get_by_role("button", name="Play").click()
    page.locator("#map-now", has_text="1962").wait_for()
    page.get_by_role("button", name="Stop").click()
    assert said == []


# ------------------------------------------------------------------ the others


@slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens(opened, base, path, width):
    scheme = "dark" if width == WIDTHS[0] else "light"
    page, said, asked = visit(opened, base, path, width, tall=True, color_scheme=scheme)
    alive(page)
    checked(page, said, asked, base)


@slow
@pytest.mark.parametrize("path", LONG)
def test_a_page_that_takes_long_begins_at_once(opened, base, path):
    page, said, asked = visit(opened, base, "/", WIDTHS[0], tall=True)
    without_answers(page)
    page.goto(f"{base}{path}")
    if path in LONG[:4]:
        page.get_by_text("So it is.").first.wait_for()
    alive(page)
    checked(page, said, asked, base)


@slow
def test_what_takes_long_shows_how_far_it_is(opened, base):
    page, said, _ = visit(opened, base, "/", WIDTHS[0])
    held, steps = [], {"working": True, "done": 250, "total": 1000}
    page.route(re.compile("/part/"), lambda r: held.append(r))
    page.route(re.compile("/progress/"), lambda r: r.fulfill(json=steps))
    page.goto(f"{base}/claims")
    page.get_by_text("25% of the work").wait_for()
    assert page.locator("#check progress").get_attribute("value") == "250"
    assert "some seconds" in text_of(page, "#check [role=status]")
    assert faults_of(page) == []
    assert len(held) == 1  # one part after another
    held[0].fulfill(body="<h2>Answered</h2><p>So it is.</p>", content_type="text/html")
    page.get_by_text("So it is.").wait_for()
    assert page.locator("#check progress").count() == 0
    page.locator("#modelled progress").wait_for()
    held[1].fulfill(body="it cannot be said", status=404)
    page.get_by_text("it cannot be said").wait_for()
    assert page.locator("progress").count() == 0
    assert [line for line in said if "Failed to load resource" not in line] == []


@slow
def test_a_bench_shows_how_far_its_model_is(opened, base):
    page, said, _ = visit(opened, base, "/bench?a=PAK&b=RUS&on=IND")
    held, steps = [], {"working": True, "done": 10, "total": 1000}
    page.route(re.compile("/api/v1/bench"), lambda r: held.append(r))
    page.route(re.compile("/progress/bench"), lambda r: r.fulfill(json=steps))
    page.get_by_role("link", name="Estimate the model now").click()
    page.get_by_text("1% of the work").wait_for()
    assert "on=IND" in held[0].request.url
    held[0].fulfill(status=503, json={"error": {"status": 503, "message": "too many"}})
    page.get_by_text("too many").wait_for()
    assert [line for line in said if "Failed to load resource" not in line] == []


@slow
@pytest.mark.parametrize("path", ["/tie?a=PAK&b=RUS&in=1965", "/compare", "/world", "/network", "/data"])  # fmt: skip
def test_a_page_needs_no_script(opened, base, path):
    page, said, _ = visit(opened, base, path, WIDTHS[0], java_script_enabled=False)
    assert page.locator("h1").is_visible()
    for image in page.locator("figure.chart img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert all(i.bounding_box()["height"] > 100 for i in page.locator("figure.chart img").all())
    assert overflow_of(page) <= 0
    assert said == []


@slow
def test_the_map_needs_no_script(opened, base):
    page, _, _ = visit(opened, base, "/world?state=PAK", java_script_enabled=False)
    page.locator("#map-when").fill("1960")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("in=1960"))
    assert "1960" in text_of(page, "#map-said")
    assert page.locator("[data-s=BGD]").get_attribute("class") == "k-none"


@slow
def test_who_wants_no_motion_has_none(opened, base):
    page, _, _ = visit(opened, base, "/world?state=PAK", reduced_motion="reduce")
    assert page.get_by_role("button", name="Play").count() == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@slow
def test_a_form_asks_and_its_address_restores_it(opened, base):
    page, _, _ = visit(opened, base, "/tie")
    page.get_by_label("Another state").fill("People's Republic of China")
    page.get_by_label("A state", exact=True).fill("Pakistan")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url(re.compile("/tie[?]a=Pakistan&b=People"))
    assert "in=" not in page.url
    assert text_of(page, "#valence h2") == "Pakistan–China"
    assert page.get_by_label("Another state").input_value() == "People's Republic of China"
    sentence = text_of(page, "#valence .first")
    page.get_by_role("link", name="Permanent address").click()
    assert text_of(page, "#valence .first") == sentence


@slow
def test_a_network_of_another_region_and_year(opened, base):
    page, _, _ = visit(opened, base, "/network")
    assert "Middle East in 2016" in text_of(page, "#network h2")
    page.get_by_label("A region").select_option("Southern Asia")
    page.get_by_label("Year").fill("1971")
    page.get_by_label("Further state 1").fill("China")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url(re.compile("region=Southern"))
    assert "1971" in text_of(page, "#network h2")
    page.locator("#network details.numbers summary").click()
    rows = page.locator("#network details.numbers tbody")
    assert "China" in rows.inner_text() or "CHN" in rows.inner_text()


@slow
def test_a_state_is_found_by_another_name(opened, base):
    page, _, _ = visit(opened, base, "/")
    page.get_by_label("Find a state by any name").fill("Burma")
    page.get_by_role("button", name="Find").click()
    first = page.locator(".found li").first
    assert "Myanmar" in first.inner_text()
    first.get_by_label("Its tie with").fill("Siam")
    first.get_by_role("button", name="Ask").click()
    page.wait_for_url(re.compile("/tie"))
    assert text_of(page, "#valence h2") == "Myanmar–Thailand"


@slow
def test_a_period_leads_to_what_is_behind_it(opened, base):
    page, _, _ = visit(opened, base, "/tie?a=PAK&b=RUS&in=1966")
    assert "Tashkent" in page.locator("#acts").inner_text()
    page.locator("#valence details.numbers summary").click()
    page.locator("#valence details.numbers").get_by_role("link", name="1980").click()
    page.wait_for_url(re.compile("in=1980#witnesses"))
    assert "1980" in text_of(page, "#witnesses h2")


@slow
def test_the_five_questions_lead_to_their_answers(opened, base):
    page, _, _ = visit(opened, base, "/")
    links = [a.get_attribute("href") for a in page.locator(".asked a").all()]
    assert len(links) == 5
    without_answers(page)
    for link in links:
        page.goto(f"{base}{link}")
        place = link.partition("#")[2]
        assert page.locator(f"#{place}" if place else "section.part").first.is_visible(), link
    page.goto(f"{base}{links[1]}")  # when they thawed, and what moved it
    assert "thaw from 19" in page.locator("#episodes").inner_text()
    assert "Afghanistan" in page.locator("#episodes").inner_text()
    page.goto(f"{base}{links[2]}")  # whether the tie with the United States matters
    assert "substitution)" in page.locator("#moves").inner_text()


@slow
def test_downloads_open(opened, base):
    page, _, _ = visit(opened, base, "/tie?a=PAK&b=RUS")

    def taken(name):
        with page.expect_download() as found:
            page.locator("#valence .files").get_by_role("link", name=name, exact=True).click()
        return found.value.path().read_bytes(), found.value.suggested_filename

    rows = pl.read_parquet(io.BytesIO(taken("Parquet")[0]))
    assert rows.height == 75
    assert pl.read_csv(io.BytesIO(taken("CSV")[0])).height == 75
    assert len(json.loads(taken("JSON")[0])["rows"]) == 75
    png, name = taken("PNG")
    assert (png[:4], name) == (b"\x89PNG", "relation-PAK-RUS.png")
    assert "vega-lite" in json.loads(taken("Vega-Lite")[0])["$schema"]
    page.locator("#valence .files").get_by_role("link", name="SVG").click()
    page.wait_for_url(re.compile("[.]svg"))
    assert page.evaluate("document.documentElement.localName") == "svg"


@slow
def test_the_brief_opens(opened, base):
    page, said, _ = visit(opened, base, "/tie?a=PAK&b=RUS")
    page.get_by_role("link", name=re.compile("^The brief")).click(timeout=600_000)
    page.wait_for_url(re.compile("brief[.]html"), timeout=600_000)
    assert "Pakistan" in text_of(page, "h1")
    assert said == []


@slow
def test_the_sliders_of_the_bench(opened, base):
    page, said, _ = visit(opened, base, "/bench?a=PAK&b=RUS&on=USA")
    page.get_by_role("link", name="Estimate the model now").click(timeout=600_000)
    level, line = page.locator("#b-level"), page.locator("#see-line")
    level.wait_for(timeout=600_000)

    def after(change):
        """The drawn line and what is said, once they are others."""
        before = line.get_attribute("d"), text_of(page, "#b-said")
        change()
        page.locator(f'#see-line:not([d="{before[0]}"])').wait_for()
        return line.get_attribute("d"), text_of(page, "#b-said")

    warm = after(lambda: level.fill("1.5"))
    assert text_of(page, "#b-level-now") == "+1.5"
    assert "+1.5" in warm[1]
    cold = after(lambda: level.fill("-1.5"))
    assert "−1.5" in cold[1]
    assert page.locator("#b-two").is_hidden()
    after(lambda: page.locator("#b-also").check())
    both = after(lambda: page.locator("#b-other").fill("1"))
    later = after(lambda: page.locator("#b-step").fill("6"))
    years = page.locator("#bench").get_attribute("data-periods").split()
    assert text_of(page, "#b-step-now") == years[5]
    assert len({warm, cold, both, later}) == 4
    page.wait_for_url(re.compile("step=6"))
    page.reload()
    assert (line.get_attribute("d"), text_of(page, "#b-said")) == later
    assert page.locator("#b-other").input_value() == "1"
    assert faults_of(page) == []
    assert said == []


@slow
def test_analogues_name_their_cases(opened, base):
    page, said, _ = visit(opened, base, "/analogues?a=PAK&b=RUS&on=USA", tall=True)
    page.locator("#analogues .first").wait_for(timeout=600_000)
    assert page.locator("#analogues table").count() >= 1
    alive(page)
    assert said == []


@slow
def test_the_theme_is_kept(opened, base):
    page, _, _ = visit(opened, base, "/", 390, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(paper) == "rgb(23, 25, 28)"
    page.goto(f"{base}/data")
    assert page.evaluate(paper) == "rgb(23, 25, 28)"


@slow
def test_the_keyboard_skips_to_the_answer(opened, base):
    page, _, _ = visit(opened, base, "/tie?a=PAK&b=RUS")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "a"


@slow
def test_paper_has_the_answer_and_no_controls(opened, base):
    page, _, _ = visit(opened, base, "/tie?a=PAK&b=RUS")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("nav").is_visible()
    assert not page.locator("form.ask").is_visible()
    assert page.locator("#valence .first").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@slow
def test_the_first_load_is_small(get, base):
    names = re.findall(r'(?:src|href|data-vega)="(/static/[^"]+)"', get("/tie").text)
    assert any("vega" in n for n in names)
    total = 0
    for path in ("/tie", "/file/relation.vg.json?a=PAK&b=RUS", *dict.fromkeys(names)):
        made = get(path)
        assert made.status_code == 200, path
        total += int(made.headers["content-length"])
    assert total < 600_000
