"""PyTorch's DistributedDataParallel with Gloo: two processes of half the processors and half the batch each.

The process that the driver talks to has rank 0. It starts the other one, which does what rank 0 broadcasts: which steps
to train. The end of rank 0 breaks their connection, and with it rank 1.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
import torch.distributed as dist

from peers import torch_peer
from peers.case import Case

RANKS = 2


class Peer:
    parts = RANKS

    def __init__(self, workload, case, tuned=False, rank=0, store=None):
        self.workload, self.rank = workload, rank
        if rank == 0:
            self.folder = tempfile.TemporaryDirectory(prefix="chorus-ddp-")
            store = os.path.join(self.folder.name, "store")
            self.other = self._start(workload, case.path, tuned, store)
        torch.set_num_interop_threads(1)
        dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=RANKS)
        size = workload.batch // RANKS
        part = slice(rank * size, (rank + 1) * size)
        case.batches = [(x[part], y[part]) for x, y in case.batches]
        threads = max(1, len(os.sched_getaffinity(0)) // RANKS)
        self.peer = torch_peer.Peer(workload, case, tuned, threads=threads)
        self.peer.network = torch.nn.parallel.DistributedDataParallel(
            self.peer.model, gradient_as_bucket_view=tuned)
        self.versions, self.pids = self.peer.versions, [None] * RANKS
        dist.all_gather_object(self.pids, os.getpid())

    @staticmethod
    def _start(workload, case, tuned, store):
        arguments = [sys.executable, "-m", "peers.ddp_peer", workload.name, case, str(int(tuned)), store]
        return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, cwd=pathlib.Path(__file__).parent.parent)

    def run(self, first, count):
        """On rank 0: both train. The mean of both losses is that of the batch, and both have ended by then."""
        dist.broadcast(torch.tensor([first, count]), 0)
        return self._train(first, count)

    def follow(self):
        """On rank 1: until rank 0 is gone."""
        order = torch.zeros(2, dtype=torch.long)
        while True:
            try:
                dist.broadcast(order, 0)
            except RuntimeError:
                return
            self._train(*order.tolist())

    def _train(self, first, count):
        loss = torch.tensor([self.peer.run(first, count)])
        dist.all_reduce(loss)
        return loss.item() / RANKS


def main():
    from peers.workload import Workload
    name, case, tuned, store = sys.argv[1:]
    Peer(Workload.load(name), Case(case), bool(int(tuned)), rank=1, store=store).follow()
    # Without the farewells of the process group, which would wait for rank 0.
    os._exit(0)


if __name__ == "__main__":
    main()
