"""Pictures of the network and its exposure: data in, figure out; nothing here knows a store or a page."""
