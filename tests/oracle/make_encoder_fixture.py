#!/usr/bin/env python3
"""Ask transformers what a BERT text encoder must give, so that our engine can be compared with it.

  make_encoder_fixture.py OUT

Writes a tiny random BertModel with a tokenizer into OUT (config.json, vocab.txt, tokenizer_config.json, tokenizer.json,
model.safetensors) and expected.json: for each text its ids, the states of its tokens without [CLS] and [SEP], and the mean of all
states as sentence-transformers takes it. CPU, fp32, one thread. Needs torch, transformers, tokenizers.
"""
import json, pathlib, sys

import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = ["what", "color", "is", "the", "star", "red", "circle", "blue", "question", "answer", "un", "##aff", "##able", "##ing", "walk", "##s", "##ed",
         "naive", "cafe", "uber", "ein", "\u4e2d", "\u6587", "\u0438", "\u0439", "##\u0438", "\u03c3", "##\u03c2", "i", "##\u0307", "strasse"]
SIGNS = list("?!.,:;'\"()[]{}-_/\\@#$%^&*+=<>|~`") + ["\u00bf", "\u3002", "\u2014", "\u201c"]
TEXTS = ["", "What color is the star?", "unaffable walking", "UNAFFABLE!!", "na\u00efve caf\u00e9, \u00dcBER", "red\tcircle\nblue\r\nstar\u00a0is\u3000the", "a\u0000b\ufffdc\u200dd\u0007e",
         "\u4e2d\u6587the\u4e2d", "\u0130stanbul \u03a3\u03a3\u03c2", "$5^2 = 25~`|", "\u00bfwhat\u3002\u201cred\u201d", "x" * 100, "x" * 101, "\U0001F600 star", "stra\u00dfe",
         "e\u0301", "\u0419 \u0439", "the " * 60, "[CLS] [SEP] [MASK]", "don't re-do it", "   ", "\uac00\ub098 \u1100\u1161"]


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS + SIGNS + list(LETTERS) + ["##" + c for c in LETTERS]
    vocabulary = list(dict.fromkeys(vocabulary))
    (out / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    torch.manual_seed(3)
    torch.set_num_threads(1)
    config = BertConfig(vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
                        max_position_embeddings=40, initializer_range=0.3)
    model = BertModel(config).eval()
    for name, weight in model.named_parameters():  # biases and norms that a mistake would show
        if name.endswith("bias") or "LayerNorm" in name:
            weight.data += 0.2 * torch.randn_like(weight)
    model.save_pretrained(out)
    tokenizer = BertTokenizerFast(vocab={t: i for i, t in enumerate(vocabulary)}) if "vocab" in BertTokenizerFast.__init__.__code__.co_varnames \
        else BertTokenizerFast(vocab_file=str(out / "vocab.txt"))
    tokenizer.save_pretrained(out)
    backend = tokenizer.backend_tokenizer
    rows = []
    for text in TEXTS:
        backend.no_truncation()
        # Special tokens in a text are text: nobody may end a sentence from inside.
        plain = text.replace("[CLS]", "[ CLS ]").replace("[SEP]", "[ SEP ]").replace("[MASK]", "[ MASK ]")
        ids = backend.encode(plain, add_special_tokens=False).ids[:config.max_position_embeddings - 2]
        ids = [2] + ids + [3]
        with torch.no_grad():
            states = model(input_ids=torch.tensor([ids])).last_hidden_state[0]
        rows.append({"text": text, "ids": ids, "first": states[1].tolist() if len(ids) > 2 else [], "sentence": states.mean(0).tolist()})
    (out / "expected.json").write_text(json.dumps({"texts": rows}, ensure_ascii=True) + "\n")
    print(len(vocabulary), "tokens,", len(rows), "texts")


main(pathlib.Path(sys.argv[1]))
