#pragma once
#include "image/corruption.h"
#include <QWidget>
#include <optional>
#include <vector>

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QSpinBox;

namespace slook::gui {

/// Asks for a corruption: operator, severity or numbers, seed.
class CorruptionForm final : public QWidget {
    Q_OBJECT
public:
    explicit CorruptionForm(QWidget* parent = nullptr);
    [[nodiscard]] std::string op() const;
    /// Nothing at severity 0, the picture as it is.
    [[nodiscard]] std::optional<image::Corruption> corruption() const;
    /// Of the strip: nothing at 0, and where the operator has fewer severities.
    [[nodiscard]] std::optional<image::Corruption> atSeverity(int severity) const;
    void setOperator(const QString& name);
    void setSeverity(int severity); ///< 0 to 5; the operator's standard where it has no such
    void roll(); ///< another seed

signals:
    void changed();

private:
    void showOperator();
    void showNumbers();

    QComboBox* m_operator;
    QLabel* m_says;
    QComboBox* m_severity; ///< data: 0 to 5, or -1 for numbers of one's own
    QFormLayout* m_numberForm;
    QSpinBox* m_seed;
    struct Number {
        std::string name;
        QDoubleSpinBox* box = nullptr;
    };
    std::vector<Number> m_numbers;
};

} // namespace slook::gui
