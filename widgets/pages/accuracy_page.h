#pragma once
#include "pages/page.h"

class QComboBox;
class QLabel;

namespace slook::gui {

class Card;
class PlotCard;
class RowTable;
class TextTableModel;

/// Right answers before and after training, first and refined, with intervals, tests and controls.
class AccuracyPage final : public Page {
    Q_OBJECT
public:
    explicit AccuracyPage(const PageParts& parts);
    QString statusText() const override;
    void refresh() override;

private:
    void build();
    void show(const Result<AccuracyReport>& report);
    void showTable();
    void showCategories();
    void askForKinds();
    void showDescriptions(const workbench::DescriptionReport& report);
    void setDescribing(bool describing);
    void hideWhatIsNotMeasured(); ///< reviews and categories where there are none

    QAction* m_compare;
    QComboBox* m_extractor;
    QLabel* m_stageHead;
    QComboBox* m_stage;
    QComboBox* m_group; ///< categories or kinds of question
    QLabel* m_sentence;
    PlotCard* m_plot;
    PlotCard* m_byCategory;
    TextTableModel* m_model;
    RowTable* m_table;
    AccuracyReport m_report;
    std::vector<CategoryAccuracy> m_kinds; ///< of question, once they were asked for
    bool m_describing = false;
    int m_request = 0;
};

} // namespace slook::gui
