"""Claims files: what is wrong is said with its line and key, and the other claims are still asked."""

from __future__ import annotations

import pytest

from quadrille.claims.file import read_claims
from quadrille.claims.kinds import KINDS
from quadrille.claims.rules import VERDICTS
from quadrille.claims.texts import shipped
from quadrille.errors import FileFormatError

GOOD = """\
[text]
title = "A letter"

[[claim]]
id = "good"
says = "Pakistan and China are friends."
test = "relation"
ties = ["PAK-CHN"]
direction = "warm"
"""
FAULTS = {
    "unknown test": ('test = "relation"', 'test = "gossip"', 15, "test", "unknown test 'gossip'; use one of relation, change"),
    "unknown direction": ('direction = "warm"', 'direction = "up"', 17, "direction", "use one of warm, cold"),
    "unknown state": ('ties = ["PAK-CHN"]', 'ties = ["PAK-Atlantis"]', 16, "ties", "unknown state 'Atlantis'"),
    "one state": ('ties = ["PAK-CHN"]', 'ties = ["RUS-USSR"]', 16, "ties", "joins two different states"),
    "no tie": ('ties = ["PAK-CHN"]', 'ties = ["PAK"]', 16, "ties", "not a tie; write it as PAK-USA"),
    "too many ties": ('ties = ["PAK-CHN"]', 'ties = ["PAK-CHN", "PAK-USA"]', 16, "ties", "a list of 1"),
    "unknown key": ('direction = "warm"', 'direction = "warm"\nverdict = "supported"', 18, "verdict", "unknown for relation; keys are id, says"),
    "option of another test": ('direction = "warm"', 'direction = "warm"\nwithin = 2', 18, "within", "unknown for relation"),
    "no date": ('direction = "warm"', 'direction = "warm"\nsince = "once"', 18, "since", "is not a date"),
    "dates swapped": ('direction = "warm"', 'direction = "warm"\nsince = 1999\nuntil = 1990', 19, "until", "is before since, 1999"),
    "unknown data": ('direction = "warm"', 'direction = "warm"\ndata = ["rumours"]', 18, "data", "use chronicle, index, lake:NAME or a path"),
    "doubled id": ('id = "bad"', 'id = "good"', 13, "id", "is the id of the claim at line 4"),
    "an id that is none": ('id = "bad"', 'id = "So Bad"', 13, "id", "small letters, digits and hyphens"),
    "a key left out": ('direction = "warm"', "", 12, "direction", "missing; a claim needs"),
    "not text": ('says = "Pakistan and China are friends."', "says = 3", 14, "says", "expected text"),
}  # fmt: skip


def file_with(tmp_path, changed: str):
    place = tmp_path / "claims.toml"
    claim = GOOD.partition("\n\n")[2].replace('"good"', '"bad"')
    place.write_text(GOOD + "\n# a remark\n" + changed(claim))
    return place


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_its_line_and_key_and_the_other_claim_stays(tmp_path, fault):
    old, new, line, key, says = FAULTS[fault]
    found = read_claims(file_with(tmp_path, lambda claim: claim.replace(old, new)))
    assert [c.id for c in found.claims] == ["good"]
    (problem,) = found.problems
    assert (problem.line, problem.key) == (line, key)
    assert says in str(problem)
    assert str(problem).startswith(f"claims.toml: line {line}: {key}: ")


def test_several_faults_of_one_claim_are_all_said(tmp_path):
    made = file_with(tmp_path, lambda c: c.replace("PAK-CHN", "PAK-Rusia").replace("warm", "up"))
    assert [p.key for p in read_claims(made).problems] == ["direction", "ties"]
    assert "did you mean Russia" in str(read_claims(made).problems[1])


def test_the_shared_state_comes_first_and_ties_without_one_are_refused(tmp_path):
    def balance(claim, ties):
        return (
            claim.replace("relation", "balance")
            .replace("warm", "even")
            .replace('["PAK-CHN"]', ties)
        )

    found = read_claims(file_with(tmp_path, lambda c: balance(c, '["IND-RUS", "Pakistan–USSR"]')))
    assert found.claims[1].ties == (("RUS", "IND"), ("RUS", "PAK"))
    found = read_claims(file_with(tmp_path, lambda c: balance(c, '["IND-RUS", "PAK-CHN"]')))
    assert "share one state" in str(found.problems[0])
    found = read_claims(file_with(tmp_path, lambda c: balance(c, '["IND-RUS", "RUS-IND"]')))
    assert "given twice" in str(found.problems[0])


@pytest.mark.parametrize(
    "text, says",
    [
        ("[text\n", "line 1"),
        ('[text]\ntitle = "A"\n', r"holds no \[\[claim\]\]"),
        (GOOD.replace("title", "name"), r"no \[text\] with a title"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path, text, says):
    place = tmp_path / "claims.toml"
    place.write_text(text)
    with pytest.raises(FileFormatError, match=says) as found:
        read_claims(place)
    assert "\n" not in str(found.value)


def test_a_name_that_is_none_lists_those_that_came_with_the_package():
    with pytest.raises(FileFormatError, match="article, middle-east"):
        read_claims("nowhere")


def test_a_text_that_the_chronicle_does_not_cite_is_said(tmp_path):
    place = tmp_path / "claims.toml"
    place.write_text(GOOD.replace('"A letter"', '"A letter"\nsource = "farwa2018"'))
    (problem,) = read_claims(place).problems
    assert (problem.line, problem.key) == (3, "text.source")
    assert "did you mean farwa2017?" in problem.what


@pytest.mark.parametrize("name", shipped())
def test_files_that_ship_are_sound_and_hold_no_verdict(name):
    found = read_claims(name)
    assert not found.problems
    assert len(found.claims) >= 9
    words = shipped()[name].read_text(encoding="utf-8")
    assert not any(f'"{v}"' in words for v in VERDICTS)


def test_the_article_names_itself_as_a_source():
    assert read_claims("article").text.source == "farwa2017"


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_test_answers_to_a_question_of_the_package(name):
    from quadrille.public import question_named

    assert question_named(KINDS[name].question) is not None


def test_a_mark_of_byte_order_is_none_of_the_text(tmp_path):
    name = next(iter(shipped()))
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbf" + shipped()[name].read_bytes())
    assert read_claims(tmp_path / "x.toml").claims == read_claims(name).claims


def test_brackets_nested_too_deep_are_one_line(tmp_path):
    (tmp_path / "x.toml").write_text("x=" + "[" * 5_000, encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"not a TOML file .*nested too deep"):
        read_claims(tmp_path / "x.toml")
