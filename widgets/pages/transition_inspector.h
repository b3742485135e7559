#pragma once
#include "pages/item_inspector.h"
#include "workbench/prompt_length.h"
#include <memory>

class QTabBar;

namespace slook::gui {

class TextView;

/// One transition in full: the picture as its file has it or as the model saw it, patch by patch,
/// the exact prompt, the answer with its tokens, and what every extractor made of it, rule by rule.
class TransitionInspector final : public InspectorColumn {
    Q_OBJECT
public:
    explicit TransitionInspector(const PageParts& parts, QWidget* parent = nullptr);
    void show(const std::optional<TransitionRow>& row, const std::string& extractor);
    void nextEye(); ///< the picture's file, or what the model saw of it

protected:
    void changeEvent(QEvent* event) override;

private:
    void showAnswer();
    void showEye();
    void showTokens();
    void readModel(); ///< of the run; its tokenizer is read once
    [[nodiscard]] QString trace(const AnswerDetail& answer, const std::string& gold) const;
    PageParts m_parts;
    QTabBar* m_eye;
    QLabel* m_seen; ///< what the model's eye makes of the picture, in numbers
    QLabel* m_pixels;
    QTabBar* m_turns;
    TextView* m_answer;
    QLabel* m_trace;
    TextView* m_prompt;
    TextView* m_tokens;
    QLabel* m_decoding;
    std::string m_folder; ///< of the model whose numbers are in m_model
    std::shared_ptr<const workbench::PromptLength> m_model; ///< null where it cannot be read
    ImageId m_image;
    int m_eyeRequest = 0;
    TransitionDetail m_detail;
    std::string m_gold;
    std::string m_extractor;
    bool m_known = false;
    int m_request = 0;
};

} // namespace slook::gui
