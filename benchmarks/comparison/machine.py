"""What a result was measured on."""
import datetime
import os
import platform
import subprocess

from comparison.chorus import ROOT


def describe(chorus):
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": os.environ.get("CHORUS_COMMIT") or commit(),
        "processor": field("/proc/cpuinfo", "model name"), "processors": len(os.sched_getaffinity(0)),
        "memory": field("/proc/meminfo", "MemTotal"), "system": platform.platform(),
        "devices": [{key: device[key] for key in ("index", "name", "platform", "driver", "version", "computeUnits")}
                    for device in chorus.devices]}


def commit():
    git = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return git.stdout.strip() or "unknown"


def field(path, name):
    with open(path) as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(name)), "unknown")


def available_memory():
    """Bytes that programs could take now."""
    return int(field("/proc/meminfo", "MemAvailable").split()[0]) * 1024
