#include "pages/rules_dialog.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/tokens.h"
#include <QDialogButtonBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int trialMilliseconds = 250;

/// What most answers are read by, to begin with.
QString firstRules()
{
    return RulesDialog::tr("# one expression a line; the first that matches reads the answer\n")
        + QStringLiteral("##\\s*([A-Z])\\s*##\n"
                         "(?i)answer is:?\\s*\\(?([A-Z])\\b\n"
                         "last: \\b([A-Z])\\.\n");
}

} // namespace

RulesDialog::RulesDialog(Workspace& workspace, const TransitionQuery& query, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_query(query)
    , m_rules(new QPlainTextEdit(firstRules()))
    , m_says(plainLabel())
    , m_table(new RowTable(26))
    , m_model(new TextTableModel(
          { tr("Type"), tr("Turn"), tr("Read before"), tr("Read now"), tr("Question") }, this))
    , m_answer(new TextView)
    , m_pause(new QTimer(this))
{
    setObjectName(QStringLiteral("rulesDialog"));
    setWindowTitle(tr("Read answers by own rules"));
    resize(1000, 640);
    build();
    m_pause->setSingleShot(true);
    m_pause->setInterval(trialMilliseconds);
    connect(m_rules, &QPlainTextEdit::textChanged, m_pause, qOverload<>(&QTimer::start));
    connect(m_pause, &QTimer::timeout, this, &RulesDialog::tryRules);
    connect(m_table, &RowTable::rowChanged, this, &RulesDialog::showRow);
    tryRules();
}

void RulesDialog::build()
{
    constexpr int rulesHeight = 150, answerHeight = 110;
    m_rules->setObjectName(QStringLiteral("rulesText"));
    m_rules->setFont(monospace());
    m_rules->setFixedHeight(rulesHeight);
    m_rules->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_says->setObjectName(QStringLiteral("rulesSay"));
    m_table->setObjectName(QStringLiteral("rulesTable"));
    m_table->setModel(m_model);
    m_table->setWidths({ 90, 50, 150, 150, 300 }, 4);
    m_table->setEmptyText(tr("No answer is read otherwise."));
    m_answer->setFixedHeight(answerHeight);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_apply = buttons->addButton(tr("Keep this reading"), QDialogButtonBox::AcceptRole);
    m_apply->setToolTip(tr("As an extractor of its own, beside the others; Ctrl+Z takes it back"));
    m_apply->setEnabled(false);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(mutedLabel(tr("Regular expressions in Perl's syntax, tried in this order. "
                                    "Group 1 is the answer; “last:” before one takes its last "
                                    "match. Compared with “%1” on the stage %2.")
                                     .arg(fromUtf8(m_query.extractor), fromUtf8(m_query.stage))));
    column->addWidget(m_rules);
    column->addWidget(m_says);
    column->addWidget(m_table, 1);
    column->addWidget(m_answer);
    column->addWidget(buttons);
}

std::string RulesDialog::rules() const
{
    return m_rules->toPlainText().toStdString();
}

void RulesDialog::tryRules()
{
    const int request = ++m_request;
    m_workspace.read<workbench::RuleTrial>(
        this,
        [query = m_query, text = rules()](const store::Project& project) {
            return workbench::tryRules(project, query.run, query.stage, query.extractor, text);
        },
        [this, request](const Result<workbench::RuleTrial>& trial) {
            if (request == m_request)
                show(trial);
        });
}

void RulesDialog::show(const Result<workbench::RuleTrial>& trial)
{
    m_apply->setEnabled(trial.has_value());
    QPalette colours = palette();
    if (!trial)
        colours.setColor(QPalette::WindowText, tokensOf(this).harm);
    m_says->setPalette(colours);
    if (!trial) // what was found before stays
        return m_says->setText(fromUtf8(message(trial.error())));
    m_trial = *trial;
    QStringList moves;
    for (std::size_t from = 1; from <= 4; ++from)
        for (std::size_t to = 1; to <= 4; ++to)
            if (from != to && m_trial.moves[from][to] > 0)
                moves << tr("%1 → %2: %3")
                             .arg(
                                 typeGlyph(static_cast<int>(from)), typeGlyph(static_cast<int>(to)))
                             .arg(m_trial.moves[from][to]);
    m_says->setText(
        tr("%1 of %2 questions change their type%3. %4 answers are read otherwise.")
            .arg(m_trial.moved())
            .arg(m_trial.questions)
            .arg(moves.isEmpty() ? QString()
                                 : QStringLiteral(" (%1)").arg(moves.join(QStringLiteral(", "))))
            .arg(m_trial.readings));
    std::vector<TextTableModel::Row> rows;
    for (const auto& row : m_trial.rows) {
        const bool moved = row.oldType != row.newType;
        rows.push_back(
            { { moved ? typeGlyph(row.oldType) + QStringLiteral(" → ") + typeGlyph(row.newType)
                      : typeGlyph(row.newType),
                  QString::number(row.turn), oneLine(row.oldAnswer), oneLine(row.newAnswer),
                  oneLine(row.question) },
                { moved ? row.newType : 0 }, row.item.value });
    }
    m_model->setRows(std::move(rows));
    if (m_model->rowCount() > 0)
        m_table->selectRow(0);
    showRow(m_table->currentRow());
}

void RulesDialog::showRow(int row)
{
    if (row < 0 || row >= static_cast<int>(m_trial.rows.size()))
        return m_answer->show({});
    const auto& one = m_trial.rows[static_cast<std::size_t>(row)];
    MarkedText text { fromUtf8(one.text), {} };
    if (one.begin >= 0) {
        QTextCharFormat format;
        format.setBackground(tokensOf(this).mark);
        text.marks.push_back({ characterOf(one.text, static_cast<std::size_t>(one.begin)),
            characterOf(one.text, static_cast<std::size_t>(one.end)), format });
    }
    m_answer->show(text);
}

} // namespace slook::gui
