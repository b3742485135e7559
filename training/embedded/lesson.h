#pragma once
#include "core/result.h"
#include "engine/packing.h"
#include "engine/session.h"
#include "scenes/curriculum.h"
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slook::teach {

/// Turns conversations into tokens with weights, in the embedded model's form
/// "<s>USER: <image>\n... ASSISTANT: ...</s>". The picture comes first, so that one pass over it
/// serves all conversations of a row.
class Lesson {
public:
    /// @param picture any one: all take the same number of tokens
    /// Errors: Invalid where the folder's own chat template writes another form.
    [[nodiscard]] static Result<Lesson> create(
        const engine::Session& session, const engine::SeenPicture& picture);

    /// @param letterWeight of an answer's letter, yes or no, beside other tokens
    /// @param picture its key; empty: the conversations need none
    [[nodiscard]] engine::TrainExample example(const std::vector<scenes::Conversation>& talk,
        std::optional<std::size_t> picture, double letterWeight) const;
    [[nodiscard]] std::size_t length(const std::string& text) const { return encode(text).size(); }
    [[nodiscard]] std::int64_t patches() const; ///< tokens of a picture

private:
    using Ids = std::vector<std::int64_t>;
    explicit Lesson(const engine::Session& session);
    [[nodiscard]] Ids encode(const std::string& text) const;
    [[nodiscard]] engine::Segment segment(
        const scenes::Conversation& talk, bool seen, double letterWeight) const;
    void addReply(const scenes::Turn& turn, double letterWeight, engine::Segment& segment) const;
    void add(const std::string& text, double weight, engine::Segment& segment) const;

    const engine::Session* m_session = nullptr;
    Ids m_prompt; ///< up to the line break behind the picture
    Ids m_textPrompt; ///< likewise without a picture
    std::int64_t m_end = 0; ///< the token that ends an answer
    std::set<std::int64_t> m_decisive; ///< letters, yes and no
};

} // namespace slook::teach
