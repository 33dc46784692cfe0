"""The table of a comparison, as text and as a file."""
import datetime
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "results"


@dataclass
class Measured:
    """Seconds of the best run, and of the median repetition."""

    best: float
    median: float


@dataclass
class Row:
    """An item against one form of PyTorch under one setting."""

    item: object
    setting: str
    peer: str
    ours: Measured
    theirs: Measured
    threads: int = 0
    memory: tuple = None  # MB of our process and of theirs at their peaks
    gflops_peak: float = 0

    @property
    def ratio(self):
        """Their time / ours, by best and by median."""
        return self.theirs.best / self.ours.best, self.theirs.median / self.ours.median

    @property
    def percent(self):
        """Of our measured peak of multiply-adds, for a matrix product."""
        return 100 * self.item.flops / self.ours.best / 1e9 / self.gflops_peak if self.item.flops else None

    def cells(self):
        """What the table says."""
        percent = f"{self.percent:.0f}" if self.gflops_peak and self.item.flops else ""
        return [
            self.item.name, self.item.shape, str(self.threads), pair(self.ours), f"{self.peer}, {self.setting}",
            pair(self.theirs), f"{self.ratio[0]:.2f}", f"{self.ratio[1]:.2f}", percent,
        ]

    def line(self):
        """The row on a terminal."""
        widths = (27, 22, 3, 20, 22, 20, 8, 8, 4)
        return "".join(f"{cell:<{width}}" for cell, width in zip(self.cells(), widths)).rstrip()


HEADINGS = [
    "op", "shape", "threads", "ours, best / median", "PyTorch", "theirs, best / median", "ratio by best", "by median",
    "ours, % of peak",
]


def pair(measured):
    """Best and median with a unit."""
    unit, factor = ("us", 1e6) if measured.best < 1e-3 else ("ms", 1e3) if measured.best < 1 else ("s", 1)
    return f"{digits(measured.best * factor)} / {digits(measured.median * factor)} {unit}"


def digits(value):
    """Three of them, no exponent."""
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))


def table(headings, rows):
    """Markdown."""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def products(rows):
    """A line for each kind of product comparison."""
    keys = sorted({(r.threads, r.peer, r.setting) for r in rows if r.item.flops})
    for threads, peer, setting in keys:
        same = [r for r in rows if r.item.flops and (r.threads, r.peer, r.setting) == (threads, peer, setting)]
        best, median = (geometric_mean(r.ratio[i] for r in same) for i in (0, 1))
        percents = [r.percent for r in same]
        yield [
            str(threads), f"{peer}, {setting}", str(len(same)), f"{best:.2f}", f"{median:.2f}",
            f"{min(percents):.0f} to {max(percents):.0f}",
        ]


def memory(rows):
    """A line for each item with processes of its own."""
    for row in rows:
        if row.memory:
            yield [
                row.item.name, row.item.shape, str(row.threads), f"{row.memory[0]:.0f}", f"{row.peer}, {row.setting}",
                f"{row.memory[1]:.0f}",
            ]


def machine():
    """Name and family of the processor: virtual machines often give the same name to several generations."""
    known = {}
    with open("/proc/cpuinfo") as cpu:
        for line in cpu:
            key, _, value = line.partition(":")
            known.setdefault(key.strip(), value.strip())
    name = known.get("model name", "unknown processor")
    return f"{name}, family {known['cpu family']}" if "cpu family" in known else name


def write(rows, about, wrong, repetitions, load, path=None):
    """Writes the report and says where."""
    if path is None:
        slug = re.sub(r"[^a-z0-9]+", "-", machine().lower()).strip("-")
        now = datetime.datetime.now().strftime("%Y-%m-%d-%H%M")
        path = RESULTS / f"{slug}-{os.cpu_count()}-cores" / f"compare-{now}.md"
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    peaks = {row.threads: row.gflops_peak for row in rows}
    text = [
        "# Comparison with PyTorch", "",
        f"{machine()}, {os.cpu_count()} cores. {about[0]['description'].rsplit(',', 1)[0]} against "
        f"{' and '.join(side['description'].split(',')[0] for side in about[1:])}. "
        f"{repetitions} repetitions of each side in turn after one that does not count. Load of the machine {load[0]:.1f} at the start, {load[1]:.1f} at the end"
        + (" (more than its cores: ratios are not to be trusted)." if max(load) > 2 * os.cpu_count() else "."), "",
        "Measured peak: " + ", ".join(f"{peak:.0f} GFLOP/s with {n} threads" for n, peak in sorted(peaks.items())) + ". "
        "Ratio: their time / ours. Setting sky: OPENBLAS_CORETYPE=SkylakeX OMP_WAIT_POLICY=PASSIVE; default: as installed; "
        "libtorch 2.10: OMP_WAIT_POLICY=PASSIVE.",
        "",
        "Results on the same inputs " + ("agree." if not wrong else "DIFFER: " + "; ".join(wrong) + "."), "",
        table(HEADINGS, [row.cells() for row in rows]),
    ]
    means = list(products(rows))
    if means:
        headings = ["threads", "PyTorch", "products", "geometric mean by best", "by median", "ours, % of peak"]
        text += ["", "## Matrix products", "", table(headings, means)]
    peaks_of_memory = list(memory(rows))
    if peaks_of_memory:
        headings = ["op", "preset", "threads", "ours, MB", "PyTorch", "theirs, MB"]
        text += ["", "## Peak memory of a process", "", table(headings, peaks_of_memory)]
    path.write_text("\n".join(text) + "\n")
    return path
