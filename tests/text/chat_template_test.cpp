#include "core/file.h"
#include "parity.h"
#include "text/chat_template.h"
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace slook::text {
namespace {

using std::filesystem::path;
using testing::HasSubstr;

const path fixtures = parityFolder();

/// What a template without messages writes; the error's sentence where it fails.
std::string run(
    const std::string& source, const Json& extra = {}, const TemplateLimits& limits = {})
{
    const auto chat = ChatTemplate::parse(source, "t", limits);
    if (!chat)
        return "refused: " + chat.error().what;
    const auto out = chat->renderJson(Json::array(), {}, extra);
    return out ? *out : "failed: " + out.error().what;
}

class TemplateParity : public testing::TestWithParam<const char*> { };

TEST_P(TemplateParity, RendersWhatJinjaRenders)
{
    if (!std::filesystem::exists(fixtures / "templates"))
        GTEST_SKIP() << "no shared fixtures";
    const std::string name = GetParam();
    const auto fixture = parseJson(*readFile(fixtures / "templates" / (name + ".json")), name);
    const auto chat =
        ChatTemplate::parse(*readFile(fixtures / "templates" / (name + ".jinja")), name);
    ASSERT_TRUE(chat) << message(chat.error());
    for (const Json& row : fixture->at("rows")) {
        const TemplateVariables variables { .addGenerationPrompt = row.at("add_generation_prompt"),
            .bosToken = row.at("bos_token"),
            .eosToken = row.at("eos_token"),
            .imageMark = {},
            .now = {} };
        const auto out = chat->renderJson(row.at("messages"), variables, {});
        if (row.contains("error"))
            EXPECT_THAT(out.error().what, HasSubstr(row.at("error").get<std::string>()));
        else
            EXPECT_EQ(out.value_or("an error"), row.at("rendered")) << row.at("messages");
    }
}

INSTANTIATE_TEST_SUITE_P(Files, TemplateParity,
    testing::Values("chatml", "llama2_sys", "llama3", "llava_hf", "llava_next_mistral",
        "mistral_strict", "smolvlm", "vicuna_v1", "zephyr"));

TEST(ChatTemplate, IsFoundInEachPlaceOfAModelFolder)
{
    if (!std::filesystem::exists(fixtures / "llava15" / "cases.json"))
        GTEST_SKIP() << "no shared fixtures";
    for (const char* family : { "llava15", "smolvlm", "llavanext", "llama_text" }) {
        const auto cases = parseJson(*readFile(fixtures / family / "cases.json", 1u << 30), family);
        const auto chat = ChatTemplate::load(fixtures / family / "model");
        ASSERT_TRUE(chat) << family << ": " << message(chat.error());
        const auto tokens = readSpecialTokens(fixtures / family / "model");
        ASSERT_TRUE(tokens);
        for (const Json& one : cases->is_array() ? *cases : cases->at("cases")) {
            if (!one.contains("batch"))
                continue;
            for (const Json& row : one.at("batch")) {
                if (!row.contains("messages") || !row.contains("prompt_text"))
                    continue;
                TemplateVariables variables;
                variables.bosToken = tokens->bos;
                variables.eosToken = tokens->eos;
                EXPECT_EQ(chat->renderJson(row.at("messages"), variables, {}).value_or("an error"),
                    row.at("prompt_text"))
                    << family << " " << one.at("id");
            }
        }
    }
}

TEST(ChatTemplate, GivesPartsOrPlainTextsAsTheTemplateTakesThem)
{
    const std::vector<Message> messages { userMessage("What is it?", 1) };
    const auto parts = ChatTemplate::builtIn("llava_hf");
    ASSERT_TRUE(parts) << message(parts.error());
    EXPECT_TRUE(parts->takesParts());
    EXPECT_EQ(*parts->render(messages, {}), "USER: <image>\nWhat is it? ASSISTANT:");
    const auto plain = ChatTemplate::parse(
        "{% for m in messages %}{{ m.role + ': ' + m.content }}{% endfor %}", "t");
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->takesParts());
    EXPECT_EQ(*plain->render(messages, {}), "user: <image>\nWhat is it?");
}

/// The templates of the fixtures and ours agree where both exist.
TEST(ChatTemplate, BuiltInOnesWriteTheKnownForms)
{
    if (!std::filesystem::exists(fixtures / "templates"))
        GTEST_SKIP() << "no shared fixtures";
    const std::vector<Message> talk { userMessage("First?", 1), assistantMessage("One."),
        userMessage("Sure?") };
    for (const std::string name : { "llava_hf", "vicuna_v1", "chatml" }) {
        const auto ours = ChatTemplate::builtIn(name);
        const auto theirs =
            ChatTemplate::parse(*readFile(fixtures / "templates" / (name + ".jinja")), name);
        ASSERT_TRUE(ours && theirs);
        for (const bool prompt : { false, true }) {
            TemplateVariables variables;
            variables.addGenerationPrompt = prompt;
            variables.eosToken = "</s>";
            EXPECT_EQ(ours->render(talk, variables).value_or("an error"),
                *theirs->render(talk, variables))
                << name;
        }
    }
    EXPECT_EQ(ChatTemplate::builtIn("nothing").error().kind, ErrorKind::NotFound);
    for (const auto& name : ChatTemplate::builtInNames())
        EXPECT_TRUE(ChatTemplate::builtIn(name)) << name;
}

TEST(Jinja, KeepsPythonsRules)
{
    EXPECT_EQ(
        run("{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 3 }}"), "3 -4 2 3.5 8");
    EXPECT_EQ(run("{{ 'abcde'[1:3] }} {{ 'abcde'[::-1] }} {{ [1,2,3][-1] }} {{ 'äöü'[1] }}"),
        "bc edcba 3 ö");
    EXPECT_EQ(run("{{ [1, 'a', none, true, {'k': 1.0}] }}"), "[1, 'a', None, True, {'k': 1.0}]");
    EXPECT_EQ(run("{{ 'a' in 'cat' and 'b' not in ['a'] }}{{ 1 < 2 < 3 }}{{ not 1 == 2 }}"),
        "TrueTrueTrue");
    EXPECT_EQ(run("{{ x | default('d') }}{{ x is defined }}{{ 'y' if false }}"), "dFalse");
    EXPECT_EQ(run("{{ ' a b '.strip().split(' ') | join('-') | upper }}"), "A-B");
    EXPECT_EQ(run("{{ {'b': [1, 'ü'], 'a': none} | tojson }}"), R"({"b": [1, "ü"], "a": null})");
    EXPECT_EQ(run("{{ {'a': [1]} | tojson(indent=2) }}"), "{\n  \"a\": [\n    1\n  ]\n}");
    EXPECT_EQ(run("{{ [{'n': 2}, {'n': 1}] | map(attribute='n') | sort | list }}"), "[1, 2]");
    EXPECT_EQ(run("{{ 'x' ~ 1 ~ none }}"), "x1None");
}

TEST(Jinja, ScopesLoopsAndNamespaces)
{
    EXPECT_EQ(run("{% set n = 1 %}{% for i in range(3) %}{% set n = i %}{% endfor %}{{ n }}"), "1");
    EXPECT_EQ(run("{% set s = namespace(n=0) %}{% for i in [1,2,3] %}{% set s.n = s.n + i %}{% "
                  "endfor %}{{ s.n }}"),
        "6");
    EXPECT_EQ(run("{% for i in [1,2,3] if i != 2 %}{{ loop.index }}{{ loop.last }} {% else "
                  "%}none{% endfor %}"),
        "1False 2True ");
    EXPECT_EQ(run("{% for i in [] %}x{% else %}none{% endfor %}"), "none");
    EXPECT_EQ(run("{% for i in [1,2,3] %}{% if i == 2 %}{% continue %}{% elif i == 3 %}{% break "
                  "%}{% endif %}{{ i }}{% endfor %}"),
        "1");
    EXPECT_EQ(run("{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(b=3, a=4) }}"),
        "1243");
    EXPECT_EQ(run("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}"), "a1");
    EXPECT_EQ(run("{% generation %}x{% endgeneration %}{% set b %}y{% endset %}{{ b }}{% raw %}{{ "
                  "z }}{% endraw %}"),
        "xy{{ z }}");
}

TEST(Jinja, CutsBlanksAsHuggingFaceSetsIt)
{
    EXPECT_EQ(run("a\n  {% if true %}\nb\n  {% endif %}\nc\n"), "a\nb\nc");
    EXPECT_EQ(run("a  {%- if true -%}  b  {%- endif %} c"), "ab c");
    EXPECT_EQ(run("a {# note #}\n b"), "a  b");
    EXPECT_EQ(run("  {{ 1 }}\n2"), "  1\n2");
    EXPECT_EQ(run("\n  {%+ if true %}x{% endif %}"), "\n  x");
}

TEST(Jinja, KnowsTheTimeItIsGiven)
{
    const auto chat = ChatTemplate::parse("{{ strftime_now('%d %b %Y') }}", "t");
    TemplateVariables variables;
    variables.now = 0;
    EXPECT_EQ(*chat->renderJson(Json::array(), variables, {}), "01 Jan 1970");
}

TEST(Jinja, RefusesWhatItDoesNotUnderstand)
{
    EXPECT_THAT(run("{% if x %}"), HasSubstr("endif"));
    EXPECT_THAT(run("{{ x"), HasSubstr("not closed"));
    EXPECT_THAT(run("a\n{% include 'x' %}"), HasSubstr("line 2"));
    EXPECT_THAT(run("{% endfor %}"), HasSubstr("closes nothing"));
    EXPECT_THAT(run("{{ 1 | nosuch }}"), HasSubstr("'nosuch'"));
    EXPECT_THAT(run("{{ x.y }}"), HasSubstr("'x'"));
    EXPECT_THAT(run("{{ 'a' + 1 }}"), HasSubstr("str + int"));
    EXPECT_THAT(run("{{ 1 // 0 }}"), HasSubstr("no result"));
    EXPECT_THAT(run("{{ raise_exception('no pictures') }}"), HasSubstr("no pictures"));
    EXPECT_THAT(run("{{ ''.__class__.__mro__ }}"), HasSubstr("not defined"));
}

TEST(Jinja, EndsWhateverTheTemplateDoes)
{
    const std::string nines = "range(100000)";
    EXPECT_THAT(
        run("{% for a in " + nines + " %}{% for b in " + nines + " %}{% endfor %}{% endfor %}"),
        HasSubstr("steps"));
    EXPECT_THAT(run("{{ 'a' * 100000000000 }}"), HasSubstr("too long"));
    EXPECT_THAT(run("{% set s = namespace(t='a') %}{% for i in range(60) %}{% set s.t = s.t + s.t "
                    "%}{% endfor %}"),
        HasSubstr("too"));
    EXPECT_THAT(run("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), HasSubstr("deeper"));
    EXPECT_THAT(run("{{ " + std::string(100'000, '(') + "1" + std::string(100'000, ')') + " }}"),
        HasSubstr("deeper"));
    EXPECT_THAT(run("{{ " + std::string(100'000, '-') + "1 }}"), HasSubstr("deeper"));
    std::string sum = "{{ 1";
    for (int i = 0; i < 100'000; ++i)
        sum += "+1";
    EXPECT_THAT(run(sum + " }}"), HasSubstr("too many parts"));
    EXPECT_THAT(run("{% set s = namespace(l=[1]) %}{% for i in range(40) %}{% set s.l = [s.l, s.l] "
                    "%}{% endfor %}{{ s.l == s.l }}"),
        HasSubstr("too large"));
    EXPECT_THAT(
        run("{% set s = namespace(a=1) %}{% set s.me = s %}{{ s }}"), HasSubstr("too deep"));
    EXPECT_THAT(run("{{ range(10000000) }}"), HasSubstr("100000"));
}

TEST(ChatTemplate, SaysWhatAFolderLacks)
{
    const path folder = path(testing::TempDir()) / "no_template";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    EXPECT_EQ(ChatTemplate::load(folder).error().kind, ErrorKind::NotFound);
    std::ofstream(folder / "tokenizer_config.json")
        << R"({"chat_template": 7, "eos_token": {"content": "</s>"}})";
    EXPECT_EQ(ChatTemplate::load(folder).error().kind, ErrorKind::Invalid);
    EXPECT_EQ(readSpecialTokens(folder)->eos, "</s>");
}

} // namespace
} // namespace slook::text
