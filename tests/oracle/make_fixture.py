#!/usr/bin/env python3
"""Ask transformers what a model folder must give, so that our engine can be compared with it.

  make_fixture.py MODEL OUT [--pictures FILE...] [--tokens N] [--seed N]

Writes OUT/<name of MODEL>/ (cases.json, expected.safetensors, preprocess.*, model/ as links) and OUT/images/. Then

  secondlook-replay OUT/NAME REPLAYED        computes the same with our engine
  replay.py compare OUT/NAME REPLAYED        says what differs

Families: llava, llava_next, idefics3, smolvlm, llama, mistral. CPU, fp32, one thread, Pillow's image processors. Without --pictures a few
are drawn. Needs torch, transformers, safetensors, pillow, numpy.
"""
import argparse, importlib, json, os, pathlib

import numpy as np
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer, LogitsProcessorList
from transformers.generation import logits_process

PROCESSORS = {"llava": ("clip", "CLIP"), "llava_next": ("llava_next", "LlavaNext"), "idefics3": ("idefics3", "Idefics3"), "smolvlm": ("smolvlm", "SmolVLM")}
QUESTION = "Which shape is in the upper left corner?\nA. circle\nB. square\nC. triangle\nD. line"
REVIEW = "Review your previous answer and find problems with your answer. Based on your review, improve your answer."
COMPLETIONS = ["The answer is B.", "It shows a small red circle near the window.", "## C ##", "x\ny 12 \U0001F600"]
VARIANTS = {"temperature0.7": {"t": 0.7}, "top_k5": {"k": 5}, "top_p0.9": {"p": 0.9}, "min_p0.05": {"min": 0.05}, "typical0.8": {"typical": 0.8},
            "rep1.3": {"rep": 1.3}, "t0.8_k20_p0.85": {"t": 0.8, "k": 20, "p": 0.85}}


def read_json(path):
    return json.loads(path.read_text()) if path.exists() else {}


class Oracle:
    """The model, its tokenizer and its picture processor, all of transformers."""

    def __init__(self, folder):
        self.config = read_json(folder / "config.json")
        self.family = self.config["model_type"]
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        template = read_json(folder / "chat_template.json").get("chat_template")
        self.template = template or (folder / "chat_template.jinja").read_text() if template or (folder / "chat_template.jinja").exists() else None
        self.eyes = self.family in PROCESSORS
        loader = AutoModelForImageTextToText if self.eyes else AutoModelForCausalLM
        self.model = loader.from_pretrained(folder, dtype=torch.float32).eval()
        self.pad = self.model.generation_config.pad_token_id
        if self.pad is None:
            self.pad = self.tokenizer.pad_token_id or 0
        self.image_id = self.config.get("image_token_index", self.config.get("image_token_id"))
        if self.eyes:
            module, name = PROCESSORS[self.family]
            settings = read_json(folder / "processor_config.json")
            images = settings.get("image_processor") or read_json(folder / "preprocessor_config.json")
            pil = importlib.import_module(f"transformers.models.{module}.image_processing_pil_{module}")
            self.images = getattr(pil, name + "ImageProcessorPil")(**{k: v for k, v in images.items() if not k.endswith("_type")})
            self.mark = self.tokenizer.convert_ids_to_tokens(self.image_id)

    def see(self, picture, normalise=True):
        """What the tower gets of one picture, by the names of the model's arguments."""
        extra = {"return_row_col_info": True} if self.family in ("idefics3", "smolvlm") else {}
        if not normalise:
            extra |= {"do_rescale": False, "do_normalize": False}
        return self.images(picture, return_tensors="pt", **extra)

    def text_of(self, seen):
        """What the prompt holds in place of the picture's mark."""
        vision = self.config["vision_config"]
        side = vision["image_size"] // vision["patch_size"]
        if self.family == "llava":
            return self.mark * (side * side + (self.config.get("vision_feature_select_strategy") == "full"))
        module = importlib.import_module(f"transformers.models.{self.family}.processing_{self.family}")
        if self.family == "llava_next":
            processor = module.LlavaNextProcessor(self.images, self.tokenizer, patch_size=vision["patch_size"], vision_feature_select_strategy="default",
                                                  num_additional_image_tokens=1)
            processor.image_token = self.mark
            return processor.replace_image_token(seen, 0)
        count = (side // self.config.get("scale_factor", 2)) ** 2
        return module.get_image_prompt_string(seen["rows"][0][0], seen["cols"][0][0], count, image_token=self.mark,
                                              fake_token_around_image="<fake_token_around_image>", global_image_token="<global-img>")

    def prompt(self, messages, seen):
        """Text as the template writes it, and ids with the pictures' places expanded."""
        text = self.tokenizer.apply_chat_template(messages, chat_template=self.template, tokenize=False, add_generation_prompt=True)
        pieces = text.split(self.mark) if self.eyes else [text]
        assert len(pieces) == len(seen) + 1, "the template writes another number of picture marks"
        whole = pieces[0] + "".join(self.text_of(s) + p for s, p in zip(seen, pieces[1:]))
        bos = self.tokenizer.bos_token
        return text, self.tokenizer(whole, add_special_tokens=not (bos and text.startswith(bos)))["input_ids"]

    def batch(self, rows):
        """Arguments of the model for rows of (ids, seen pictures), padded on the left."""
        longest = max(len(ids) for ids, _ in rows)
        inputs = {"input_ids": torch.tensor([[self.pad] * (longest - len(i)) + i for i, _ in rows]),
                  "attention_mask": torch.tensor([[0] * (longest - len(i)) + [1] * len(i) for i, _ in rows])}
        seen = [s for _, many in rows for s in many]
        if not seen:
            return inputs
        by_row = self.family in ("idefics3", "smolvlm")
        groups = [[s["pixel_values"][0] for s in many] for _, many in rows] if by_row else [[s["pixel_values"][0]] for s in seen]
        if self.family == "llava":
            inputs["pixel_values"] = torch.stack([g[0] for g in groups])
        else:
            stacks = [torch.cat(g) if g else seen[0]["pixel_values"][0][:0] for g in groups]
            tiles = max(len(s) for s in stacks)
            inputs["pixel_values"] = torch.stack([torch.cat([s, s.new_zeros(tiles - len(s), *seen[0]["pixel_values"].shape[2:])]) for s in stacks])
        if self.family == "llava_next":
            inputs["image_sizes"] = torch.tensor([[int(n) for n in size] for s in seen for size in s["image_sizes"]])
        return inputs


class Fixture:
    def __init__(self, oracle, pictures, tokens):
        self.oracle, self.tokens, self.cases, self.tensors = oracle, tokens, [], {}
        self.seen = {name: oracle.see(Image.open(path).convert("RGB")) for name, path in pictures.items()} if oracle.eyes else {}
        self.names = list(self.seen)

    def message(self, text, images=0):
        if not self.oracle.eyes:
            return {"role": "user", "content": text}
        return {"role": "user", "content": [{"type": "image"}] * images + [{"type": "text", "text": text}]}

    def new(self, case_id, kind, rows):
        """A case and its rows of ids, from rows of (messages, picture names)."""
        case = {"id": case_id, "kind": kind, "batch": []}
        prepared = []
        for messages, names in rows:
            seen = [self.seen[n] for n in names]
            text, ids = self.oracle.prompt(messages, seen)
            case["batch"].append({"messages": messages, "images": names, "prompt_text": text})
            prepared.append((ids, seen))
        inputs = self.oracle.batch(prepared)
        case |= {"input_ids": inputs["input_ids"].tolist(), "attention_mask": inputs["attention_mask"].tolist(), "padding_side": "left"}
        self.cases.append(case)
        return case, prepared, inputs

    def logits(self, inputs, last=1):
        return self.oracle.model(**inputs).logits[:, -last:].float()

    def generate(self, case, inputs, **settings):
        settings = {"max_new_tokens": self.tokens, "do_sample": False} | settings
        out = self.oracle.model.generate(**inputs, **settings, pad_token_id=self.oracle.pad, output_scores=True, return_dict_in_generate=True)
        new = out.sequences[:, inputs["input_ids"].shape[1]:]
        tops = [s.topk(2).values for s in out.scores]
        case |= {"settings": settings, "expected": {"new_ids": new.tolist(), "text": self.oracle.tokenizer.batch_decode(new, skip_special_tokens=True),
                                                    "min_top2_gap": round(min(float((t[:, 0] - t[:, 1]).min()) for t in tops), 6)}}
        self.tensors[case["id"] + "/first_step_logits"] = self.logits(inputs)[:, 0]
        return new.tolist()

    def log_probs(self, row, completion):
        """Log-probability of each token of `completion` behind one row."""
        ids, seen = row
        logits = self.logits(self.oracle.batch([(ids + completion, seen)]), len(completion) + 1)[0, :-1]
        return logits.log_softmax(-1)[range(len(completion)), completion].tolist()

    def encode(self, text):
        return self.oracle.tokenizer(text, add_special_tokens=False)["input_ids"]

    def generations(self):
        first = self.names[:1]
        one = [([self.message(QUESTION, len(first))], first)]
        case, rows, inputs = self.new("text_only", "generate", [([self.message("What is the red circle?")], [])])
        self.generate(case, inputs)
        case, rows, inputs = self.new("one", "generate", one)
        self.generate(case, inputs)
        self.trace(case, inputs)
        other = self.names[1:2]
        case, _, inputs = self.new("batch2_leftpad", "generate", one + [([self.message("Describe the scene in detail.", len(other))], other)])
        self.generate(case, inputs)
        if self.names:
            both = self.names[:2]
            case, _, inputs = self.new("two_different_images", "generate", [([self.message("What differs?", len(both))], both)])
            self.generate(case, inputs)
            case, _, inputs = self.new("batch_text_and_image", "generate", one + [([self.message("Is the background bright?")], [])])
            self.generate(case, inputs)
        self.two_turns(one[0])
        for name, settings in {"rep_penalty": {"repetition_penalty": 1.3}, "no_repeat_ngram": {"no_repeat_ngram_size": 1, "min_new_tokens": 3}}.items():
            case, _, inputs = self.new(name, "generate", one)
            self.generate(case, inputs, **settings)

    def two_turns(self, row):
        case, rows, inputs = self.new("two_turn_a", "generate", [row])
        said = self.generate(case, inputs)[0]
        answer = case["expected"]["text"][0]
        reply = {"role": "assistant", "content": [{"type": "text", "text": answer}] if self.oracle.eyes else answer}
        case, _, inputs = self.new("two_turn_b", "generate", [(row[0] + [reply, self.message(REVIEW)], row[1])])
        self.generate(case, inputs)
        given = rows[0][0] + said + self.encode(REVIEW)
        case = {"id": "two_turn_b_ids", "kind": "generate_ids", "images_of": "two_turn_a", "batch": [{"images": row[1]}], "given_ids": [given],
                "prefix_is_turn_a": len(rows[0][0]) + len(said)}
        self.cases.append(case)
        self.generate(case, self.oracle.batch([(given, rows[0][1])]))

    def trace(self, case, inputs):
        """Outputs of every block, features after the projector, pixels."""
        model, kept, hooks = self.oracle.model, {}, []

        def keep(module, name, pick=lambda out: out):
            hooks.append(module.register_forward_hook(lambda m, a, out: kept.__setitem__(name, pick(out if torch.is_tensor(out) else out[0]).clone())))

        inner = model.model
        language = getattr(inner, "language_model", None) or getattr(inner, "text_model", None) or inner
        for i, layer in enumerate(language.layers):
            keep(layer, f"lm_layer_{i}")
            keep(layer.self_attn, f"lm_layer_{i}_attn")
        keep(language.norm, "lm_final_norm")
        hooks.append(language.layers[0].register_forward_pre_hook(lambda m, a: kept.__setitem__("lm_input", a[0].clone())))
        tower = getattr(inner, "vision_tower", None) or getattr(inner, "vision_model", None)
        if tower is not None:
            keep(tower.embeddings, "vision_embeddings")
            if hasattr(tower, "pre_layrnorm"):
                keep(tower.pre_layrnorm, "vision_pre_norm")
            for i, layer in enumerate(tower.encoder.layers):
                keep(layer, f"vision_layer_{i}")
            keep(getattr(inner, "multi_modal_projector", None) or inner.connector, "projector")
        logits = self.logits(inputs, min(16, inputs["input_ids"].shape[1]))
        for hook in hooks:
            hook.remove()
        self.tensors |= {f"{case['id']}/trace/{name}": value for name, value in kept.items()}
        if logits.shape[1] == 16:
            self.tensors[case["id"] + "/last16_logits"] = logits
        if "pixel_values" in inputs:
            self.tensors[case["id"] + "/pixel_values"] = inputs["pixel_values"]
            places = inputs["input_ids"][0] == self.oracle.image_id
            self.tensors[case["id"] + "/image_features/0"] = kept["lm_input"][0][places]

    def scores(self):
        first = self.names[:1]
        row = ([self.message(QUESTION, len(first))], first)
        case, rows, inputs = self.new("warp", "warp", [row])
        logits = self.logits(inputs)[:, 0]
        self.tensors["warp/logits"] = logits
        case["variants"] = {name: self.warped(name, rows[0][0], logits.clone(), s) for name, s in VARIANTS.items()}
        case, rows, _ = self.new("options", "options", [row])
        case["options"] = []
        for text in [form.format(letter) for letter in "ABCD" for form in ("{}", " {}", "{}.", "({})")]:
            ids = self.encode(text)
            probs = self.log_probs(rows[0], ids)
            case["options"].append({"text": text, "ids": ids, "first_token_logprob": probs[0], "sum_logprob": sum(probs)})
        case, rows, _ = self.new("score", "score", [row])
        case["completions"] = []
        for text in COMPLETIONS:
            ids = self.encode(text) + [self.oracle.tokenizer.eos_token_id]
            probs = self.log_probs(rows[0], ids)
            case["completions"].append({"text": text, "ids": ids, "logprobs": probs, "sum": sum(probs)})

    def warped(self, name, ids, scores, s):
        made = [("rep", logits_process.RepetitionPenaltyLogitsProcessor), ("t", logits_process.TemperatureLogitsWarper), ("k", logits_process.TopKLogitsWarper),
                ("p", logits_process.TopPLogitsWarper), ("min", logits_process.MinPLogitsWarper), ("typical", logits_process.TypicalLogitsWarper)]
        scores = LogitsProcessorList([make(s[key]) for key, make in made if key in s])(torch.tensor([ids]), scores)
        self.tensors[f"warp/{name}/scores"] = scores
        p = scores.double().softmax(-1)
        return {"kept": int(scores.isfinite().sum()), "argmax": int(scores.argmax()), "entropy": float(-torch.special.xlogy(p, p).sum())}

    def gradients(self, largest=50_000):
        """Mean cross-entropy over a completion, gradients of all parameters; the small ones are stored."""
        first = self.names[:1]
        case, rows, _ = self.new("grad", "grad", [([self.message(QUESTION, len(first))], first)])
        ids = self.encode(COMPLETIONS[1]) + [self.oracle.tokenizer.eos_token_id]
        model = self.oracle.model
        logits = model(**self.oracle.batch([(rows[0][0] + ids, rows[0][1])])).logits[0, -len(ids) - 1:-1]
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(ids))
        loss.backward()
        squares, stored = 0.0, []
        for name, parameter in model.named_parameters():
            if parameter.grad is None:
                continue
            squares += float(parameter.grad.double().square().sum())
            # Softmax ignores a key's bias: its true gradient is zero, what is there is noise.
            if parameter.numel() <= largest and not name.endswith("k_proj.bias") and float(parameter.grad.abs().max()) > 1e-7:
                self.tensors["grad/" + name] = parameter.grad.clone()
                stored.append(name)
        model.zero_grad()
        case |= {"completion_ids": ids, "expected": {"loss": float(loss.detach()), "grad_norm_all_params": squares ** 0.5, "stored": stored}}

    def preprocess(self, pictures):
        rows, tensors = [], {}
        for name, path in pictures.items():
            picture = Image.open(path).convert("RGB")
            bytes_ = self.oracle.see(picture, normalise=False)["pixel_values"][0]
            tensors[name + "/uint8"] = bytes_.round().to(torch.uint8)
            rows.append({"image": name, "rgb_size_wh": list(picture.size), "n_image_tokens": self.oracle.text_of(self.seen[name]).count(self.oracle.mark)})
        return {"images": rows}, tensors


def drawn(folder, seed):
    """A few pictures of different shapes."""
    rng = np.random.default_rng(seed)
    for i, (width, height) in enumerate([(96, 72), (61, 118), (150, 47), (80, 80)]):
        picture = Image.fromarray(rng.integers(0, 256, (height // 6, width // 6, 3), dtype=np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
        ImageDraw.Draw(picture).ellipse((5, 5, width // 2, height // 2), fill=(200, 30, 40))
        picture.save(folder / f"drawn{i}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--pictures", nargs="*", type=pathlib.Path, default=[])
    parser.add_argument("--tokens", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    name = args.model.resolve().name if args.model.resolve().name != "model" else args.model.resolve().parent.name
    folder, images = args.out / name, args.out / "images"
    for path in (folder / "model", images):
        path.mkdir(parents=True, exist_ok=True)
    for source in (p for p in args.model.resolve().iterdir() if p.is_file() and not (folder / "model" / p.name).exists()):
        os.symlink(source, folder / "model" / source.name)
    if args.pictures:
        for source in args.pictures:
            Image.open(source).convert("RGB").save(images / (source.stem + ".png"))
    else:
        drawn(images, args.seed)
    pictures = {p.name: p for p in sorted(images.iterdir()) if p.suffix == ".png"}
    oracle = Oracle(args.model)
    fixture = Fixture(oracle, pictures, args.tokens)
    with torch.no_grad():
        fixture.generations()
        fixture.scores()
    fixture.gradients()
    (args.out / "manifest.json").write_text(json.dumps({"set": "made by make_fixture.py"}))
    (folder / "cases.json").write_text(json.dumps({"family": oracle.family, "compute_dtype": "float32", "cases": fixture.cases}, indent=1, ensure_ascii=False))
    save_file({k: v.detach().contiguous().clone() for k, v in fixture.tensors.items()}, folder / "expected.safetensors")
    if oracle.eyes:
        table, tensors = fixture.preprocess(pictures)
        (folder / "preprocess.json").write_text(json.dumps(table, indent=1))
        save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "preprocess.safetensors")
    gap = min(c["expected"]["min_top2_gap"] for c in fixture.cases if "min_top2_gap" in c.get("expected", {}))
    print(f"{folder}: {len(fixture.cases)} cases, {len(fixture.tensors)} tensors; smallest distance of the two best scores {gap:g}"
          + ("" if gap > 2e-3 else ": below 2e-3 the generated ids may differ by rounding; take another seed or fewer --tokens"))


if __name__ == "__main__":
    main()
