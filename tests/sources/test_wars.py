"""Dyadic wars and incidents of disputes against plain loops over the same files."""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import combinations

import polars as pl
import pytest

from quadrille.sources.formats import read_layers
from quadrille.sources.layers.disputes import read_incidents
from quadrille.sources.layers.wars import read_wars
from quadrille.states.registry import resolve

WARS = (
    "warnum,disno,dyindex,statea,stateb,warstrtmnth,warstrtday,warstrtyr,warendmnth,warenday,warendyr,"
    "year,warolea,waroleb,wardyadrolea,wardyadroleb,outcomea,batdtha,batdthb,changes_1,changes_2,batdths,"
    "durindx\n"
)
INCIDENTS = (
    "dispnum,incidnum,stabb,ccode,stday,stmon,styear,endday,endmon,endyear,insidea,sidea,fatality,"
    "fatalpre,action,hostlev,revtype1,revtype2,version\n"
)


def put(folder, text):
    path = folder / "f.csv"
    path.write_text(text, encoding="utf-8")
    return path


def real(data_dir, name):
    path = data_dir / "more" / name
    if not path.exists():
        pytest.skip(f"no {name}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {c for c in ("ccode", "statea", "stateb") if c in rows[0]}
    codes = {row[c] for row in rows for c in columns}
    return path, rows, {c: resolve(pl.Series([c]), "cow")[0] for c in codes}


def only(values):
    """The one of them, None where there is none or several."""
    known = {v for v in values if v}
    return known.pop() if len(known) == 1 else None


def test_wars_by_a_plain_loop(data_dir):
    path, rows, iso = real(data_dir, "directed_dyadic_war.csv")
    wanted = defaultdict(lambda: defaultdict(list))
    first, skipped = {}, 0
    for row in rows:
        one, two, year, war = (
            iso[row["statea"]],
            iso[row["stateb"]],
            int(row["year"]),
            row["warnum"],
        )
        if not one or not two or one == two:
            skipped += 1
            continue
        a, b = sorted((one, two))
        first[a, b, war] = min(year, first.get((a, b, war), year))
        deaths = (row["batdtha"], row["batdthb"]) if one == a else (row["batdthb"], row["batdtha"])
        winner = {"1": one, "3": two}.get(row["outcomea"])
        began = {"1": one, "3": two}.get(row["wardyadrolea"])
        wanted[a, b, year][war].append((deaths, began, winner))
    layer = read_wars(path)
    assert layer.rows_in == len(rows)
    assert layer.rejected["rows"].sum() == skipped
    found = {(r["state_a"], r["state_b"], r["year"]): r for r in layer.data.to_dicts()}
    assert found.keys() == wanted.keys()
    for (a, b, year), wars in wanted.items():
        row = found[a, b, year]
        assert row["numbers"].split(";") == sorted(wars, key=int)
        assert (row["wars"], row["onsets"]) == (
            len(wars),
            sum(first[a, b, w] == year for w in wars),
        )
        for side in (0, 1):
            told = [float(d[side]) for w in wars.values() for d, *_ in w if d[side]]
            assert row[("deaths_a", "deaths_b")[side]] == max(told, default=None)
        for place, name in ((1, "initiator"), (2, "winner")):
            assert row[name] == only([only([x[place] for x in w]) for w in wars.values()]), (
                a,
                b,
                year,
            )


def test_incidents_by_a_plain_loop(data_dir):
    path, rows, iso = real(data_dir, "MIDIP 5.0.csv")
    by_incident, rejected, skipped = defaultdict(list), 0, 0
    for line, row in enumerate(rows):
        if "-9" in (row["stmon"], row["endmon"]):
            rejected += 1
        elif not iso[row["ccode"]]:
            skipped += 1
        else:
            ends = [int(row[f"{e}year"]) * 12 + int(row[f"{e}mon"]) - 1 for e in ("st", "end")]
            by_incident[row["incidnum"]].append((line, iso[row["ccode"]], *ends, row))
    wanted, met = defaultdict(lambda: [set(), {}, 0]), set()
    for number, members in by_incident.items():
        begun = set()
        for (i, a, a1, a2, x), (j, b, b1, b2, y) in combinations(members, 2):
            if x["insidea"] == y["insidea"] or a == b or max(a1, b1) > min(a2, b2):
                continue
            met |= {i, j}
            if a > b:
                a, b, x, y = b, a, y, x
            for month in range(max(a1, b1), min(a2, b2) + 1):
                cell = wanted[a, b, month // 12, month % 12 + 1]
                cell[0].add(number)
                for name in ("hostlev", "fatality", "action"):
                    for side, row in (("a", x), ("b", y)):
                        value = int(row[name])
                        if value >= 0:
                            cell[1][name, side] = max(value, cell[1].get((name, side), value))
            if (a, b) not in begun:
                wanted[a, b, max(a1, b1) // 12, max(a1, b1) % 12 + 1][2] += 1
                begun.add((a, b))
    layer = read_incidents(path)
    assert layer.frequency == "M"
    fates = dict(layer.rejected.group_by("fate").agg(pl.col("rows").sum()).iter_rows())
    alone = sum(map(len, by_incident.values())) - len(met)
    assert fates == {k: n for k, n in (("rejected", rejected), ("skipped", skipped + alone)) if n}
    assert layer.rows_in == len(rows) == len(met) + sum(fates.values())
    columns = {"hostlev": "hostility", "fatality": "fatality", "action": "action"}
    for row in layer.data.to_dicts():
        numbers, values, onsets = wanted.pop(
            (row["state_a"], row["state_b"], row["year"], row["month"])
        )
        assert set(row["numbers"].split(";")) == numbers
        assert (row["incidents"], row["onsets"]) == (len(numbers), onsets)
        for theirs, ours in columns.items():
            for side in "ab":
                assert row[f"{ours}_{side}"] == values.get((theirs, side))
    assert not wanted


def test_both_orders_of_a_war_are_one_row(tmp_path):
    text = WARS + "7,1,1.1,750,770,9,1,1965,9,23,19655,1965,1,3,1,3,2,3000,3800,,,6800,1\n"
    text += "7,1,1.1,770,750,99,1,1965,9,23,1965,1965,3,1,3,1,2,3800,-9,,,6800,1\n"
    text += "8,1,1.1,750,9999,9,1,1965,9,23,1965,1965,1,3,1,3,2,3000,3800,,,6800,1\n"
    text += "9,1,1.1,750,770,12,3,1971,12,17,1971,1971,,,x,3,1,3000,3800,,,6800,1\n"
    layer = read_layers(put(tmp_path, text))[0]
    assert layer.data.rows() == [("IND", "PAK", 1965, 1, 1, 3000.0, 3800.0, "IND", None, "7")]
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (4, "skipped", "no known state ('9999')"),
        (5, "rejected", "wardyadrolea is no number ('x')"),
    ]
    assert (layer.name, layer.role) == ("cow_wars", "disputes")


@pytest.mark.parametrize("number", ["incidnum", "incidnum3"])
def test_an_incident_is_between_its_two_sides(tmp_path, number):
    row = "1,100{},x,{},-9,{},2001,1,{},2002,{},1,0,0,{},{},0,0,5\n"
    text = INCIDENTS.replace("incidnum", number)
    text += row.format(1, 750, 12, 1, 1, 17, 4) + row.format(1, 770, 12, 1, 0, 0, 1)
    text += row.format(1, 710, 12, 1, 1, 7, 3) + row.format(2, 750, -9, 1, 1, 7, 3)
    text += row.format(3, 750, 12, 1, 1, 7, 3)
    layer = read_layers(put(tmp_path, text))[0]
    names = ("state_a", "state_b", "year", "month", "incidents", "onsets", "action_a", "action_b")
    assert layer.data.select(names).rows() == [
        ("CHN", "PAK", 2001, 12, 1, 1, 7, 0), ("CHN", "PAK", 2002, 1, 1, 0, 7, 0),
        ("IND", "PAK", 2001, 12, 1, 1, 17, 0), ("IND", "PAK", 2002, 1, 1, 0, 17, 0),
    ]  # fmt: skip
    assert layer.rejected.select("line", "fate", "reason").rows() == [
        (5, "rejected", "stmon is empty"),
        (6, "skipped", "no known opponent at the time (incident 1003)"),
    ]
