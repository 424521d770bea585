"""Imports run downward: the layers of `docs/architecture.md`, held by a walk over every import, type-only ones included."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "server"
FACE = "chatdock"
SEAMS = {
    "storage",
    "eventlog",
    "feed",
    "dispatch",
    "outbox",
    "blobs",
    "models",
    "knowledge",
    "tools",
    "guardrails",
    "telemetry",
}
RANKS = [
    {"errors", "ids", "clock", "redis_client", "retry_after", "registry", "settings"},
    {"types"},
    {"context"},
    SEAMS,
    {"runs", "sessions", "webhooks"},
    {"agents"},
    {"workflows"},
    {"evals"},
    {"web"},
    {"app", "serving", "cli", "__main__", FACE},
]
TOP = len(RANKS) - 1


def layer_of(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def rank_of(module: str) -> int:
    layer = layer_of(module)
    found = [rank for rank, layers in enumerate(RANKS) if layer in layers]
    assert found, f"{module} is in no layer: give {layer} its rank in this test and in docs/architecture.md"
    return found[0]


def is_package(module: str) -> bool:
    return (SERVER / Path(*module.split(".")) / "__init__.py").exists()


def is_module(name: str) -> bool:
    return is_package(name) or (SERVER / Path(*name.split("."))).with_suffix(".py").exists()


def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted((SERVER / "chatdock").rglob("*.py")):
        parts = path.relative_to(SERVER).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(), str(path))
    return found


def imports_of(tree: ast.Module) -> Iterator[str]:
    """The modules of ours that a module names, `from package import module` resolved to the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == FACE)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == FACE:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name != f"{FACE}.__version__":
                    yield name if is_module(name) else node.module


def edges() -> list[tuple[str, str]]:
    return [
        (importer, imported)
        for importer, tree in modules().items()
        for imported in imports_of(tree)
        if imported != importer
    ]


def test_imports_run_downward() -> None:
    upward = [
        f"{importer} imports {imported}"
        for importer, imported in edges()
        if layer_of(importer) != layer_of(imported)
        and (
            rank_of(imported) > rank_of(importer)
            or (rank_of(imported) == rank_of(importer) and not beside(importer, imported))
        )
    ]
    assert not upward, "\n".join(upward)


def beside(importer: str, imported: str) -> bool:
    """Layers of one rank that may see each other: the ground floor, the roof, and a seam's base from another seam."""
    return rank_of(importer) in (0, TOP) or (layer_of(importer) in SEAMS and imported.endswith(".base"))


def test_nobody_outside_a_seam_imports_anything_but_its_base() -> None:
    inside = [
        f"{importer} imports {imported}"
        for importer, imported in edges()
        if layer_of(imported) in SEAMS
        and layer_of(importer) != layer_of(imported)
        and rank_of(importer) != TOP
        and not imported.endswith(".base")
    ]
    assert not inside, "\n".join(inside)


def test_only_the_roof_reads_settings() -> None:
    readers = [
        importer for importer, imported in edges() if layer_of(imported) == "settings" and rank_of(importer) != TOP
    ]
    assert not readers, "\n".join(readers)


def test_no_module_imports_itself_through_others() -> None:
    graph: dict[str, set[str]] = {}
    for importer, imported in edges():
        graph.setdefault(importer, set()).add(imported)
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_seam_states_itself_in_a_base() -> None:
    present = [seam for seam in SEAMS if is_package(f"{FACE}.{seam}")]
    assert present
    missing = [seam for seam in present if not is_module(f"{FACE}.{seam}.base")]
    assert not missing, missing
