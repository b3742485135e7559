#pragma once
#include "services/workspace.h"
#include "workbench/triplet_sets.h"
#include "workbench/triplet_trial.h"
#include <QDialog>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace slook::gui {

class ModelDesk;
class PictureView;
class TextView;

/// One corner of a triplet is masked and made again from the picture and the other one, which may
/// be changed first; the answer stands beside what was masked, with their similarity.
class CornerDialog final : public QDialog {
    Q_OBJECT
public:
    CornerDialog(Workspace& workspace, RunId run, workbench::JudgedTriplet triplet,
        QWidget* parent = nullptr);

private:
    struct Known {
        workbench::TripletModels models;
        std::string picture; ///< encoded bytes
    };
    void build();
    void read(RunId run);
    void fillModels();
    void showCorner(); ///< puts the corner that is not masked into the field, and asks
    void ask();
    void show(const methods::QuestionAnswer& corners, bool question,
        const Result<workbench::CornerAnswer>& answer);
    [[nodiscard]] bool masksQuestion() const;

    Workspace& m_workspace;
    workbench::JudgedTriplet m_triplet;
    Known m_known;
    ModelDesk* m_desk;
    int m_request = 0;
    QComboBox* m_corner;
    QComboBox* m_model;
    PictureView* m_picture;
    QLabel* m_givenHead;
    QPlainTextEdit* m_given;
    QLabel* m_maskedHead;
    TextView* m_masked;
    QLabel* m_againHead;
    TextView* m_again;
    QPushButton* m_ask;
};

} // namespace slook::gui
