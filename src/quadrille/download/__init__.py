"""Publishers' files over the network: whole, checked, carried on where a download broke off, or not at all."""
