"""What Linux says of processes: their processor time and the most memory they ever held."""
import os

TICKS = os.sysconf("SC_CLK_TCK")


def own_seconds(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def peak_memory(pids):
    """Bytes; of several processes the sum of their peaks, so libraries that they share count for each."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024
    return total
