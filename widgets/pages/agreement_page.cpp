#include "pages/agreement_page.h"
#include "models/text_table_model.h"
#include "pages/adjudication_dialog.h"
#include "pages/apply_dialog.h"
#include "pages/audit_exchange.h"
#include "pages/audited_training.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "services/print.h"
#include "workbench/audit_files.h"
#include <QAction>
#include <QComboBox>
#include <QFileDialog>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

QString groupText(const std::string& by, const std::string& name)
{
    return by == "all" ? AgreementPage::tr("all pairs")
                       : QStringLiteral("%1: %2").arg(oneLine(by), oneLine(name));
}

QString valueText(const workbench::Coefficient& one)
{
    if (!one.value)
        return QStringLiteral("–");
    const QString value = QString::number(*one.value, 'f', 3);
    return one.hasInterval ? AgreementPage::tr("%1 [%2, %3]")
                                 .arg(value)
                                 .arg(one.low, 0, 'f', 2)
                                 .arg(one.high, 0, 'f', 2)
                           : value;
}

QString shareText(const workbench::Share& one)
{
    return one.n == 0 ? QStringLiteral("–")
                      : AgreementPage::tr("%1 %2 n %3")
                            .arg(percent(one.share), interval(one.low, one.high))
                            .arg(one.n);
}

QWidget* titled(const QString& title, RowTable* table)
{
    auto* card = new Card;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 10, 1, 1);
    column->addWidget(heading(title));
    column->addWidget(table, 1);
    return card;
}

} // namespace

AgreementPage::AgreementPage(const PageParts& parts)
    : Page(parts, QStringLiteral("agreement"), tr("Agreement"))
    , m_batch(new QComboBox)
    , m_summary(mutedLabel())
    , m_meaning(plainLabel())
    , m_agreement(new TextTableModel(
          { tr("Pairs"), tr("Coefficient"), tr("Value, 95 %"), tr("n"), tr("Why undefined") },
          this))
    , m_precision(
          new TextTableModel({ tr("Pairs"), tr("Judged"), tr("Machine's choice is better"),
                                 tr("Tie"), tr("Both bad"), tr("Open"), tr("For training") },
              this))
    , m_raters(new TextTableModel(
          { tr("Annotator"), tr("Judged"), tr("Chose left"), tr("p"), tr("Same on mirrored pairs"),
              tr("Gold right"), tr("Seconds, quartiles"), tr("Under 2 s") },
          this))
    , m_matrix(new TextTableModel({ QString() }, this))
    , m_adjudicate(addPageAction(tr("Adjudicate conflicts…"), Qt::Key_A))
    , m_apply(addPageAction(tr("Apply to the pairs…"), Qt::Key_P))
{
    build();
    connect(m_adjudicate, &QAction::triggered, this, &AgreementPage::adjudicate);
    connect(m_apply, &QAction::triggered, this, &AgreementPage::apply);
    connect(m_batch, &QComboBox::activated, this, [this] { refresh(); });
    refresh();
}

QWidget* AgreementPage::buildTop()
{
    m_batch->setObjectName(QStringLiteral("agreementBatch"));
    m_batch->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    auto* top = new QWidget;
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(heading(tr("Audit")));
    row->addWidget(m_batch);
    row->addWidget(m_summary, 1);
    const auto button = [row](QAction* action, const QString& text) {
        row->addWidget(actionButton(action, false, text));
    };
    button(m_adjudicate, tr("Adjudicate…  A"));
    button(m_apply, tr("Apply…  P"));
    auto* train = addPageAction(tr("Train on audited pairs…"), Qt::Key_T);
    connect(train, &QAction::triggered, this, [this] { trainOnAuditedPairs(workspace(), this); });
    button(train, tr("Train…  T"));
    auto* out = addPageAction(tr("Export verdicts…"), QKeySequence(tr("Ctrl+E")));
    connect(out, &QAction::triggered, this, &AgreementPage::exportVerdicts);
    button(out, tr("Export…"));
    auto* in = addPageAction(tr("Import verdicts…"), QKeySequence(tr("Ctrl+I")));
    connect(in, &QAction::triggered, this, &AgreementPage::importVerdicts);
    button(in, tr("Import…"));
    auto* send = addPageAction(tr("Send to an adjudicator…"), QKeySequence(tr("Ctrl+Shift+S")));
    connect(send, &QAction::triggered, this, [this] {
        if (m_report.batch.id)
            sendAuditFile(workspace(), this, m_report.batch);
    });
    button(send, tr("Send…"));
    auto* report = addPageAction(tr("Write a report…"), QKeySequence(tr("Ctrl+R")));
    connect(report, &QAction::triggered, this, &AgreementPage::writeReport);
    button(report, tr("Report…"));
    return top;
}

void AgreementPage::build()
{
    constexpr int rowHeight = 28;
    const auto table = [](TextTableModel* model, const QString& name, const QList<int>& widths,
                           int stretched) {
        auto* made = new RowTable(rowHeight);
        made->setObjectName(name);
        made->setModel(model);
        made->setWidths(widths, stretched);
        return made;
    };
    m_agreement->setNumeric({ 3 });
    m_precision->setNumeric({ 1, 3, 4, 5 });
    m_raters->setNumeric({ 1, 3, 7 });
    m_meaning->setObjectName(QStringLiteral("agreementMeaning"));
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addWidget(buildTop());
    auto* card = new Card;
    card->setStrip(-1);
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(16, 8, 8, 8);
    inside->addWidget(m_meaning);
    column->addWidget(card);
    column->addWidget(titled(tr("Precision of the machine's labels"),
                          table(m_precision, QStringLiteral("precisionTable"),
                              { 170, 70, 200, 50, 90, 60, 260 }, 6)),
        4);
    auto* middle = new QHBoxLayout;
    middle->setSpacing(10);
    middle->addWidget(
        titled(tr("Agreement of annotators"),
            table(m_agreement, QStringLiteral("agreementTable"), { 150, 220, 150, 50, 100 }, 4)),
        3);
    m_matrixTable = table(m_matrix, QStringLiteral("matrixTable"), { 110 }, -1);
    middle->addWidget(titled(tr("Cohen's kappa, annotator by annotator"), m_matrixTable), 2);
    column->addLayout(middle, 5);
    column->addWidget(titled(tr("Annotators"),
                          table(m_raters, QStringLiteral("ratersTable"),
                              { 120, 70, 180, 60, 180, 150, 150, 80 }, 4)),
        3);
    setContent(content,
        new EmptyState(tr("No audit yet"),
            tr("Plan one on the Audit page; what people agree on, and how good the machine's "
               "labels "
               "are, stands here from the first verdict on.")));
}

QString AgreementPage::statusText() const
{
    return tr("%1 of %2 judgements").arg(m_report.batch.judged).arg(m_report.batch.tasks);
}

void AgreementPage::refresh()
{
    const int request = ++m_request;
    if (!isVisible())
        return; // intervals take a moment; it asks again when it is shown
    const auto wanted = m_batch->currentData().toString().toStdString();
    workspace().read<Read>(
        this,
        [wanted](const store::Project& project) -> Result<Read> {
            Read read;
            auto batches = project.audits();
            if (!batches)
                return fail(batches.error());
            read.batches = std::move(*batches);
            if (read.batches.empty())
                return read;
            const auto found = std::ranges::find_if(read.batches,
                [&](const AuditBatchRow& one) { return std::to_string(one.id.value) == wanted; });
            auto report = workbench::auditReport(
                project, found == read.batches.end() ? read.batches.front() : *found);
            if (!report)
                return fail(report.error());
            read.report = std::move(*report);
            return read;
        },
        [this, request](const Result<Read>& read) {
            if (request == m_request)
                show(read);
        });
}

void AgreementPage::show(const Result<Read>& read)
{
    if (!read && read.error().kind != ErrorKind::NotFound)
        emit workspace().said(fromUtf8(message(read.error())), true);
    m_report = read ? read->report : workbench::AuditReport {};
    {
        const QSignalBlocker quiet(m_batch);
        m_batch->clear();
        for (const AuditBatchRow& one : read ? read->batches : std::vector<AuditBatchRow>())
            m_batch->addItem(oneLine(one.name), QString::number(one.id.value));
        m_batch->setCurrentIndex(m_batch->findData(QString::number(m_report.batch.id.value)));
    }
    showEmpty(m_batch->count() == 0);
    if (m_batch->count() == 0)
        return;
    m_summary->setText(tr("%1 of %2 judgements, %3 pairs, %4 wait for an adjudicator")
                           .arg(m_report.batch.judged)
                           .arg(m_report.batch.tasks)
                           .arg(m_report.judgedPairs)
                           .arg(m_report.conflicts.size()));
    m_adjudicate->setEnabled(!m_report.conflicts.empty());
    m_apply->setEnabled(m_report.judgedPairs > 0 && !m_report.sent);
    showAgreement();
    showPrecision();
    showRaters();
    showMatrix();
    emit statusChanged();
}

void AgreementPage::showAgreement()
{
    std::vector<TextTableModel::Row> rows;
    for (const auto& group : m_report.agreement)
        for (const auto& one : group.coefficients)
            rows.push_back({ { groupText(group.by, group.name), oneLine(one.name), valueText(one),
                QString::number(one.n), oneLine(one.undefined) } });
    m_agreement->setRows(std::move(rows));
}

void AgreementPage::showPrecision()
{
    std::vector<TextTableModel::Row> rows;
    for (const auto& one : m_report.precision)
        rows.push_back({ { groupText(one.by, one.name), QString::number(one.judged),
            shareText(one.precision), QString::number(one.tie), QString::number(one.bothBad),
            QString::number(one.conflict), oneLine(one.meaning) } });
    QString text =
        m_report.precision.empty() ? QString() : oneLine(m_report.precision.front().meaning);
    if (m_report.sent)
        text = tr("This file was sent to be judged: it does not know what the machine chose. Send "
                  "it back to be merged.");
    if (m_report.weighted)
        text += tr(" Weighted by the size of the strata: %1.").arg(shareText(*m_report.weighted));
    if (!m_report.randomSample)
        text += tr(" The pairs were not drawn at random: this speaks for the judged pairs alone.");
    m_meaning->setText(text);
    m_precision->setRows(std::move(rows));
}

void AgreementPage::showRaters()
{
    std::vector<TextTableModel::Row> rows;
    for (const auto& one : m_report.raters)
        rows.push_back({ { oneLine(one.name), tr("%1 of %2").arg(one.judged).arg(one.tasks),
            shareText(one.left), one.left.n > 0 ? pValue(one.leftP) : QStringLiteral("–"),
            shareText(one.retest), shareText(one.gold),
            tr("%1 / %2 / %3")
                .arg(one.lowerSeconds, 0, 'f', 1)
                .arg(one.medianSeconds, 0, 'f', 1)
                .arg(one.upperSeconds, 0, 'f', 1),
            QString::number(one.fast) } });
    m_raters->setRows(std::move(rows));
}

void AgreementPage::showMatrix()
{
    QStringList titles { QString() };
    for (const auto& one : m_report.raters)
        titles << oneLine(one.name);
    std::vector<TextTableModel::Row> rows;
    for (const auto& a : m_report.raters) {
        QStringList cells { oneLine(a.name) };
        for (const auto& b : m_report.raters) {
            const auto found = std::ranges::find_if(m_report.matrix, [&](const auto& one) {
                return (one.a == a.name && one.b == b.name) || (one.a == b.name && one.b == a.name);
            });
            cells << (found == m_report.matrix.end()
                    ? QStringLiteral("·")
                    : tr("%1, n %2").arg(valueText(found->kappa)).arg(found->kappa.n));
        }
        rows.push_back({ cells });
    }
    m_matrix->setTitles(titles);
    m_matrix->setRows(std::move(rows));
    m_matrixTable->setWidths(QList<int>(titles.size(), 190), -1);
}

// What people do from here

template <class T> void AgreementPage::told(const Result<T>& result, const QString& sentence)
{
    emit workspace().said(result ? sentence : fromUtf8(message(result.error())), !result);
}

void AgreementPage::adjudicate()
{
    auto* dialog = new AdjudicationDialog(workspace(), m_report.batch, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::finished, this, [this] { refresh(); });
    dialog->open();
}

void AgreementPage::apply()
{
    auto* dialog = new ApplyDialog(workspace(), m_report, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        workspace().change<PairSetRow>(
            this,
            [report = m_report, options = dialog->options()](store::Project& project) {
                return workbench::applyAudit(project, report, options);
            },
            [this](const Result<PairSetRow>& set) {
                told(set,
                    set ? tr("%1 pairs are now called %2; undo takes them back.")
                              .arg(set->pairs)
                              .arg(oneLine(set->preference))
                        : QString());
                if (set)
                    workspace().contentMoved();
            });
    });
    dialog->open();
}

void AgreementPage::exportVerdicts()
{
    const QStringList forms { tr("JSON Lines (*.jsonl)"), tr("CSV (*.csv)"),
        tr("Argilla (*.jsonl)"), tr("LLM Comparator (*.json)") };
    QString chosen;
    const QString file = QFileDialog::getSaveFileName(this, tr("Export verdicts"),
        QStringLiteral("verdicts.jsonl"), forms.join(QStringLiteral(";;")), &chosen);
    if (file.isEmpty())
        return;
    std::string format = file.endsWith(QLatin1String(".csv")) ? "csv" : "jsonl";
    if (chosen == forms[2] || chosen == forms[3])
        format = chosen == forms[2] ? "argilla" : "llm-comparator";
    workspace().read<workbench::VerdictExport>(
        this,
        [batch = m_report.batch, format, path = file.toStdString()](const store::Project& project) {
            return workbench::exportVerdicts(project, batch, format, path);
        },
        [this](const Result<workbench::VerdictExport>& report) {
            QString sentence = tr("%1 verdicts written.").arg(report ? report->rows : 0);
            if (report)
                for (const std::string& lost : report->notCarried)
                    sentence += QLatin1Char(' ') + fromUtf8(lost);
            told(report, sentence);
        });
}

void AgreementPage::importVerdicts()
{
    const QString file = QFileDialog::getOpenFileName(
        this, tr("Import verdicts"), {}, tr("Verdicts (*.jsonl *.json *.csv)"));
    if (file.isEmpty())
        return;
    workspace().change<workbench::VerdictImport>(
        this,
        [batch = m_report.batch, path = file.toStdString()](
            store::Project& project) { return workbench::importVerdicts(project, batch, path); },
        [this](const Result<workbench::VerdictImport>& report) {
            told(report,
                tr("%1 verdicts taken in, %2 of them beside another one that goes on counting; %3 "
                   "known already.")
                    .arg(report ? report->verdicts : 0)
                    .arg(report ? report->conflicts : 0)
                    .arg(report ? report->known : 0));
            if (report)
                workspace().contentMoved();
        });
}

void AgreementPage::writeReport()
{
    const QString file = QFileDialog::getSaveFileName(
        this, tr("Write a report"), QStringLiteral("audit.pdf"), tr("PDF (*.pdf);;HTML (*.html)"));
    if (file.isEmpty())
        return;
    workspace().read<bool>(
        this,
        [report = m_report, path = file.toStdString()](
            const store::Project&) { return writeAuditReport(report, path); },
        [this](const Result<bool>& written) { told(written, tr("The report is written.")); });
}

} // namespace slook::gui
