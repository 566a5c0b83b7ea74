"""Relations measured: the latent, slowly moving state of every dyad, with its uncertainty."""
