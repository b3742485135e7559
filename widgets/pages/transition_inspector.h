#pragma once
#include "pages/item_inspector.h"

class QTabBar;

namespace slook::gui {

class TextView;

/// One transition in full: the pixels' hash, the exact prompt, the answer, and what every
/// extractor made of it, rule by rule.
class TransitionInspector final : public InspectorColumn {
    Q_OBJECT
public:
    explicit TransitionInspector(const PageParts& parts, QWidget* parent = nullptr);
    void show(const std::optional<TransitionRow>& row, const std::string& extractor);

protected:
    void changeEvent(QEvent* event) override;

private:
    void showAnswer();
    [[nodiscard]] QString trace(const AnswerDetail& answer, const std::string& gold) const;
    PageParts m_parts;
    QLabel* m_pixels;
    QTabBar* m_turns;
    TextView* m_answer;
    QLabel* m_trace;
    TextView* m_prompt;
    QLabel* m_decoding;
    TransitionDetail m_detail;
    std::string m_gold;
    std::string m_extractor;
    bool m_known = false;
    int m_request = 0;
};

} // namespace slook::gui
