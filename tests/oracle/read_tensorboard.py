"""Reads a run's tensorboard/ folder with TensorBoard itself and prints each curve's ends.

    python read_tensorboard.py P.slook.d/runs/0001-scl/tensorboard
"""
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

for folder in sorted(p for p in Path(sys.argv[1]).iterdir() if p.is_dir()):
    curves = EventAccumulator(str(folder)).Reload()
    for tag in sorted(curves.Tags()["scalars"]):
        points = curves.Scalars(tag)
        print(f"{folder.name} {tag}: {len(points)} points, step {points[0].step} {points[0].value:.4f}"
              f" to step {points[-1].step} {points[-1].value:.4f}")
