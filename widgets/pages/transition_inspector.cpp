#include "pages/transition_inspector.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "parts/text_view.h"
#include <QEvent>
#include <QLabel>
#include <QTabBar>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {

TransitionInspector::TransitionInspector(const PageParts& parts, QWidget* parent)
    : InspectorColumn(parent)
    , m_parts(parts)
    , m_pixels(codeLabel())
    , m_turns(new QTabBar)
    , m_answer(new TextView(true))
    , m_trace(codeLabel())
    , m_prompt(new TextView(true))
    , m_decoding(mutedLabel())
{
    setObjectName(QStringLiteral("transitionInspector"));
    m_trace->setObjectName(QStringLiteral("extractionTrace"));
    m_prompt->setObjectName(QStringLiteral("exactPrompt"));
    m_turns->addTab(tr("First answer"));
    m_turns->addTab(tr("After review"));
    m_turns->setDrawBase(false);
    constexpr int answerLines = 12;
    constexpr int promptLines = 14;
    m_answer->setMostLines(answerLines);
    m_prompt->setMostLines(promptLines);
    for (QWidget* widget : std::initializer_list<QWidget*> { m_pixels, m_turns, m_answer,
             heading(tr("Extraction trace")), m_trace, heading(tr("Exact prompt")), m_prompt,
             heading(tr("Decoding")), m_decoding })
        column()->addWidget(widget);
    column()->addStretch(1);
    connect(m_turns, &QTabBar::currentChanged, this, &TransitionInspector::showAnswer);
    show({}, {});
}

void TransitionInspector::show(
    const std::optional<TransitionRow>& row, const std::string& extractor)
{
    const int request = ++m_request;
    m_known = false;
    widget()->setVisible(row.has_value());
    if (!row)
        return;
    m_gold = row->answer;
    m_extractor = extractor;
    showPicture(m_parts.workspace, row->images.empty() ? ImageId {} : row->images.front());
    m_parts.workspace.transition(
        *row, this, [this, request](const Result<TransitionDetail>& detail) {
            if (request != m_request)
                return;
            if (!detail)
                return m_trace->setText(fromUtf8(message(detail.error())));
            m_detail = *detail;
            m_known = true;
            showAnswer();
        });
}

QString TransitionInspector::trace(const AnswerDetail& answer, const std::string& gold) const
{
    QStringList lines;
    for (const ExtractionRow& one : answer.extractions) {
        const QString verdict = !one.correct ? tr("?")
            : *one.correct                   ? tr("✓ right")
                                             : tr("✗ wrong");
        lines << (one.extractor == m_extractor && !answer.byHand ? QStringLiteral("▸ ")
                                                                 : QStringLiteral("  "))
                + tr("%1: %2  %3")
                      .arg(fromUtf8(one.extractor),
                          one.answer.empty() ? tr("nothing found")
                                             : clipped(oneLine(one.answer), 80),
                          verdict);
        lines << (one.rule.empty() ? tr("    no rule matched")
                                   : tr("    %1  at %2–%3")
                                         .arg(clipped(oneLine(one.rule), 120))
                                         .arg(one.begin)
                                         .arg(one.end));
    }
    if (answer.byHand)
        lines << tr("▸ by hand: %1  %2")
                     .arg(answer.byHand->answer.empty()
                             ? tr("nothing said")
                             : clipped(oneLine(answer.byHand->answer), 80),
                         *answer.byHand->correct ? tr("✓ right") : tr("✗ wrong"))
              << QStringLiteral("    ") + clipped(oneLine(answer.byHand->reason), 400);
    lines << tr("  known answer: %1").arg(clipped(oneLine(gold), 80));
    return lines.join(QLatin1Char('\n'));
}

void TransitionInspector::showAnswer()
{
    if (!m_known)
        return;
    const AnswerDetail& answer = m_turns->currentIndex() == 0 ? m_detail.first : m_detail.refined;
    const ResponseRow& response = answer.response;
    const bool same =
        m_detail.first.response.pixelsSha256 == m_detail.refined.response.pixelsSha256;
    m_pixels->setText(
        tr("pixels %1 · %2")
            .arg(shortHash(response.pixelsSha256),
                same ? tr("same in both turns ✓") : tr("not the same in both turns")));
    m_pixels->setToolTip(tooltip(
        tr("SHA-256 of the pixels that the model got: %1").arg(fromUtf8(response.pixelsSha256))));
    const auto used = std::ranges::find(answer.extractions, m_extractor, &ExtractionRow::extractor);
    MarkedText text { fromUtf8(response.text), {} };
    if (used != answer.extractions.end())
        markSpan(text, response.text, *used, tokensOf(this));
    m_answer->show(text);
    m_trace->setText(trace(answer, m_gold));
    m_prompt->show({ fromUtf8(response.prompt), {} });
    m_decoding->setText(tr("%1\n%2 tokens, ended by %3, log-prob %4, %5 s")
                            .arg(clipped(oneLine(response.decoding), 400))
                            .arg(response.tokenIds.size())
                            .arg(fromUtf8(response.finish), number(response.logprob, 4),
                                number(response.seconds, 2)));
}

void TransitionInspector::changeEvent(QEvent* event)
{
    InspectorColumn::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showAnswer(); // the marks are coloured by hand
}

} // namespace slook::gui
