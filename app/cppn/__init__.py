"""The network: its inputs, architecture, float64 reference and code generators."""
