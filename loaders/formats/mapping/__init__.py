"""Any table, by a description of its columns that its user writes or has drafted."""
