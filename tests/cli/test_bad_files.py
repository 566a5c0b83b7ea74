"""Files that are not what they should be: one line, exit code 2, nothing half-written."""

from __future__ import annotations

import io
import sys
import zipfile

import pytest

from quadrille.cli.main import main

HEAD = (
    "source,target,year,verbal_cooperation,material_cooperation,verbal_conflict,material_conflict\n"
)
GOOD = "PAK,RUS,2002,3,1,0,0\nIND,PAK,2002,5,0,7,1\n"


def truncated_zip():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("events.tab", "Event ID\tEvent Date\n" * 500)
    return whole.getvalue()[:-60]


FILES = {
    "empty": ("a.csv", b""),
    "header only": ("a.csv", HEAD.encode()),
    "wrong columns": ("a.csv", b"colour,size\nred,3\n"),
    "broken encoding": ("a.csv", b"\xff\xfe\x00\x81" * 40),
    "negative counts": ("a.csv", (HEAD + "PAK,RUS,2002,-3,1,0,0\n").encode()),
    "year out of range": ("a.csv", (HEAD + "PAK,RUS,20002,3,1,0,0\n").encode()),
    "words for numbers": ("a.csv", (HEAD + "PAK,RUS,2002,many,1,0,0\n").encode()),
    "no known state": ("a.csv", (HEAD + "QQA,QQB,2002,3,1,0,0\n").encode()),
    "truncated zip": ("a.zip", truncated_zip()),
    "not a parquet": ("a.parquet", b"PAR1 but no more"),
    "binary": ("a.bin", bytes(range(256)) * 4),
}


@pytest.mark.parametrize(("name", "content"), FILES.values(), ids=FILES.keys())
def test_bad_file(name, content, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    argv = ["quadrille", "brief", "PAK", "RUS", "--pivot", "USA", "--rival", "IND", "--data", name]
    monkeypatch.setattr(sys, "argv", argv)
    with pytest.raises(SystemExit) as leave:
        main()
    printed = capsys.readouterr()
    assert leave.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith("quadrille: ")
    assert printed.err.count("\n") == 1
    assert name in printed.err
    assert [p.name for p in tmp_path.iterdir()] == [name]
