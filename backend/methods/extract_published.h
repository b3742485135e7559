#pragma once
#include "core/rows.h"
#include <string_view>

namespace slook::methods {

/// The rules by which VLMEvalKit reads a letter before it asks a judge (vlmeval/utils/
/// matching_util.py, can_infer, 2025): exactly one option letter, among the last four words; else
/// "answer is X"; else the text of exactly one option, in an answer that is not twice as long as
/// all options together. A refusal reads as "Z". `correct` is empty for questions without options.
[[nodiscard]] ExtractionRow extractVlmEvalKit(std::string_view text, const Item& item);

/// The rules of LLaVA's evaluation of ScienceQA (llava/eval/eval_science_qa.py): the whole text is
/// a letter, or it begins with "A. ", or "The answer is A." stands in it exactly once. As above.
[[nodiscard]] ExtractionRow extractLlava(std::string_view text, const Item& item);

} // namespace slook::methods
