#include "pages/preflight_view.h"
#include "core/memory.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/tokens.h"
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

using Outcome = workbench::PreflightCheck::Outcome;

RowTable* trialTable(TextTableModel* model, const QList<int>& widths, int stretched)
{
    auto* table = new RowTable(24);
    table->setModel(model);
    table->setWidths(widths, stretched);
    return table;
}

QWidget* split(QWidget* left, QWidget* right)
{
    auto* splitter = new QSplitter;
    splitter->addWidget(left);
    splitter->addWidget(right);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 3);
    splitter->setChildrenCollapsible(false);
    return splitter;
}

/// Adds tokens one after the other; those that are learned in turns of two shades, so that their
/// borders are seen.
void addTokens(MarkedText& text, const std::vector<std::string>& tokens, const QColor& ground)
{
    bool odd = false;
    for (const std::string& token : tokens) {
        const int begin = static_cast<int>(text.text.size());
        text.text += fromUtf8(token);
        if (!ground.isValid())
            continue;
        QColor shade = ground;
        constexpr int strong = 110, faint = 60;
        shade.setAlpha(odd ? strong : faint);
        odd = !odd;
        QTextCharFormat format;
        format.setBackground(shade);
        text.marks.push_back({ begin, static_cast<int>(text.text.size()), format });
    }
}

} // namespace

PreflightView::PreflightView(QWidget* parent)
    : QWidget(parent)
    , m_says(plainLabel())
    , m_tabs(new QTabWidget)
    , m_checks(new TextTableModel({ tr("Outcome"), tr("What was checked") }, this))
    , m_rows(new TextTableModel(
          { tr("Question"), tr("Stage"), tr("Turn"), tr("Tokens"), tr("Answer") }, this))
    , m_examples(new TextTableModel(
          { tr("Question"), tr("Prompt"), tr("Pictures"), tr("Chosen"), tr("Rejected") }, this))
    , m_rowTable(trialTable(m_rows, { 110, 90, 50, 60, 240 }, 4))
    , m_exampleTable(trialTable(m_examples, { 140, 70, 70, 70, 80 }, 0))
    , m_prompt(new TextView(true))
    , m_tokens(new TextView(true))
    , m_job(new TextView(true))
{
    m_says->setObjectName(QStringLiteral("preflightSays"));
    m_tabs->setObjectName(QStringLiteral("preflightTabs"));
    auto* checks = trialTable(m_checks, { 90, 400 }, 1);
    checks->setObjectName(QStringLiteral("preflightChecks"));
    m_tabs->addTab(checks, tr("Checks"));
    m_tabs->addTab(split(m_rowTable, m_prompt), tr("What the model is asked"));
    m_tabs->addTab(split(m_exampleTable, m_tokens), tr("What is learned"));
    m_tabs->addTab(m_job, tr("Job file"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_says);
    column->addWidget(m_tabs, 1);
    connect(m_rowTable, &RowTable::rowChanged, this, &PreflightView::showRow);
    connect(m_exampleTable, &RowTable::rowChanged, this, &PreflightView::showExample);
    clear(tr("A trial asks eight questions and trains two steps before the run: it shows what the "
             "model is asked and what it learns, and how long and how much memory that takes."));
}

void PreflightView::clear(const QString& says)
{
    m_trial = {};
    m_says->setText(says);
    m_tabs->hide();
}

QString PreflightView::sentence(const workbench::Preflight& trial)
{
    QString text = trial.passed() ? tr("The trial went well.")
                                  : tr("The trial failed: the run would not go well.");
    if (trial.answerSeconds > 0)
        text += tr(" Answers take at most about %1.").arg(duration(trial.answerSeconds));
    if (trial.secondsPerStep > 0) {
        const double perHundred = 100.0 / trial.pairsPerStep * trial.secondsPerStep;
        text += (trial.trainings > 1
                ? tr(" Each 100 pairs take about %1 in each epoch of each of %2 trainings.")
                      .arg(duration(perHundred))
                      .arg(trial.trainings)
                : tr(" Each 100 pairs take about %1 in each epoch.").arg(duration(perHundred)));
    }
    if (trial.peakBytes > 0)
        text += tr(" Peak memory %1.")
                    .arg(fromUtf8(memoryText(static_cast<std::uint64_t>(trial.peakBytes))));
    return text;
}

void PreflightView::show(const workbench::Preflight& trial)
{
    m_trial = trial;
    m_says->setText(sentence(trial));
    std::vector<TextTableModel::Row> checks;
    for (const auto& one : trial.checks) {
        const QString mark = one.outcome == Outcome::Passed ? tr("✓ passed")
            : one.outcome == Outcome::Warning               ? tr("! note")
                                                            : tr("✗ failed");
        const int colour = one.outcome == Outcome::Passed ? 2
            : one.outcome == Outcome::Failed              ? 3
                                                          : 0;
        checks.push_back({ { mark, oneLine(one.text) }, { colour, 0 }, 0 });
    }
    m_checks->setRows(std::move(checks));
    std::vector<TextTableModel::Row> rows;
    for (const auto& row : trial.rows)
        rows.push_back({ { oneLine(row.key), fromUtf8(row.stage), QString::number(row.turn),
            QString::number(row.answerTokens), oneLine(row.answer) } });
    m_rows->setRows(std::move(rows));
    std::vector<TextTableModel::Row> examples;
    const auto count = [](const workbench::PreflightExample& one, std::size_t side) {
        return side < one.sides.size() ? QString::number(one.sides[side].size()) : QString();
    };
    for (const auto& one : trial.examples)
        examples.push_back({ { oneLine(one.key), QString::number(one.promptTokens),
            QString::number(one.imageTokens), count(one, 0), count(one, 1) } });
    m_examples->setRows(std::move(examples));
    m_job->show({ fromUtf8(trial.job), {} });
    m_tabs->show();
    m_rowTable->setCurrentIndex(m_rows->index(0, 0));
    m_exampleTable->setCurrentIndex(m_examples->index(0, 0));
}

void PreflightView::showRow(int row)
{
    MarkedText text;
    if (row >= 0 && row < static_cast<int>(m_trial.rows.size())) {
        const auto& one = m_trial.rows[static_cast<std::size_t>(row)];
        text.text = fromUtf8(one.prompt);
        addTokens(text, { one.answer }, tokensOf(this).accent);
    }
    m_prompt->show(text);
}

void PreflightView::showExample(int row)
{
    MarkedText text;
    if (row >= 0 && row < static_cast<int>(m_trial.examples.size())) {
        const auto& one = m_trial.examples[static_cast<std::size_t>(row)];
        const auto& colours = tokensOf(this);
        addTokens(text, one.prompt, {});
        for (std::size_t side = 0; side < one.sides.size(); ++side) {
            text.text += side == 0 ? tr("\n\nchosen, learned:\n") : tr("\n\nrejected, learned:\n");
            addTokens(text, one.sides[side], side == 0 ? colours.chosen : colours.rejected);
        }
    }
    m_tokens->show(text);
}

} // namespace slook::gui
