#pragma once
#include "models/score_lines.h"
#include "pages/page.h"
#include "workbench/triplet_sets.h"
#include <memory>

class QComboBox;
class QLabel;
class QSlider;

namespace slook::gui {

class HistogramCard;
class PictureView;
class PlotCard;
class RowTable;
class TextTableModel;
class TextView;
class TriangleGlyph;

/// What a run of triangular consistency made of pictures without labels: picture, question and
/// answer with what was made again of them; the scores with a threshold and weights to try out; and
/// whether consistent triplets are more often right.
class TrianglePage final : public Page {
    Q_OBJECT
public:
    explicit TrianglePage(const PageParts& parts);
    QString statusText() const override;
    void refresh() override;
    /// Shows these triplets, the seed's among them.
    void show(std::vector<workbench::JudgedTriplet> triplets);

protected:
    void changeEvent(QEvent* event) override;

private:
    using Triplets = std::shared_ptr<const std::vector<workbench::JudgedTriplet>>;
    /// What takes too long for the thread that draws.
    struct Analysis {
        workbench::SetProfile all, kept;
        workbench::TruthOfKept truth;
        std::vector<workbench::ScoreGroup> groups;
    };
    static Analysis analysed(
        const std::vector<workbench::JudgedTriplet>& triplets, const std::vector<bool>& kept);

    void build();
    QWidget* buildTop();
    QWidget* buildTriangle();
    QWidget* buildSet();
    void fillKinds();
    void weigh(); ///< scores anew by the weights
    void showThreshold(); ///< what is kept at the line, and the ten triplets next to it
    void showAnalysis(const Analysis& analysis);
    void showTriplet();
    void markTexts();
    void maskCorner();
    void judgeTriplets();
    [[nodiscard]] const workbench::JudgedTriplet* current() const;
    [[nodiscard]] std::vector<bool> keptNow() const;
    [[nodiscard]] std::string shownKind() const; ///< empty: all
    [[nodiscard]] bool isShown(const TripletRow& row) const;
    [[nodiscard]] QString linesText() const;

    Triplets m_triplets; ///< with the scores of the weights that are set
    std::vector<int> m_nearest; ///< rows of the table
    ScoreLines m_lines;
    HistogramCard* m_histogram;
    PlotCard* m_right;
    QSlider* m_weight; ///< of the question, in percent
    QLabel* m_weightText;
    QComboBox* m_kind;
    QLabel* m_counts;
    QLabel* m_truth;
    RowTable* m_table;
    TextTableModel* m_model;
    RowTable* m_profile;
    TextTableModel* m_profileModel;
    PictureView* m_picture;
    TriangleGlyph* m_glyph;
    QLabel* m_questionHead;
    QLabel* m_answerHead;
    TextView* m_question;
    TextView* m_questionAgain;
    TextView* m_answer;
    TextView* m_answerAgain;
    int m_request = 0;
    int m_pictureRequest = 0;
    int m_analysisRequest = 0;
};

} // namespace slook::gui
