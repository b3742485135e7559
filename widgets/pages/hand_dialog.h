#pragma once
#include "store/project.h"
#include <QDialog>
#include <array>

class QComboBox;
class QLineEdit;
class QPushButton;

namespace slook::gui {

/// A person reads both answers of a question in the place of the extractors: which option each one
/// means, or whether it is right where there are no options, and why.
class HandDialog final : public QDialog {
    Q_OBJECT
public:
    /// @param byHand  it is read by hand already, which can be taken back
    HandDialog(const TransitionRow& row, bool byHand, QWidget* parent);
    /// Of those that are read otherwise than they were; both where it is taken back.
    [[nodiscard]] std::vector<store::HandReading> readings() const;

private:
    struct Side {
        ResponseId response;
        std::string answer; ///< as it is read now
        bool correct = false;
        QComboBox* box = nullptr;
        int before = 0; ///< its place in the box
    };
    void fillBox(Side& side);
    void validate();

    TransitionRow m_row;
    std::array<Side, 2> m_sides;
    QLineEdit* m_reason;
    QPushButton* m_ok = nullptr;
    bool m_takenBack = false;
};

} // namespace slook::gui
