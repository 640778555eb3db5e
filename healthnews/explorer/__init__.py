"""From a release to pages that people read: self-contained, without script, safe whatever the texts hold."""
