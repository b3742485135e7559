#include "core/hash.h"
#include "methods/embed.h"
#include "methods/feature_file.h"
#include "methods/recipe_run.h"
#include "methods/stic.h"
#include <algorithm>
#include <charconv>
#include <map>

namespace slook::methods {
namespace {

std::string knownAnswer(const Item& item)
{
    const auto option = std::ranges::find(item.options, item.answer, &Option::label);
    return option == item.options.end() ? item.answer : option->text;
}

/// One execution of the recipe.
class EmbedRun final : public RecipeRun {
public:
    EmbedRun(const runs::Job& job, EmbedOptions options, const std::vector<runs::InputItem>& inputs,
        std::filesystem::path directory, const std::vector<runs::Event>& earlier, Model& model,
        StepContext& context)
        : RecipeRun(
            job, inputs, std::move(directory), earlier, [](const std::string&) { return false; },
            model, context)
        , m_options(std::move(options))
    {
    }

private:
    Result<void> check(const runs::StepSpec& step, int index) const override
    {
        const auto names = featureNames(m_options);
        if (step.kind != "embed")
            return fail(unknown(index, "kind", step.kind));
        if (std::ranges::find(names, step.stage) == names.end())
            return fail(unknown(index, "stage", step.stage));
        if (step.set != "test")
            return fail(unknown(index, "set", step.set));
        if (!step.adapter.empty())
            return fail(unknown(index, "adapter", step.adapter));
        return {};
    }

    static bool ofPictures(const std::string& name)
    {
        return name == "vision" || name == "projected";
    }

    /// Those that have what the feature is of.
    [[nodiscard]] std::vector<const runs::InputItem*> rowsOf(const runs::StepSpec& step) const
    {
        auto items = itemsOf(step.set);
        if (ofPictures(step.stage))
            std::erase_if(items, [](const auto* one) { return one->imagePaths.empty(); });
        if (step.stage == "answer")
            std::erase_if(items, [](const auto* one) { return one->item.answer.empty(); });
        if (step.stage == "question")
            std::erase_if(items, [](const auto* one) { return one->item.question.empty(); });
        return items;
    }

    /// What of a row decides its feature: rows of one key are computed once.
    [[nodiscard]] std::string keyOf(const runs::InputItem& input, const std::string& name) const
    {
        if (name == "question")
            return input.item.question;
        if (name == "answer")
            return knownAnswer(input.item);
        std::string key;
        for (const std::string& sha256 : input.imageSha256)
            key += sha256 + " ";
        return ofPictures(name) ? key : key + sticQuestion(input.item, m_options.answerPrompt);
    }

    [[nodiscard]] Conversation talkAbout(const runs::InputItem& input) const
    {
        Conversation talk;
        talk.images = pathsOf(input);
        talk.imageSha256 = input.imageSha256;
        talk.userTexts.push_back(sticQuestion(input.item, m_options.answerPrompt));
        return talk;
    }

    Result<std::vector<Feature>> textFeatures(
        const std::vector<const runs::InputItem*>& items, const std::string& name)
    {
        std::vector<std::string> texts;
        for (const auto* one : items)
            texts.push_back(keyOf(*one, name));
        auto states = m_model.textStates(texts, m_options.encoder, *this);
        if (!states)
            return fail(states.error());
        std::vector<Feature> all;
        for (TextStates& one : *states) {
            auto values = std::move(one.sentence.values);
            const bool none = values.empty();
            all.push_back({ std::move(values), none ? "its text has no token" : "" });
        }
        return all;
    }

    Result<std::vector<Feature>> computed(
        const std::vector<const runs::InputItem*>& items, const std::string& name)
    {
        if (name == "question" || name == "answer")
            return textFeatures(items, name);
        FeatureWish wish { name, -1, m_options.pool };
        if (const auto colon = name.find(':'); colon != std::string::npos) {
            wish.of = name.substr(0, colon);
            std::from_chars(name.data() + colon + 1, name.data() + name.size(), wish.layer);
        }
        std::vector<Conversation> talks;
        for (const auto* one : items)
            talks.push_back(talkAbout(*one));
        return m_model.features(talks, wish, *this);
    }

    /// The rows of a block: those of new keys are computed, the others read back.
    Result<std::vector<std::vector<float>>> block(const std::vector<const runs::InputItem*>& items,
        std::size_t from, std::size_t to, const std::string& name, const FeatureFile& file)
    {
        std::vector<const runs::InputItem*> fresh;
        std::vector<std::size_t> places;
        for (std::size_t i = from; i < to; ++i)
            if (m_first.at(keyOf(*items[i], name)) == i) {
                fresh.push_back(items[i]);
                places.push_back(i - from);
            }
        std::vector<std::vector<float>> rows(to - from);
        if (!fresh.empty()) {
            auto features = computed(fresh, name);
            if (!features)
                return fail(features.error());
            for (std::size_t k = 0; k < fresh.size(); ++k) {
                rows[places[k]] = std::move((*features)[k].values);
                if (const auto& why = (*features)[k].refused; !why.empty())
                    if (auto told = report(runs::Note { "warning",
                            "Question " + fresh[k]->item.key + " has no feature (" + name
                                + "): " + why });
                        !told)
                        return fail(told.error());
            }
        }
        for (std::size_t i = from; i < to; ++i) {
            const auto first = m_first.at(keyOf(*items[i], name));
            if (first >= from) {
                rows[i - from] = rows[first - from];
                continue;
            }
            auto known = file.row(first);
            if (!known)
                return fail(known.error());
            rows[i - from] = std::move(*known);
        }
        return rows;
    }

    Result<void> complete(const std::vector<const runs::InputItem*>& items, const std::string& name,
        std::size_t size, FeatureFile& file)
    {
        while (file.rows() < items.size()) {
            if (stopRequested())
                return fail(ErrorKind::Stopped, "stopped on request");
            const auto from = file.rows();
            const auto rows = block(items, from, std::min(items.size(), from + size), name, file);
            if (!rows)
                return fail(rows.error());
            if (auto added = file.append(*rows); !added)
                return added;
            if (auto told = tell(static_cast<std::int64_t>(file.rows())); !told)
                return told;
        }
        return {};
    }

    Result<void> execute(int index, const runs::StepSpec& step) override
    {
        if (m_past.trained(step.stage)) // told before its worker died
            return {};
        const auto items = rowsOf(step);
        if (items.empty())
            return report(runs::Note { "warning",
                "No question has what the feature " + step.stage + " is of; it was left out." });
        std::vector<ItemId> ids;
        m_first.clear();
        for (std::size_t i = 0; i < items.size(); ++i) {
            ids.push_back(items[i]->item.id);
            m_first.emplace(keyOf(*items[i], step.stage), i);
        }
        auto file = FeatureFile::open(m_directory / featurePath(step.stage), std::move(ids),
            { { "feature", step.stage }, { "options", m_job.options },
                { "model", m_job.model.folder }, { "adapter", m_job.model.adapter } });
        if (!file)
            return fail(file.error());
        // Whole blocks alone: what is computed together decides the last bits.
        const auto size = std::max<std::size_t>(1, m_model.block());
        file->cut(file->rows() == items.size() ? items.size() : file->rows() / size * size);
        if (auto begun = begin(index, step, "Features: " + step.stage,
                static_cast<std::int64_t>(file->rows()), static_cast<std::int64_t>(items.size()),
                "rows");
            !begun)
            return begun;
        if (auto used = use(step.adapter); !used)
            return used;
        if (auto filled = complete(items, step.stage, size, *file); !filled)
            return filled;
        if (auto finished = file->finish(); !finished)
            return finished;
        const auto sum = sha256OfFile(m_directory / featurePath(step.stage));
        if (!sum)
            return fail(sum.error());
        return report(runs::Artifact { step.stage, featurePath(step.stage), *sum });
    }

    EmbedOptions m_options;
    std::map<std::string, std::size_t> m_first; ///< of the present step: the first row of each key
};

} // namespace

Result<void> runEmbed(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    auto options = embedOptionsFromJsonText(job.options, "options of job.json");
    if (!options)
        return fail(options.error());
    return EmbedRun(job, std::move(*options), inputs, directory, earlier, model, context).run();
}

} // namespace slook::methods
