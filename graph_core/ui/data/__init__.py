"""The parts of the page Data: files in, rejected rows, sources, public lists, and the team's own findings."""
