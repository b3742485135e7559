#include "text/chat_built_ins.h"

namespace slook::text {
namespace {

/// Vicuna 1.x, as LLaVA-1.5 was trained: roles in capitals, one blank between turns, the end token
/// after each answer.
constexpr std::string_view vicuna = R"jinja(
{%- macro body(message) -%}
{%- if message.content is string -%}{{- message.content -}}
{%- else -%}
{%- for part in message.content if part.type == 'image' -%}{{- '<image>\n' -}}{%- endfor -%}
{%- for part in message.content if part.type == 'text' -%}{{- part.text -}}{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{%- set given = messages | selectattr('role', 'equalto', 'system') | list -%}
{%- if given -%}{{- body(given[0]) -}}
{%- else -%}{{- "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions." -}}
{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'user' -%}{{- ' USER: ' + body(message) -}}
{%- elif message.role == 'assistant' -%}{{- ' ASSISTANT: ' + body(message) + eos_token -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- ' ASSISTANT:' -}}{%- endif -%})jinja";

/// The form that the converted LLaVA-1.5 checkpoints document: no system text, no end token.
constexpr std::string_view llavaHf = R"jinja(
{%- for message in messages -%}
{%- if message.role != 'system' -%}{{- message.role.upper() + ': ' -}}{%- endif -%}
{%- if message.content is string -%}{{- message.content + ' ' -}}
{%- else -%}
{%- for part in message.content if part.type == 'image' -%}{{- '<image>\n' -}}{%- endfor -%}
{%- for part in message.content if part.type == 'text' -%}{{- part.text + ' ' -}}{%- endfor -%}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- 'ASSISTANT:' -}}{%- endif -%})jinja";

/// LLaVA-1.6 on Mistral: instructions in brackets, the end token after each answer.
constexpr std::string_view mistral = R"jinja(
{%- for message in messages -%}
{%- set text = namespace(value='') -%}
{%- if message.content is string -%}{%- set text.value = message.content -%}
{%- else -%}
{%- for part in message.content if part.type == 'image' -%}{%- set text.value = text.value + '<image>\n' -%}{%- endfor -%}
{%- for part in message.content if part.type == 'text' -%}{%- set text.value = text.value + part.text -%}{%- endfor -%}
{%- endif -%}
{%- if message.role == 'system' -%}{{- '<<SYS>>\n' + text.value + '\n<</SYS>>\n\n' -}}
{%- elif message.role == 'user' -%}{{- '[INST] ' + text.value + ' [/INST]' -}}
{%- else -%}{{- ' ' + text.value + eos_token + ' ' -}}
{%- endif -%}
{%- endfor -%})jinja";

/// ChatML: marks around every turn.
constexpr std::string_view chatml = R"jinja(
{%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\n' -}}
{%- if message.content is string -%}{{- message.content -}}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}{{- '<image>' -}}{%- elif part.type == 'text' -%}{{- part.text -}}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%})jinja";

constexpr BuiltInTemplate all[] = {
    { "vicuna_v1", vicuna },
    { "llava_hf", llavaHf },
    { "llava_next_mistral", mistral },
    { "chatml", chatml },
};

} // namespace

std::span<const BuiltInTemplate> builtInTemplates()
{
    return all;
}

} // namespace slook::text
