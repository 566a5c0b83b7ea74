"""A claims file in the brief: those of its claims that are on the tie are answered, what is wrong is said and fails."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import quadrille
from quadrille.claims.file import read_claims
from quadrille.errors import FileFormatError, OptionError
from quadrille.questions import brief as asked
from quadrille.questions import sections
from quadrille.views import brief as view

HEAD = '[text]\ntitle = "A letter"\n'
CLAIM = '\n[[claim]]\nid = "{}"\nsays = "{}"\ntest = "{}"\nties = ["{}"]\ndirection = "warm"\ndata = ["chronicle"]\n'
GOOD = CLAIM.format("friends", "Pakistan and China are friends.", "relation", "CHN-PAK")
OTHER = CLAIM.format("others", "Russia and India are friends.", "relation", "RUS-IND")
FAULTY = (
    CLAIM.format("friends", "They are friends, again.", "relation", "PAK-CHN"),
    CLAIM.format("gossip", "One hears that they are friends.", "gossip", "PAK-CHN"),
    CLAIM.format("nowhere", "Pakistan and Atlantis are friends.", "relation", "PAK-Atlantis"),
)
# Line, key and what is allowed.
SAID = (
    "claims.toml: line 13: id: 'friends' is the id of the claim at line 4",
    "claims.toml: line 23: test: unknown test 'gossip'; use one of relation, change",
    "claims.toml: line 32: ties: unknown state 'Atlantis'",
)


def written(folder, *claims):
    place = folder / "claims.toml"
    place.write_text(HEAD + "".join(claims))
    return place


def test_claims_on_the_tie_are_answered_and_faults_are_said(tmp_path, run_command, monkeypatch):
    # What else is in a brief takes long, and reads no claim.
    monkeypatch.setattr(asked, "SECTIONS", (sections._outlook, sections._claims))
    place = written(tmp_path, GOOD, *FAULTY, OTHER)
    code, out, err = run_command(
        "brief", "PAK", "CHN", "--pivot", "USA", "--rival", "IND", "--claims", str(place), "--draws", "200"
    )  # fmt: skip
    assert code == 2
    said = " ".join(out.split())
    assert "“Pakistan and China are friends.” Supported" in said
    assert "Russia and India are friends" not in said
    lines = err.splitlines()
    for line, starts in zip(lines, SAID, strict=True):
        assert line.startswith(f"quadrille: {starts}")


def shown(place):
    """What the brief on Pakistan and China makes of a file that has no claim on their tie."""
    found = read_claims(place)
    (ask,) = sections._claims(SimpleNamespace(claims=found, states=("PAK", "CHN", None, None), seed=1))  # fmt: skip
    check = ask()
    assert check.answers == ()
    (out,) = view._claims(SimpleNamespace(readings=(check,)))
    return out


def test_a_file_without_a_claim_on_the_tie_is_left_out_by_name(tmp_path):
    out = shown(written(tmp_path, OTHER))
    assert out == ("claims", "none of claims.toml is on this tie")


def test_the_page_says_which_claims_were_not_asked(tmp_path):
    out = shown(written(tmp_path, OTHER, FAULTY[1]))
    assert out.notes[0].startswith("Not asked: claims.toml: line 15: test: unknown test 'gossip'")
    assert out.grids == ()


def test_a_file_that_is_none_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(asked, "open_world", None)
    with pytest.raises(FileFormatError, match="holds no") as found:
        quadrille.brief("PAK", "CHN", claims=written(tmp_path))
    assert "\n" not in str(found.value)
    with pytest.raises(FileFormatError, match="article, middle-east"):
        quadrille.brief("PAK", "CHN", claims="nowhere")
    with pytest.raises(OptionError, match="leave out claims or short"):
        quadrille.brief("PAK", "CHN", claims="article", short=True)
