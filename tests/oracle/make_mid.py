#!/usr/bin/env python3
"""Make the benchmark's `mid` model: LLaVA with CLIP 224/14 (6 layers of 384), Llama (12 layers of 576) and 8192 words, random weights.

  tests/oracle/make_mid.py OUT [--tokenizer resources/model]

Needs torch, transformers and tokenizers. The same seed gives the same weights. The tokenizer is that of the given folder with made-up
words behind its own, so that prompts read alike and the head is as large as the vocabulary says.
"""
import argparse, json, pathlib, shutil

import torch
from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

WORDS, SEED = 8192, 20261122


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tokenizer", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "resources/model")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    small = json.loads((args.tokenizer / "config.json").read_text())
    vision = CLIPVisionConfig(hidden_size=384, intermediate_size=1536, num_hidden_layers=6, num_attention_heads=6, image_size=224, patch_size=14,
                              projection_dim=384)
    text = LlamaConfig(hidden_size=576, intermediate_size=1536, num_hidden_layers=12, num_attention_heads=9, num_key_value_heads=3, head_dim=64,
                       vocab_size=WORDS, max_position_embeddings=2048, bos_token_id=1, eos_token_id=2, pad_token_id=0, tie_word_embeddings=True)
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=small["image_token_index"], image_seq_length=256,
                         vision_feature_layer=-1, vision_feature_select_strategy="default", tie_word_embeddings=True)
    model = LlavaForConditionalGeneration(config).float().eval()
    with torch.no_grad():
        model.get_output_embeddings().weight[2].zero_()  # no answer ends by chance: its logit is 0, the others vary
    model.save_pretrained(args.out)
    for name in ("tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        if (args.tokenizer / name).exists():
            shutil.copy(args.tokenizer / name, args.out / name)
    tokenizer = json.loads((args.tokenizer / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    for number in range(max(vocabulary.values()) + 1, WORDS):
        vocabulary[f"<word{number}>"] = number
    (args.out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
    processor = json.loads((args.tokenizer / "processor_config.json").read_text())
    pictures = processor.get("image_processor", processor)
    pictures["size"] = pictures["crop_size"] = {"height": 224, "width": 224}
    processor["patch_size"], processor["num_additional_image_tokens"] = 14, 1
    (args.out / "processor_config.json").write_text(json.dumps(processor, indent=1))
    print(sum(p.numel() for p in model.parameters()) / 1e6, "million weights in", args.out)


if __name__ == "__main__":
    main()
