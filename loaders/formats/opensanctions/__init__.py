"""OpenSanctions: tables of targets, and entities of FollowTheMoney with their changes."""
