"""The command line: commands, manifests, sweeps, progress."""
