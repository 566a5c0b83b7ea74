"""Engines count the same; the lake gives them what now counts and nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import warnings
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlglot
from polars.testing import assert_frame_equal
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from quadrille.chronicle import load as chronicle
from quadrille.errors import LakeError, NoDataError, OptionError
from quadrille.lake.catalogue import open_lake
from quadrille.lake.events import StoredEvents, lake_events
from quadrille.lake.ingest import forget, ingest
from quadrille.panel import engines
from quadrille.panel.bigquery import bigquery_schema, bigquery_sql
from quadrille.panel.build import Panel, build
from quadrille.panel.engines import panel_cells
from quadrille.panel.facets import facet
from quadrille.panel.schema import COLLAPSE, PANEL
from quadrille.sources.events.gdelt import V2
from quadrille.sources.formats import read_table

CLUSTER = "local-cluster[2,1,1024]"
ROW = {"Actor1CountryCode": "PAK", "Actor2CountryCode": "RUS", "GoldsteinScale": "1.9",
       "SQLDATE": "20180601", "EventCode": "042", "NumMentions": "4", "AvgTone": "-1.5"}  # fmt: skip


def same(got, wanted):
    # Counts are equal; means differ by the order of summation.
    exact = [c for c in PANEL if not c.startswith("goldstein")]
    assert_frame_equal(got.select(exact), wanted.select(exact))
    assert_frame_equal(got, wanted, rel_tol=1e-12, abs_tol=1e-12)


def in_parquet(events, folder, without=(), once=False):
    """Two files in folders as the lake names them."""
    for k, part in enumerate((events[::2], events[1::2])):
        place = folder / f"batch{k}" / "kind=events" / f"year={2000 + k}"
        place.mkdir(parents=True)
        part.write_parquet(place / "part.parquet")
    paths = tuple(str(folder / f"batch{k}" / "kind=events") for k in (0, 1))
    return StoredEvents(paths, "random", ("a", "b"), without, once)


# ---------------------------------------------------------------- the lake, on DuckDB


def write(folder, name, *rows):
    path = folder / name
    lines = ["\t".join((ROW | r).get(c, "") for c in V2) for r in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows(*numbers, **cells):
    return [{"GLOBALEVENTID": str(n)} | cells for n in numbers]


@pytest.fixture
def lake(tmp_path):
    return open_lake(tmp_path / "lake", create=True)


def lake_panel(lake, frequency=None, source=None, **options):
    return build(lake_events(lake, source), frequency, **options)


def raw(lake, **options):
    return lake_panel(lake, **options).cells["raw"].sum()


def test_the_lakes_panel_can_be_measured_from(lake, tmp_path):
    ingest(lake, [write(tmp_path, "a.export.CSV", *rows(1, 2), *rows(3, EventCode="190"))])
    made = lake_panel(lake, "M")
    assert isinstance(made, Panel)
    assert (made.kind, made.frequency, made.origin) == ("counts", "M", "gdelt")
    assert made.files == ("a.export.CSV",)
    (cell,) = made.cells.rows(named=True)
    assert (cell["state_a"], cell["state_b"], cell["period"]) == ("PAK", "RUS", date(2018, 6, 1))
    assert (cell["verbal_coop"], cell["material_conf"], cell["raw"]) == (1, 1, 3)
    assert facet(made).data["n"].to_list() == [2]


def test_superseded_and_forgotten_files_do_not_count(lake, tmp_path):
    ingest(lake, [write(tmp_path, f"{k}.CSV", *rows(10 * k, 10 * k + 1)) for k in (1, 2, 3)])
    assert raw(lake) == 6
    ingest(lake, [write(tmp_path, "2.CSV", *rows(20, 21, 22, 23))])
    assert raw(lake) == 8
    forget(lake, "3.CSV")
    assert raw(lake) == 6


def test_files_that_overlap_count_an_id_once(lake, tmp_path):
    ingest(lake, [write(tmp_path, "a.CSV", *rows(1, 2, 3))])
    ingest(lake, [write(tmp_path, "b.CSV", *rows(3, 4), *rows(2, EventCode="190"))])
    assert lake_events(lake).once
    cells = lake_panel(lake, collapse="none").cells
    assert cells["raw"].to_list() == [4]
    assert cells["material_conf"].to_list() == [1]  # the later file has it


def test_files_that_do_not_overlap_cost_no_search(lake, tmp_path):
    ingest(lake, [write(tmp_path, "a.CSV", *rows(1, 2)), write(tmp_path, "b.CSV", *rows(3, 4))])
    assert not lake_events(lake).once


def test_sources_are_never_added_up(lake, tmp_path, data_dir):
    with pytest.raises(NoDataError, match="holds no events"):
        lake_panel(lake)
    ingest(lake, [write(tmp_path, "a.CSV", *rows(1, 2)), data_dir / "icews_raw"])
    with pytest.raises(OptionError, match=r"events of gdelt, .*choose one: lake:NAME"):
        lake_panel(lake)
    with pytest.raises(OptionError, match="no events of 'acled'; use one of gdelt"):
        lake_panel(lake, source="acled")
    assert raw(lake, source="gdelt") == 2
    assert raw(lake, source="icews") == 1741


def test_a_folder_that_is_gone_is_an_error(lake, tmp_path):
    ingest(lake, [write(tmp_path, "a.CSV", *rows(1))])
    shutil.rmtree(next(lake.data.iterdir()))
    with pytest.raises(LakeError, match="quadrille lake verify"):
        lake_panel(lake)


def test_nothing_in_the_interval(lake, tmp_path):
    ingest(lake, [write(tmp_path, "a.CSV", *rows(1))])
    with pytest.raises(NoDataError, match="widen since or until"):
        lake_panel(lake, since=date(2019, 1, 1))


def test_an_unknown_engine_is_refused():
    with pytest.raises(OptionError, match="unknown engine 'hadoop'; use duckdb, bigquery, or"):
        panel_cells(StoredEvents((), "x", ()), "hadoop")


def test_a_table_at_hand(data_dir):
    table = read_table(data_dir / "gdelt_raw" / "20170101073000.export.CSV")
    made = build(table, collapse="none")
    assert made.cells["raw"].sum() == table.data.height
    same(made.cells, panel_cells(table, collapse="none"))
    with pytest.raises(OptionError, match="give events"):
        panel_cells(read_table(data_dir / "icews_yearly"))
    with pytest.raises(OptionError, match="hand-coded acts"):
        panel_cells(chronicle.load())


@pytest.mark.parametrize("frequency", "DMQY")
@pytest.mark.parametrize("once", [False, True])
def test_a_span_at_a_time_is_the_whole(
    random_events, brute_panel, tmp_path, monkeypatch, frequency, once
):
    monkeypatch.setattr(engines, "_AT_ONCE", 50)
    events = random_events(11)
    kept = events.filter(pl.col("file") != 1)
    options = (frequency, "code", date(1900, 1, 1), date(2018, 3, 31))
    got = panel_cells(in_parquet(events, tmp_path, (1,), once), "duckdb", *options)
    same(got, brute_panel(kept, *options, once))


# ---------------------------------------------------------------- Spark


@pytest.fixture(scope="module")
def java():
    if shutil.which("java") is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("no java: install a JRE")
        pytest.skip("no java: install a JRE to test Spark")


def spark_session(master, folder):
    """A session with little overhead; the engine finds and uses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        # Not UTC, so that a date that went through a time would show.
        "spark.sql.session.timeZone": "America/St_Johns",
    }
    builder = SparkSession.builder.master(master).appName("test")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


@pytest.fixture(scope="module")
def cluster(java, tmp_path_factory):
    """Two executors in processes of their own."""
    folder = tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_WORKER_DIR", str(folder))
        session = spark_session(CLUSTER, folder)
        yield CLUSTER
        session.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("once", "frequency", "rule"),
    [(True, "D", "code"), (True, "Y", "day"), (False, "Q", "code")]
    + [(False, "M", rule) for rule in COLLAPSE],
)
def test_spark_equals_duckdb_to_the_last_count(
    cluster, random_events, brute_panel, tmp_path, once, frequency, rule
):
    events = random_events(1)
    stored = in_parquet(events, tmp_path, () if once else (1,), once)
    options = (frequency, rule, date(1900, 1, 1), date(2018, 3, 31))
    on_spark = panel_cells(stored, cluster, *options)
    same(on_spark, panel_cells(stored, "duckdb", *options))
    same(
        on_spark,
        brute_panel(events.filter(~pl.col("file").is_in(stored.without)), *options, once),
    )


@pytest.mark.slow
def test_another_master_is_not_taken_for_the_one_in_use(cluster, random_events, tmp_path):
    with pytest.raises(OptionError, match=r"a Spark session on local-cluster.* is in use"):
        panel_cells(in_parquet(random_events(1), tmp_path), "local[1]")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("frequency", "DMQY")
@pytest.mark.parametrize("rule", COLLAPSE)
def test_spark_on_more_events(cluster, random_events, tmp_path, seed, frequency, rule):
    stored = in_parquet(random_events(seed, 2000), tmp_path, (2,), once=seed == 1)
    same(
        panel_cells(stored, cluster, frequency, rule),
        panel_cells(stored, "duckdb", frequency, rule),
    )


STANDALONE = """
import sys
import polars as pl
from pathlib import Path
from quadrille.lake.events import StoredEvents
from quadrille.panel.engines import panel_cells
paths, master, out = sys.argv[1].split(","), sys.argv[2], Path(sys.argv[3])
panel_cells(StoredEvents(tuple(paths), "x", ()), master).write_parquet(out)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.slow
def test_a_standalone_master_and_worker(java, random_events, tmp_path):
    import pyspark

    home = Path(pyspark.__file__).parent
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    env = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    start = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy"]
    parts = [
        ["master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"],
        ["worker.Worker", master, "--cores", "2", "--memory", "1g", "--webui-port", "0",
         "--work-dir", str(tmp_path / "work")],
    ]  # fmt: skip
    running = []
    try:
        for what, *options in parts:
            command = [start[0], f"{start[1]}.{what}", *options]
            running.append(subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL))
            time.sleep(3)
        stored = in_parquet(random_events(4), tmp_path)
        out = tmp_path / "out.parquet"
        command = [sys.executable, "-W", "ignore", "-c", STANDALONE, ",".join(stored.paths), master]
        subprocess.run([*command, str(out)], check=True, env=env, timeout=300)
        same(pl.read_parquet(out), panel_cells(stored))
    finally:
        for process in running:
            process.terminate()
            process.wait()


@pytest.mark.slow
def test_a_master_that_is_not_there(java):
    with pytest.raises(
        OptionError, match=r"spark://127.0.0.1:1: no Spark master answers \(.*refused"
    ):
        panel_cells(StoredEvents((), "x", ()), "spark://127.0.0.1:1")
    with pytest.raises(OptionError, match=r"check spark://HOST:PORT"):
        panel_cells(StoredEvents((), "x", ()), "spark://nowhere")


@pytest.mark.slow
def test_what_spark_cannot_read(cluster, tmp_path):
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    with pytest.raises(LakeError, match=r"x: Spark could not count it .*lake verify$") as caught:
        panel_cells(StoredEvents((str(bad),), "x", ()), cluster)
    assert "\n" not in str(caught.value)


def test_without_java_spark_says_so(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(OptionError, match="Spark needs Java 17 or later"):
        panel_cells(StoredEvents((), "x", ()), "local[1]")


# ---------------------------------------------------------------- BigQuery


def annotated(**options):
    """The SQL as BigQuery would see it: parsed, every column resolved in the schema, and typed."""
    schema = {"gdelt-bq": {"gdeltv2": {"events": bigquery_schema()}}}
    tree = sqlglot.parse_one(bigquery_sql(**options), read="bigquery")
    tree = qualify(tree, schema=schema, dialect="bigquery", validate_qualify_columns=True)
    for node in list(tree.find_all(exp.Anonymous)):
        # The one function sqlglot does not know; BigQuery's reference has it return FLOAT64.
        assert node.name.lower() == "ieee_divide"
        node.replace(
            exp.cast(exp.Div(this=node.expressions[0], expression=node.expressions[1]), "double")
        )
    return annotate_types(tree, schema=schema, dialect="bigquery")


FAMILY = {"VARCHAR": "text", "TEXT": "text", "BIGINT": "whole", "INT": "whole",
          "DOUBLE": "real", "FLOAT": "real", "DATE": "date", "BOOLEAN": "truth"}  # fmt: skip


def family(node):
    return FAMILY[node.type.this.value]


@pytest.mark.parametrize(
    ("frequency", "collapse"), [("D", "code"), ("M", "none"), ("Q", "day"), ("Y", "code")]
)
def test_bigquery_sql_fits_the_public_table(frequency, collapse):
    tree = annotated(
        frequency=frequency, collapse=collapse, since=date(2018, 1, 1), until=date(2018, 12, 31)
    )
    (table,) = tree.find_all(exp.Table)
    assert [p.name for p in table.parts] == ["gdelt-bq", "gdeltv2", "events"]
    wanted = {pl.String: "text", pl.Date: "date", pl.Int64: "whole", pl.Float64: "real"}
    assert {e.alias: family(e) for e in tree.expressions} == {
        n: wanted[k] for n, k in PANEL.items()
    }
    compared = 0
    for node in tree.find_all(exp.EQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In):
        others = node.expressions if isinstance(node, exp.In) else [node.expression]
        sides = {family(n) for n in (node.this, *others)}
        # BigQuery compares whole and real numbers with each other, and nothing else.
        assert len(sides) == 1 or sides == {"whole", "real"}, node.sql("bigquery")
        compared += 1
    assert compared > 40


def test_a_column_that_is_not_there_is_found_out():
    schema = {"gdelt-bq": {"gdeltv2": {"events": {"SQLDATE": "INTEGER"}}}}
    with pytest.raises(sqlglot.errors.OptimizeError, match="Unknown column"):
        qualify(sqlglot.parse_one(bigquery_sql(), read="bigquery"), schema=schema,
                dialect="bigquery")  # fmt: skip


def test_bigquery_reads_no_column_it_does_not_need():
    tree = sqlglot.parse_one(bigquery_sql(), read="bigquery")
    named = {c.name for c in tree.find_all(exp.Column) if c.table == "t0"}
    assert named == {
        "globaleventid", "sqldate", "actor1countrycode", "actor2countrycode", "eventcode",
        "goldsteinscale",
    }  # fmt: skip


def test_the_public_schema_is_the_layout_of_the_files():
    assert tuple(bigquery_schema()) == V2


def test_bigquery_sql_gives_what_duckdb_gives(lake, tmp_path, data_dir):
    """The same rows, typed as the public table is, through DuckDB's reading of that SQL."""
    import duckdb

    path = data_dir / "gdelt_raw" / "20191024143000.export.CSV"
    ingest(lake, [path])
    kinds = {"INTEGER": "BIGINT", "FLOAT": "DOUBLE", "STRING": "VARCHAR"}
    columns = {name: kinds[kind] for name, kind in bigquery_schema().items()}
    (tree,) = sqlglot.parse(bigquery_sql(), read="bigquery")
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
        table.set("db", None)
    with duckdb.connect() as con:
        con.execute("CREATE MACRO ieee_divide(a, b) AS a / b")
        con.execute(
            f"CREATE TABLE events AS SELECT * FROM read_csv('{path}', columns = {columns}, "
            "delim = '\t', header = false, quote = '', auto_detect = false)"
        )
        got = con.sql(tree.sql("duckdb")).pl()
    got = got.select(list(PANEL)).cast(PANEL).sort("state_a", "state_b", "period")
    same(got, lake_panel(lake).cells)


def test_the_sql_is_this():
    """A change of the query shows here: look at it, then write the file anew."""
    shape = sqlglot.parse_one(bigquery_sql("M", "day"), read="bigquery")
    for node in list(shape.find_all(exp.In)):
        node.set("expressions", node.expressions[:2])
    for node in list(shape.find_all(exp.Case)):
        node.set("ifs", node.args["ifs"][:2])
    snapshot = Path(__file__).parent / "snapshots" / "bigquery_month_day.sql"
    got = shape.sql("bigquery", pretty=True) + "\n"
    if os.environ.get("QUADRILLE_SNAPSHOTS") == "write":
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(got, "utf-8")
    assert got == snapshot.read_text("utf-8")
