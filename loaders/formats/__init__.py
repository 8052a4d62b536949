"""One module or package a format: how its files are read, and which records they state."""
