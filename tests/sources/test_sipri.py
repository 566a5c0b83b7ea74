"""SIPRI's register and TIV table against plain loops over the same files, and files made by hand."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quadrille.errors import FileFormatError
from quadrille.sources.layers import sipri
from quadrille.states.registry import resolve

HEADER = (
    "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,"
    "Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,"
    "SIPRI TIV for total order,SIPRI TIV of delivered weapons\n"
)
DELIVERIES = (
    "SIPRI AT Database ID,Supplier,Recipient,Designation,Description,Armament category,Order date,"
    "Order date is estimate,Numbers delivered,Numbers delivered is estimate,Delivery year,"
    "Delivery year is estimate,Status,SIPRI estimate,TIV deal unit,TIV delivery values,Local production\n"
)
# Names of the real files that are no states, and have neither star nor "unknown".
OTHERS = {"Biafra", "Katanga", "Northern Cyprus", "Libya GNC"}


def write(tmp_path, text, name="f.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def order(recipient="India", supplier="Soviet Union", year="1965", ordered="2", delivered="2",
          years="1966; 1967", comment="", unit="3", total="6", value="6"):  # fmt: skip
    return (
        f"{recipient},{supplier},{year},?,{ordered},,MiG-21,fighter,{delivered},,{years},New,"
        f"{comment},{unit},{total},{value}\n"
    )


@pytest.fixture(scope="module")
def register(data_dir):
    return sipri.read_register(data_dir / "sipri" / "trade-register.csv")


@pytest.fixture(scope="module")
def tiv(data_dir):
    return sipri.read_tiv(data_dir / "sipri" / "import_tiv.csv")


@pytest.fixture(scope="module")
def lines(data_dir):
    """The register's lines by the csv module, torn records put together by hand."""
    with (data_dir / "sipri" / "trade-register.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.reader(f))[1:]
    whole = []
    for row in rows:
        if row[0]:
            whole.append(row)
        else:
            assert whole[-1][13:] == ["", "", ""]
            whole[-1] = [*whole[-1][:13], *row[1:4]]
    return rows, whole


def no_state(name):
    return name.endswith("*") or name.lower().startswith("unknown") or name in OTHERS


# ---------------------------------------------------------------- real files


def test_register_counts(register, lines):
    rows, whole = lines
    assert (len(rows), len(whole)) == (29_507, 29_503)
    left_out = sum(no_state(r[0]) or no_state(r[1]) for r in whole)
    assert register.rows_in == len(rows)
    assert register.unresolved["rows"].sum() == left_out == 625
    assert register.rejected.filter(pl.col("name").is_null()).height == 0
    assert register.data["orders"].sum() == len(whole) - left_out


def test_register_names(register, lines):
    """Who is left out is no state; everybody else is one."""
    _, whole = lines
    assert all(no_state(n) for n in register.unresolved["name"])
    expected = defaultdict(int)
    for r in whole:
        failed = r[1] if no_state(r[1]) else r[0] if no_state(r[0]) else None
        if failed:
            expected[failed] += 1
    assert dict(register.unresolved.iter_rows()) == expected
    assert {"NATO**", "Hezbollah (Lebanon)*", "unknown supplier(s)"} <= set(expected)


def test_register_totals_are_kept(register, lines):
    _, whole = lines
    used = [r for r in whole if not (no_state(r[0]) or no_state(r[1]))]
    for column, name in ((14, "ordered_tiv"), (15, "delivered_tiv")):
        theirs = float(sum(Fraction(r[column]) for r in used))
        # Sums of tens of thousands of floats.
        assert register.data[name].sum() == pytest.approx(theirs, rel=1e-12)
    assert register.data["deliveries"].sum() == sum(len(r[10].split(";")) for r in used if r[10])


def test_register_by_a_plain_loop(register, lines):
    """Every dyad-year, on names that stand for one state by themselves."""
    _, whole = lines
    names = sorted({n for r in whole for n in r[:2] if not no_state(n)})
    codes = dict(zip(names, resolve(pl.Series(names)), strict=True))
    codes["Congo"] = "COG"
    assert all(codes.values())
    ours = defaultdict(lambda: [0, 0.0, 0, 0.0])
    for r in whole:
        if no_state(r[0]) or no_state(r[1]):
            continue
        dyad = codes[r[1]], codes[r[0]]
        placed = ours[*dyad, int(r[2])]
        placed[0] += 1
        placed[1] += float(r[14])
        years = r[10].split("; ") if r[10] else []
        for y in years:
            came = ours[*dyad, int(y)]
            came[2] += 1
            came[3] += float(r[15]) / len(years)
    found = {r[:3]: r[3:] for r in register.data.iter_rows()}
    assert found.keys() == ours.keys()
    for key, values in ours.items():
        assert found[key] == pytest.approx(values, rel=1e-9, abs=1e-9)


def test_torn_lines_are_whole_again(data_dir, register):
    """Lines 25156 and 25157: fourteen BTR-3 of Ukraine for Thailand, thirteen delivered."""
    rows = register.data.filter(
        (pl.col("source") == "UKR")
        & (pl.col("target") == "THA")
        & pl.col("year").is_in([2008, 2010])
    )
    text = (data_dir / "sipri" / "trade-register.csv").read_text(encoding="utf-8-sig")
    torn = text.split("\n")
    assert torn[25155].startswith("Thailand,Ukraine,2008,") and torn[25155].endswith(",,,")
    assert torn[25156] == ",0.25,3.5,3.25,,,,,,,,,,,,"
    assert rows.filter(pl.col("year") == 2008)["ordered_tiv"].item() >= 3.5
    assert rows.filter(pl.col("year") == 2010)["delivered_tiv"].item() >= 3.25 / 2


def test_who_arms_whom(register, tiv):
    for layer, value in ((register, "delivered_tiv"), (tiv, "tiv")):
        india = (
            layer.data.filter((pl.col("target") == "IND") & (pl.col("year") < 1992))
            .group_by("source").agg(pl.col(value).sum()).sort(value)
        )  # fmt: skip
        assert india["source"][-1] == "RUS"
        assert india[value][-1] > india[value].sum() / 2
        pakistan = layer.data.filter(
            (pl.col("target") == "PAK") & (pl.col("source") == "CHN") & (pl.col("year") >= 2010)
        )
        assert pakistan[value].sum() > 3_000


def test_tiv_counts_and_totals(data_dir, tiv):
    with (data_dir / "sipri" / "import_tiv.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    over, years, plain = [], [], []
    for r in rows:
        if r["Import_To"] == "All" or r["Export_From"] == "Total":
            over.append(r)
        else:
            (years if r["Year"] == "Total" else plain).append(r)
    assert len(rows) == tiv.rows_in == 41_214
    reasons = dict(
        tiv.rejected.filter(pl.col("name").is_null())["reason"].value_counts().iter_rows()
    )
    assert reasons == {"a total over states": len(over), "a total over years": len(years)}
    lost = [r for r in plain if no_state(r["Import_To"]) or no_state(r["Export_From"])]
    assert tiv.unresolved["rows"].sum() == len(lost) == 585
    kept, left = (sum(int(r["TIV"]) for r in part) for part in (plain, lost))
    assert tiv.data["tiv"].sum() == kept - left
    # The file's own totals of years, of all states together, are those of its rows but for rounding.
    world = next(r for r in rows if (r["Import_To"], r["Export_From"], r["Year"])
                 == ("All", "Total", "Total"))  # fmt: skip
    assert kept == pytest.approx(int(world["TIV"]), rel=1e-3)  # whole numbers are summed


def test_all_stands_for_imports(data_dir):
    """``All, X`` is what X imported, whatever the column is called."""
    with (data_dir / "sipri" / "import_tiv.csv").open(encoding="utf-8", newline="") as f:
        rows = {tuple(r[:3]): int(r[3]) for r in list(csv.reader(f))[1:]}
    assert rows["All", "India", "Total"] == rows["India", "Total", "Total"] == 132_646


# ---------------------------------------------------------------- files made by hand


def test_explanations_before_the_header(tmp_path):
    head = "Trade Register\nInformation from the SIPRI, Arms Transfers Database\n\n" + "text\n" * 8
    layer = sipri.read_register(write(tmp_path, (head + HEADER + order()).encode("latin-1")))
    assert layer.data.rows() == [
        ("RUS", "IND", 1965, 1, 6.0, 0, 0.0),
        ("RUS", "IND", 1966, 0, 0.0, 1, 3.0),
        ("RUS", "IND", 1967, 0, 0.0, 1, 3.0),
    ]
    bad = sipri.read_register(write(tmp_path, head + HEADER + order() + order(year="?")))
    assert bad.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (14, "year of order is no number ('?')")
    ]


def test_register_of_deliveries(tmp_path):
    rows = (
        "7,Russia,India,T-90,tank,Armoured vehicles,2001,No,40,No,2002,No,New,,1,40,No\n"
        "7,Russia,India,T-90,tank,Armoured vehicles,2001,No,60,No,2003,No,New,,1,60,No\n"
        "8,Russia,India,Su-30,fighter,Aircraft,2001,No,2,No,2003,No,New,,30,60,Yes\n"
        "9,Russia,NATO**,x,y,Other,2001,No,2,No,2003,No,New,,1,2,No\n"
    )
    layer = sipri.read_register(write(tmp_path, "About\n\n" + DELIVERIES + rows))
    assert layer.data.rows() == [
        ("RUS", "IND", 2001, 2, None, 0, 0.0),
        ("RUS", "IND", 2002, 0, 0.0, 1, 40.0),
        ("RUS", "IND", 2003, 0, 0.0, 2, 120.0),
    ]
    assert layer.unresolved.rows() == [("NATO**", 1)]
    old = DELIVERIES.replace("SIPRI AT Database ID,Supplier,Recipient", "Deal ID,Seller,Buyer")
    older = (old + rows).replace(",", ";").replace("\n", ";\n")
    assert sipri.read_register(write(tmp_path, older, "g.csv")).data.equals(layer.data)


def torn(unit="3", total="6", value="6", rest="and more"):
    return order(comment="aid", unit="", total="", value="") + f"{rest},{unit},{total},{value}" + "," * 12 + "\n"  # fmt: skip


def test_torn_record_is_put_together(tmp_path):
    whole = sipri.read_register(write(tmp_path, HEADER + order()))
    mended = sipri.read_register(write(tmp_path, HEADER + torn(), "g.csv"))
    assert mended.data.equals(whole.data)
    assert (mended.rows_in, mended.rejected.filter(pl.col("name").is_null()).height) == (2, 0)
    quoted = order(comment='"aid\nand more"')
    assert sipri.read_register(write(tmp_path, HEADER + quoted, "h.csv")).data.equals(whole.data)


@pytest.mark.parametrize("field", range(1, 13))
@pytest.mark.parametrize("padded", [False, True], ids=["short", "filled"])
def test_a_record_torn_in_any_field(tmp_path, field, padded):
    """The line breaks after the first letter of words, and after numbers."""
    whole = order(years="1966", comment="aid").rstrip("\n").split(",")
    parts = [[*whole[:field], whole[field][:1]], [whole[field][1:], *whole[field + 1 :]]]
    if field in (2, 4, 8, 10):
        parts = [whole[: field + 1], ["", *whole[field + 1 :]]]
    if padded:
        parts = [[*p, *[""] * (16 - len(p))] for p in parts]
    torn = "".join(",".join(p) + "\n" for p in parts)
    layer = sipri.read_register(write(tmp_path, HEADER + order() + torn + order()))
    assert layer.rows_in == 4
    assert layer.rejected.filter(fate="rejected").height == 0
    orders = 3 if field > 1 else 2
    assert layer.data["orders"].sum() == orders


def test_a_record_torn_over_three_lines(tmp_path):
    head, values = order(comment="aid").rstrip("\n").rsplit(",", 3)[0], "3,6,6"
    short = f"{head}\nand more\nto come,{values}\n"
    filled = f"{head},,,\nand more{',' * 15}\nto come,{values}{',' * 12}\n"
    whole = sipri.read_register(write(tmp_path, HEADER + order()))
    for k, text in enumerate((short, filled)):
        layer = sipri.read_register(write(tmp_path, HEADER + text, f"{k}.csv"))
        assert layer.data.equals(whole.data)
        assert layer.rows_in == 3
    lone = HEADER + order() + f"{head}\n" + order()
    assert sipri.read_register(write(tmp_path, lone)).rejected["line"].to_list() == [3]


def test_torn_record_that_does_not_fit_is_refused(tmp_path):
    layer = sipri.read_register(write(tmp_path, HEADER + order() + torn(total="7")))
    reason = "torn over lines 3 and 4, and its values do not fit"
    assert layer.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (3, reason),
        (4, reason),
    ]
    assert layer.data["orders"].sum() == 1


def test_no_values_and_no_second_part(tmp_path):
    """An order without values counts as an order; a second part alone is refused."""
    alone = "," + "3,6,6" + "," * 12 + "\n"
    text = HEADER + alone + order(unit="", total="", value="")
    layer = sipri.read_register(write(tmp_path, text))
    assert layer.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (2, "recipient is empty")
    ]
    assert layer.data.filter(pl.col("year") == 1965).rows() == [
        ("RUS", "IND", 1965, 1, None, 0, 0.0)
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (order(supplier=""), "supplier is empty"),
        (order(year="19651"), "year of order is no year from 1400 to 2100 ('19651.0')"),
        (order(years="soon"), "year(s) of delivery are no years ('soon')"),
        (order(years="", value="6"), "delivered ('6.0'), but no year of delivery"),
        (order(value="six"), "sipri tiv of delivered weapons is no number ('six')"),
        (order(value="-6"), "sipri tiv of delivered weapons is below 0 ('-6')"),
        (order(supplier="USSR", recipient="Russia"), "within one state"),
        ("India,Russia,2001\n", "wrong number of columns (3, expected 16)"),
    ],
)
def test_broken_rows(tmp_path, row, reason):
    layer = sipri.read_register(write(tmp_path, HEADER + order() + row))
    assert layer.rejected.filter(pl.col("name").is_null()).select("line", "reason").rows() == [
        (3, reason)
    ]
    assert layer.rejected.filter(pl.col("name").is_null())["raw"][0] == row.rstrip("\n")
    assert layer.rows_in == 2


def test_brackets_explain_and_stars_exclude(tmp_path):
    names = ["Hezbollah (Lebanon)", "Hezbollah (Lebanon)*", "Palestine*", "East Germany (GDR)", "Congo",
             "Yemen Arab Republic (North Yemen)"]  # fmt: skip
    text = HEADER + "".join(order(recipient=n) for n in names)
    layer = sipri.read_register(write(tmp_path, text))
    assert set(layer.unresolved["name"]) == set(names[:3])
    assert set(layer.data["target"]) == {"DDR", "COG", "YEM"}


def test_tiv_adds_up_two_names_of_one_state(tmp_path):
    text = ('"Import_To","Export_From","Year","TIV"\n"India","Soviet Union","1992",5\n'
            '"India","Russia","1992",7\n"India","Russia","Total",7\n"All","India","1992",12\n')  # fmt: skip
    layer = sipri.read_tiv(write(tmp_path, text))
    assert layer.data.rows() == [("RUS", "IND", 1992, 12.0)]
    assert layer.rejected.filter(pl.col("name").is_null())["line"].to_list() == [4, 5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04rest", "not text; unpack it"),
        (b"{\\rtf1 register}", "save the SIPRI register as CSV"),
        (b"a,b\n1,2\n", "names the columns of the SIPRI register"),
        (HEADER.encode(), "it holds no rows"),
        ((HEADER + order(supplier="NATO**")).encode(), "nothing in it can be used"),
        ((HEADER.rstrip("\n") + ",status\n" + order()).encode(), "column 'status' appears twice"),
    ],
)
def test_bad_files(tmp_path, content, message):
    with pytest.raises(FileFormatError, match=message) as problem:
        sipri.read_register(write(tmp_path, content))
    assert "\n" not in str(problem.value)


def test_missing_file(tmp_path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        sipri.read_tiv(tmp_path / "none.csv")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Soviet Union", "France", "NATO**", "China"]),
            st.integers(1950, 2020),
            st.lists(st.integers(1950, 2024), max_size=4, unique=True),
            st.integers(0, 10_000),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_nothing_is_lost(tmp_path_factory, rows):
    text = HEADER + "France,India,1950,,,,,,,,,New,,0,0,0\n"
    for supplier, year, years, value in rows:
        worth = value if years else 0
        text += order(supplier=supplier, year=str(year), years="; ".join(map(str, years)),
                      value=str(worth))  # fmt: skip
    layer = sipri.read_register(write(tmp_path_factory.mktemp("r"), text))
    used = [r for r in rows if r[0] != "NATO**"]
    assert layer.data["orders"].sum() == len(used) + 1
    assert layer.data["orders"].sum() + layer.unresolved["rows"].sum() == layer.rows_in
    worth = sum(v for _, _, years, v in used if years)
    assert layer.data["delivered_tiv"].sum() == pytest.approx(worth)
    assert layer.data["deliveries"].sum() == sum(len(years) for _, _, years, _ in used)
