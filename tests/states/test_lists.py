"""Numbers and spells of the registry against the published lists of states, line by line."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from quadrille.states.registry import get, resolve

# The registry begins with 1945: of a spell that a list begins earlier only its end is compared.
BEGIN = date(1946, 1, 1)
# Which state each number means, where the number's own name in the list is not the registry's.
MEANT = {
    "cow": {260: "DEU", 345: "SRB", 365: "RUS", 678: "YEM", 816: "VNM", 817: "RVN"},
    "gw": {260: "DEU", 255: "DEU", 345: "SRB", 340: "SRB", 365: "RUS", 678: "YEM", 816: "VNM"},
}
# Where the registry knows better than a list, or follows the other one, by the number.
OWN_BEGIN = {
    "cow": {
        221: "micro-state, a state long before the United Nations", 223: "as 221", 232: "as 221",
        331: "as 221", 255: "one line with the Federal Republic from 1949",
        260: "founded on 23 May 1949; COW counts sovereignty in 1955",
        265: "founded on 7 October 1949; COW counts sovereignty in 1954",
        305: "own government from April 1945; COW waits for the treaty of 1955",
        341: "declared on 3 June 2006; COW waits for recognition",
        343: "declared in 1991", 344: "declared in 1991", 346: "declared in 1992",
        347: "declared on 17 February 2008", 349: "declared in 1991",
        436: "independent on 3 August 1960; COW's October is a slip",
        511: "independent on 10 December 1963; COW waits for the United Nations",
        679: "one line with North Yemen", 698: "a state throughout", 760: "a state throughout",
        732: "proclaimed on 15 August 1948", 740: "existed through the occupation",
        816: "proclaimed in 1945; COW waits for Geneva", 817: "the State of Vietnam from June 1949",
        850: "proclaimed in 1945; COW waits for the transfer", 860: "independent on 20 May 2002",
        935: "from independence, not admission to the United Nations", 946: "as 935", 947: "as 935",
        955: "as 935", 970: "as 935", 990: "as 935", 983: "as 935", 986: "as 935", 987: "as 935",
    },
    "gw": {
        255: "before 1945; one line with the Federal Republic",
        260: "founded on 23 May 1949; GW counts the government of September",
        265: "founded on 7 October 1949", 343: "declared on 8 September 1991", 344: "declared in 1991",
        340: "one line with Yugoslavia, 345", 346: "declared on 3 March 1992", 349: "declared in 1991",
        359: "with the end of the Soviet Union, as COW", 369: "as 359", 370: "as 359", 371: "as 359",
        372: "as 359", 373: "as 359", 701: "as 359", 702: "as 359", 703: "as 359", 704: "as 359",
        705: "as 359",
        432: "the Federation of Mali of 20 June 1960, as COW", 433: "left the Federation, as COW",
        511: "independent on 10 December 1963", 517: "1 July 1962; GW's 7 January is a slip",
        581: "as COW; France recognised it on 31 December 1975", 616: "20 March 1956, as COW",
        652: "evacuated on 17 April 1946; part of the United Arab Republic 1958 to 1961",
        663: "as COW", 660: "as COW", 760: "a state throughout", 781: "26 July 1965; GW has May",
        812: "by the treaty of 22 October 1953, as COW", 816: "proclaimed in 1945",
        817: "the State of Vietnam from June 1949", 935: "30 July 1980; GW has June",
        971: "31 January 1968; GW has December",
    },
}  # fmt: skip
OWN_END = {
    "cow": {255: "before 1945", 260: "one line with Germany after 1990",
            678: "one line with Yemen after 1990", 740: "existed through the occupation"},
    "gw": {345: "one line with Serbia", 711: "the agreement of 23 May 1951; GW ends with the invasion",
           255: "one line with the Federal Republic"},
}  # fmt: skip
# Counted as states by Gleditsch & Ward, as territories here: dates are not kept.
TERRITORIES = {396: "ABK", 397: "SOT"}


def listed(data_dir, which: str) -> pl.DataFrame:
    file = data_dir / "more" / f"andybega_states_{which}states.csv"
    return pl.read_csv(file, infer_schema=False).select(
        number=pl.col(f"{which}code").cast(pl.Float64).cast(pl.Int32),
        name="country_name",
        since=pl.col("start").str.to_date(),
        until=pl.col("end").str.to_date(),
    )


@pytest.mark.parametrize("which", ["cow", "gw"])
def test_every_number_is_the_state_of_its_name(data_dir, which):
    """Each state of a list since 1945, by number; and no number of one that ended before."""
    every = listed(data_dir, which)
    later = every.filter(pl.col("until") >= date(1945, 1, 1))
    by_name = resolve(later["name"], "icews")
    rows = later.with_columns(found=resolve(later["number"], which), named=by_name)
    assert rows.height > 200 and rows["found"].null_count() == 0
    meant = [MEANT[which].get(n, name) for n, name in rows.select("number", "named").iter_rows()]
    assert rows["found"].to_list() == meant
    ended = every.filter(~pl.col("number").is_in(later["number"].implode()))
    assert ended.height >= 15
    assert resolve(ended["number"], which).drop_nulls().is_empty()


@pytest.mark.parametrize("which", ["cow", "gw"])
def test_spells_are_those_of_the_lists_but_for_those_written_out(data_dir, which):
    begin, end = set(), set()
    rows = listed(data_dir, which).filter(pl.col("until") >= date(1945, 1, 1))
    for number, since, until in rows.select("number", "since", "until").iter_rows():
        iso3 = resolve(pl.Series([number]), which).item()
        if number in TERRITORIES:
            assert (iso3, get(iso3).kind) == (TERRITORIES[number], "territory")
            continue
        spells = [(a, b or date(9999, 12, 31)) for a, b in get(iso3).spells]
        if max(since, BEGIN) not in {max(a, BEGIN) for a, _ in spells}:
            begin.add(number)
        if until not in {b for _, b in spells}:
            end.add(number)
    assert begin <= set(OWN_BEGIN[which]), begin - set(OWN_BEGIN[which])
    assert set(OWN_BEGIN[which]) <= begin, set(OWN_BEGIN[which]) - begin
    assert end == set(OWN_END[which])


def test_yugoslavia_has_two_numbers_of_gleditsch_and_ward():
    assert resolve(pl.Series([340, 345]), "gw").to_list() == ["SRB", "SRB"]
    assert get("SRB").gw == 340
    assert resolve(pl.Series([255, 260]), "gw").to_list() == ["DEU", "DEU"]
    assert resolve(pl.Series([255, 260, 678, 679]), "cow").to_list() == ["DEU", "DEU", "YEM", "YEM"]
    assert resolve(pl.Series(["GFR", "YAR", "YPR"]), "cowabb").to_list() == ["DEU", "YEM", "YMD"]
