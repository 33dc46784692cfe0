"""Checks that both sides compute the same, then times them in turns. Started by bench/compare.sh."""
import argparse
import fnmatch
import os
import statistics
import sys
import time
from contextlib import ExitStack

import report
from items import generation, items, lazily, libtorch_forms
from sides import LIBTORCH, SETTINGS, SideError, ours, theirs

# Of a result relative to its norm: ten times the worst that was seen. An epsilon of 1e-4 for 1e-6 in a norm exceeds it.
TOLERANCE = 2e-5

# Idle threads poll before they sleep, OpenBLAS's for 2^26 cycles: nobody's turn begins while another's threads do.
PAUSE = 0.06


def arguments():
    parser = argparse.ArgumentParser(prog="bench/compare.sh", description=__doc__)
    parser.add_argument("--program", help=argparse.SUPPRESS, required=True)
    parser.add_argument("--libtorch", help=argparse.SUPPRESS, action="store_true")
    parser.add_argument("--quick", action="store_true", help="3 repetitions instead of 12")
    parser.add_argument(
        "--only", metavar="PATTERN", action="append", default=[], help="rows whose name or shape match, as 'gemm*1024'")
    parser.add_argument("--threads", type=int, action="append", help="1 and 2 unless given; repeatable")
    parser.add_argument("--settings", choices=[*SETTINGS, "both"], default="both", help="of PyTorch")
    parser.add_argument("--model", metavar="FOLDER", help="also generate with a run's config.json and model.safetensors")
    parser.add_argument("--check", action="store_true", help="check results, time nothing")
    parser.add_argument("--out", help="file for the report instead of bench/results/MACHINE/compare-DATE.md")
    return parser.parse_args()


def chosen(all_items, patterns):
    """The items that match any pattern; all without patterns."""
    def matches(item):
        text = f"{item.name} {item.shape}".lower()
        return any(fnmatch.fnmatch(text, f"*{p.lower()}*") for p in patterns)

    return [item for item in all_items if not patterns or matches(item)]


def trained_items(us, folder):
    """Generation with the weights of a run."""
    model = {"model": folder, "config": us.ask(do="config", model=folder)}
    return [form(os.path.basename(folder), model) for form in (generation, lazily)]


def settings(choice):
    """Those that this processor can run."""
    names = list(SETTINGS) if choice == "both" else [choice]
    with open("/proc/cpuinfo") as cpu:
        if "avx512f" in cpu.read():
            return names
    print("compare: no AVX-512 here, so no SkylakeX kernels: PyTorch as installed only", file=sys.stderr)
    return ["default"]


def forms(item, setting):
    """The forms of an item that a side is asked for."""
    return libtorch_forms(item) if setting == LIBTORCH else item.peers


def differences(item, mine, other):
    """The greatest difference relative to its norm, and a line for each result that differs by more than allowed."""
    limit = 0 if item.spec["op"] == "generate" else TOLERANCE  # tokens are equal or not
    mine = {name: (projection, norm) for name, projection, norm in mine}
    other = {name: (projection, norm) for name, projection, norm in other}
    if set(mine) != set(other):
        return 0, [f"results have other names: {', '.join(sorted(set(mine) ^ set(other))[:4])}"]
    worst, lines = 0, []
    for name, (projection, norm) in mine.items():
        error = max(abs(projection - other[name][0]), abs(norm - other[name][1])) / max(norm, 1e-30)
        worst = max(worst, error)
        if not error <= limit:
            lines.append(f"{name}: {projection:.7g} of {norm:.7g} against {other[name][0]:.7g} of {other[name][1]:.7g}")
    return worst, lines


def check(program, rows_wanted, setting, threads):
    """Compares results on the same inputs; the names of the rows that differ."""
    wrong = []
    for group in groups([item for item in rows_wanted if forms(item, setting)]):
        # Not the processes that are timed: a check takes more memory than a run.
        with ours(program, threads) as us, theirs(setting, threads, program) as them:
            for item in group:
                wrong += check_item(item, us, them, setting)
    return wrong


def check_item(item, us, them, setting):
    """Compares one item with each form; the labels of those that differ."""
    if item.spec.get("noise") == "drawn":
        print(f"  not compared: {item.name}: each side draws its own noise")
        return []
    wrong = []
    mine = us.ask(do="check", item=item.spec)["results"]
    if item.spec.get("lazy"):
        theirs_too = them.ask(do="check", item=item.spec, peer=item.peers[0])["results"]
        stated = [f"{side} {name} {norm:.3g}" for side, results in (("our", mine), ("their", theirs_too))
                  for name, _, norm in results]
        print(f"  not compared: {item.name}: each side draws its own noise; {', '.join(stated)}")
        item.shape += f", sum p^2 {mine[0][2]:.2f}"
        return []
    for peer in forms(item, setting):
        other = them.ask(do="check", item=item.spec, peer=peer)["results"]
        worst, lines = differences(item, mine, other)
        label = f"{item.name}, {item.shape}, {peer}" + (f", {setting}" if setting == LIBTORCH else "")
        print(f"  {'DIFFERS' if lines else 'agrees '} {label}: {len(mine)} results, worst difference {worst:.1e}", flush=True)
        for line in lines[:5]:
            print(f"          {line}")
        wrong += [label] if lines else []
    return wrong


def groups(rows_wanted):
    """Items that share processes."""
    together = [item for item in rows_wanted if not item.alone]
    return ([together] if together else []) + [[item] for item in rows_wanted if item.alone]


def time_item(item, us, them, repetitions):
    """Lets all sides take turns; the rows of the table."""
    labels = [(setting, peer) for setting in them for peer in forms(item, setting)]
    runs = [(us, None)] + [(them[setting], peer) for setting, peer in labels]
    seconds = [[] for _ in runs]
    medians = [[] for _ in runs]
    for turn in range(repetitions + 1):
        order = range(len(runs)) if turn % 2 else reversed(range(len(runs)))
        for i in order:
            side, peer = runs[i]
            time.sleep(PAUSE)
            times = side.ask(do="run", item=item.spec, peer=peer)["seconds"]
            if turn > 0:  # the first turn warms up
                seconds[i] += times
                medians[i].append(statistics.median(times))
    measured = [report.Measured(min(s), statistics.median(m)) for s, m in zip(seconds, medians)]
    return [report.Row(item, setting, peer, measured[0], t) for (setting, peer), t in zip(labels, measured[1:])]


def time_all(program, rows_wanted, names, threads, repetitions):
    """All rows at a number of threads, printed as they come."""
    rows, peaks = [], []
    for group in groups(rows_wanted):
        with ExitStack() as stack:
            us = stack.enter_context(ours(program, threads))
            them = {
                name: stack.enter_context(theirs(name, threads, program))
                for name in names if any(forms(item, name) for item in group)}
            peaks.append(us.ask(do="info")["gflops"])
            for item in group:
                if item.flops:
                    peaks.append(us.ask(do="info")["gflops"])  # again: it, too, depends on what else the machine does
                measured = time_item(item, us, them, repetitions)
                for row in measured:
                    row.threads = threads
                    rows.append(row)
                    print(row.line(), flush=True)
                if item.alone:
                    ours_peak = us.ask(do="memory")["megabytes"]
                    for row in measured:
                        row.memory = (ours_peak, them[row.setting].ask(do="memory")["megabytes"])
    for row in rows:
        row.gflops_peak = max(peaks)
    return rows


def main():
    options = arguments()
    names = settings(options.settings)
    newer = [LIBTORCH] if options.libtorch else []
    threads = options.threads or sorted({1, min(2, os.cpu_count())})
    about = []
    for setting in [*newer, names[0]]:
        with theirs(setting, 1, options.program) as them:
            about.append(them.ask(do="info"))
    with ours(options.program, 1) as us:
        about.insert(0, us.ask(do="info"))
        trained = trained_items(us, os.path.abspath(options.model)) if options.model else []
    rows_wanted = chosen(items(about[0]["presets"]) + trained, options.only)
    if not rows_wanted:
        print(f"compare: nothing matches {' '.join(options.only)}", file=sys.stderr)
        return 2
    print(f"checking {len(rows_wanted)} rows on the same inputs")
    wrong = []
    for setting in [*newer, names[0]]:
        wrong += check(options.program, rows_wanted, setting, threads[-1])
    if options.check:
        return 1 if wrong else 0
    repetitions = 3 if options.quick else 12
    load = [os.getloadavg()[0]]
    rows = []
    for count in threads:
        rows += time_all(options.program, rows_wanted, newer + names, count, repetitions)
    load.append(os.getloadavg()[0])
    path = report.write(rows, about, wrong, repetitions, load, options.out)
    print(f"written: {path}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SideError as failure:
        print(f"compare: {failure}", file=sys.stderr)
        sys.exit(1)
