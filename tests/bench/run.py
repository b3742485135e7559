#!/usr/bin/env python3
"""Benchmark both sides in one go, on the same files: secondlook-bench against transformers, PEFT and TRL.

  tests/bench/run.py [--threads 2] [--questions 128] [--rounds 5] [--model resources/model|mid|FOLDER] [--out build/bench.json]
  tests/bench/run.py --worth [...]   what each shortcut of ours is worth: times with one, or all, switched off

Needs ./setup. Makes build/bench-venv for the Python side on the first run. Each round runs every side once, in turn forwards and backwards;
one round warms up, the medians of the others are printed as a table in Markdown, with every single time in the output file. Other programs
should rest meanwhile: the table says how busy the machine was.
"""
import argparse, datetime, json, os, pathlib, platform, re, statistics, subprocess, sys, time, venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build" / "bench-venv"
PACKAGES = ["torch==2.13.0", "transformers==5.23.0", "peft==0.21.2", "trl==1.16.0", "pillow==13.0.0", "numpy", "safetensors"]
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


def mid(interpreter):
    """The folder of the model between the embedded one and a published one: random weights, the same ones every time."""
    folder = ROOT / "build" / "mid"
    if not (folder / "tokenizer.json").exists():
        subprocess.run([interpreter, ROOT / "tests/oracle/make_mid.py", folder], check=True, stdout=sys.stderr)
    return str(folder)


def workload(args, folder):
    scenes = folder / "scenes"
    if not scenes.exists():
        subprocess.run([pathlib.Path(args.program) / "secondlook-cli", "scenes", scenes, "--count", str(args.questions), "--seed", "977", "--format", "llava"],
                       check=True, stdout=subprocess.DEVNULL)
    source = next(scenes.glob("*.json"))
    questions, pairs = [], []
    for row in json.loads(source.read_text())[: args.questions]:
        picture = str(next(p for p in (scenes / row["image"], scenes / "images" / row["image"]) if p.exists()))
        asked = row["conversations"][0]["value"].replace("<image>\n", "").replace("\n<image>", "")
        right = row["conversations"][1]["value"]
        questions.append({"image": picture, "turns": [asked, REVIEW]})
        pairs.append({"image": picture, "prompt": asked, "chosen": right, "rejected": "I see nothing of that kind here. " + right[::-1][:20]})
    rotations = [{"image": q["image"], "turns": [turned]} for q in questions for turned in rotated(q["turns"][0])]
    pairs = pairs[: args.pairs]
    return {"model": str(pathlib.Path(args.model).resolve()), "new_tokens": 48, "batch": 16, "micro_batch": 8, "epochs": args.epochs,
            "review_tail": "USER: " + REVIEW + " ASSISTANT:", "questions": questions, "rotations": rotations, "pairs": pairs}


def rotated(question):
    """A question with its options in every rotation, the letters staying in order; itself alone where it has no options."""
    options = re.findall(r"^[A-F]\. (.*)$", question, re.M)
    turned = []
    for k in range(max(1, len(options))):
        order = iter(options[k:] + options[:k])
        turned.append(re.sub(r"^([A-F])\. .*$", lambda m: m.group(1) + ". " + next(order), question, flags=re.M))
    return turned


def one(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def processor_name():
    cpu = pathlib.Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.*)$", cpu.read_text(), re.M) if cpu.exists() else []
    return f"{names[0]} ({len(names)} processors)" if names else platform.processor() or platform.machine()


def busy():
    """Processors that other programs use just now, from the kernel's counters of a quarter of a second."""
    def idle():
        numbers = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return numbers[3] + numbers[4], sum(numbers)
    if not pathlib.Path("/proc/stat").exists():
        return float("nan")
    before = idle()
    time.sleep(0.25)
    after = idle()
    return (1 - (after[0] - before[0]) / max(1, after[1] - before[1])) * os.cpu_count()


SIDES = {"two-turn": ["ours", "best", "as-shipped"], "options": ["ours", "best", "as-shipped"], "circular": ["ours", "best"],
         "dpo": ["ours", "best", "trl", "as-shipped"]}
NAMES = {"ours": "Second Look", "best": "transformers/PEFT at its best", "trl": "TRL", "as-shipped": "transformers/PEFT as shipped"}


def measure(task, sides, args, command, environment):
    """Every side's runs of a task, and how busy the machine was."""
    runs, others = {side: [] for side in sides}, []
    for turn in range(args.rounds + 1):
        for side in sides if turn % 2 else sides[::-1]:
            others.append(busy())
            # Ours as the worker is started; OpenMP's own default is better for the others on a resting machine.
            result = one(command(task, side), {**environment, "GOMP_SPINCOUNT": "0"} if side == "ours" else environment)
            if turn > 0:
                runs[side].append(result)
            print(f"  {task} {side}: {result['units'] / result['seconds']:.1f} {result['unit']}/s, "
                  f"{result['cpu_seconds'] / result['units'] * 1000:.1f} CPU ms each, others {others[-1]:.1f}", file=sys.stderr, flush=True)
    return runs, statistics.median(others)


# Shortcuts of engine/shortcuts.h that have something to do in a task.
WORTH = {"two-turn": ["kernels", "drafts", "wanted-tokens", "shared-prompts", "pictures", "parts", "continuous-batching"],
         "options": ["kernels", "wanted-tokens", "shared-prompts", "pictures", "parts"],
         "circular": ["kernels", "wanted-tokens", "shared-prompts", "pictures", "parts"],
         "dpo": ["wanted-tokens", "lora-sums", "parts", "shared-pairs", "head-rows", "fused-log-probs", "references", "pictures"]}


def worth(task, args, command, environment):
    """The table's rows of what each shortcut is worth: seconds without it, as a share of those with all, and equal results."""
    offs = ["", *WORTH[task], ",".join(WORTH[task])] + (["float"] if task != "dpo" else [])
    runs = {off: [] for off in offs}
    for turn in range(args.rounds + 1):
        for off in offs if turn % 2 else offs[::-1]:
            result = one(command(task, "ours") + [off], {**environment, "GOMP_SPINCOUNT": "0", "SLOOK_DRAFTS": "1"})
            if turn > 0:
                runs[off].append(result)
            print(f"  {task} without [{off}]: {result['seconds']:.2f} s, {result['cpu_seconds']:.2f} CPU s, others {busy():.1f}", file=sys.stderr, flush=True)
    middle = lambda off, key: statistics.median(r[key] for r in runs[off])
    for off in offs:
        name = {"": "all on", "float": "all on, weights in int8", offs[len(WORTH[task]) + 1]: "all off"}.get(off, "without " + off)
        key = next(k for k in ("texts", "answers", "losses") if k in runs[off][0])
        ours, reference = runs[off][0][key], runs[""][0][key]
        equal = (lambda a, b: abs(a - b) <= 1e-3 * max(abs(b), 0.01)) if key == "losses" else (lambda a, b: a == b)
        same = f"{sum(equal(a, b) for a, b in zip(ours, reference))} of {len(reference)} {key}"
        yield (f"| {task} | {name} | {middle(off, 'seconds'):.2f} | {middle(off, 'cpu_seconds'):.2f} | "
               f"{middle(off, 'seconds') / middle('', 'seconds'):.2f} / {middle(off, 'cpu_seconds') / middle('', 'cpu_seconds'):.2f} | {same} |")


def same_answers(runs):
    """How many answers of the two sides agree, where a task has comparable ones."""
    ours, best = runs["ours"][0].get("answers"), runs["best"][0].get("answers")
    if not ours or not best:
        return ""
    return f"{sum(a == b for a, b in zip(ours, best))} of {len(best)}"


def rows(task, runs):
    """The table's rows of a task: medians, and how often the best other side's time fits into ours."""
    middle = lambda side, key: statistics.median(r[key] / r["units"] for r in runs[side])
    ours = middle("ours", "seconds"), middle("ours", "cpu_seconds")
    for side in runs:
        wall, cpu = middle(side, "seconds"), middle(side, "cpu_seconds")
        ratio = "" if side == "ours" else f"{wall / ours[0]:.2f}x / {cpu / ours[1]:.2f}x"
        peak = max(r["peak_mib"] for r in runs[side])
        yield (f"| {task} | {NAMES[side]} | {1 / wall:.1f} | {cpu * 1000:.1f} | {peak:.0f} | {ratio} | "
               f"{same_answers(runs) if side == 'best' else ''} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--questions", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default=str(ROOT / "resources/model"))
    parser.add_argument("--pairs", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--tasks", default="two-turn,options,circular,dpo")
    parser.add_argument("--sides", default="ours,best,trl,as-shipped")
    parser.add_argument("--worth", action="store_true", help="time our side alone, with each shortcut switched off")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin"), help="folder with secondlook-bench and secondlook-cli")
    parser.add_argument("--out", default=str(ROOT / "build/bench.json"))
    args = parser.parse_args()
    if args.model == "mid":
        args.model = mid(python())
    folder = ROOT / "build" / f"bench-{args.questions}"
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / "workload.json"
    work.write_text(json.dumps(workload(args, folder)))
    environment = {**os.environ, "OMP_NUM_THREADS": str(args.threads), "MALLOC_MMAP_MAX_": "0",
                   "MALLOC_TRIM_THRESHOLD_": "8000000000", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    theirs = python()

    def command(task, side):
        if side == "ours":
            return [str(pathlib.Path(args.program) / "secondlook-bench"), str(work), task, str(args.threads)]
        return [theirs, str(ROOT / "tests/bench/hf_side.py"), str(work), task, side, str(args.threads)]

    if args.worth:
        table = [row for task in args.tasks.split(",") for row in worth(task, args, command, environment)]
        print(f"{datetime.date.today()}, {processor_name()}, {args.threads} threads, median of {args.rounds}.\n")
        print("| task | shortcuts | s | CPU s | times those of all on (wall / CPU) | same results |\n|---|---|---|---|---|---|")
        print("\n".join(table))
        return
    report, table, load = {}, [], []
    for task in args.tasks.split(","):
        sides = [side for side in SIDES[task] if side in args.sides.split(",")]
        report[task], others = measure(task, sides, args, command, environment)
        load.append(others)
        table += rows(task, report[task])
        pathlib.Path(args.out).write_text(json.dumps(report, indent=1))
    versions = {name: version for task in report.values() for runs in task.values() for name, version in runs[0].get("versions", {}).items()}
    print(f"{datetime.date.today()}, {processor_name()}, {args.threads} threads, median of {args.rounds}; other programs used "
          f"{max(load):.1f} processors; {', '.join(f'{name} {version}' for name, version in versions.items())}.\n")
    print("| task | side | per second | CPU ms each | peak MiB | time of that side / ours (wall / CPU) | same answers |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(table))


if __name__ == "__main__":
    main()
