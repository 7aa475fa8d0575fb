"""The peers written in Python: scikit-learn and StepMix. `compare.py` starts this file and asks it for fits.

Each line of standard input is a number of iterations and a word: after `score` the log-likelihood at the end is told too,
which is not timed. Each answer is a line of JSON.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.linear_model import BayesianRidge
from sklearn.mixture import GaussianMixture
from stepmix.emission.build_emission import build_emission
from stepmix.stepmix import StepMix

# What the documentation of scikit-learn advises for speed (section "Computational performance"): the data are known to be
# finite. They are C-contiguous float64 already, so that nothing is converted or copied.
sklearn.set_config(assume_finite=True)
warnings.filterwarnings("ignore")  # that the limit of iterations was reached is what is asked for


def gaussian(rows, start, problem):
    covariances, form = start["covariances"], problem["form"]
    precisions = {
        "full": lambda: np.linalg.inv(covariances),
        "tied": lambda: np.linalg.inv(covariances[0]),
        "diag": lambda: 1 / np.diagonal(covariances, axis1=1, axis2=2),
        "spherical": lambda: 1 / covariances[:, 0, 0],
    }[form]()

    def model(iterations):
        begin = {"weights_init": start["weights"], "means_init": start["means"], "precisions_init": precisions}
        return GaussianMixture(problem["k"], covariance_type=form, tol=0, reg_covar=0, max_iter=iterations, **begin)

    return model, lambda fitted: fitted.fit(rows), lambda fitted: fitted.score(rows) * len(rows)


def kmeans(rows, start, problem):
    def model(iterations):
        return KMeans(problem["k"], init=start["centers"], n_init=1, max_iter=iterations, tol=0, algorithm="lloyd")

    return model, lambda fitted: fitted.fit(rows), lambda fitted: -fitted.inertia_


class Started(StepMix):
    """StepMix draws its start; this one is given it, and is spared the drawing."""

    def start_from(self, start):
        self.given = start
        return self

    def _initialize_parameters(self, X, random_state):
        self.weights_ = self.given["weights"].copy()
        self._mm = build_emission("binary", n_components=self.n_components, random_state=random_state)
        self._mm.set_parameters({"pis": self.given["probabilities"].copy()})


def bernoulli(rows, start, problem):
    def model(iterations):
        limits = {"max_iter": iterations, "abs_tol": 0, "rel_tol": 0}
        return Started(problem["k"], measurement="binary", progress_bar=0, **limits).start_from(start)

    return model, lambda fitted: fitted.fit(rows), lambda fitted: fitted.score(rows) * len(rows)


def evidence(rows, start, problem):
    """Its alpha is the precision of the noise and its lambda that of the coefficients; its scores are the evidence."""
    covariates, response = np.ascontiguousarray(rows[:, :-1]), rows[:, -1].copy()
    flat = {"alpha_1": 0, "alpha_2": 0, "lambda_1": 0, "lambda_2": 0, "fit_intercept": False}
    begin = {"alpha_init": start["beta"].item(), "lambda_init": start["alpha"].item()}

    def model(iterations, **more):
        # It takes no tolerance of 0.
        return BayesianRidge(max_iter=iterations, tol=sys.float_info.min, **flat, **begin, **more)

    def score(fitted):
        # Its last score mixes new precisions with the coefficients of the old ones, so that of one iteration more is asked.
        scored = model(fitted.max_iter + 1, compute_score=True).fit(covariates, response)
        return scored.scores_[fitted.max_iter]

    return model, lambda fitted: fitted.fit(covariates, response), score


def resident(field):
    """A line of the kernel's account of this process, in bytes; none where there is no such account."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), None)


def forget_peak():
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def main(folder):
    problem = json.loads((folder / "problem.json").read_text())
    start = {name: np.load(folder / f"{name}.npy") for name in problem["start"]}
    setup = {"gaussian": gaussian, "k-means": kmeans, "bernoulli": bernoulli, "evidence": evidence}[problem["kind"]]
    model, fit, score = setup(np.load(folder / "data.npy"), start, problem)
    print(json.dumps({"peak_bytes": resident("VmHWM")}), flush=True)
    for line in sys.stdin:
        iterations, word = line.split()
        fitted = model(int(iterations))
        forget_peak()
        begun = time.perf_counter()
        fit(fitted)
        answer = {"seconds": time.perf_counter() - begun, "peak_bytes": resident("VmHWM")}
        if word == "score":
            answer["log_likelihood"] = float(score(fitted))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
