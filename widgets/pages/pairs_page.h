#pragma once
#include "pages/page.h"

class QComboBox;
class QLabel;

namespace slook::gui {

class PictureView;
class RowTable;
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

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    QWidget* buildPair();
    void show(const Result<PairRows>& rows);
    void showPair();
    void markTexts();
    void showPictures(const PairItem& one);
    void showClaim(workbench::PixelClaim claim);
    [[nodiscard]] static QString promptText(const PairItem& one);
    void exportPairs();

    TextTableModel* m_model;
    RowTable* m_table;
    QComboBox* m_preference;
    QAction* m_export;
    PictureView* m_picture;
    PictureView* m_corrupted; ///< as the model saw it for one side
    QLabel* m_corruption; ///< what was done to it
    Card* m_badge; ///< where a corruption is claimed that nothing shows
    QLabel* m_badgeText;
    QLabel* m_origin;
    QLabel* m_chosenHead;
    QLabel* m_rejectedHead;
    TextView* m_prompt;
    TextView* m_chosen;
    TextView* m_rejected;
    std::vector<PairItem> m_rows;
    bool m_difference = true;
    int m_request = 0;
    int m_pictureRequest = 0;
};

} // namespace slook::gui
