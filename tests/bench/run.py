#!/usr/bin/env python3
"""Benchmark both sides in one go, on the same files: secondlook-bench against transformers and PEFT.

  tests/bench/run.py [--threads 2] [--questions 128] [--rounds 5] [--model resources/model] [--out build/bench.json]

Needs ./setup. Makes build/bench-venv for the Python side on the first run. Each round runs A B B A; two rounds warm up, the median of
the others is reported, with every single time in the output file.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build" / "bench-venv"
PACKAGES = ["torch==2.13.0", "transformers==5.23.0", "peft==0.21.2", "pillow==13.0.0", "numpy", "safetensors"]
REVIEW = ("Review your previous answer and ensure that all relevant aspects of the image have been considered. Are there any elements or "
          "details that you missed? Based on your review, improve your answer.")


def python():
    given = os.environ.get("SLOOK_BENCH_PYTHON")
    if given:
        return given
    if not (VENV / "ok").exists():
        print("==> Making build/bench-venv with", ", ".join(PACKAGES), file=sys.stderr)
        venv.create(VENV, with_pip=True, clear=True)
        for package in PACKAGES:  # torch first: the others then take it as it is
            subprocess.run([VENV / "bin" / "pip", "install", "-q", "--disable-pip-version-check", package], check=True)
        (VENV / "ok").touch()
    return str(VENV / "bin" / "python")


def workload(args, folder):
    scenes = folder / "scenes"
    if not scenes.exists():
        subprocess.run([ROOT / "build/release/bin/secondlook-cli", "scenes", scenes, "--count", str(args.questions), "--seed", "977", "--format", "llava"],
                       check=True, stdout=subprocess.DEVNULL)
    source = next(scenes.glob("*.json"))
    questions, pairs = [], []
    for row in json.loads(source.read_text())[: args.questions]:
        picture = str(next(p for p in (scenes / row["image"], scenes / "images" / row["image"]) if p.exists()))
        asked = row["conversations"][0]["value"].replace("<image>\n", "").replace("\n<image>", "")
        right = row["conversations"][1]["value"]
        questions.append({"image": picture, "turns": [asked, REVIEW]})
        pairs.append({"image": picture, "prompt": asked, "chosen": right, "rejected": "I see nothing of that kind here. " + right[::-1][:20]})
    return {"model": str(pathlib.Path(args.model).resolve()), "new_tokens": 48, "batch": 16, "micro_batch": 8, "epochs": 2,
            "review_tail": "USER: " + REVIEW + " ASSISTANT:", "questions": questions, "pairs": pairs[:64]}


def one(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--questions", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default=str(ROOT / "resources/model"))
    parser.add_argument("--tasks", default="two-turn,options,dpo")
    parser.add_argument("--out", default=str(ROOT / "build/bench.json"))
    args = parser.parse_args()
    folder = ROOT / "build" / f"bench-{args.questions}"
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / "workload.json"
    work.write_text(json.dumps(workload(args, folder)))
    environment = {**os.environ, "GOMP_SPINCOUNT": "0", "OMP_NUM_THREADS": str(args.threads), "MALLOC_MMAP_MAX_": "0",
                   "MALLOC_TRIM_THRESHOLD_": "8000000000", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    ours = [str(ROOT / "build/release/bin/secondlook-bench"), str(work)]
    theirs = [python(), str(ROOT / "tests/bench/hf_side.py"), str(work)]
    report = []
    for task in args.tasks.split(","):
        times = {"ours": [], "best": [], "as-shipped": []}
        peaks = {}
        for turn in range(args.rounds + 2):
            for name in ("ours", "best", "best", "ours"):
                command = ours + [task, str(args.threads)] if name == "ours" else theirs + [task, name, str(args.threads)]
                result = one(command, environment)
                peaks[name] = max(peaks.get(name, 0), result["peak_mib"])
                if turn >= 2:
                    times[name].append(result["units"] / result["seconds"])
        result = one(theirs + [task, "as-shipped", str(args.threads)], environment)
        times["as-shipped"].append(result["units"] / result["seconds"])
        rates = {k: statistics.median(v) for k, v in times.items()}
        report.append({"task": task, "unit": result["unit"], "per_second": rates, "times": times, "peak_mib": peaks})
        print(f"{task:10} {result['unit']}/s  ours {rates['ours']:8.1f}   transformers/PEFT at its best {rates['best']:8.1f}  ({rates['ours'] / rates['best']:.1f}x)"
              f"   as shipped {rates['as-shipped']:8.1f}  ({rates['ours'] / rates['as-shipped']:.1f}x)   peak MiB {peaks['ours']:.0f} / {peaks['best']:.0f}", flush=True)
    pathlib.Path(args.out).write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
