#pragma once
#include "services/workspace.h"
#include "workbench/triplet_sets.h"
#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;
class QSettings;
class QSpinBox;

namespace slook::gui {

class PictureView;
class TextView;

/// A person says which of a run's own questions and answers are true of their pictures, one after
/// the other and without their scores. They are drawn evenly over the scores; what the person has
/// judged already is passed over, so that it can be gone on with. Each verdict is kept at once.
class TripletJudgeDialog final : public QDialog {
    Q_OBJECT
public:
    TripletJudgeDialog(Workspace& workspace, RunId run, QWidget* parent = nullptr);
    [[nodiscard]] int judged() const { return m_judged; } ///< verdicts that were kept

private:
    struct Material {
        std::vector<workbench::JudgedTriplet> triplets;
        std::vector<store::TripletVerdict> verdicts;
    };
    void build();
    QWidget* buildStart();
    QWidget* buildVerdicts();
    void begin();
    void take(Material material);
    void showCurrent();
    void say(std::optional<bool> right);
    void back();
    void setVerdictsEnabled(bool enabled);
    [[nodiscard]] std::string annotator() const;

    Workspace& m_workspace;
    RunId m_run;
    Material m_material;
    std::vector<std::size_t> m_order; ///< of the triplets, those that are judged already first
    std::size_t m_at = 0; ///< in the order
    int m_judged = 0;
    bool m_saving = false;
    int m_request = 0;
    QLineEdit* m_annotator;
    QSpinBox* m_count;
    QPushButton* m_begin;
    QLabel* m_progress;
    PictureView* m_picture;
    TextView* m_question;
    TextView* m_answer;
    QPushButton* m_right;
    QPushButton* m_wrong;
    QPushButton* m_unclear;
    QPushButton* m_back;
};

} // namespace slook::gui
