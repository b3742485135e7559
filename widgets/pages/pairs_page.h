#pragma once
#include "pages/page.h"

class QComboBox;
class QLabel;

namespace slook::gui {

class FilterBar;
class PictureView;
class PlotCard;
class RowTable;
class SelectionTie;
class TextTableModel;
class TextView;
class Card;

/// The preference pairs of a run, one at a time: picture, prompt, chosen and rejected side by side.
class PairsPage final : public Page {
    Q_OBJECT
public:
    explicit PairsPage(const PageParts& parts);
    QString statusText() const override;
    void refresh() override;
    void keep(QSettings& settings) const override;
    void recall(const QSettings& settings) override;
    void goTo(PairId pair, const QString& preference); ///< of the chosen run

protected:
    void changeEvent(QEvent* event) override;
    void toggleMark(const std::string& name, const std::string& value) override; ///< of pairs
    [[nodiscard]] QString whatIsMarked() const override;

private:
    void build();
    QWidget* buildPair();
    void show(const Result<PairRows>& rows);
    void filter(); ///< lists the pairs whose questions pass the filter of all pages
    void sortBy(int order);
    void showMargins(); ///< of all pairs that are listed, in one line
    void showRewards(const PairItem& one);
    void chooseNegative(); ///< for an audit, or to look at
    void fill(PairId kept); ///< the rows that pass; this pair stays the current one
    void showPair();
    [[nodiscard]] const PairItem* current() const; ///< null where none is
    [[nodiscard]] std::vector<PairId> selectedPairs() const;
    void markTexts();
    void showPictures(const PairItem& one);
    void showClaim(workbench::PixelClaim claim);
    [[nodiscard]] static QString promptText(const PairItem& one);
    void exportPairs();

    TextTableModel* m_model;
    RowTable* m_table;
    QComboBox* m_preference;
    QComboBox* m_order;
    QAction* m_export;
    PictureView* m_picture;
    PictureView* m_corrupted; ///< as the model saw it for one side
    QLabel* m_corruption; ///< what was done to it
    Card* m_badge; ///< where a corruption is claimed that nothing shows
    QLabel* m_badgeText;
    QLabel* m_origin;
    QLabel* m_margins;
    PlotCard* m_rewards;
    QLabel* m_chosenHead;
    QLabel* m_rejectedHead;
    TextView* m_prompt;
    TextView* m_chosen;
    TextView* m_rejected;
    std::vector<PairItem> m_all; ///< of the preference
    std::vector<int> m_shown; ///< rows of the table, by their place in all
    FilterBar* m_filter;
    SelectionTie* m_selection = nullptr;
    bool m_difference = true;
    PairId m_wanted; ///< where goTo() wants to go, until its pairs are here
    int m_request = 0;
    int m_pictureRequest = 0;
};

} // namespace slook::gui
