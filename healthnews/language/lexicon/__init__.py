"""Lexicon data files: concepts with two poles, one TOML file a field."""
