#!/usr/bin/env python3
"""Two-turn multiple choice, yes/no and short answers of a LLaVA folder on VLMEvalKit TSV files and easy-VQA's test split."""
import argparse, base64, csv, io, json, math, re, sys
from collections import defaultdict
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoProcessor, LlavaForConditionalGeneration

csv.field_size_limit(1 << 30)
SHORT = "Answer the question using a single word or phrase."
PLAIN_REVIEW = "Check your answer against the image, then answer again."
COLOURS = ["red", "green", "blue", "yellow", "gray", "teal", "black", "brown"]
SHAPES = ["circle", "rectangle", "triangle"]


class Speaker:
    def __init__(self, folder, batch):
        self.processor = AutoProcessor.from_pretrained(folder)
        self.processor.tokenizer.padding_side = "left"
        self.model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        self.batch = batch

    @torch.no_grad()
    def say(self, pictures, conversations, length):
        """conversations: lists of texts, user and assistant in turn, ending with the user."""
        order = sorted(range(len(pictures)), key=lambda i: sum(map(len, conversations[i])))
        replies = [None] * len(pictures)
        for at in range(0, len(order), self.batch):
            part = order[at:at + self.batch]
            texts = [self.prompt(conversations[i]) for i in part]
            inputs = self.processor(images=[pictures[i] for i in part], text=texts, return_tensors="pt", padding=True, add_special_tokens=False)
            inputs.pop("token_type_ids", None)
            out = self.model.generate(**inputs, max_new_tokens=length, do_sample=False)
            for i, ids in zip(part, out[:, inputs["input_ids"].shape[1]:]):
                replies[i] = self.processor.tokenizer.decode(ids, skip_special_tokens=True).strip()
        return replies

    def prompt(self, turns):
        messages = []
        for k, text in enumerate(turns):
            content = [dict(type="text", text=text)]
            if k == 0:
                content.insert(0, dict(type="image"))
            messages.append(dict(role="assistant" if k % 2 else "user", content=content))
        return self.processor.apply_chat_template(messages, add_generation_prompt=True)


def letter(text):
    for pattern in (r"##\s*([A-D])\s*##", r"answer is ([A-D])\b", r"^\s*([A-D])\b"):
        if found := re.search(pattern, text):
            return found.group(1)
    return None


def interval(hits, n):
    """Wilson, 95 %."""
    z, p = 1.96, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [round((middle - half) / (1 + z * z / n), 3), round((middle + half) / (1 + z * z / n), 3)]


def rate(flags):
    return dict(n=len(flags), accuracy=round(sum(flags) / len(flags), 3), interval=interval(sum(flags), len(flags)))


def ask(item, form, scl):
    options = [(k, item[k]) for k in "ABCD" if item.get(k)]
    if form == "scl":
        listed = " ".join(f"{k}. {v}." for k, v in options)
        return f"{item['question']} {listed} {scl['reasoning']}{scl['extractor']}"
    return item["question"] + "\n" + "\n".join(f"{k}. {v}" for k, v in options)


def mcnemar(one, other):
    """Exact two-sided p of paired flags, with how many only the first and only the second got right."""
    only, others = sum(a and not b for a, b in zip(one, other)), sum(b and not a for a, b in zip(one, other))
    n = only + others
    tail = sum(math.comb(n, k) for k in range(min(only, others) + 1)) / 2 ** n
    return dict(only_first=only, only_second=others, p=round(min(1.0, 2 * tail), 5))


def two_turns(speaker, items, form, scl):
    review = scl["reviews"][1] + " " + scl["reasoning"] + scl["extractor"] if form == "scl" else PLAIN_REVIEW
    pictures, asked = [i["picture"] for i in items], [ask(i, form, scl) for i in items]
    first = speaker.say(pictures, [[q] for q in asked], 90)
    second = speaker.say(pictures, [[q, a, review] for q, a in zip(asked, first)], 90)
    one = [letter(t) == i["answer"] for t, i in zip(first, items)]
    two = [letter(t) == i["answer"] for t, i in zip(second, items)]
    kinds = defaultdict(list)
    for item, hit in zip(items, one):
        kinds[item["category"]].append(hit)
    types = [sum(a and b for a, b in zip(one, two)), sum(b and not a for a, b in zip(one, two)),
             sum(a and not b for a, b in zip(one, two)), sum(not a and not b for a, b in zip(one, two))]
    return dict(first=rate(one), second=rate(two), types=types, unread=sum(letter(t) is None for t in first),
                kinds={k: round(sum(v) / len(v), 3) for k, v in kinds.items()},
                example=[asked[0], first[0], second[0]], flags=[one, two])


def read_tsv(path, limit):
    items = list(csv.DictReader(open(path, newline=""), delimiter="\t"))[:limit]
    for item in items:
        item["picture"] = Image.open(io.BytesIO(base64.b64decode(item["image"]))).convert("RGB")
    return items


def easy_vqa(folder, limit):
    """Every so many-th question, so that pictures and kinds mix; options in the order that the lists above give."""
    asked = json.loads((Path(folder) / "questions.json").read_text())
    items = []
    for n, (question, answer, picture) in enumerate(asked[:: max(1, len(asked) // limit)][:limit]):
        if answer in COLOURS:
            at = COLOURS.index(answer)
            options = [COLOURS[(at + k * 3 - n) % 8] for k in range(8)]
            options = sorted([answer] + [c for c in options if c != answer][:3], key=lambda c: (COLOURS.index(c) + n) % 8)
            kind = "color"
        elif answer in SHAPES:
            options, kind = SHAPES[n % 3:] + SHAPES[:n % 3], "shape"
        else:
            options, kind = [["yes", "no"], ["no", "yes"]][n % 2], "yes/no"
        item = dict(zip("ABCD", options), question=question, category=kind, text=answer, answer="ABCD"[options.index(answer)])
        item["picture"] = Image.open(Path(folder) / "images" / f"{picture}.png").convert("RGB")
        items.append(item)
    return items


def short_answers(speaker, items, wanted, tail):
    said = speaker.say([i["picture"] for i in items], [[i["question"] + tail] for i in items], 12)
    flags = [s.strip(" .").lower() == i[wanted].lower() for s, i in zip(said, items)]
    kinds = defaultdict(list)
    for item, hit in zip(items, flags):
        kinds[item["category"]].append(hit)
    return dict(rate(flags), kinds={k: round(sum(v) / len(v), 3) for k, v in kinds.items()}, flags=[flags])


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("model")
    p.add_argument("--mcq", action="append", default=[], help="TSV with options")
    p.add_argument("--yesno", action="append", default=[])
    p.add_argument("--short", action="append", default=[])
    p.add_argument("--easy-vqa", help="easy-VQA's folder test")
    p.add_argument("--limit", type=int, default=300)
    p.add_argument("--forms", default="plain,scl")
    p.add_argument("--batch", type=int, default=50)
    p.add_argument("--save", help="file for which items were right")
    p.add_argument("--against", help="such a file of another model, asked the same items")
    a = p.parse_args()
    torch.set_num_threads(1)
    scl = json.loads((Path(__file__).parent / "prompts.json").read_text())
    speaker = Speaker(a.model, a.batch)

    other, saved = json.loads(Path(a.against).read_text()) if a.against else {}, {}

    def show(name, result):
        saved[name] = result.pop("flags")
        if name in other:
            result["against"] = [mcnemar(x, y) for x, y in zip(saved[name], other[name])]
        print(json.dumps({name: result}), flush=True)

    for path in a.mcq:
        items = read_tsv(path, a.limit)
        for form in a.forms.split(","):
            show(f"{path} {form}", two_turns(speaker, items, form, scl))
    for path in a.yesno:
        show(path, short_answers(speaker, read_tsv(path, a.limit), "answer", " Please answer yes or no."))
    for path in a.short:
        show(path, short_answers(speaker, read_tsv(path, a.limit), "answer", "\n" + SHORT))
    if a.easy_vqa:
        items = easy_vqa(a.easy_vqa, a.limit)
        for form in a.forms.split(","):
            show(f"easy-VQA {form}", two_turns(speaker, items, form, scl))
        show("easy-VQA short", short_answers(speaker, items, "text", "\n" + SHORT))
    if a.save:
        Path(a.save).write_text(json.dumps(saved))


if __name__ == "__main__":
    sys.exit(main())
