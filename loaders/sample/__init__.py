"""A fictional supplier network in the project's own tables. No company, site or finding in it is real."""
