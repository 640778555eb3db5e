"""What stands beside the tables of a release: descriptions for tools, pages for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from healthnews.dataset.changes import DELTA, compare_releases, write_delta
from healthnews.dataset.checks import REFERENCES
from healthnews.dataset.files import write_json, write_text
from healthnews.dataset.issues import Issue
from healthnews.dataset.news import find_news
from healthnews.dataset.release import table_path
from healthnews.dataset.versions import listed_versions
from healthnews.descriptions.card import dataset_card
from healthnews.descriptions.changelog import changelog, first_changelog
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
    from healthnews.explorer.release_pages import quality_page, release_page
    from healthnews.pipeline.release_views import quality_view, release_view

    write_text(folder / "quality.html", quality_page(quality_view(folder.parent, manifest, issues)))
    if "tables" not in manifest:
        return
    # A judged contradiction may outlive its claims, so no tool should take that reference for one without exception.
    references = [reference for reference in REFERENCES if reference[0] != "contradictions"]
    _tell_changes(folder, manifest)
    write_text(folder / "README.md", dataset_card(manifest))
    write_text(folder / "TERMS.md", terms(manifest))
    write_text(folder / "CITATION.cff", citation(manifest))
    write_text(folder / DICTIONARY, data_dictionary())
    write_json(folder / "datapackage.json", data_package(manifest, references))
    write_json(folder / "croissant.json", croissant(manifest))
    write_json(folder / "dataset.jsonld", schema_org(manifest))
    write_text(folder / "index.html", release_page(release_view(folder, manifest, issues)))


def write_index(clean: Path) -> None:
    """Write the page that lists the releases, where there is one to list."""
    from healthnews.explorer.release_pages import releases_page

    if entries := listed_versions(clean):
        write_text(clean / "index.html", releases_page(entries))


def _tell_changes(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write what changed since the release before, for tools and in words."""
    version, previous = manifest["version"], manifest["previous"]
    if previous is None:
        write_text(folder / "CHANGELOG.md", first_changelog(version))
        return
    delta, words = tell_difference(folder.parent / previous, folder, version, previous)
    write_delta(delta, folder / DELTA)
    write_text(folder / "CHANGELOG.md", words)


def tell_difference(old: Path, new: Path, version: str, previous: str) -> tuple[pa.Table, str]:
    """What changed from one release to another: row by row, and in words.

    Args:
        old: Folder of the one.
        new: Folder of the other.
        version: Name of the other.
        previous: Name of the one.
    """
    delta = compare_releases(old, new)
    return delta, changelog(find_news(old, new, delta), version, previous)


def diff_releases(clean: Path, a: str, b: str) -> tuple[pa.Table, str]:
    """As `tell_difference`, for two releases by name; UsageError when there is none of that name."""
    old, new = (table_path(clean, "articles", release).parent.resolve() for release in (a, b))
    return tell_difference(old, new, new.name, old.name)
