#!/usr/bin/env python3
"""The transformers/PEFT side of the benchmark: the same files, prompts and token budgets as secondlook-bench.

  hf_side.py WORKLOAD.json TASK MODE THREADS   prints one JSON line {"seconds":..,"cpu_seconds":..,"units":..,"peak_mib":..}

TASK  two-turn   every question asked, reviewed and asked again, greedy
      options    log-probs of the option letters as next token
      circular   the same with the options in every rotation, as MMBench asks them
      dpo        steps of LoRA-DPO on given pairs
MODE  as-shipped what the published scripts do: one at a time, everything encoded again
      best       what a careful user can switch on: batches, KV of turn 1 kept for turn 2, reference log-probs once, no recomputation
      trl        dpo only: TRL's DPOTrainer, without recomputation (it refuses to keep reference log-probs of vision data)
"""
import importlib.metadata, json, resource, sys, tempfile, time

import torch


def declare_torchvision_operators():
    """The registry's torchvision does not load beside a CPU torch; transformers asks only for these two schemas."""
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


KEEP = declare_torchvision_operators()
from PIL import Image
from transformers import AutoProcessor, LlavaForConditionalGeneration


def message(text, picture):
    parts = ([{"type": "image"}] if picture else []) + [{"type": "text", "text": text}]
    return {"role": "user", "content": parts}


class Side:
    def __init__(self, work):
        self.work = work
        self.processor = AutoProcessor.from_pretrained(work["model"], backend="pil")
        self.processor.tokenizer.padding_side = "left"
        self.model = LlavaForConditionalGeneration.from_pretrained(work["model"], dtype=torch.float32).eval()
        self.pad = self.processor.tokenizer.pad_token_id or 0
        self.eos = self.processor.tokenizer.eos_token_id

    def prompt(self, messages):
        return self.processor.apply_chat_template(messages, add_generation_prompt=True)

    def encode(self, prompts, pictures):
        return self.processor(text=prompts, images=pictures, return_tensors="pt", padding=True)

    def generate(self, inputs, **more):
        return self.model.generate(**inputs, do_sample=False, max_new_tokens=self.work["new_tokens"], pad_token_id=self.pad,
                                   return_dict_in_generate=True, **more)

    @torch.no_grad()
    def two_turn(self, mode):
        size = 1 if mode == "as-shipped" else self.work["batch"]
        tokens = 0
        questions = self.work["questions"]
        for start in range(0, len(questions), size):
            rows = questions[start:start + size]
            pictures = [Image.open(r["image"]).convert("RGB") for r in rows]
            first = self.encode([self.prompt([message(r["turns"][0], True)]) for r in rows], pictures)
            out = self.generate(first)
            new = out.sequences[:, first["input_ids"].shape[1]:]
            tokens += int((new != self.pad).sum())
            if mode == "as-shipped":
                answer = self.processor.tokenizer.decode(new[0], skip_special_tokens=True).strip()
                talk = [message(rows[0]["turns"][0], True), {"role": "assistant", "content": [{"type": "text", "text": answer}]},
                        message(rows[0]["turns"][1], False)]
                second = self.encode([self.prompt(talk)], pictures)
                out = self.generate(second)
                tokens += int((out.sequences[:, second["input_ids"].shape[1]:] != self.pad).sum())
                continue
            tail = self.processor.tokenizer(self.work["review_tail"], add_special_tokens=False, return_tensors="pt")["input_ids"]
            ids = torch.cat([out.sequences, tail.expand(len(rows), -1)], 1)
            mask = torch.cat([first["attention_mask"], (new != self.pad).long(), torch.ones(len(rows), tail.shape[1], dtype=torch.long)], 1)
            again = self.model.generate(input_ids=ids, attention_mask=mask, past_key_values=out.past_key_values, do_sample=False,
                                        max_new_tokens=self.work["new_tokens"], pad_token_id=self.pad)
            tokens += int((again[:, ids.shape[1]:] != self.pad).sum())
        return {"units": len(questions), "unit": "conversations", "new_tokens": tokens}

    def circular(self, mode):
        return self.options(mode, "rotations")

    @torch.no_grad()
    def options(self, mode, key="questions"):
        size = 1 if mode == "as-shipped" else self.work["batch"]
        letters = [self.processor.tokenizer(" " + x, add_special_tokens=False)["input_ids"][-1] for x in "ABCD"]
        questions, answers = self.work[key], ""
        for start in range(0, len(questions), size):
            rows = questions[start:start + size]
            pictures = [Image.open(r["image"]).convert("RGB") for r in rows]
            inputs = self.encode([self.prompt([message(r["turns"][0], True)]) for r in rows], pictures)
            logits = self.model(**inputs, logits_to_keep=1).logits[:, -1]
            said = torch.log_softmax(logits.float(), -1)[:, letters]
            answers += "".join("ABCD"[i] for i in said.argmax(-1))
        return {"units": len(questions), "unit": "questions", "answers": answers}

    def dpo(self, mode):
        from peft import LoraConfig, get_peft_model
        targets = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
        model = get_peft_model(self.model, LoraConfig(r=8, lora_alpha=32, lora_dropout=0.0, target_modules=targets)).train()
        parameters = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=5e-4, fused=True)
        pairs, micro = self.work["pairs"], self.work["micro_batch"]
        self.processor.tokenizer.padding_side = "right"
        batches = []
        for start in range(0, len(pairs), micro):
            rows = pairs[start:start + micro]
            pictures = [Image.open(r["image"]).convert("RGB") for r in rows]
            prompts = [self.prompt([message(r["prompt"], True)]) for r in rows]
            texts = [p + " " + r[side] + self.processor.tokenizer.eos_token for side in ("chosen", "rejected") for p, r in zip(prompts, rows)]
            inputs = self.encode(texts, pictures * 2)
            # A mark becomes as many tokens as the picture has features; the same of every picture here.
            marks = (inputs["input_ids"][0] == self.model.config.image_token_id).sum().item()
            lengths = [len(ids) - 1 + marks for ids in self.processor.tokenizer(prompts)["input_ids"]] * 2
            labels = inputs["input_ids"].masked_fill(inputs["attention_mask"] == 0, -100)
            for i, n in enumerate(lengths):
                labels[i, :n] = -100
            batches.append((inputs, labels))

        def logps(inputs, labels):
            logits = model(**inputs).logits[:, :-1].float()
            target = labels[:, 1:]
            picked = torch.log_softmax(logits, -1).gather(-1, target.clamp(min=0)[..., None])[..., 0]
            return (picked * (target != -100)).sum(-1)

        references = None
        if mode == "best":
            with torch.no_grad(), model.disable_adapter():
                references = [logps(*b) for b in batches]
        steps = 0
        for _ in range(self.work["epochs"]):
            for i, (inputs, labels) in enumerate(batches):
                if references is None:
                    with torch.no_grad(), model.disable_adapter():
                        reference = logps(inputs, labels)
                else:
                    reference = references[i]
                policy = logps(inputs, labels)
                delta = (policy - reference).chunk(2)
                loss = -torch.nn.functional.logsigmoid(0.1 * (delta[0] - delta[1])).mean()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                optimizer.zero_grad()
                steps += 1
        return {"units": steps * micro, "unit": "pairs"}

    def trl(self):
        """TRL's own trainer on the same pairs. It takes rows of messages with PIL pictures and encodes them in its collator."""
        from datasets import Dataset
        from peft import LoraConfig
        from trl import DPOConfig, DPOTrainer
        targets = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
        pairs = self.work["pairs"]
        rows = [{"images": [Image.open(r["image"]).convert("RGB")],
                 "prompt": [{"role": "user", "content": r["prompt"]}],
                 "chosen": [{"role": "assistant", "content": r["chosen"]}],
                 "rejected": [{"role": "assistant", "content": r["rejected"]}]} for r in pairs]
        with tempfile.TemporaryDirectory() as folder:
            options = DPOConfig(output_dir=folder, per_device_train_batch_size=self.work["micro_batch"], num_train_epochs=self.work["epochs"],
                                learning_rate=5e-4, lr_scheduler_type="constant", beta=0.1, bf16=False, gradient_checkpointing=False,
                                max_length=None, use_cpu=True, optim="adamw_torch_fused", save_strategy="no", logging_strategy="no",
                                report_to="none", disable_tqdm=True, dataloader_pin_memory=False)
            trainer = DPOTrainer(self.model, args=options, train_dataset=Dataset.from_list(rows), processing_class=self.processor,
                                 peft_config=LoraConfig(r=8, lora_alpha=32, lora_dropout=0.0, target_modules=targets))
            trainer.train()
        return {"units": len(pairs) * self.work["epochs"], "unit": "pairs"}


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    work = json.load(open(sys.argv[1]))
    task, mode, threads = sys.argv[2], sys.argv[3], int(sys.argv[4])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    side = Side(work)
    if task == "dpo":  # loading libraries is no part of any side's time
        import peft
        if mode == "trl":
            import datasets, trl
            trl.DPOTrainer
    used, began = cpu_seconds(), time.perf_counter()
    if mode == "trl":
        result = side.trl()
    else:
        result = {"two-turn": side.two_turn, "options": side.options, "circular": side.circular, "dpo": side.dpo}[task](mode)
    result["seconds"] = time.perf_counter() - began
    result["cpu_seconds"] = cpu_seconds() - used
    result["versions"] = {p: importlib.metadata.version(p) for p in ("torch", "transformers", "peft", "trl")}
    result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


if __name__ == "__main__":
    main()
