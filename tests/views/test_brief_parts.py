"""What the brief holds beside its ties, and that nothing after the last day asked for reaches it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import quadrille
from quadrille.measure.world import World
from quadrille.readings.marks import changes_of, read_marks
from quadrille.views.brief import _title

STATES = ("PAK", "RUS")
FURTHER = {"pivot": "USA", "rival": "IND"}
KINDS = {"portfolio", "balance", "bond"}


def parts(made):
    return [r for r in made.readings if r.kind in KINDS]


def test_the_brief_has_balance_and_bond(chronicle):
    made = chronicle.brief(*STATES, **FURTHER)
    titles = [r.view().title for r in parts(made)]
    # Of coded acts a portfolio would be that of the record: it is not made, and named as left out.
    assert made.coded
    assert titles == [
        "Russia between Pakistan and India",
        "The United States between Pakistan and Russia", "What Pakistan–Russia rests on",
    ]  # fmt: skip
    assert all(r.view().sentences and r.view().caption for r in parts(made))


def test_later_acts_change_nothing(chronicle, tmp_path):
    until = date(1990, 6, 30)
    before = World("chronicle", until=until).table()
    assert before.data["date"].max() <= until
    one = quadrille.brief(*STATES, data="chronicle", until=until, **FURTHER)
    two = quadrille.brief(*STATES, data=before, **FURTHER)
    assert [r.view().sentences for r in parts(one)] == [r.view().sentences for r in parts(two)]
    # Of the same acts nothing is new, nothing flipped and nothing moved.
    since = read_marks(one.save(tmp_path / "one.json"), *STATES)
    changes = changes_of(since, two.marks, two.ties)
    assert (changes.acts, changes.sources, changes.added) == ((), (), False)
    # Confidence also asks whether the index agrees, which only the embedded chronicle does.
    assert {f.about for f in changes.flipped} <= {"confidence"}
    assert since == one.marks
    assert all(m.change == 0 for m in changes.moved)
    view = replace(two, changes=changes).view()
    assert view.parts[0].title == "Since the last brief"
    assert {"marks", "since_last"} <= set(view.facts)


def test_scores_have_a_balance_and_a_bond_but_no_shares(scored):
    made = scored.brief(*STATES, **FURTHER)
    warm = ["bond"] if made.bottom.p_warm >= 0.9 else []
    assert [r.kind for r in parts(made)] == ["balance", "balance", *warm]
    assert scored.bond(*STATES, draws=200).domains is None


def test_pivot_and_rival_are_proposed_and_said_to_be() -> None:
    made = quadrille.brief("PAK", "RUS", data="chronicle", rival="IND", draws=200, short=True)
    assert made.asked == ("PAK", "RUS", "USA", "IND")
    assert made.proposed == ("USA",)
    note = made.view().notes[0]
    assert note.startswith("Proposed from the index, since not given: pivot the United States, the")
    assert "rival" not in note


def test_a_tie_whose_states_have_no_rival_is_read_without_one() -> None:
    made = quadrille.brief("ARM", "AZE", draws=200, short=True)
    assert made.asked[3] is None and made.label == f"ARM-AZE, pivot {made.asked[2]}"
    assert len(made.ties) == 3
    view = made.view()
    assert view.notes[0].endswith("; no rival, since these data hold no other rival of either.")
    assert "--rival" not in made.basis.command
    assert "None" not in " ".join((*view.sentences, *view.notes, view.title, view.caption))


def test_a_title_begins_with_a_capital() -> None:
    made = SimpleNamespace(states=("USA", "VNM", "RUS"))
    assert _title(made) == "The United States and Vietnam, with Russia"
