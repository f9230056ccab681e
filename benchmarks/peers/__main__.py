"""One peer on one workload: verifies itself, then times a round for each line on standard input.

    python -m peers torch mlp CASE            # CASE: what `python -m peers.case` wrote

Prints one JSON object per line: first the losses of the first steps and how long the start took, then, for each line
`SECONDS` on standard input, a round. The end of the input ends it. With `--once` it ends after the first step.
"""
import argparse
import importlib
import json
import os
import sys
import time

from peers.case import Case
from peers.rounds import Rounds
from peers.workload import Workload

# Where a peer's class is, and what it is given. Imported only when chosen, as few hosts have them all.
PEERS = {
    "torch": ("peers.torch_peer", {}),
    "torch-tuned": ("peers.torch_peer", {"tuned": True}),
    "torch-compile": ("peers.torch_peer", {"compiled": True}),
    "torch-ddp": ("peers.ddp_peer", {}),
    "torch-ddp-tuned": ("peers.ddp_peer", {"tuned": True}),
    "jax": ("peers.jax_peer", {}),
    "tinygrad": ("peers.tinygrad_peer", {}),
}


def answers():
    """Standard output for the answers alone: what libraries print goes to standard error from now on."""
    file = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return file


def main():
    output = answers()

    def say(**fields):
        print(json.dumps(fields), file=output, flush=True)

    parser = argparse.ArgumentParser(prog="python -m peers", description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("workload")
    parser.add_argument("case")
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    # time.monotonic() of the driver when it started this process; the clock is one for the whole host.
    started = float(os.environ.get("CHORUS_BENCH_STARTED", time.monotonic()))

    module, settings = PEERS[options.peer]
    peer = importlib.import_module(module).Peer(Workload.load(options.workload), Case(options.case), **settings)
    rounds = Rounds(peer)
    losses = [rounds.first()]
    start_seconds = time.monotonic() - started
    if options.once:
        say(startSeconds=start_seconds)
        return
    losses += rounds.verification()
    rounds.warm_up()
    say(losses=losses, startSeconds=start_seconds, versions=peer.versions, parts=peer.parts)
    for line in sys.stdin:
        say(**rounds.round(float(line)))


main()
