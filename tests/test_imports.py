"""What import-linter cannot say: a list of what may be imported instead of what may not."""

import sys

import grimp
import pytest


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("facilitator", include_external_packages=True, cache_dir=None)


def test_core_imports_nothing_but_the_standard_library(graph: grimp.ImportGraph):
    core = {"facilitator.core"} | graph.find_descendants("facilitator.core")
    imported = {name for module in core for name in graph.find_modules_directly_imported_by(module)}
    assert {name.split(".")[0] for name in imported - core} <= sys.stdlib_module_names


def test_the_package_itself_imports_nothing_before_the_monkey_patch(graph: grimp.ImportGraph):
    assert graph.find_modules_directly_imported_by("facilitator") == set()
