"""One workload from its verification to its figures: who takes part, the rounds, the start-ups."""
import pathlib
import statistics
import tempfile

from comparison import flops
from comparison.child import ChildError
from comparison.contenders import Ours, Theirs, spread
from comparison.peer import Caches, Peer, PeerError, warm_start, write_case
from comparison.verification import TOLERANCE, Verification


class WorkloadRun:
    def __init__(self, chorus, workload, placements, options, note):
        self.chorus, self.workload, self.placements, self.options = chorus, workload, placements, options
        # Says something to who watches, and keeps it for the report.
        self.note = lambda text: note(f"{workload}: {text}")
        self.folder = tempfile.TemporaryDirectory(prefix="chorus-case-")
        self.case = pathlib.Path(self.folder.name) / f"{workload}.npz"
        self.caches, self.verified, self.peaks = Caches(), {}, []
        self.contenders, self.rounds = [], {}

    def measure(self, peers):
        try:
            self.contenders = [Ours(self.chorus, name, devices, self.workload)
                               for name, devices in self.placements.items()]
            self._start(peers)
            self.rounds = {contender: [] for contender in self.contenders}
            for number in range(self.options.rounds):
                self._round(number)
            return self._report()
        finally:
            for contender in self.contenders:
                contender.close()

    def _start(self, peers):
        """Peers start one after another, so that none slows another one's start; who disagrees does not take part."""
        if not peers:
            return
        verification = Verification(self.chorus, self.workload, next(iter(self.placements.values())))
        write_case(self.workload, verification.examples, self.case)
        for name in peers:
            try:
                peer = Peer(name, self.workload, self.case, self.caches, self.options.patience)
            except PeerError as error:
                self.note(f"{name} does not take part: {error}")
                continue
            self.contenders.append(Theirs(peer, lambda name=name: self._warm_start(name)))
            verdict = self.verified[name] = verification.compare(peer)
            agreement = f"the losses of {len(verdict['losses'])} steps differ from Chorus's by at most "
            agreement += f"{verdict['largestDifference']:.1e} (grain {verdict['grain']})"
            if verdict["agrees"]:
                self.note(f"{name} verified: {agreement}")
            else:
                self.note(f"{name} is NOT verified and is not timed: {agreement}, more than {TOLERANCE:.0e}")
                self.contenders.pop().close()

    def _warm_start(self, name):
        return warm_start(name, self.workload, self.case, self.caches)

    def _round(self, number):
        """Everyone once, and the limits of the machine, so that a slow minute slows all of them."""
        indices = sorted({devices.split("/")[0] for devices in self.placements.values()})
        self.peaks.append(self.chorus.peaks(indices))
        for contender in list(self.rounds):
            try:
                result = contender.round(self.options.seconds)
            except PeerError as error:
                self.note(f"{contender.name} failed in round {number + 1} and is left out: {error}")
                contender.close()
                self.contenders.remove(contender)
                del self.rounds[contender]
                continue
            self.rounds[contender].append(result)
            speed = f"{result['examplesPerSecond']:12,.1f} examples/s"
            print(f"  round {number + 1}: {speed}  {contender.name}", flush=True)

    def _report(self):
        per_example = flops.PER_EXAMPLE[self.workload]
        by_device = {}
        for peak in (peak for round in self.peaks for peak in round):
            by_device.setdefault(peak["device"], []).append(peak["gigaflopsPerSecond"])
        # All run on the same processors, so the most that any runtime reaches is the limit of all.
        peak = max(statistics.median(values) for values in by_device.values())
        figures = {}
        for contender, rounds in self.rounds.items():
            contender.finish()
            speed = spread([result["examplesPerSecond"] for result in rounds])
            gigaflops = speed["median"] * per_example * 1e-9
            figures[contender.name] = {
                "kind": contender.kind, "versions": contender.versions, "examplesPerSecond": speed,
                "gigaflopsPerSecond": gigaflops, "shareOfPeak": gigaflops / peak,
                "startUp": self._start_up(contender), "peakMemoryBytes": contender.memory, "rounds": rounds}
        return {"flopPerExample": per_example, "peakGigaflopsPerSecond": peak, "peaks": self.peaks,
                "verification": {"tolerance": TOLERANCE, "peers": self.verified}, "contenders": figures,
                "ratio": self._ratio(figures)}

    def _start_up(self, contender):
        if self.options.no_start_up:
            return None
        try:
            return contender.start_up()
        except ChildError as error:
            self.note(f"{contender.name}: its start was not timed: {error}")
            return None

    @staticmethod
    def _ratio(figures):
        """Chorus at its best ÷ the fastest peer, round by round: the median over the rounds, and its spread."""
        def fastest(kind):
            names = [name for name in figures if figures[name]["kind"] == kind]
            return max(names, key=lambda name: figures[name]["examplesPerSecond"]["median"], default=None)

        ours, theirs = fastest("chorus"), fastest("peer")
        if ours is None or theirs is None:
            return None
        rounds = zip(figures[ours]["rounds"], figures[theirs]["rounds"])
        ratios = [a["examplesPerSecond"] / b["examplesPerSecond"] for a, b in rounds]
        return {"chorus": ours, "peer": theirs, **spread(ratios)}
