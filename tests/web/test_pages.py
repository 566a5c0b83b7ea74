"""Every page in a browser: it opens at both widths, with and without its script, says nothing on the console, and asks nobody else."""

from __future__ import annotations

import re
import time

import pytest

from browser import WIDTHS, faults_of, overflow_of

# A browser, a server and Vega in one process take minutes where two cores are shared.
pytestmark = pytest.mark.slow

LIGHT = ("/", "/compare", "/data")
FURTHER = ("/tie?a=PAK&b=RUS&in=1965", "/triangle", "/search?q=burma", "/tie?a=PAK&b=Atlantis")
LONG = ("/analogues", "/claims", "/record", "/portfolio")
_SLOW = [*FURTHER, *LONG]
_LIVE = "[...document.querySelectorAll('figure.chart')].every(f => f.dataset.live) && !document.querySelector('[aria-busy]')"


def visit(opened, base, path, width, **how):
    """A page, what it said on the console, and the addresses it asked."""
    page = opened("about:blank", width, **how)
    page.set_default_timeout(180_000)
    said, asked = [], []
    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("request", lambda r: asked.append(r.url))
    # What takes long is asked elsewhere; here the page is to show what comes.
    page.route(
        re.compile("/part/"),
        lambda r: r.fulfill(body="<h2>Answered</h2><p>So it is.</p>", content_type="text/html"),
    )
    page.goto(f"{base}{path}")
    return page, said, asked


def until(page, condition, seconds=300):
    """Wait for a condition; the page's own policy forbids Playwright's way."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        for chart in page.locator("figure.chart").all():
            chart.scroll_into_view_if_needed()
        page.wait_for_timeout(50)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", [*LIGHT, *_SLOW])
def test_a_page_opens(opened, base, path, width):
    scheme = "dark" if width == WIDTHS[0] else "light"
    page, said, asked = visit(opened, base, path, width, color_scheme=scheme)
    if path in LONG[:3]:
        until(page, "document.body.textContent.includes('So it is.')")
    elif path not in LONG:
        until(page, _LIVE)
    assert faults_of(page) == []
    assert overflow_of(page) <= 0
    # A status other than 200 is said by the browser itself.
    assert [s for s in said if "Failed to load resource" not in s] == []
    assert all(url.startswith((base, "data:", "about:")) for url in asked)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/tie?a=PAK&b=RUS&in=1965", "/compare", "/data"])
def test_a_page_needs_no_script(opened, base, path):
    page, said, _ = visit(opened, base, path, WIDTHS[0], java_script_enabled=False)
    assert page.locator("h1").is_visible()
    for image in page.locator("figure.chart img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert all(i.bounding_box()["height"] > 100 for i in page.locator("figure.chart img").all())
    assert said == []


@pytest.mark.slow
def test_a_form_asks_and_its_address_restores_it(opened, base):
    page, _, _ = visit(opened, base, "/tie", 1280)
    page.get_by_label("Another state").fill("People's Republic of China")
    page.get_by_label("A state", exact=True).fill("Pakistan")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url(re.compile("/tie[?]a=Pakistan&b=People"))
    assert "in=" not in page.url
    assert page.locator("#valence h2").inner_text() == "Pakistan–China"
    assert page.get_by_label("Another state").input_value() == "People's Republic of China"
    sentence = page.locator("#valence .first").inner_text()
    page.get_by_role("link", name="Permanent address").click()
    assert page.locator("#valence .first").inner_text() == sentence


@pytest.mark.slow
def test_a_period_leads_to_what_is_behind_it(opened, base):
    page, _, _ = visit(opened, base, "/tie?a=PAK&b=RUS&in=1965", 1280)
    assert "1965" in page.locator("#witnesses h2").inner_text()
    assert (
        "Tashkent"
        in visit(opened, base, "/tie?a=PAK&b=RUS&in=1966", 1280)[0].locator("#acts").inner_text()
    )
    page.locator("#valence details.numbers summary").click()
    page.locator("#valence details.numbers").get_by_role("link", name="1980").click()
    page.wait_for_url(re.compile("in=1980#witnesses"))
    assert "1980" in page.locator("#witnesses h2").inner_text()


@pytest.mark.slow
def test_a_live_figure_says_its_row_and_leads_on(opened, base):
    page, _, _ = visit(opened, base, "/tie?a=PAK&b=RUS", 1280)
    until(page, "document.querySelector('#valence figure').dataset.live === 'desk'")
    box = page.locator("#valence .live path.background").first.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    tip = page.locator("#valence .tip").inner_text()
    year = re.match(r"period: (\d{4})\n", tip)[1]
    assert 1975 <= int(year) <= 1992
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_url(re.compile(f"in={year}#witnesses"))


@pytest.mark.slow
def test_the_theme_is_kept(opened, base):
    page, _, _ = visit(opened, base, "/", 390, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(paper) == "rgb(23, 25, 28)"
    page.goto(f"{base}/data")
    assert page.evaluate(paper) == "rgb(23, 25, 28)"


@pytest.mark.slow
def test_the_first_load_is_small(get, base):
    names = re.findall(r'(?:src|href|data-vega)="(/static/[^"]+)"', get("/tie").text)
    assert any("vega" in n for n in names)
    total = 0
    for path in ("/tie", "/file/relation.vl.json?a=PAK&b=RUS", *dict.fromkeys(names)):
        made = get(path)
        assert made.status_code == 200, path
        total += int(made.headers["content-length"])
    assert total < 600_000
