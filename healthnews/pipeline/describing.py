"""What stands beside the tables of a release: descriptions for tools, pages for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from healthnews.dataset.checks import REFERENCES
from healthnews.dataset.files import write_json, write_text
from healthnews.dataset.issues import Issue
from healthnews.descriptions.card import dataset_card
from healthnews.descriptions.croissant import croissant, schema_org
from healthnews.descriptions.datapackage import data_package
from healthnews.descriptions.texts import DICTIONARY, citation, terms
from healthnews.schema import data_dictionary


def describe_release(folder: Path, manifest: Mapping[str, Any], issues: tuple[Issue, ...]) -> None:
    """Write it into the folder of a release, or of an attempt that was refused: then what was found, and no more.

    Args:
        folder: Where the tables lie.
        manifest: Of the release.
        issues: What the gates found.
    """
    if "tables" not in manifest:
        return
    # A judged contradiction may outlive its claims, so no tool should take that reference for one without exception.
    references = [reference for reference in REFERENCES if reference[0] != "contradictions"]
    write_text(folder / "README.md", dataset_card(manifest))
    write_text(folder / "TERMS.md", terms(manifest))
    write_text(folder / "CITATION.cff", citation(manifest))
    write_text(folder / DICTIONARY, data_dictionary())
    write_json(folder / "datapackage.json", data_package(manifest, references))
    write_json(folder / "croissant.json", croissant(manifest))
    write_json(folder / "dataset.jsonld", schema_org(manifest))
