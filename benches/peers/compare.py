#!/usr/bin/env python3
"""Times this project beside scikit-learn, StepMix, mclust and flexmix: same data, same start, same number of iterations.

    python3 benches/peers/compare.py            # all workloads, some fifteen minutes on two cores
    python3 benches/peers/compare.py --quick    # small data: only that all programs reach the same log-likelihood
    python3 benches/peers/compare.py --write docs/speed.md    # all, and the page is brought up to date

Needs Python 3.11 or later, a Rust toolchain, and for mclust and flexmix an R that has them (see README.md). Everything else
is put into a folder `peers` of the target folder. The exit status is 1 where log-likelihoods differ.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

sys.dont_write_bytecode = True  # the repository stays as it is

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
TARGET = REPOSITORY / os.environ.get("CARGO_TARGET_DIR", "target")
ROOM = TARGET / "peers"
R_PACKAGES = ["r-base-core", "r-cran-mclust", "r-cran-flexmix", "libopenblas0-pthread"]
AGREEMENT = 1e-9  # how far log-likelihoods may differ, relative to their size
MOST_ITERATIONS = 1000  # of ours, where an objective is to be reached
MEBIBYTE = 2**20
REST = 0.1  # seconds after which the threads of the program asked before, which wait for more work, have gone to sleep


def main():
    asked = arguments()
    enter_environment()
    if asked.install_r:
        subprocess.run(["apt-get", "install", "--yes", "--no-install-recommends", *R_PACKAGES], check=True)
    from workloads import WORKLOADS

    chosen = [w for w in WORKLOADS if not asked.only or any(word in w.name for word in asked.only)]
    if not chosen:
        sys.exit("no workload has such a name; they are:\n  " + "\n  ".join(w.name for w in WORKLOADS))
    programs = build()
    peers = Peers(asked.threads)
    print_machine(asked.threads, peers)
    gemm = None if asked.quick else json.loads(output(str(programs["gemm"]), str(asked.threads)))
    if gemm:
        rates = f"{gemm['one_thread']} GFLOP/s on one thread, {gemm['all_threads']} on {asked.threads}"
        tell(f"- nalgebra's product of two 3000 × 3000 matrices: {rates}")
    tell("")
    results = []
    for workload in chosen:
        workload = workload.small() if asked.quick else workload
        results.append(run(workload, programs["peers"], peers, asked))
    print_tables(results, gemm, asked.quick)
    if asked.write:
        write_page(asked.write)
    sys.exit(0 if all(m.agrees for r in results for m in r.matches) else 1)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="WORD", action="append", help="workloads whose name holds the word; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small data; compares log-likelihoods and times nothing")
    parser.add_argument("--threads", metavar="N", type=int, default=2, help="threads of every program [default: 2]")
    parser.add_argument("--write", metavar="PAGE", type=Path, help="put what is told between the marks of a page as well")
    parser.add_argument("--install-r", action="store_true", help="install R, mclust and flexmix by apt-get first")
    return parser.parse_args()


# ---- what is needed ----


def enter_environment():
    """Makes the environment with the pinned packages where it is not there yet, and goes on inside it."""
    folder, wanted = ROOM / "venv", (HERE / "requirements.txt").read_text()
    python, stamp = folder / "bin/python", folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {HERE.name}/requirements.txt", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted)
    if Path(sys.prefix).resolve() != folder.resolve():
        os.execv(python, [python, __file__, *sys.argv[1:]])


def build():
    """The programs of this project that take part, built as `cargo bench` builds them."""
    command = ["cargo", "bench", "--bench", "peers", "--bench", "gemm", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    messages = [json.loads(line) for line in lines if line.startswith("{")]
    return {m["target"]["name"]: Path(m["executable"]) for m in messages if m.get("executable")}


class Peers:
    """The peers that are installed, with their versions, each with as many threads as ours."""

    def __init__(self, threads):
        libraries = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
        self.environment = os.environ | dict.fromkeys(libraries, str(threads))
        python, rscript = [sys.executable, HERE / "python_peers.py"], ["Rscript", HERE / "r_peers.R"]
        self.commands = {"scikit-learn": python, "StepMix": python, "mclust": rscript, "flexmix": rscript}
        self.versions = {name: self.version(name) for name in self.commands}

    def version(self, name):
        from importlib import metadata

        if self.commands[name][0] == "Rscript":
            return output("Rscript", "-e", f'cat(as.character(packageVersion("{name}")))')
        return metadata.version(name)

    def start(self, name, folder):
        return Side([*self.commands[name], folder, name], self.environment)


class Side:
    """A program that has read its data and waits for requests, a line each."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            list(map(str, command)), env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.reading_peak = self.answer()["peak_bytes"]

    def fit(self, iterations, word):
        try:
            self.process.stdin.write(f"{iterations} {word}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it ended; what it said last is no answer
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"ended with status {self.process.wait()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Failed(Exception):
    """A program gave no answer."""


# ---- one workload ----


@dataclass
class Match:
    """A peer beside us in one workload; times are medians in seconds, per iteration or per whole fit."""

    rival: object
    ours: float | None = None
    theirs: float | None = None
    differ: float | None = None  # log-likelihoods, relative
    peak: int | None = None  # bytes beyond the data
    absent: bool = False
    failed: str | None = None

    @property
    def agrees(self):
        """Whether nothing speaks against it; a peer that is not there does not."""
        return self.absent or (self.failed is None and self.differ <= AGREEMENT)

    @property
    def ratio(self):
        return self.theirs / self.ours


@dataclass
class Result:
    """All matches of a workload, and what concerns ours alone."""

    workload: object
    matches: list
    iterations: int
    seconds: float  # per iteration or per whole fit
    speedup: float  # how many times faster it is than on one thread
    peak: int | None  # bytes beyond the data, in a fit
    reading_peak: int | None  # and while the data were read


def run(workload, program, peers, asked):
    print(f"{workload.name} …", file=sys.stderr, flush=True)
    folder = ROOM / "data"
    shutil.rmtree(folder, ignore_errors=True)
    data_bytes = workload.write(folder)
    ours = Side([program, folder / "spec.ron"])
    clock = Clock(workload, ours, asked.threads)
    matches = [match(rival, peers, folder, clock, data_bytes) for rival in workload.rivals]
    seconds, speedup = (None, None) if asked.quick else clock.of_ours()
    ours.close()
    shutil.rmtree(folder)
    beyond = lambda peak: peak and peak - data_bytes
    return Result(workload, matches, clock.long, seconds, speedup, beyond(clock.peak), beyond(ours.reading_peak))


def match(rival, peers, folder, clock, data_bytes):
    if peers.versions[rival.name] is None:
        return Match(rival, absent=True)
    try:
        side = peers.start(rival.name, folder)
        found = clock.beside(side)
        side.close()
    except Failed as failed:
        return Match(rival, failed=str(failed))
    peak = found.pop("peak")
    return Match(rival, peak=peak and peak - data_bytes, **found)


class Clock:
    """Times fits of a workload by its rule."""

    def __init__(self, workload, ours, threads):
        self.workload, self.ours, self.threads = workload, ours, threads
        self.long = ours.fit(0, threads)["iterations"] if workload.until == "converged" else workload.long
        self.lengths = [workload.short, self.long] if workload.until == "iterations" else [self.long]
        self.objective = None
        self.peak, self.own = 0, []

    def fit(self, iterations, threads):
        """Ours, by so many iterations or to the objective."""
        if self.workload.until == "objective":
            found = self.rested(self.ours, MOST_ITERATIONS, f"{threads} {self.objective!r}")
        else:
            found = self.rested(self.ours, iterations, threads)
        self.peak = highest(self.peak, found["peak_bytes"])
        return found

    def rested(self, side, iterations, word):
        """A fit once the threads of others sleep. Of whole fits, some of which take less than waking up does, a second one."""
        time.sleep(REST)
        if self.workload.until == "converged":
            side.fit(iterations, word)
        return side.fit(iterations, word)

    def beside(self, side):
        """A peer and ours in turn, so that both see the same machine."""
        times = {(who, n): [] for who in ("ours", "theirs") for n in self.lengths}
        differ, peak = 0.0, 0
        for turn in range(self.workload.rounds):
            for n in self.lengths:
                theirs = self.rested(side, n, "score" if turn == 0 else "time")
                if turn == 0:
                    self.objective = theirs["log_likelihood"]
                ours = self.fit(n, self.threads)
                if turn == 0:
                    differ = max(differ, self.difference(ours["log_likelihood"], theirs["log_likelihood"]))
                times["ours", n].append(ours["seconds"])
                times["theirs", n].append(theirs["seconds"])
                peak = highest(peak, theirs["peak_bytes"])
        seconds = {who: self.of({n: times[who, n] for n in self.lengths}) for who in ("ours", "theirs")}
        self.own.append(seconds["ours"])
        return {**seconds, "differ": differ, "peak": peak}

    def difference(self, ours, theirs):
        """Relative; on the way to one objective only what is missing counts."""
        gap = theirs - ours if self.workload.until == "objective" else abs(theirs - ours)
        return max(gap, 0.0) / abs(theirs)

    def of_ours(self):
        """Ours as it was timed beside peers, or alone where there was none; and how many times one thread takes as long,
        both in turn. None where it takes a peer to say how far a fit goes."""
        if self.workload.until == "objective" and self.objective is None:
            return None, None
        times = {(threads, n): [] for threads in (1, self.threads) for n in self.lengths}
        for _ in range(2 * self.workload.rounds + 1):
            for threads, n in times:
                times[threads, n].append(self.fit(n, threads)["seconds"])
        one, all_of_them = (self.of({n: times[threads, n] for n in self.lengths}) for threads in (1, self.threads))
        return statistics.median(self.own or [all_of_them]), one / all_of_them

    def of(self, times):
        medians = [statistics.median(times[n]) for n in self.lengths]
        if len(medians) == 1:
            return medians[0]
        return (medians[1] - medians[0]) / (self.lengths[1] - self.lengths[0])


def highest(a, b):
    return None if a is None or b is None else max(a, b)


# ---- what is told ----

BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
told = []


def tell(line):
    """On standard output, and kept for the page."""
    print(line, flush=True)
    told.append(line)


def write_page(page):
    """Puts all that was told in the place of what stands between the marks of a page."""
    before, rest = page.read_text().split(BEGIN)
    _, after = rest.split(END)
    page.write_text(before + BEGIN + "\n" + "\n".join(told) + "\n" + END + after)


def print_machine(threads, peers):
    import numpy  # so that its BLAS is loaded and can be named
    import scipy
    import threadpoolctl

    lines = (output("lscpu") or "").splitlines()
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("Model name")), platform.processor())
    wide = [name for name in ("avx2", "avx512f") if any(name in line.split() for line in lines)]
    tell(f"- {date.today()}: {' '.join([cpu, *wide])}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    tell(f"- {threads} threads for each program")
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 1:
        tell(f"- THE MACHINE WAS BUSY (load {os.getloadavg()[0]:.1f}): ratios may be far off")
    tell(f"- ours: commit {output('git', '-C', str(REPOSITORY), 'rev-parse', '--short', 'HEAD')}, {output('rustc', '--version')}")
    for name, version in peers.versions.items():
        tell(f"- {name} {version or 'is absent, and is not compared; benches/peers/README.md tells how to install it'}")
    blas = [b for b in threadpoolctl.threadpool_info() if b["user_api"] == "blas"]
    blas = ", ".join(sorted({f"{b['internal_api']} {b['version']} ({b['architecture']})" for b in blas}))
    tell(f"- Python {platform.python_version()}, NumPy {numpy.__version__}, SciPy {scipy.__version__}, BLAS {blas}")
    if shutil.which("Rscript"):
        # All libraries of Debian's alternatives have one name; their folders tell them apart.
        blas = 'basename(dirname(normalizePath(extSoftVersion()[["BLAS"]])))'
        tell("- " + output("Rscript", "-e", f'cat(R.version.string, "with BLAS of", {blas})'))


def print_tables(results, gemm, quick):
    heads = ["workload", "peer", "iterations", "log-likelihoods differ by"]
    if not quick:
        heads += ["ours, s", "peer, s", "ratio", "needed", "aim", "peer's memory, MB"]
    rows = [row for result in results for row in match_rows(result, quick)]
    print_table(heads, rows)
    if quick:
        return
    heads = ["workload", "ours, s", "GFLOP/s", "of gemm", "one thread / all", "memory, MB", "reading, MB"]
    print_table(heads, [own_row(result, gemm) for result in results])
    tell("Seconds are of an iteration, or of a whole fit where the name says so. Memory is the most that was resident")
    tell("in a fit beyond the numbers of the data, the program itself included; reading is the same while the file was read.")


def match_rows(result, quick):
    for m in result.matches:
        row = [result.workload.name, m.rival.name, result.iterations]
        if m.absent or m.failed:
            yield [*row, m.failed or "not installed", *[""] * (0 if quick else 6)]
            continue
        row.append(f"{m.differ:.0e}" + ("" if m.agrees else " TOO FAR"))
        if not quick:
            needed, aim = (f"{x:g}×" if x else "" for x in (m.rival.needed, m.rival.aim))
            row += [short(m.ours), short(m.theirs), f"{m.ratio:.1f}×", needed + verdict(m), aim, megabytes(m.peak)]
        yield row


def verdict(m):
    return "" if m.rival.needed is None or m.ratio >= m.rival.needed else " MISSED"


def own_row(result, gemm):
    flops = result.workload.flops
    rate = flops and result.seconds and flops / result.seconds / 1e9
    return [
        result.workload.name,
        short(result.seconds),
        f"{rate:.0f}" if rate else "–",
        f"{rate / gemm['all_threads']:.0%}" if rate else "–",
        f"{result.speedup:.2f}" if result.speedup else "–",
        megabytes(result.peak),
        megabytes(result.reading_peak),
    ]


def short(seconds):
    return "–" if seconds is None else f"{seconds:.3g}"


def megabytes(count):
    return "–" if count is None else f"{count / MEBIBYTE:.0f}"


def print_table(heads, rows):
    """As Markdown, with columns that also line up in a terminal."""
    rows = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    tell("\n".join(lines) + "\n")


def output(*command):
    """What a command prints, or none where there is no such command or it fails."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


if __name__ == "__main__":
    main()
