#!/usr/bin/env bash
# An array of 1.6 GB, fitted where no more than 400 MB may be had: `on_disk: true` under a limit on the size of the program
# (`ulimit -v`, which counts everything that it asks for), and the most memory that was resident. The fit of an array that
# does fit is compared with that of the same numbers in memory, bit by bit.
# Wants GNU time, about 2 GB of disk, Python, and a release build; the files are kept for the next time.
#
#   cargo build --release -p em-cli && benches/large_npy.sh [FOLDER] [PROGRAM]
#
# With FRESH=1 (and the rights to it) the files are dropped from the system's cache before each fit.
set -euo pipefail
folder="${1:-${TMPDIR:-/tmp}/em-large-npy}"
em="$(realpath "${2:-"$(dirname "$0")/../target/release/em"}")"
limit=400000 # KiB
mkdir -p "$folder"
cd "$folder"

[ -e large.npy ] || python3 - << 'PYTHON'
import array, random

random.seed(1)
d, k, block = 20, 4, 100_000
centers = [[random.gauss(0, 6) for _ in range(d)] for _ in range(k)]
# Numbers that both precisions hold.
single = array.array("f", (c + random.gauss(0, 1) for _ in range(block) for c in random.choice(centers)))
double = array.array("d", single)


def write(name, kind, numbers, times):
    with open(name, "wb") as file:
        header = f"{{'descr': '<{kind}', 'fortran_order': False, 'shape': ({times * block}, {d}), }}"
        header = header.ljust(117) + "\n"
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        for _ in range(times):
            numbers.tofile(file)


write("small.npy", "f8", double, 1)
write("single.npy", "f4", single, 1)
# The same block again and again.
write("part", "f8", double, 100)
PYTHON
[ ! -e part ] || mv part large.npy

fresh() {
    [ -z "${FRESH:-}" ] || { sync; echo 3 > /proc/sys/vm/drop_caches; }
}
# NAME MODEL FIT: a spec of the large array.
spec() {
    echo "(data: Npy(path: \"large.npy\", on_disk: true), model: $2, fit: ($3))" > "$1.ron"
}
limited() {
    fresh
    # Not converging in so few iterations is exit status 1.
    (
        ulimit -v "$limit"
        command time -q -f "$1: %e s (%U s user, %S s system), at most %M KiB" \
            "$em" fit "$2.ron" --quiet -o "$2.fit.ron" > "$2.txt"
    ) || [ $? -eq 1 ]
}

echo "large.npy: $(($(stat -c %s large.npy) / 1024)) KiB; the program may ask for $limit KiB"
few='restarts: 1, stop: (max_iterations: 5)'
spec kmeans 'KMeans(clusters: 4)' "$few"
spec diagonal 'GaussianMixture(components: 4, covariance: Diagonal)' "start: Rows, $few"
spec full 'GaussianMixture(components: 4)' "$few"
limited "em fit, K-means, 5 iterations" kmeans
limited "em fit, diagonal mixture, rows as starts, 5 iterations" diagonal
limited "em fit, full mixture, K-means as start, 5 iterations" full
# In memory it has no room.
echo '(data: Npy(path: "large.npy"), model: KMeans(clusters: 4))' > held.ron
if (ulimit -v "$limit"; "$em" fit held.ron --quiet > /dev/null 2> held.txt); then
    echo "the limit is none"; exit 1
fi
echo "without on_disk: $(head -1 held.txt)"

whole='import json, sys; fit = json.load(sys.stdin); print({k: v for k, v in fit.items() if k not in ("spec", "seconds")})'
for source in '"small.npy"' '"single.npy"' '"small.npy", on_disk: true' '"single.npy", on_disk: true'; do
    echo "(data: Npy(path: $source), model: GaussianMixture(components: 4), fit: (restarts: 2))" > small.ron
    "$em" fit small.ron --json --quiet -o small.fit.ron | python3 -c "$whole" | sha256sum
done | sort -u > digests.txt
[ "$(wc -l < digests.txt)" -eq 1 ] || { echo "fits differ"; exit 1; }
echo "small.npy in memory, of single precision and on disk: the same fit to the bit"
