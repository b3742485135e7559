#!/usr/bin/env python3
"""Benchmark t-SNE: secondlook-layout-bench against scikit-learn and openTSNE on the same rows, in turn, with the same number of threads.

  tests/bench/layouts.py [--rows 10000] [--columns 512] [--threads 2] [--rounds 3]

Makes build/layout-venv on the first run. Every side starts from principal components, perplexity 30, 1000 iterations (openTSNE's own 250 + 750), its own
defaults else. The KL divergence is computed here for all three by one formula, with neighbours' probabilities by scikit-learn and exact repulsion.
Other programs should rest meanwhile.
"""
import argparse, json, os, pathlib, resource, statistics, subprocess, sys, tempfile, time, venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build" / "layout-venv"
PACKAGES = ["numpy==2.4.6", "scikit-learn==1.9.1", "openTSNE==1.0.4"]


def python():
    given = os.environ.get("SLOOK_LAYOUT_PYTHON")
    if given:
        return given
    if not (VENV / "ok").exists():
        print("==> Making build/layout-venv with", ", ".join(PACKAGES), file=sys.stderr)
        venv.create(VENV, with_pip=True, clear=True)
        subprocess.run([VENV / "bin" / "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True)
        (VENV / "ok").touch()
    return str(VENV / "bin" / "python")


def rows_of(args):
    """Twenty clouds that touch: neighbours are neither obvious nor noise."""
    import numpy as np
    random = np.random.default_rng(0)
    middles = random.normal(0, 0.6, (20, args.columns))
    return (middles[random.integers(0, 20, args.rows)] + random.normal(0, 1, (args.rows, args.columns))).astype(np.float32)


def divergence(rows, points):
    """KL of the neighbours' joint probabilities and those of the layout, in nats."""
    import numpy as np
    from sklearn.manifold._t_sne import _joint_probabilities_nn
    from sklearn.neighbors import NearestNeighbors
    near = NearestNeighbors(n_neighbors=91, n_jobs=-1).fit(rows).kneighbors_graph(mode="distance")
    near.data **= 2
    p = _joint_probabilities_nn(near, 30, 0).tocoo()
    points = points.astype(np.float64)
    squares = (points ** 2).sum(1)
    total = 0.0
    for first in range(0, len(points), 500):
        part = points[first:first + 500]
        total += (1 / (1 + np.maximum(0, squares[first:first + 500, None] + squares[None] - 2 * part @ points.T))).sum() - len(part)
    off = points[p.row] - points[p.col]
    q = np.maximum(1 / (1 + (off ** 2).sum(1)) / total, np.finfo(float).eps)
    return float((p.data * np.log(np.maximum(p.data, np.finfo(float).eps) / q)).sum())


def ours(args, folder, rows):
    import numpy as np
    rows.tofile(folder / "rows.f32")
    told = json.loads(subprocess.run([pathlib.Path(args.program) / "secondlook-layout-bench", folder / "rows.f32", str(args.columns), folder / "points.f32"],
                                     check=True, capture_output=True, text=True).stdout)
    return told["seconds"], np.fromfile(folder / "points.f32", np.float32).reshape(-1, 2)


def sklearn(args, folder, rows):
    from sklearn.manifold import TSNE
    begin = time.monotonic()
    points = TSNE(perplexity=30, init="pca", learning_rate="auto", max_iter=1000, random_state=0, n_jobs=args.threads).fit_transform(rows)
    return time.monotonic() - begin, points


def opentsne(args, folder, rows):
    import numpy as np
    from openTSNE import TSNE
    begin = time.monotonic()
    points = TSNE(perplexity=30, initialization="pca", n_iter=750, early_exaggeration_iter=250, random_state=0, n_jobs=args.threads).fit(rows)
    return time.monotonic() - begin, np.asarray(points)


def processor_seconds():
    """Of all threads, and of the programs that were started."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


SIDES = {"Second Look": ours, "scikit-learn": sklearn, "openTSNE": opentsne}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--columns", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", default=str(ROOT / "build" / "release" / "bin"))
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.inside:
        os.environ["OMP_NUM_THREADS"] = str(args.threads)
        os.execv(python(), [python(), *sys.argv, "--inside"])
    rows = rows_of(args)
    times, cpu, kl = {name: [] for name in SIDES}, {name: [] for name in SIDES}, {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(args.rounds):
            for name in list(SIDES)[:: 1 if turn % 2 == 0 else -1]:
                before = processor_seconds()
                seconds, points = SIDES[name](args, pathlib.Path(folder), rows)
                times[name].append(seconds)
                cpu[name].append(processor_seconds() - before)
                kl.setdefault(name, divergence(rows, points))
                print(f"  {name}: {seconds:.1f} s, {cpu[name][-1]:.1f} of processors, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    print(f"{args.rows} x {args.columns}, {args.threads} threads, median of {args.rounds}\n\n| | seconds | all | processor seconds | KL, nats |\n|---|---|---|---|---|")
    for name in SIDES:
        print(f"| {name} | {statistics.median(times[name]):.1f} | {', '.join(f'{t:.1f}' for t in times[name])} | {statistics.median(cpu[name]):.1f} | {kl[name]:.3f} |")


if __name__ == "__main__":
    main()
