"""The one place in the core that composes the stages: archive → parse → analyse → publish; CLI and flows both call it."""
