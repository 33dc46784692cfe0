"""PyTorch's side of bench/compare.sh: the protocol of `Calm.Bench peer`, one JSON request a line, one answer a line."""
import json
import os
import sys
import time

import torch

import generation
import ops
import steps

KINDS = {**ops.KINDS, "step": steps.CalmStep, "ar-step": steps.ArStep, "generate": generation.Generation}

# A repetition of something short lasts this long, so that waking threads and cold caches do not decide.
SECONDS_PER_REPETITION = 0.05


def measure(item):
    """Seconds of one run."""
    item.prepare()
    start = time.perf_counter()
    item.run()
    return time.perf_counter() - start


def repetition(item):
    """Seconds of each run of a repetition, for one of item.units."""
    units = getattr(item, "units", 1)
    first = measure(item)
    if first >= SECONDS_PER_REPETITION:
        return [first / units]
    times = []
    while sum(times) < SECONDS_PER_REPETITION:
        times.append(measure(item))
    return [t / units for t in times]


def peak_megabytes():
    """VmHWM of this process."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def answer(request, items):
    """What a request asks for."""
    kind = request["do"]
    if kind == "info":
        return {"name": "PyTorch", "description": f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"}
    if kind == "memory":
        return {"megabytes": peak_megabytes()}
    item, peer = request["item"], request["peer"]
    if kind == "check":
        return {"results": list(KINDS[item["op"]](item, peer).check())}
    key = json.dumps([item, peer], sort_keys=True)
    if key not in items:
        items[key] = KINDS[item["op"]](item, peer)
        measure(items[key])
    return {"seconds": repetition(items[key])}


def main():
    torch.set_num_threads(int(os.environ["OPENBLAS_NUM_THREADS"]))
    items = {}
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), items)), flush=True)


if __name__ == "__main__":
    main()
