#pragma once
#include "pages/page.h"

class QComboBox;
class QLabel;

namespace slook::gui {

class AnswerDelegate;
class FilterBar;
class RowTable;
class SelectionTie;
class TransitionInspector;
class TransitionMatrix;
class TransitionModel;

/// How reviews changed answers: the matrix of types, and every row with both answers.
class TransitionsPage final : public Page {
    Q_OBJECT
public:
    explicit TransitionsPage(const PageParts& parts);
    QWidget* inspector() override;
    QString statusText() const override;
    void refresh() override;
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
    int m_request = 0;
    QString m_wantedExtractor; ///< of a reading that was just made
};

} // namespace slook::gui
