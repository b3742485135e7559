#pragma once
#include "pages/page.h"
#include "services/laboratory_queries.h"
#include <array>

class QDoubleSpinBox;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QTabWidget;
class QTimer;

namespace slook::gui {

class Card;
class CorruptionForm;
class ModelDesk;
class SweepPanel;
class TextView;
class ZoomPicture;

/// The corruption laboratory: one picture as it is, corrupted, and the difference, as the file and
/// as a model sees it; what the model answers about both; sweeps over severities.
class LaboratoryPage final : public Page {
    Q_OBJECT
public:
    explicit LaboratoryPage(const PageParts& parts);
    ~LaboratoryPage() override;
    QString statusText() const override;
    void refresh() override;
    void choose(ItemId item); ///< shows the picture of this question, whatever the filter

private:
    void build();
    void addKeys();
    QWidget* buildTop();
    QWidget* buildPictures();
    QWidget* buildStrip();
    QWidget* buildAnswers();
    QWidget* buildForm();
    void showItems(const Result<ItemRows>& rows);
    void step(int by);
    void showItem();
    void askForPictures();
    void askForStrip();
    void show(const Result<LabPictures>& pictures);
    void showSide();
    void showNumbers();
    void showHashes();
    void toggleView();
    void askModel();
    void showAnswers(const Result<workbench::TrialResult>& result);
    void forgetAnswers();
    void chooseModel();
    void applyToView();
    void followZoom(ZoomPicture* leader);
    [[nodiscard]] std::optional<Item> item() const;
    [[nodiscard]] const LabSide& side() const; ///< file or model, as shown
    [[nodiscard]] std::string model() const; ///< folder; the embedded one where none is named

    struct Thumb {
        QPushButton* button = nullptr;
        int severity = 0;
    };

    ItemRows m_items;
    int m_row = 0;
    ItemId m_wanted; ///< to be shown once the questions are here
    LabPictures m_pictures;
    bool m_asSeen = false;
    int m_request = 0, m_stripRequest = 0, m_itemRequest = 0, m_modelRequest = 0;

    ModelDesk* m_desk;
    QTimer* m_pause; ///< before numbers that are being typed act
    QTabWidget* m_tabs;
    QLineEdit* m_filter;
    QLabel* m_where;
    QLabel* m_question;
    QPushButton* m_view;
    std::array<ZoomPicture*, 3> m_panes {}; ///< original, corrupted, difference
    std::array<QLabel*, 3> m_titles {};
    std::array<Thumb, 6> m_strip {};
    QLabel* m_numbers;
    QLabel* m_hashes;
    Card* m_badge;
    QLabel* m_badgeText;
    CorruptionForm* m_form;
    QDoubleSpinBox* m_gain;
    QLineEdit* m_model;
    QPlainTextEdit* m_prompt;
    QPushButton* m_ask;
    QLabel* m_flip;
    std::array<QLabel*, 2> m_answerHeads {};
    std::array<TextView*, 2> m_answers {};
    std::array<QLabel*, 2> m_tokens {};
    SweepPanel* m_sweep;
};

} // namespace slook::gui
