"""From articles to claims, and from claims to contradictions."""
