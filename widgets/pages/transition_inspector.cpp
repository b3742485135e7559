#include "pages/transition_inspector.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "parts/off_thread.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "services/queries.h"
#include <QEvent>
#include <QLabel>
#include <QTabBar>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {

TransitionInspector::TransitionInspector(const PageParts& parts, QWidget* parent)
    : InspectorColumn(parent)
    , m_parts(parts)
    , m_eye(new QTabBar)
    , m_seen(mutedLabel())
    , m_pixels(codeLabel())
    , m_turns(new QTabBar)
    , m_answer(new TextView(true))
    , m_trace(codeLabel())
    , m_prompt(new TextView(true))
    , m_tokens(new TextView(true))
    , m_decoding(mutedLabel())
{
    setObjectName(QStringLiteral("transitionInspector"));
    m_trace->setObjectName(QStringLiteral("extractionTrace"));
    m_prompt->setObjectName(QStringLiteral("exactPrompt"));
    m_eye->setObjectName(QStringLiteral("eyeTabs"));
    m_seen->setObjectName(QStringLiteral("seenText"));
    m_tokens->setObjectName(QStringLiteral("answerTokens"));
    m_eye->addTab(tr("File"));
    m_eye->addTab(tr("As the model saw it"));
    m_eye->setTabToolTip(1,
        tr("After resize, crop or padding, cut into tiles, with the patches of "
           "the vision tower (V)"));
    m_eye->setDrawBase(false);
    connect(m_eye, &QTabBar::currentChanged, this, &TransitionInspector::showEye);
    m_turns->addTab(tr("First answer"));
    m_turns->addTab(tr("After review"));
    m_turns->setDrawBase(false);
    constexpr int answerLines = 12;
    constexpr int promptLines = 14;
    m_answer->setMostLines(answerLines);
    m_prompt->setMostLines(promptLines);
    m_tokens->setMostLines(answerLines);
    for (QWidget* widget :
        std::initializer_list<QWidget*> { m_eye, m_seen, m_pixels, m_turns, m_answer,
            heading(tr("Extraction trace")), m_trace, heading(tr("Exact prompt")), m_prompt,
            heading(tr("Tokens of the answer")), m_tokens, heading(tr("Decoding")), m_decoding })
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
    m_image = row->images.empty() ? ImageId {} : row->images.front();
    showEye();
    m_parts.workspace.transition(
        *row, this, [this, request](const Result<TransitionDetail>& detail) {
            if (request != m_request)
                return;
            if (!detail)
                return m_trace->setText(fromUtf8(message(detail.error())));
            m_detail = *detail;
            m_known = true;
            showAnswer();
            readModel();
        });
}

void TransitionInspector::nextEye()
{
    m_eye->setCurrentIndex((m_eye->currentIndex() + 1) % m_eye->count());
}

void TransitionInspector::readModel()
{
    m_parts.workspace.read<RunRow>(
        this,
        [run = m_detail.first.response.run](
            const store::Project& project) { return runOf(project, run); },
        [this, request = m_request](const Result<RunRow>& run) {
            if (request != m_request)
                return;
            const std::string folder = run ? run->model : std::string();
            if (folder == m_folder)
                return showTokens();
            m_folder = folder;
            m_model.reset();
            showEye();
            offThread(
                this,
                [folder] {
                    auto model = workbench::PromptLength::of(folder);
                    return std::pair(folder,
                        model ? std::make_shared<const workbench::PromptLength>(std::move(*model))
                              : nullptr);
                },
                [this](
                    std::pair<std::string, std::shared_ptr<const workbench::PromptLength>> read) {
                    if (read.first != m_folder)
                        return;
                    m_model = std::move(read.second);
                    showEye();
                    showTokens();
                });
        });
}

void TransitionInspector::showEye()
{
    const int request = ++m_eyeRequest;
    m_seen->clear();
    m_seen->setVisible(m_eye->currentIndex() == 1);
    if (m_eye->currentIndex() == 0 || !m_image)
        return showPicture(m_parts.workspace, m_image);
    showPicture(m_parts.workspace, {}); // what is on its way is no longer wanted
    picture()->setMessage(tr("Reading…"));
    if (m_folder.empty())
        return picture()->setMessage(tr("Which model saw it is not known."));
    m_parts.workspace.read<SeenPatches>(
        this,
        [image = m_image, folder = m_folder, model = m_model](const store::Project& project) {
            return readSeenPatches(project, image, folder, model.get());
        },
        [this, request](const Result<SeenPatches>& seen) {
            if (request != m_eyeRequest)
                return;
            if (!seen)
                return picture()->setMessage(clipped(fromUtf8(message(seen.error())), 400));
            picture()->setImage(seen->image);
            QStringList facts {
                tr("%n tiles of %1×%1 pixels", nullptr, seen->tiles).arg(seen->tileSide)
            };
            if (seen->patch > 0)
                facts << tr("patches of %1×%1").arg(seen->patch);
            if (seen->places > 0)
                facts << tr("%n tokens of the prompt", nullptr, static_cast<int>(seen->places));
            m_seen->setText(facts.join(QStringLiteral(" · ")));
        });
}

/// Each token of the answer with its number, as the model's own vocabulary has it.
void TransitionInspector::showTokens()
{
    if (!m_known)
        return;
    constexpr std::size_t most = 1000;
    const AnswerDetail& answer = m_turns->currentIndex() == 0 ? m_detail.first : m_detail.refined;
    const auto& ids = answer.response.tokenIds;
    QStringList parts;
    for (std::size_t i = 0; i < std::min(ids.size(), most); ++i)
        parts << (m_model
                ? QStringLiteral("%1 %2").arg(ids[i]).arg(oneLine(m_model->pieceOf(ids[i])))
                : QString::number(ids[i]));
    if (ids.size() > most)
        parts << tr("… and %1 more").arg(ids.size() - most);
    m_tokens->show({ ids.empty() ? tr("not known") : parts.join(QStringLiteral("   ")), {} });
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
                      .arg(oneLine(one.extractor),
                          one.answer.empty() ? tr("nothing found")
                                             : clipped(oneLine(one.answer), 80),
                          verdict);
        lines << (one.rule.empty() ? tr("    no rule matched")
                                   : tr("    %1  at %2–%3")
                                         .arg(clipped(oneLine(one.rule), 120),
                                             QString::number(one.begin), QString::number(one.end)));
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
    showTokens();
    m_decoding->setText(tr("%1\n%2 tokens, ended by %3, log-prob %4, %5 s")
                            .arg(clipped(oneLine(response.decoding), 400),
                                QString::number(response.tokenIds.size()), oneLine(response.finish),
                                number(response.logprob, 4), number(response.seconds, 2)));
}

void TransitionInspector::changeEvent(QEvent* event)
{
    InspectorColumn::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showAnswer(); // the marks are coloured by hand
}

} // namespace slook::gui
