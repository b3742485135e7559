#!/usr/bin/env python3
"""Trains the embedded LLaVA on a folder of rendered rows (see README.md for the format and the commands).

A row is one picture and about six independent conversations about it: the picture's tokens are computed once and every
conversation sees them, but no other conversation (block mask, positions restart after the picture).
"""
import argparse, json, math, os, time
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import AutoProcessor, AutoTokenizer, LlavaForConditionalGeneration

PAD, BOS, EOS, IMAGE = 0, 1, 2, 4
IMAGE_TOKENS = 64
HEADS = (7, 9, 9, 2)  # auxiliary patch labels: shape, colour, cell, size


class Texts:
    """Token ids of the conversation form `USER: ... ASSISTANT: ...</s>` in the model's own vocabulary."""

    def __init__(self, folder):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encode = lru_cache(200_000)(lambda s: tuple(tokenizer(s, add_special_tokens=False)["input_ids"]))
        self.letters = {self.encode(" " + c)[-1] for c in "ABCDEFGH"}
        self.decisive = self.letters | {self.encode(" " + c)[-1] for c in ("Yes", "No", "yes", "no")}
        self.prefix = (BOS,) + self.encode("USER: ") + (IMAGE,) * IMAGE_TOKENS + self.encode("\n")

    def segment(self, turns, letter_weight):
        """ids and per-token weights; only answers that are trained carry weight, 1/sqrt(length) each, letters more."""
        ids, weights = [], []
        for k, (user, answer, trained) in enumerate(turns):
            prompt = self.encode(("USER: " if k else "") + user + " ASSISTANT:")
            reply = self.encode(" " + answer) + (EOS,)
            ids += prompt + reply
            scale = trained / math.sqrt(len(reply))
            weights += [0.0] * len(prompt) + [scale * (letter_weight if t in self.decisive else 1.0) for t in reply]
        return ids, weights

    def binding(self, user, answer):
        prompt = (BOS,) + self.encode("USER: " + user + " ASSISTANT:")
        reply = self.encode(" " + answer)
        return list(prompt + reply), [False] * len(prompt) + [t in self.letters for t in reply]


class Rows:
    def __init__(self, folder):
        folder = Path(folder)
        size = json.loads((folder / "meta.json").read_text())["size"]
        self.pictures = np.memmap(folder / "pictures.u8", np.uint8, "r").reshape(-1, size, size, 3)
        self.labels = np.memmap(folder / "labels.i8", np.int8, "r").reshape(-1, 4, IMAGE_TOKENS)
        self.rows = [json.loads(line) for line in (folder / "rows.jsonl").open()]
        self.binding = [json.loads(line) for line in (folder / "binding.jsonl").open()]


def pack(texts, rows, letter_weight):
    """ids, positions, additive mask [B,1,T,T], targets and weights of a batch of rows."""
    packed = [[texts.segment(s, letter_weight) for s in row["s"]] for row in rows]
    prefix = texts.prefix
    length = len(prefix) + max(sum(len(i) for i, _ in p) for p in packed)
    shape = (len(rows), length)
    ids, pos = np.full(shape, PAD, np.int64), np.zeros(shape, np.int64)
    block, target, weight = np.full(shape, -1, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    for b, segments in enumerate(packed):
        n = len(prefix)
        ids[b, :n], pos[b, :n], block[b, :n] = prefix, np.arange(n), 0
        at = n
        for k, (s, w) in enumerate(segments):
            end = at + len(s)
            ids[b, at:end], pos[b, at:end], block[b, at:end] = s, n + np.arange(len(s)), k + 1
            target[b, at:end - 1], weight[b, at:end - 1] = s[1:], w[1:]
            at = end
    block = torch.from_numpy(block)
    seen = (block[:, :, None] == block[:, None, :]) | (block[:, None, :] == 0)
    seen &= torch.ones(length, length, dtype=torch.bool).tril()
    seen |= torch.eye(length, dtype=torch.bool)
    mask = torch.zeros(seen.shape).masked_fill_(~seen, -1e9)[:, None]
    return tuple(torch.from_numpy(x) for x in (ids, pos)) + (mask,) + tuple(torch.from_numpy(x) for x in (target, weight))


def picture_features(model, pixels):
    """[B, 64, vision width] patch features as LLaVA takes them with layer -1 and strategy "default"."""
    return model.model.vision_tower(pixels, output_hidden_states=True).hidden_states[-1][:, 1:]


def language_rows(model, embeds, pos, mask):
    return model.model.language_model(inputs_embeds=embeds, position_ids=pos, attention_mask=mask, use_cache=False).last_hidden_state


def row_loss(model, head, data, texts, index, letter_weight, aux_weight):
    rows = [data.rows[i] for i in index]
    ids, pos, mask, target, weight = pack(texts, rows, letter_weight)
    which = [r["p"] for r in rows]
    pixels = torch.from_numpy(data.pictures[which]).permute(0, 3, 1, 2).float() / 127.5 - 1
    features = picture_features(model, pixels)
    embeds = model.get_input_embeddings()(ids)
    at = ids == IMAGE
    embeds = embeds.masked_scatter(at[..., None].expand_as(embeds), model.model.multi_modal_projector(features))
    hidden = language_rows(model, embeds, pos, mask)
    chosen = weight > 0
    loss = F.cross_entropy(model.lm_head(hidden[chosen]), target[chosen], reduction="none")
    loss = (loss * weight[chosen]).sum() / weight[chosen].sum()
    labels = torch.from_numpy(data.labels[which].astype(np.int64)).transpose(0, 1).reshape(4, -1)
    parts = head(features).reshape(-1, sum(HEADS)).split(HEADS, 1)
    aux = sum(F.cross_entropy(p, y, ignore_index=-1, reduction="sum") / max(1, int((y >= 0).sum())) for p, y in zip(parts, labels))
    return loss, loss + aux_weight * aux


def binding_loss(model, data, texts, index):
    samples = [texts.binding(*data.binding[i]) for i in index]
    length = max(len(i) for i, _ in samples)
    ids, trained = torch.zeros(len(samples), length, dtype=torch.long), torch.zeros(len(samples), length, dtype=torch.bool)
    for b, (s, t) in enumerate(samples):
        ids[b, :len(s)], trained[b, :len(s)] = torch.tensor(s), torch.tensor(t)
    mask = torch.zeros(length, length).masked_fill_(~torch.ones(length, length, dtype=torch.bool).tril(), -1e9)
    mask = mask[None, None].expand(len(samples), 1, -1, -1)
    pos = torch.arange(length)[None].expand(len(samples), -1)
    hidden = language_rows(model, model.get_input_embeddings()(ids), pos, mask)
    chosen = trained[:, 1:]
    logits, target = model.lm_head(hidden[:, :-1][chosen]), ids[:, 1:][chosen]
    return F.cross_entropy(logits, target), (logits.argmax(-1) == target).float().mean().item()


def optimiser(model, head, decay):
    def group(params, scale):
        params = list(params)
        return [dict(params=[p for p in params if p.dim() >= 2], weight_decay=decay, scale=scale),
                dict(params=[p for p in params if p.dim() < 2], weight_decay=0.0, scale=scale)]
    vision = [p for n, p in model.named_parameters() if "vision_tower" in n]
    rest = [p for n, p in model.named_parameters() if "vision_tower" not in n]
    return torch.optim.AdamW(group(rest, 1.0) + group(vision, 0.3) + group(head.parameters(), 1.0), lr=1e-3, betas=(0.9, 0.95))


def save(model, processor, folder):
    """fp16 copy in Hugging Face form; written beside and renamed, so that a reader never sees half a model."""
    part = Path(str(folder) + ".part")
    state = {k: v.detach().to(torch.float16).contiguous() for k, v in model.state_dict().items() if k != "lm_head.weight"}  # tied
    model.save_pretrained(part, state_dict=state)
    config = part / "config.json"  # it names the dtype of the training, not that of the file
    config.write_text(config.read_text().replace('"float32"', '"float16"'))
    processor.save_pretrained(part)
    if Path(folder).exists():
        old = Path(str(folder) + ".old")
        os.system(f"rm -rf '{old}'")
        os.rename(folder, old)
    os.rename(part, folder)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--init", required=True, help="Hugging Face folder to continue from")
    p.add_argument("--rows", required=True, help="folder of rendered rows")
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, required=True)
    p.add_argument("--lr", type=float, default=6e-4)
    p.add_argument("--final", type=float, default=0.05, help="share of --lr that is left at the end (1: constant)")
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--binding", type=int, default=16, help="text-only sequences in every step")
    p.add_argument("--letters", type=float, default=3.0, help="weight of an answer letter, and of yes and no")
    p.add_argument("--aux", type=float, default=0.1, help="weight of the patch labels")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--first-step", type=int, default=0)
    p.add_argument("--save-every", type=float, default=5, help="minutes")
    a = p.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    rng = np.random.default_rng(a.seed)
    texts, data = Texts(a.init), Rows(a.rows)
    processor = AutoProcessor.from_pretrained(a.init)
    model = LlavaForConditionalGeneration.from_pretrained(a.init, dtype=torch.float32, attn_implementation="eager").train()
    head = torch.nn.Linear(model.config.vision_config.hidden_size, sum(HEADS))
    if (Path(a.init) / "head.pt").exists():
        head.load_state_dict(torch.load(Path(a.init) / "head.pt", weights_only=True))
    opt = optimiser(model, head, 0.05)
    params = [q for g in opt.param_groups for q in g["params"]]
    order, bind_order, start, saved, step, mean, bound = [], [], time.time(), 0.0, 0, None, 0.0
    while (spent := (time.time() - start) / 60) < a.minutes:
        if len(order) < a.batch:
            order = list(rng.permutation(len(data.rows)))
        if len(bind_order) < a.binding:
            bind_order = list(rng.permutation(len(data.binding)))
        index, order = order[:a.batch], order[a.batch:]
        bind, bind_order = bind_order[:a.binding], bind_order[a.binding:]
        share = a.final + (1 - a.final) * 0.5 * (1 + math.cos(math.pi * spent / a.minutes))
        for g in opt.param_groups:
            g["lr"] = a.lr * share * g["scale"] * min(1.0, (step + 1) / 50)
        opt.zero_grad(set_to_none=True)
        shown, loss = row_loss(model, head, data, texts, index, a.letters, a.aux)
        text_loss, hits = binding_loss(model, data, texts, bind)
        (loss + 0.5 * text_loss).backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        step += 1
        mean = shown.item() if mean is None else 0.98 * mean + 0.02 * shown.item()
        bound = hits if step == 1 else 0.97 * bound + 0.03 * hits
        if step % 25 == 0 or step == 5:
            print(json.dumps(dict(step=step, minutes=round((time.time() - start) / 60, 2), loss=round(mean, 4), binding=round(bound, 3),
                                  lr=round(opt.param_groups[0]["lr"], 7))), flush=True)
        if spent - saved > a.save_every:
            saved = spent
            save(model, processor, a.out)
            torch.save(head.state_dict(), Path(a.out) / "head.pt")
    save(model, processor, a.out)
    torch.save(head.state_dict(), Path(a.out) / "head.pt")
    print(json.dumps(dict(done=True, steps=step, minutes=round((time.time() - start) / 60, 2))), flush=True)


if __name__ == "__main__":
    main()
