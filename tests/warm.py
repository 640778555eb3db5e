"""What nearly every command imports and loads: in the process that `tests.command` forks, so that it is done once."""

import deltalake  # noqa: F401
import numba  # noqa: F401
import pandas as pd  # noqa: F401
import pyarrow.dataset  # noqa: F401

import healthnews.cli
import healthnews.pipeline.ingestion
import healthnews.pipeline.queries  # noqa: F401
from healthnews.language.concepts import load_lexicon

load_lexicon()
