"""Which file is which layer."""

from __future__ import annotations

import shutil
import zipfile
from itertools import combinations

import polars as pl
import pytest

from quadrille.sources import files
from quadrille.sources.files import File, head_of
from quadrille.sources.formats import format_of, format_within, read_layers
from quadrille.sources.layers import (
    alliances,
    cow,
    disputes,
    fbic,
    geodist,
    gpr,
    leaders,
    sipri,
    trade,
    ucdp,
    unga,
    wars,
)

MODULES = (alliances, cow, disputes, fbic, geodist, gpr, leaders, sipri, trade, ucdp, unga, wars)

from quadrille.errors import FileFormatError

KNOWN = {
    "cow/atop_alliance.parquet": ["atop"],
    "cow/cow_contdir.parquet": ["cow_contiguity"],
    "cow/cow_igo_ndy.parquet": ["cow_igos"],
    "cow/cow_mid_ddydisps.parquet": ["cow_mids"],
    "cow/cow_nmc.parquet": ["cow_capabilities"],
    "cow/cow_states.parquet": ["cow_states"],
    "cow/cow_trade_sy.parquet": ["cow_state_trade"],
    "cow/gml_dirdisp.parquet": ["gml_mids"],
    "cow/td_rivalries.parquet": ["td_rivalries"],
    "cow/tss_rivalries.parquet": ["tss_rivalries"],
    "fbic/FBIC.csv": ["fbic"],
    "gpr/data_gpr_export.xls": ["gpr_states", "gpr_world"],
    "more/Gravity_V202211.resaved.xlsx": ["cepii_covariates"],
    "more/Gravity_V202211.resaved_semicolon_decimalcomma.csv": ["cepii_covariates"],
    "more/MIDB 5.0.csv": ["cow_mids"],
    "more/MIDIP 5.0.csv": ["cow_incidents"],
    "more/dist_cepii.head400.csv": ["cepii_distances"],
    "more/directed_dyadic_war.csv": ["cow_wars"],
    "more/alliance_v4.1_by_member_yearly.csv": ["cow_alliances"],
    "more/NMC-60-abridged.csv": ["cow_capabilities"],
    "more/sipri_register_2024_latin1.excerpt.csv": ["sipri_register"],
    "more/sipri_register_2026_partial.excerpt.csv": ["sipri_register"],
    "rivalry/disputes_monthly_peace_scale.csv": ["disputes_monthly"],
    "sipri/import_tiv.csv": ["sipri_tiv"],
    "sipri/trade-register.csv": ["sipri_register"],
    "trade/agtpa_applications.parquet": ["agtpa_trade", "agtpa_domestic"],
    "unga/IdealpointestimatesAll_Apr2020.csv": ["unga_ideal_points"],
    "unga/un_votes.parquet": ["unga_votes"],
}
COMPANIONS = {
    "unga/un_roll_calls.parquet",
    "unga/un_roll_call_issues.parquet",
    "more/country_codes_V202301.csv",
}


def kind_of(path):
    try:
        return format_within(path).kind
    except FileFormatError:
        return None


def is_layer(path):
    return kind_of(path) == "layer"


def is_companion(path):
    return kind_of(path) == "companion"


def columns_of(path):
    return tuple(c.strip().lower() for c in head_of(File(path, "f")).columns)


def put(folder, text, name="f.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_every_file_is_told(data_dir):
    for path in sorted(p for p in data_dir.rglob("*") if p.is_file()):
        name = path.relative_to(data_dir).as_posix()
        assert is_layer(path) == (name in KNOWN), name
        assert is_companion(path) == (name in COMPANIONS), name


def test_a_header_below_an_explanation(tmp_path, data_dir):
    raw = (data_dir / "sipri" / "import_tiv.csv").read_bytes().splitlines()
    lines = [b"TIV of arms imports", b"Generated: today", b"", raw[0], *raw[-50:]]
    path = put(tmp_path, b"\n".join(lines))
    assert [layer.name for layer in read_layers(path)] == ["sipri_tiv"]


# Large, and read in the tests of their modules.
LARGE = ("cow/cow_igo_ndy.parquet", "unga/un_votes.parquet", "cow/atop_alliance.parquet")


@pytest.mark.parametrize("name", [n for n in KNOWN if n not in LARGE])
def test_files_are_read(data_dir, name):
    layers = read_layers(data_dir / name)
    assert [layer.name for layer in layers] == KNOWN[name]
    assert all(layer.files[0] == str(data_dir / name) for layer in layers)


def test_columns(tmp_path):
    assert columns_of(put(tmp_path, '\ufeff"A b";C;d;\n1;2;3;4\n')) == ("a b", "c", "d", "")
    assert columns_of(put(tmp_path, "Ä,b\n".encode("latin-1"))) == ("ä", "b")
    assert columns_of(put(tmp_path, "")) == ()
    assert columns_of(put(tmp_path, "A\tb,c\td\r\n1\t2\t3\n", "f.tab")) == ("a", "b,c", "d")
    pl.DataFrame({"X": [1], "y": [2]}).write_parquet(tmp_path / "f.parquet")
    assert columns_of(tmp_path / "f.parquet") == ("x", "y")


def test_every_signature_finds_its_reader(tmp_path):
    for module in MODULES:
        assert {name.split(":")[0] for name in module.SIGNATURES} == set(module.READERS)
        for name, signature in module.SIGNATURES.items():
            header = ",".join(signature)
            head = head_of(File(put(tmp_path, f"{header}\n"), "f"))
            assert name.split(":")[0] in format_of(head).name.split(" and ")


@pytest.mark.parametrize("cell", ["x", "-9", "", "9998", "2", "1e400", '"'])
def test_no_row_however_broken_is_more_than_one_line(tmp_path, cell):
    """Every layout, filled with one and the same cell: read, or refused in one line that says where."""
    for module in MODULES:
        for name, signature in module.SIGNATURES.items():
            text = ",".join(signature) + "\n" + ",".join([cell] * len(signature)) + "\n"
            path = put(tmp_path, text)
            try:
                module.READERS[name.split(":")[0]](path)
            except FileFormatError as why:
                assert str(why).startswith(str(tmp_path)), name
                assert "\n" not in str(why), name


def test_no_signature_is_that_of_another_module():
    for one, two in combinations(MODULES, 2):
        ours, theirs = ({frozenset(s) for s in module.SIGNATURES.values()} for module in (one, two))
        assert not ours & theirs


def test_the_most_specific_is_taken(tmp_path):
    wide = "ccode,year,imports,exports,milex,milper,irst,pec,tpop,upop,cinc\n2,1990,1,1,1,1,1,1,1,1,1\n"
    assert [layer.name for layer in read_layers(put(tmp_path, wide))] == ["cow_capabilities"]


@pytest.mark.parametrize(
    "header, says",
    [
        ("dispnum,stday,stmon,styear,endday,endmon,endyear,outcome,settle,fatality,fatalpre,maxdur,"
         "mindur,hiact,hostlev,recip,numa,numb,ongo2014,version", "give MIDB"),
        ("dispnum,incidnum,stday,stmon,styear,endday,endmon,endyear,duration,tbi,fatality,fatalpre,"
         "action,hostlev,numa,version", "give MIDIP"),
        ("conflict_id,dyad_id,org,side_a_name,side_a_id,side_a_components,side_b_name,year,"
         "best_fatality_estimate", "between groups"),
        ("conflict_id,dyad_id,actor_id,actor_name,year,best_fatality_estimate,is_government_actor",
         "against civilians"),
        ("StateAbb,CCode,StateNme", "a list of states"),
    ],
)  # fmt: skip
def test_known_files_that_are_of_no_use_are_refused_by_name(tmp_path, header, says, run_command):
    path = put(tmp_path, f"{header}\n{','.join('1' * (header.count(',') + 1))}\n")
    with pytest.raises(FileFormatError, match=says) as caught:
        read_layers(path)
    assert str(caught.value).startswith(f"{path}: ")
    code, _, err = run_command("ingest", tmp_path, "--lake", tmp_path / "lake")
    assert code == 2
    assert says in err


def test_a_file_of_stata_is_told_how_to_become_csv(tmp_path, run_command):
    path = put(tmp_path, b"<stata_dta><header>\0\0", "dist_cepii.dta")
    with pytest.raises(
        FileFormatError, match=r"a file of Stata; save it as CSV \(Stata: export delimited"
    ):
        read_layers(path)
    code, _, err = run_command("ingest", path, "--lake", tmp_path / "lake")
    assert code == 2
    assert "a file of Stata" in err


def test_two_that_fit_as_well(tmp_path):
    path = put(
        tmp_path,
        "disno,statea,stateb,year,hihosta,hihostb,ccode,session,idealpoint,q5%,q50%,q95%\n1\n",
    )
    assert not is_layer(path)
    with pytest.raises(FileFormatError, match="fit unga_ideal_points or cow_mids; call the reader"):
        read_layers(path)


def test_what_fits_nothing(tmp_path, data_dir):
    path = put(tmp_path, "a,b\n1,2\n")
    assert not is_layer(path)
    with pytest.raises(FileFormatError, match=r"known to us \(columns: a, b\); expected UN votes"):
        read_layers(path)
    with pytest.raises(FileFormatError, match="a list read with the UN votes beside it"):
        read_layers(data_dir / "unga/un_roll_calls.parquet")


@pytest.mark.parametrize(
    ("raw", "name", "why"),
    [(b"PAR1 and no more", "f.parquet", "not a whole Parquet file"), (b"a\0b", "f.csv", "not text"),
     (b"a,b", "f.xls", "not a whole Excel file"), (b"", "f.csv", "columns: none"),
     (b"PK no zip", "f.zip", "not a whole zip"), (b'"a\n', "f.csv", "known to us")],
)  # fmt: skip
def test_bad_files(tmp_path, raw, name, why):
    path = put(tmp_path, raw, name)
    assert not is_layer(path)
    assert not is_companion(path)
    with pytest.raises(FileFormatError, match=why):
        read_layers(path)


def test_no_file(tmp_path):
    assert not is_layer(tmp_path / "none.csv")
    assert not is_layer(tmp_path)
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_layers(tmp_path / "none.csv")


VOTES = "rcid,country,country_code,vote\n1,France,FR,yes\n1,India,IN,no\n1,India,IN,what\n"
CALLS = "rcid,session,date\n1,1,1946-10-24\n"


def test_zip(tmp_path):
    path = tmp_path / "un.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../votes.csv", VOTES)
        archive.writestr("lists/calls.csv", CALLS)
        archive.writestr("again/votes.csv", "no,votes\n1,2\n")
        archive.writestr("__MACOSX/votes.csv", "x")
        archive.writestr("codebook.pdf", "x")
    assert is_layer(path)
    (layer,) = read_layers(path)
    assert layer.data.select("state_a", "state_b", "year").rows() == [("FRA", "IND", 1946)]
    assert layer.files == (f"{path}/../../votes.csv", f"{path}/lists/calls.csv")
    assert layer.rejected["file"].to_list() == [f"{path}/../../votes.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["un.zip"]


def test_bad_zips(tmp_path, data_dir, monkeypatch):
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("f.csv", "a,b\n" * 1000)
    with pytest.raises(FileFormatError, match=r"f.zip: no structural file in it"):
        read_layers(path)
    monkeypatch.setattr(files, "_FLOOR", 100)
    monkeypatch.setattr(files, "_RATIO", 1)
    with pytest.raises(FileFormatError, match="unpacks to more than 1 times its size"):
        read_layers(path)
    monkeypatch.undo()
    raw = bytearray(path.read_bytes())
    raw[40:44] = b"\xff\xff\xff\xff"
    with pytest.raises(FileFormatError, match="not a whole zip"):
        read_layers(put(tmp_path, bytes(raw), "g.zip"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(data_dir / "gpr/data_gpr_export.xls", "deep/gpr.xls")
    assert [layer.name for layer in read_layers(path)] == ["gpr_states", "gpr_world"]


def test_a_layer_of_its_columns_alone(tmp_path, data_dir):
    """The name of a file says nothing."""
    shutil.copy(data_dir / "fbic/FBIC.csv", tmp_path / "un_votes.txt")
    assert [layer.name for layer in read_layers(tmp_path / "un_votes.txt")] == ["fbic"]
