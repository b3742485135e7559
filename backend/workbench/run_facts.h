#pragma once
#include "workbench/item_facts.h"
#include <memory>

namespace slook::workbench {

/// Which questions a person wants to see, and in the light of which answers.
struct ItemQuery {
    std::string filter;
    RunId run; ///< whose answers, pairs and triplets the words are about; may be none
    std::string stage; ///< of its answers; empty: the first one
    std::string extractor = "ours";
};

/// First and last answers to many questions: TransitionRow without what the question is, packed.
class AnswerFacts {
public:
    /// @throws std::invalid_argument unless its item is larger than those before
    void add(const TransitionRow& row);
    /// Questions that the project no longer has: their import was undone, their answers are there.
    void setGone(ItemFacts questions) { m_gone = std::move(questions); }
    void shrink() { m_texts.shrink(); } ///< nothing more is added

    struct Row {
        ItemId item;
        ResponseId first, refined;
        bool firstCorrect = false, refinedCorrect = false, disagree = false;
        [[nodiscard]] int type() const
        {
            return firstCorrect ? (refinedCorrect ? 1 : 3) : (refinedCorrect ? 2 : 4);
        }
    };
    [[nodiscard]] const std::vector<Row>& rows() const { return m_rows; } ///< by item
    [[nodiscard]] int rowOf(ItemId item) const; ///< -1 where it has none
    /// Everything about the row. @param questions  of the project
    [[nodiscard]] TransitionRow transition(std::size_t row, const ItemFacts& questions) const;
    /// Adds what a filter asks about the row's answers.
    void describe(std::size_t row, FilterSubject& subject) const;

private:
    std::vector<Row> m_rows;
    PackedTexts m_texts; ///< first, refined, and what was read of each
    ItemFacts m_gone;
};

/// Pairs and triplets of a run as a filter asks about them, sorted by item.
struct PairFacts {
    struct Row {
        ItemId item;
        std::size_t text = 0; ///< row of `texts`
        PairId pair = {};
    };
    void add(const PairRow& pair); ///< sort() follows
    void sort();
    std::vector<Row> rows;
    PackedTexts texts; ///< chosen, rejected
};
struct TripletScore {
    ItemId item;
    double score = 0;
};

/// What one run found out about the questions.
struct RunFacts {
    RunId run;
    std::string stage;
    std::string extractor;
    std::int64_t lastSeq = 0; ///< newest event it is made of
    std::shared_ptr<const AnswerFacts> answers = std::make_shared<AnswerFacts>();
    PairFacts pairs;
    std::vector<TripletScore> triplets; ///< by item
};
/// @param questions  of the project
/// Errors: NotFound (no such run).
[[nodiscard]] Result<RunFacts> readRunFacts(
    const store::Project& project, const ItemFacts& questions, const ItemQuery& query);

} // namespace slook::workbench
