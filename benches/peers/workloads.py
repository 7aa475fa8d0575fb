"""The workloads: data, start and model of each, made with a fixed seed."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SEED = 20
OLD_FAITHFUL = Path(__file__).parents[2] / "models/data/old_faithful.csv"


@dataclass(frozen=True)
class Rival:
    """A peer, and how many times its time ours is to be at least (`needed`) and better (`aim`)."""

    name: str
    needed: float | None = None
    aim: float | None = None


@dataclass(frozen=True)
class Workload:
    """n rows of d features and k components; `kind` says which model.

    What is timed, `rounds` times over, says `until`:

    - "iterations": a fit of `long` iterations less one of `short`, so that what a program does once per fit cancels;
    - "converged": a whole fit, with as many iterations as our own rules take;
    - "objective": the peer's whole fit of `long` iterations, and ours, by `algorithm`, to the objective which that reached.
    """

    kind: str
    n: int
    d: int
    k: int
    rivals: tuple[Rival, ...]
    form: str = ""
    short: int = 1
    long: int = 3
    rounds: int = 3
    until: str = "iterations"
    algorithm: str = "Em"

    @property
    def name(self):
        components = f", k = {self.k}" if self.k > 1 else ""
        ends = {"iterations": "", "converged": ", whole fit", "objective": f", to one objective by {self.algorithm}"}
        return f"{self.kind}{' ' if self.form else ''}{self.form} {self.n} × {self.d}{components}{ends[self.until]}"

    @property
    def flops(self):
        """Additions and multiplications of the matrix products in what is timed; exp and log are not counted.

        For a mixture they are 4 n k q with q the numbers that a row adds to the statistics of a component: one product of
        n × q by q × k in the E-step and one of k × n by n × q in the M-step. None where products are not what takes time.
        """
        numbers = {"full": self.d * (self.d + 3) // 2, "diag": 2 * self.d, "tied": self.d, "spherical": self.d}
        match self.kind:
            case "gaussian" if self.until == "iterations":
                return 4 * self.n * self.k * numbers[self.form]
            case "bernoulli":
                return 4 * self.n * self.k * self.d
            case "k-means":
                return 2 * self.n * self.k * self.d
            case "evidence":  # the products of columns, each once
                return self.n * self.d * (self.d + 1)
        return None

    def small(self):
        """The same model on few rows, to see that all programs agree."""
        return Workload(**{**vars(self), "n": min(self.n, 4000), "rounds": 1})

    def write(self, folder: Path):
        """Data and start as NPY files, the spec that `em fit` reads, and what the peers must know beside them."""
        folder.mkdir(parents=True, exist_ok=True)
        make = {"gaussian": gaussian, "k-means": kmeans, "bernoulli": bernoulli, "poisson": poisson, "evidence": evidence}
        data, start, model = make[self.kind](self, np.random.default_rng(SEED))
        for name, array in {"data": data, **start}.items():
            np.save(folder / f"{name}.npy", np.ascontiguousarray(array, dtype=np.float64))
        parameters = ", ".join(f"{name}: {json.dumps(np.asarray(value).tolist())}" for name, value in start.items())
        spec = f'(\n    data: Npy(path: "data.npy"),\n    model: {model},\n    fit: (algorithm: {self.algorithm}, start: Params({parameters})),\n)\n'
        (folder / "spec.ron").write_text(spec)
        problem = {"kind": self.kind, "form": self.form, "k": self.k, "start": list(start)}
        (folder / "problem.json").write_text(json.dumps(problem))
        return data.nbytes


def gaussian(w, rng):
    """Overlapping round clusters; the start is beside the truth. The real data of the small case come with a start."""
    form = {"full": "Full", "diag": "Diagonal", "tied": "Tied", "spherical": "Spherical"}[w.form]
    model = f"GaussianMixture(components: {w.k}, covariance: {form})"
    if w.until == "converged":
        rows = np.loadtxt(OLD_FAITHFUL, delimiter=",", skiprows=1)
        means, covariance = np.array([[3.0, 60.0], [4.0, 75.0]]), np.diag([1.0, 150.0])
    else:
        rows, centers = clusters(w, rng)
        means, covariance = centers + 0.1, 1.2 * np.eye(w.d)
        if w.form in ("full", "tied"):
            covariance += 0.1 * (np.eye(w.d, k=1) + np.eye(w.d, k=-1))
    start = {"weights": np.full(w.k, 1 / w.k), "means": means, "covariances": np.tile(covariance, (w.k, 1, 1))}
    return rows, start, model


def kmeans(w, rng):
    """Clusters that overlap so much that assignments go on changing; the start is the first rows."""
    rows, _ = clusters(w, rng)
    return rows, {"centers": rows[: w.k]}, f"KMeans(clusters: {w.k})"


def clusters(w, rng):
    centers = rng.normal(size=(w.k, w.d))
    return centers[rng.integers(w.k, size=w.n)] + rng.normal(size=(w.n, w.d)), centers


def bernoulli(w, rng):
    """Zeros and ones by the probabilities of a component; the start is beside the truth."""
    probabilities = 0.3 + 0.4 * rng.random((w.k, w.d))
    rows = (rng.random((w.n, w.d)) < probabilities[rng.integers(w.k, size=w.n)]).astype(np.float64)
    start = {"weights": np.full(w.k, 1 / w.k), "probabilities": 0.9 * probabilities + 0.05}
    return rows, start, f"BernoulliMixture(components: {w.k})"


def poisson(w, rng):
    """Counts, in the last column, by a regression of each component on the others; intercepts come first."""
    covariates = rng.normal(size=(w.n, w.d))
    coefficients = np.column_stack([rng.normal(1.0, 0.7, size=w.k), rng.normal(0.0, 0.3, size=(w.k, w.d))])
    log_means = coefficients[:, 0] + covariates @ coefficients[:, 1:].T
    counts = rng.poisson(np.exp(log_means[np.arange(w.n), rng.integers(w.k, size=w.n)]))
    start = {"weights": np.full(w.k, 1 / w.k), "coefficients": 0.8 * coefficients + 0.05}
    terms = json.dumps([f"x{j}" for j in range(w.d)])
    model = f'PoissonRegressionMixture(components: {w.k}, response: "x{w.d}", terms: {terms})'
    return np.column_stack([covariates, counts]), start, model


def evidence(w, rng):
    """A response, in the last column, on standard normal covariates without an intercept."""
    covariates = rng.normal(size=(w.n, w.d))
    response = covariates @ rng.normal(0.0, 0.5, size=w.d) + rng.normal(0.0, 2.0, size=w.n)
    terms = json.dumps([f"x{j}" for j in range(w.d)])
    model = f'BayesianLinearRegression(response: "x{w.d}", terms: {terms}, intercept: false, update: MacKay)'
    return np.column_stack([covariates, response]), {"alpha": 1.0, "beta": 1.0}, model


def against(peer, needed, aim, *others):
    return (Rival(peer, needed, aim), *(Rival(other) for other in others))


WORKLOADS = [
    Workload("gaussian", 1_000_000, 16, 16, against("scikit-learn", 15, 25), "full"),
    Workload("gaussian", 200_000, 64, 32, against("scikit-learn", 8, 12), "full"),
    Workload("gaussian", 100_000, 2, 5, against("scikit-learn", 15, 40), "full", long=21, rounds=5),
    Workload("gaussian", 1_000_000, 32, 64, against("scikit-learn", 15, 25), "diag", rounds=5),
    Workload("gaussian", 200_000, 32, 32, against("scikit-learn", 30, 70), "tied", long=5),
    Workload("gaussian", 200_000, 32, 32, against("scikit-learn", 8, 14, "mclust"), "spherical", long=11),
    Workload("gaussian", 272, 2, 2, against("scikit-learn", 30, 100, "mclust"), "full", rounds=25, until="converged"),
    Workload("k-means", 1_000_000, 32, 100, against("scikit-learn", 1.2, 1.8), long=21, rounds=5),
    Workload("bernoulli", 60_000, 784, 10, against("StepMix", 5, 12), long=11, rounds=7),
    Workload("bernoulli", 1_000_000, 64, 16, against("StepMix", 8, 20)),
    Workload("poisson", 100_000, 5, 3, against("flexmix", None, None), long=6),
    Workload("poisson", 100_000, 5, 3, against("flexmix", 40, 200), long=20, until="objective", algorithm="Anderson"),
    Workload("evidence", 100_000, 100, 1, against("scikit-learn", 8, 25), rounds=5, until="converged"),
]
