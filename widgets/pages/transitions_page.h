#pragma once
#include "pages/page.h"
#include "workbench/transition_groups.h"

class QComboBox;
class QLabel;
class QLayout;
class QTimer;

namespace slook::gui {

class AnswerDelegate;
class FilterBar;
class RowTable;
class SelectionTie;
class TransitionInspector;
class TransitionMatrix;
class SmallMultiples;
class TransitionModel;

/// How reviews changed answers: the matrix of types, and every row with both answers.
class TransitionsPage final : public Page {
    Q_OBJECT
public:
    explicit TransitionsPage(const PageParts& parts);
    QWidget* inspector() override;
    QString statusText() const override;
    void refresh() override;
    void keep(QSettings& settings) const override;
    void recall(const QSettings& settings) override;
    void setType(int type); ///< 1 to 4, 0 for all: a word of the filter of all pages

private:
    void build();
    QWidget* buildTop();
    void addKeys();
    void show(const Result<TransitionRows>& rows);
    void readByOwnRules();
    void readByHand();
    void fillExtractors();
    void filter(); ///< shows the rows that pass the filter of all pages
    void summarise();
    QLayout* buildMultiples();
    void readMultiples();
    void showMultiples(std::vector<workbench::TransitionGroup> groups);
    void choose(const workbench::TransitionGroup& group); ///< filters all pages by it

    TransitionModel* m_model;
    RowTable* m_table;
    AnswerDelegate* m_delegate;
    TransitionMatrix* m_matrix;
    QComboBox* m_stage;
    QComboBox* m_extractor;
    FilterBar* m_filter;
    SelectionTie* m_selection = nullptr;
    QLabel* m_summary;
    QLabel* m_disagree;
    QLabel* m_which;
    TransitionInspector* m_inspector = nullptr;
    QComboBox* m_by; ///< what the small multiples are of
    SmallMultiples* m_multiples;
    QTimer* m_multiplesPause; ///< they are read when the filter rests
    std::vector<workbench::TransitionGroup> m_groups;
    int m_multiplesRequest = 0;
    int m_request = 0;
    QString m_wantedExtractor; ///< of a reading that was just made
};

} // namespace slook::gui
