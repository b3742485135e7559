// The card at the end of a batch on the Audit page.
#include "pages/audit_page.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "workbench/audit_apply.h"
#include <QFileInfo>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace slook::gui {

QWidget* AuditPage::buildEnd()
{
    constexpr int titlePixels = 18;
    constexpr int widest = 700;
    m_endTitle = largeLabel({}, titlePixels);
    m_endText = plainLabel();
    m_endText->setObjectName(QStringLiteral("auditEnd"));
    auto* card = new Card;
    card->setStrip(-1);
    card->setFixedWidth(widest);
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(24, 20, 24, 20);
    inside->setSpacing(14);
    inside->addWidget(m_endTitle);
    inside->addWidget(m_endText);
    auto* row = new QHBoxLayout;
    const auto button = [this, row](const QString& text, auto act) {
        auto* made = new QPushButton(text);
        connect(made, &QPushButton::clicked, this, act);
        row->addWidget(made);
        return made;
    };
    m_endNext =
        button(tr("Agreement page"), [this] { emit wantsPage(QStringLiteral("agreement")); });
    m_endNext->setProperty("primary", true);
    button(tr("Next audit"), [this] { openNext(); });
    button(tr("Look at the pairs again"), [this] {
        m_stack->setCurrentIndex(ScreenPlace);
        showPair();
        m_left->setFocus();
    });
    row->addStretch(1);
    inside->addLayout(row);
    auto* end = new QWidget;
    auto* middle = new QHBoxLayout; // no alignment: it would cut off what wraps
    middle->addStretch(1);
    middle->addWidget(card);
    middle->addStretch(1);
    auto* column = new QVBoxLayout(end);
    column->addStretch(1);
    column->addLayout(middle);
    column->addStretch(2);
    return end;
}

void AuditPage::showEnd()
{
    m_finishing = false;
    const auto& session = m_state.session();
    m_stack->setCurrentIndex(EndPlace);
    m_endTitle->setText(tr("%1 · %2: all %3 are judged")
                            .arg(oneLine(session.batch.name), oneLine(session.annotator),
                                QString::number(m_state.count())));
    m_endText->clear();
    emit statusChanged();
    constexpr int resamples = 20; // its intervals are not shown here
    workspace().read<workbench::RaterReport>(
        this,
        [batch = session.batch, annotator = session.annotator](
            const store::Project& project) -> Result<workbench::RaterReport> {
            const auto report = workbench::auditReport(project, batch, resamples);
            if (!report)
                return fail(report.error());
            for (const auto& one : report->raters)
                if (one.name == annotator)
                    return one;
            return workbench::RaterReport();
        },
        [this](const Result<workbench::RaterReport>& own) {
            if (own)
                showEndOf(*own);
            else
                emit workspace().said(fromUtf8(message(own.error())), true);
        });
}

void AuditPage::showEndOf(const workbench::RaterReport& own)
{
    std::array<int, verdictCount> counts {};
    for (int i = 0; i < m_state.count(); ++i)
        if (const VerdictRow* verdict = m_state.verdictOf(i))
            ++counts.at(static_cast<std::size_t>(
                numberOf(*verdict, m_state.session().views[static_cast<std::size_t>(i)].task)));
    QStringList lines;
    QStringList said;
    for (int verdict = 0; verdict < verdictCount; ++verdict)
        if (const int count = counts.at(static_cast<std::size_t>(verdict)); count > 0)
            said << tr("%1 %2").arg(verdictName(verdict)).arg(count);
    lines << said.join(QStringLiteral(" · "));
    if (own.medianSeconds > 0)
        lines << tr("Seconds a pair: median %1, quartiles %2 and %3; %4 in less than two seconds.")
                     .arg(own.medianSeconds, 0, 'f', 1)
                     .arg(own.lowerSeconds, 0, 'f', 1)
                     .arg(own.upperSeconds, 0, 'f', 1)
                     .arg(own.fast);
    const auto share = [](const workbench::Share& one) {
        return tr("%1 %2, n %3").arg(percent(one.share), interval(one.low, one.high)).arg(one.n);
    };
    if (own.left.n > 0)
        lines << tr("The left answer was preferred in %1 (p %2 against one half).")
                     .arg(share(own.left), pValue(own.leftP));
    lines << (own.retest.n > 0
            ? tr("The same verdict when a pair came back with sides swapped: %1.")
                  .arg(share(own.retest))
            : tr("No pair came back with sides swapped."));
    if (const QString machine = machineText(); !machine.isEmpty())
        lines << machine;
    lines << (workbench::isSent(m_state.session().batch)
            ? tr("Next: close the program and send %1 back; it is merged where it came from.")
                  .arg(QFileInfo(workspace().project().file).fileName())
            : tr("Next: the Agreement page says what all annotators make of the pairs."));
    m_endText->setText(lines.join(QStringLiteral("\n\n")));
    m_endNext->setVisible(!workbench::isSent(m_state.session().batch));
}

/// How often the annotator and the machine agree; empty where that is not to be told.
QString AuditPage::machineText() const
{
    if (!m_reveal)
        return {};
    std::int64_t sided = 0;
    std::int64_t same = 0;
    for (int i = 0; i < m_state.count(); ++i) {
        const auto& view = m_state.session().views[static_cast<std::size_t>(i)];
        const VerdictRow* verdict = m_state.verdictOf(i);
        if (!verdict || !verdict->better || view.chosen.empty()
            || view.task.kind == TaskKind::Mirrored)
            continue;
        ++sided;
        same += (verdict->better == view.task.left) == (view.chosen == "left") ? 1 : 0;
    }
    const auto share = workbench::shareOf(same, sided);
    return sided == 0 ? QString()
                      : tr("You prefer the machine's choice in %1 %2, n %3.")
                            .arg(percent(share.share), interval(share.low, share.high))
                            .arg(sided);
}

void AuditPage::openNext()
{
    for (const Listed& one : m_listed)
        if (one.progress.annotator == m_state.session().annotator
            && one.batch.id != m_state.session().batch.id
            && one.progress.judged < one.progress.tasks)
            return start(one.batch.id, one.progress.annotator);
    m_stack->setCurrentIndex(ListPlace);
    m_table->setFocus();
    refresh();
}

} // namespace slook::gui
