"""The peers of benchmarks/compare.py: PyTorch, DDP, JAX and tinygrad on the four workloads.

A peer is a process, `python -m peers PEER WORKLOAD CASE`, that stays alive, so that rounds of all contenders can take
turns with everything warm. It trains from the weights and on the examples that Chorus itself draws; so what is
timed is what was verified before.
"""
