#!/usr/bin/env python3
"""Ask TRL what the losses of four preference pairs are where the reference finds all answers alike.

  make_reference_free.py LOSSES.JSON OUT.JSON

LOSSES.JSON is the parity set's dpo/losses/losses.json, whose log-probabilities are used; every reference log-probability is 0, which is what TRL's
`reference_free` stood for while it had that option. Each row has the loss that TRL's own DPOTrainer._compute_loss gives in float64, and its gradient
by each token of the answers. Rows whose loss makes no sense without a reference are left out. Needs torch, trl.
"""
import json, sys, types
from collections import defaultdict

import torch
from trl import DPOTrainer

# (loss types, weights, beta, label smoothing, LD-DPO's alpha, WPO's weighting)
ROWS = [([kind], [1.0], beta, 0.1 if kind == "exo_pair" else smoothing, None, False)
        for kind in ("sigmoid", "hinge", "ipo", "exo_pair", "robust", "aot", "aot_unpaired", "discopop", "sigmoid_norm")
        for beta, smoothing in ((0.1, 0.0), (0.37, 0.05 if kind in ("robust", "aot", "aot_unpaired") else 0.0))]
ROWS += [(["sigmoid"], [1.0], 0.1, 0.0, 0.4, False), (["sigmoid_norm"], [1.0], 2.0, 0.0, None, False), (["sigmoid"], [1.0], 0.37, 0.0, None, True),
         (["sigmoid", "sft"], [0.9, 0.1], 0.1, 0.0, None, False)]


class Trainer:
    """What DPOTrainer._compute_loss asks of its trainer, without a model."""
    aux_loss_enabled, precompute_ref_logps, f_divergence_type, f_alpha_divergence_coef, _tp_size, _total_train_tokens = False, True, "reverse_kl", 0.5, 1, 0

    def __init__(self, row):
        self.loss_types, self.loss_weights, self.beta, self.label_smoothing, self.ld_alpha, self.use_weighting = row
        self.args = types.SimpleNamespace(discopop_tau=0.05)
        self.model = types.SimpleNamespace(training=True)
        self._metrics = {"train": defaultdict(list)}
        same = lambda value: value
        self.accelerator = types.SimpleNamespace(device="cpu", gather=same, gather_for_metrics=same)


def main(source, target):
    torch.set_default_dtype(torch.float64)  # TRL makes a tensor of the label smoothing
    given = json.load(open(source))
    mask = torch.tensor(given["completion_mask"])
    inside = mask[:, 1:].bool()
    sums = torch.tensor(given["log_sum_sq_probs"], dtype=torch.float64) * inside
    out = {"about": "TRL's own _compute_loss, float64, with reference log-probabilities of 0; made by tests/oracle/make_reference_free.py. Rows 0..3 of "
                    "logps are chosen, 4..7 rejected; `gradient` lists what lies inside the answers, row by row.",
           "completion_mask": given["completion_mask"], "logps": given["logps"], "log_sum_sq_probs": given["log_sum_sq_probs"], "rows": []}
    for row in ROWS:
        logps = (torch.tensor(given["logps"], dtype=torch.float64) * inside).requires_grad_(True)
        nothing = torch.zeros_like(logps)
        outputs = types.SimpleNamespace(log_probs=logps, log_sum_sq_probs=sums, entropy=nothing, mean_logits=nothing, is_top1=inside)
        zero = torch.zeros(mask.shape[0] // 2, dtype=torch.float64)
        inputs = {"input_ids": torch.zeros_like(mask), "attention_mask": torch.ones_like(mask), "completion_mask": mask, "ref_chosen_logps": zero,
                  "ref_rejected_logps": zero}
        loss = DPOTrainer._compute_loss(Trainer(row), lambda **kwargs: outputs, inputs, False)
        loss.backward()
        out["rows"].append({"loss_types": row[0], "weights": row[1], "beta": row[2], "label_smoothing": row[3], "ld_alpha": row[4],
                            "use_weighting": row[5], "reference_free": True, "loss": loss.item(), "gradient": logps.grad[inside].tolist()})
    with open(target, "w") as file:
        json.dump(out, file, indent=None)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
