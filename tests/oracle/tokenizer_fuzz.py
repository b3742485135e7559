#!/usr/bin/env python3
"""Compare our tokenizer with the `tokenizers` package on random Unicode strings.

  tokenizer_fuzz.py TOKENIZE_LINES COUNT [--seed N] TOKENIZER.JSON...

TOKENIZE_LINES is the test program of that name. Every tokenizer gets COUNT strings; ids with and without the
post-processor's tokens and both decodings must agree. Says how long each side took for the ids, one text after another on one thread.
Exit status 0 without a difference.
"""
import argparse, json, os, pathlib, random, subprocess, sys, time

RANGES = [(0x20, 0x7E)] * 6 + [(0x00, 0x1F), (0x80, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0xDFF),
          (0xE00, 0xFFF), (0x1100, 0x11FF), (0x1680, 0x180F), (0x1E00, 0x20CF), (0x2100, 0x24FF), (0x2E80, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3),
          (0xE000, 0xF8FF), (0xF900, 0xFFFD), (0x10000, 0x1047F), (0x1D400, 0x1D7FF), (0x1F100, 0x1F6FF), (0x20000, 0x2A6DF), (0xE0001, 0xE01EF)]
WORDS = ["the", "The", "don't", "WE'VE", "I'LL", "it's", "hello", "12345", "3.14", "\r\n", "\n\n", "   ", "\t", "  a", "<image>", "<s>", "</s>", "<0x0A>",
         "▁", "▁▁", "Ġ", "<|im_start|>", "<|eot_id|>", "ﬁ", "e\u0301", "\u1100\u1161", "İ", "ß", "ſ", "'ſ", "K", "👩\u200d👩\u200d👧", "🇩🇪", "\u00a0", "\u180e", "\u2028", "\u0085",
         "\u3000", "\ufeff", "\u200b", "½", "Ⅷ", "²", "٣", "中文", "日本語", "한국어", "ไทย", "नमस्ते", "العربية"]


def random_text(rng, added):
    parts = []
    for _ in range(rng.randint(1, 12)):
        kind = rng.random()
        if kind < 0.35:
            parts.append(rng.choice(WORDS))
        elif kind < 0.42 and added:
            parts.append(rng.choice(added))
        elif kind < 0.55:
            parts.append(" " * rng.randint(1, 4))
        elif kind < 0.6:
            parts.append(rng.choice("ab\n '") * rng.randint(1, 40))
        else:
            low, high = rng.choice(RANGES)
            parts.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8))))
    return "".join(parts)


def ours(program, path, texts):
    lines = "".join(json.dumps(t) + "\n" for t in texts)
    run = subprocess.run([program, path], input=lines.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.decode().split("\n") if line], float(run.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program"), parser.add_argument("count", type=int), parser.add_argument("tokenizers", nargs="+")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import tokenizers
    from tokenizers import Tokenizer
    print(f"tokenizers {tokenizers.__version__}, seed {args.seed}")
    bad = total = 0
    for path in args.tokenizers:
        theirs = Tokenizer.from_file(path)
        added = [t["content"] for t in json.load(open(path))["added_tokens"]]
        rng = random.Random(args.seed)
        texts = [random_text(rng, added) for _ in range(args.count)]
        wrong = []
        said, our_seconds = ours(args.program, path, texts)
        begin = time.perf_counter()
        for text in texts:
            theirs.encode(text, add_special_tokens=False)
        their_seconds = time.perf_counter() - begin
        assert len(said) == len(texts)
        for text, got in zip(texts, said):
            ids = theirs.encode(text, add_special_tokens=False).ids
            want = {"ids": ids, "special": theirs.encode(text).ids, "decoded": theirs.decode(ids, skip_special_tokens=False),
                    "skipped": theirs.decode(ids, skip_special_tokens=True)}
            if got != want:
                wrong.append((text, {k: (want[k], got[k]) for k in want if want[k] != got[k]}))
        for text, what in wrong[:5]:
            print("  ", ascii(text), ascii(what)[:400])
        megabytes = sum(len(t.encode()) for t in texts) / 1e6
        print(f"{'/'.join(pathlib.Path(path).parts[-3:])}: {len(wrong)} of {len(texts)} strings differ; {megabytes:.1f} MB: ours {our_seconds:.2f} s, "
              f"tokenizers {their_seconds:.2f} s", flush=True)
        bad, total = bad + len(wrong), total + len(texts)
    print(f"{bad} of {total} strings differ")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
