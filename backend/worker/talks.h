#pragma once
#include "engine/generate.h"
#include "engine/session.h"
#include "methods/model.h"
#include "worker/picture_book.h"
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slook::worker {

/// Holds a method's conversations with the engine: builds prompts, passes answers on, asks the next
/// thing. Answers are told in the order of the conversations, whichever thread was faster: the same
/// run reports the same events in the same order.
class Talks final : public engine::Conversations {
public:
    using OnAnswer = std::function<Result<void>(std::size_t, int, methods::Answer)>;
    using OnRefused = std::function<Result<void>(std::size_t, std::string)>;

    Talks(engine::Session& session, PictureBook& book,
        std::span<const methods::Conversation> conversations, OnAnswer onAnswer,
        OnRefused onRefused, methods::StepContext& context);

    /// Errors: Stopped, and those of the callbacks.
    [[nodiscard]] Result<void> hold(const engine::GenerationOptions& options);

    std::optional<engine::Opening> next() override;
    std::optional<engine::NextTurn> said(
        std::size_t conversation, int turn, const engine::Turn& said) override;
    void refused(std::size_t conversation, const Error& reason) override;
    bool stopRequested() override;
    std::string text(std::span<const std::int64_t> ids) override;

private:
    /// How far one conversation has come.
    struct Course {
        std::vector<text::Message> messages; ///< up to the question that is open
        std::string text; ///< what the model has read, all turns
        std::string pixelsSha256;
        std::vector<CorruptionRow> corruptions; ///< what was done to its pictures
        int answered = 0; ///< turns
        bool over = false;
        bool paused = false; ///< goes on in the second pass
        std::vector<std::function<Result<void>()>> untold; ///< what came of it, in order
    };
    Result<std::vector<engine::SeenPicture>> picturesOf(std::size_t which);
    Result<engine::SeenPicture> pictureOf(std::size_t which, std::size_t position);
    Result<engine::Opening> open(std::size_t which);
    void refuse(std::size_t which, const std::string& reason);
    void tell();
    void tellAll(Course& course);

    engine::Session& m_session;
    PictureBook& m_book;
    std::span<const methods::Conversation> m_conversations;
    OnAnswer m_onAnswer;
    OnRefused m_onRefused;
    methods::StepContext& m_context;
    std::vector<Course> m_courses;
    std::vector<std::size_t> m_byNumber; ///< the engine's number -> conversation
    std::size_t m_next = 0;
    std::size_t m_told = 0; ///< all about the conversations before this one has been told
    bool m_repeated = false; ///< second pass: the pictures stand twice in front of the first text
    std::optional<Error> m_problem; ///< the first that a callback returned
};

} // namespace slook::worker
