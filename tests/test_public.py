"""What `import quadrille` promises: one table, from which package, World, commands and reference are made."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

import quadrille
from quadrille import errors, public
from quadrille.cli.main import app
from quadrille.cli.questions import command_of
from quadrille.measure.world import Where
from quadrille.results import Result

SRC = Path(quadrille.__file__).parent
FUNCTIONS = {q.name: public.load(q.name) for q in public.QUESTIONS}
# Arguments that only Python can give.
PYTHON_ONLY = {"progress"}
# What every question takes, and what commands about data share (`quadrille.cli.common`).
SHARED = {*Where.__annotations__, "data", "as_json", "as_csv", "plot", "out", "export", "help"}
FACES = ("views", "questions", "cli")
LONGEST, MOST_PARAMETERS = 60, 12


def test_public_names_are_the_table():
    assert quadrille.__all__ == sorted([*public.NAMES, *FUNCTIONS])
    assert all(hasattr(quadrille, name) for name in quadrille.__all__)


def test_type_checkers_see_the_same_names():
    tree = ast.parse((SRC / "__init__.py").read_text(encoding="utf-8"))
    guarded = next(n for n in tree.body if isinstance(n, ast.If))
    seen = {}
    for n in guarded.body:
        asked = n.module.startswith("quadrille.questions.")
        for a in n.names:
            assert asked == (a.name == "*")  # so that a new question needs no line here
            names = import_module(n.module).__all__ if a.name == "*" else [a.asname]
            seen |= dict.fromkeys(names, n.module)
    assert set(seen) == set(quadrille.__all__)
    for name, module in seen.items():
        found = public.question_named(name)
        assert module == "quadrille." + (
            f"questions.{found.module}" if found else public.NAMES[name]
        )


def test_no_submodule_leaks_into_the_package():
    code = "import quadrille; print(sorted(n for n in vars(quadrille) if not n.startswith('_')))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(made.stdout)) <= {"TYPE_CHECKING", "Any", "annotations", "public"}


def test_every_error_is_in_the_tree():
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.QuadrilleError)
        assert name in errors.__doc__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_is_the_first_line_of_the_docstring(name):
    assert inspect.getdoc(FUNCTIONS[name]).splitlines()[0] == public.question_named(name).help


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_command_has_the_functions_arguments_and_says_what_each_is(name):
    function = FUNCTIONS[name]
    own = {
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.kind is not p.VAR_KEYWORD and p.name not in PYTHON_ONLY
    }
    shared = {*Where.__annotations__, "data"}
    command = command_of(public.question_named(name))
    there = {p.name for p in command.params} - {
        "help", "as_json", "as_csv", "plot", "out", "export"
    }  # fmt: skip
    assert there == own | shared
    assert all(p.help for p in command.params if p.name != "help")


def all_commands(group, name=""):
    context = typer.Context(group)
    for each in group.list_commands(context):
        found = group.get_command(context, each)
        if hasattr(found, "list_commands"):
            yield from all_commands(found, f"{name}{each} ")
        else:
            yield f"{name}{each}", found


def test_no_command_has_many_parameters_of_its_own():
    commands = dict(all_commands(typer.main.get_command(app)))
    assert len(commands) > 50
    own = {name: len({p.name for p in c.params} - SHARED) for name, c in commands.items()}
    assert {name: n for name, n in own.items() if n > MOST_PARAMETERS} == {}


def test_no_function_of_the_faces_is_long():
    """Signature and docstring are counted."""
    spans = {
        f"{path.relative_to(SRC)}: {node.name}": node.end_lineno - node.lineno + 1
        for room in FACES
        for path in (SRC / room).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(spans) > 900
    assert {name: n for name, n in spans.items() if n > LONGEST} == {}


@pytest.mark.parametrize("asked", public.QUESTIONS, ids=lambda q: q.name)
def test_help_says_which_data_are_read_where_none_are_given(asked):
    (data,) = (p for p in command_of(asked).params if p.name == "data")
    if asked.data:
        assert f"Default: the {asked.data} of ties" in data.help or "Default: the one" in data.help
    else:
        assert "Default: the index" not in data.help


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_question_takes_a_world(name):
    assert "data" in inspect.signature(FUNCTIONS[name]).parameters
    assert callable(quadrille.World.__getattr__(quadrille.open("chronicle"), name))


def all_results():
    found, waiting = [], [Result]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            found.append(kind)
            waiting.append(kind)
    return found


def test_every_result_has_a_view_and_no_twin():
    for name in FUNCTIONS:
        public.load(name)
    for kind in all_results():
        assert (SRC / "views" / f"{kind.kind}.py").is_file(), kind
        assert Result in kind.__bases__, f"{kind.__name__} is a twin of {kind.__bases__}"


def test_a_reading_is_named_in_at_most_four_files():
    """Its model, its question, its view, and the table; others may ask it by its public name."""
    for q in public.QUESTIONS:
        homes = {("questions", q.module), ("views", q.name)}
        found = {(path.parent.name, path.stem) for path in SRC.rglob("*.py")}
        assert homes <= found, q.name
        assert not {(room, q.name) for room, _ in homes} & found - homes, q.name
