#pragma once
#include "methods/extract.h"
#include "methods/model.h"
#include "methods/scl.h"
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

/// A model whose answers are a fixed function of what it is asked, and whose training only writes
/// down what it was given.
class ScriptedModel final : public slook::methods::Model {
public:
    /// item number -> type 1 to 4 of its transition, while the start weights answer
    std::function<int(std::int64_t)> type = [](std::int64_t id) {
        return static_cast<int>(id % 4) + 1;
    };
    /// What it says instead: a function of the conversation and the adapter in use.
    std::function<std::string(const slook::methods::Conversation&, const std::string&)> say;
    std::size_t blockSize = 4;
    std::set<std::string> refuse; ///< picture hashes that cannot be shown
    int converseCalls = 0;
    int asked = 0;
    std::vector<std::string> used;
    std::map<std::string, std::vector<slook::methods::Preference>> trained;
    std::map<std::string, slook::runs::TrainOptions> trainedWith;
    std::map<std::string, std::filesystem::path> trainedFrom;
    std::vector<slook::methods::Conversation> conversations;

    slook::Result<void> converse(std::span<const slook::methods::Conversation> all,
        const slook::runs::Decoding&,
        const std::function<slook::Result<void>(std::size_t, int, slook::methods::Answer)>&
            onAnswer,
        const std::function<slook::Result<void>(std::size_t, std::string)>& onRefused,
        slook::methods::StepContext& context) override
    {
        ++converseCalls;
        for (std::size_t i = all.size(); i-- > 0;) { // any order is allowed
            if (context.stopRequested())
                return slook::fail(slook::ErrorKind::Stopped, "stopped");
            conversations.push_back(all[i]);
            if (!all[i].imageSha256.empty() && refuse.contains(all[i].imageSha256[0])) {
                if (auto told = onRefused(i, "its picture is damaged"); !told)
                    return told;
                continue;
            }
            for (int turn = 1; turn <= static_cast<int>(all[i].userTexts.size()); ++turn) {
                ++asked;
                if (auto told = onAnswer(i, turn, answer(all[i], turn)); !told)
                    return told;
            }
        }
        return {};
    }

    slook::Result<void> train(
        const slook::methods::Training& training, slook::methods::StepContext& context) override
    {
        const auto& [preferences, options, name, checkpoints, artifact, from] = training;
        trained[name].assign(preferences.begin(), preferences.end());
        trainedWith[name] = options;
        trainedFrom[name] = from;
        const auto batch = static_cast<std::size_t>(options.batch);
        const int steps =
            static_cast<int>((preferences.size() + batch - 1) / batch) * options.epochs;
        std::filesystem::create_directories(checkpoints);
        int first = 0; // the checkpoint is the number of steps done
        std::ifstream(checkpoints / "step") >> first;
        for (int step = first / 2 * 2 + 1; step <= steps; ++step) { // a checkpoint every 2 steps
            if (context.stopRequested())
                return slook::fail(slook::ErrorKind::Stopped, "stopped");
            slook::MetricRow metric;
            metric.training = name;
            metric.step = step;
            metric.values["loss"] = 1.0 / step;
            if (auto told = context.report(slook::runs::Measured { metric }); !told)
                return told;
            std::ofstream(checkpoints / "step") << step;
        }
        std::filesystem::create_directories(artifact);
        std::ofstream file(artifact / "adapter_model.safetensors");
        for (const auto& one : preferences)
            file << one.id << one.userText << one.chosen << one.rejected;
        return {};
    }

    slook::Result<void> use(const std::filesystem::path& artifact) override
    {
        used.push_back(artifact.filename().string());
        m_adapter = artifact.filename().string();
        return {};
    }
    /// A token is a word, its state how often it has each letter.
    slook::Result<std::vector<slook::methods::TextStates>> textStates(
        std::span<const std::string> texts, const std::filesystem::path& encoder,
        slook::methods::StepContext& context) override
    {
        if (context.stopRequested())
            return slook::fail(slook::ErrorKind::Stopped, "stopped");
        encoders.insert(encoder.string());
        readBy.insert(m_adapter);
        std::vector<slook::methods::TextStates> all;
        for (const auto& text : texts) {
            slook::methods::TextStates states { { 26, {} }, { 26, std::vector<float>(26) } };
            bool inWord = false;
            for (const char c : text) {
                const int letter = std::tolower(static_cast<unsigned char>(c)) - 'a';
                const bool is = letter >= 0 && letter < 26;
                if (is && !inWord)
                    states.tokens.values.resize(states.tokens.values.size() + 26);
                inWord = is;
                if (!is)
                    continue;
                const auto at = static_cast<std::size_t>(letter);
                ++states.tokens.values[states.tokens.values.size() - 26 + at];
                ++states.sentence.values[at];
            }
            if (states.tokens.values.empty())
                states.sentence.values.clear();
            all.push_back(std::move(states));
        }
        return all;
    }
    /// The picture's number, the layer and the text's length.
    slook::Result<std::vector<slook::methods::Feature>> features(
        std::span<const slook::methods::Conversation> all, const slook::methods::FeatureWish& wish,
        slook::methods::StepContext& context) override
    {
        if (context.stopRequested())
            return slook::fail(slook::ErrorKind::Stopped, "stopped");
        std::vector<slook::methods::Feature> found;
        for (const auto& one : all) {
            featured.push_back(one);
            if (refuse.contains(one.imageSha256.at(0))) {
                found.push_back({ {}, "its picture is damaged" });
                continue;
            }
            const bool states = wish.of == "states";
            found.push_back(
                { { std::stof(one.imageSha256[0]), static_cast<float>(states ? wish.layer : 0),
                      static_cast<float>(states ? one.userTexts.at(0).size() : 0) },
                    {} });
        }
        return found;
    }
    std::vector<slook::methods::Conversation> featured; ///< whose features were computed

    std::set<std::string> encoders; ///< that read texts
    std::set<std::string> readBy; ///< adapters in use while texts were read

    std::size_t block() const override { return blockSize; }
    std::size_t countTokens(const std::string& text) const override { return text.size(); }

private:
    /// Item i's picture hash is "i"; its right answer is B.
    slook::methods::Answer answer(const slook::methods::Conversation& talk, int turn) const
    {
        const auto picture = talk.imageSha256.empty() ? std::string("0") : talk.imageSha256[0];
        const auto id = std::stoll(picture);
        const int kind = type(id);
        const bool last = turn == static_cast<int>(talk.userTexts.size());
        bool right = turn == 1 ? kind == 1 || kind == 3 : last && (kind == 1 || kind == 2);
        if (m_adapter == "correctness")
            right = id % 5 != 0;
        slook::methods::Answer said;
        said.prompt = "USER: " + talk.userTexts.at(static_cast<std::size_t>(turn) - 1);
        said.text = "Turn " + std::to_string(turn) + (last ? " with more words" : "") + " ## "
            + (right ? "B" : "A") + " ##";
        if (say)
            said.text = say(talk, m_adapter);
        if (talk.corruption)
            said.corruptions = { { {}, 0, talk.corruption->op,
                slook::dumpLine(slook::image::toJson(*talk.corruption)), talk.corruption->seed,
                picture, "spoiled " + picture } };
        said.tokenIds = { id, turn };
        said.finish = "eos";
        said.logprob = -static_cast<double>(talk.seed % 1000);
        said.pixelsSha256 = "p" + picture;
        return said;
    }
    std::string m_adapter;
};

/// Keeps what is reported, and asks for a stop at the n-th chance.
class RecordingContext final : public slook::methods::StepContext {
public:
    std::vector<slook::runs::Event> events;
    int stopAfterEvents = -1;

    bool stopRequested() override
    {
        return stopAfterEvents >= 0 && static_cast<int>(events.size()) >= stopAfterEvents;
    }
    slook::Result<void> report(slook::runs::EventBody body) override
    {
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
        return {};
    }
    template <class T> std::vector<T> all() const
    {
        std::vector<T> found;
        for (const auto& event : events)
            if (const auto* one = std::get_if<T>(&event.body))
                found.push_back(*one);
        return found;
    }
};

inline std::vector<slook::runs::InputItem> items(int count, int perPicture = 1)
{
    std::vector<slook::runs::InputItem> all;
    for (int i = 1; i <= count; ++i) {
        slook::runs::InputItem one;
        one.item.id = slook::ItemId { i };
        one.item.key = "k" + std::to_string(i);
        one.item.question = "Question " + std::to_string(i) + "?";
        one.item.options = { { "A", "left" }, { "B", "right" } };
        one.item.answer = "B";
        one.source = "source";
        one.imageSha256 = { std::to_string((i - 1) / perPicture + 1) };
        one.imagePaths = { "images/" + one.imageSha256[0] + ".png" };
        all.push_back(std::move(one));
    }
    return all;
}
