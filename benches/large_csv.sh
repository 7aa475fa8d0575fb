#!/usr/bin/env bash
# A table of 1 GB: how fast it is read beside `wc -l`, and the most memory that reading and fitting take beside its
# numbers. Wants GNU time, about 1.1 GB of disk, and a release build; the file is kept for the next time.
#
#   cargo build --release -p em-cli && benches/large_csv.sh [FOLDER] [PROGRAM]
#
# With FRESH=1 (and the rights to it) the file is dropped from the system's cache before each reading.
set -euo pipefail
folder="${1:-${TMPDIR:-/tmp}/em-large-csv}"
em="$(realpath "${2:-"$(dirname "$0")/../target/release/em"}")"
mkdir -p "$folder"
cd "$folder"

if [ ! -e large.csv ]; then
    # A block of 250 000 rows of ten numbers in three clouds, again and again.
    awk 'BEGIN {
        srand(1)
        for (row = 0; row < 250000; row++) {
            line = ""
            for (j = 0; j < 10; j++) {
                x = row % 3 * 4 + rand() + rand() + rand() + rand() - 2
                line = line (j ? "," : "") sprintf("%.6f", x)
            }
            print line
        }
    }' > block
    blocks=$((1024 * 1024 * 1024 / $(stat -c %s block) + 1))
    { echo a,b,c,d,e,f,g,h,i,j; for _ in $(seq "$blocks"); do cat block; done; } > large.csv
    rm block
fi
data='data: Csv(path: "large.csv")'
echo "($data, model: KMeans(clusters: 3), fit: (restarts: 1, stop: (max_iterations: 3)))" > kmeans.ron
mixture='GaussianMixture(components: 2, covariance: Diagonal)'
echo "($data, model: $mixture, fit: (restarts: 1, stop: (max_iterations: 3)))" > mixture.ron

fresh() {
    [ -z "${FRESH:-}" ] || { sync; echo 3 > /proc/sys/vm/drop_caches; }
}
timed() {
    # Not converging in three iterations is exit status 1.
    command time -f "$1: %e s (%U s user, %S s system), at most %M KiB" "${@:2}" > /dev/null || [ $? -eq 1 ]
}
rows=$(($(wc -l < large.csv) - 1))
echo "$rows rows of 10 numbers: $((rows * 80 / 1024)) KiB as doubles; peaks are to stay below $((rows * 160 / 1024)) KiB"
for _ in 1 2 3; do
    fresh
    timed "wc -l" wc -l large.csv
    fresh
    timed "em check" "$em" check kmeans.ron
done
timed "em fit, K-means" "$em" fit kmeans.ron --quiet
timed "em fit, diagonal mixture" "$em" fit mixture.ron --quiet
