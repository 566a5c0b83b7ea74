"""The panel query is compiled once on a machine, and anew when anything that it is made from has changed."""

from pathlib import Path

import ibis
import pytest

from quadrille.errors import OptionError
from quadrille.panel import sql
from quadrille.panel.query import panel_query
from quadrille.panel.schema import EVENTS


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sql, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache"


def _compiled() -> str:
    events = ibis.table(EVENTS, name="events")
    return str(ibis.to_sql(panel_query(events, "Y", "day", directed=True), dialect="duckdb"))


def test_compiled_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sql.duckdb_query("Y", "day", once=False, directed=True)
    assert first == _compiled()
    assert [p.read_text() for p in cache.iterdir()] == [first]
    monkeypatch.setattr(ibis, "to_sql", None)
    assert sql.duckdb_query("Y", "day", once=False, directed=True) == first


def test_options_have_queries_of_their_own(cache: Path) -> None:
    some = {sql.duckdb_query(f, "code", o, d) for f in "MY" for o in (False, True) for d in (False, True)}  # fmt: skip
    assert len(some) == len([*cache.iterdir()]) == 8


def test_compiled_anew_when_the_query_has_changed(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql.duckdb_query("M", "code", once=False, directed=False)
    (tmp_path / "query.py").write_bytes(sql._QUERY.read_bytes() + b"# changed\n")
    monkeypatch.setattr(sql, "_QUERY", tmp_path / "query.py")
    sql.duckdb_query("M", "code", once=False, directed=False)
    assert len([*cache.iterdir()]) == 2


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(sql, "user_cache_path", lambda _: tmp_path / "file" / "cache")
    assert sql.duckdb_query("Y", "day", once=False, directed=True) == _compiled()


def test_unknown_rule_is_not_kept(cache: Path) -> None:
    with pytest.raises(OptionError, match="unknown rule"):
        sql.duckdb_query("M", "week", once=False, directed=False)
    assert not cache.exists()
