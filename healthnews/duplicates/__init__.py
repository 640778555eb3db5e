"""From articles to clusters of copies."""
