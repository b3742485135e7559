#include "pages/run_inspector.h"
#include "core/json.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "parts/text_view.h"
#include <QDateTime>
#include <QLabel>
#include <QVBoxLayout>
#include <nlohmann/json.hpp>

namespace slook::gui {
namespace {

constexpr int shownNotes = 40;

QString textOf(const runs::EventBody& body)
{
    if (const auto* one = std::get_if<runs::Started>(&body))
        return RunInspector::tr("%1 on %2, process %3, %4 threads, %5")
            .arg(one->resumed ? RunInspector::tr("resumed") : RunInspector::tr("started"),
                oneLine(one->host))
            .arg(one->pid)
            .arg(one->threads)
            .arg(oneLine(one->device));
    if (const auto* one = std::get_if<runs::StepBegan>(&body))
        return oneLine(one->title);
    if (const auto* one = std::get_if<runs::StepEnded>(&body))
        return RunInspector::tr("  took %1").arg(duration(one->seconds));
    if (const auto* one = std::get_if<runs::Artifact>(&body))
        return RunInspector::tr("wrote %1").arg(oneLine(one->path));
    if (const auto* one = std::get_if<runs::Note>(&body))
        return (one->level == "warning" ? QStringLiteral("⚠ ") : QString()) + oneLine(one->text);
    if (const auto* one = std::get_if<runs::Finished>(&body))
        return one->ending == runs::Ending::Done ? RunInspector::tr("done")
            : one->error.empty()                 ? RunInspector::tr("stopped")
                                                 : oneLine(one->error);
    return {};
}

QString indented(const std::string& text)
{
    const auto json = parseJson(text, "job.json");
    return json ? fromUtf8(dumpPretty(*json)) : fromUtf8(text);
}

} // namespace

RunInspector::RunInspector(QWidget* parent)
    : QScrollArea(parent)
    , m_title(largeLabel({}, 15))
    , m_facts(mutedLabel())
    , m_notes(plainLabel())
    , m_job(new TextView(true))
{
    setObjectName(QStringLiteral("runInspector"));
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* inside = new QWidget;
    inside->setBackgroundRole(QPalette::Base);
    inside->setAutoFillBackground(true);
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    constexpr int jobLines = 40;
    m_job->setMostLines(jobLines);
    for (QWidget* widget : std::initializer_list<QWidget*> { m_title, m_facts,
             heading(tr("What it said")), m_notes, heading(tr("Frozen job")), m_job })
        column->addWidget(widget);
    column->addStretch(1);
    setWidget(inside);
    inside->hide();
}

void RunInspector::show(const RunDetail& detail)
{
    const RunRow& run = detail.run;
    widget()->setVisible(static_cast<bool>(run.id));
    m_title->setText(oneLine(run.name));
    QStringList facts { tr("%1, created %2").arg(stateText(run.state), timeOf(run.time)),
        tr("model %1").arg(oneLine(run.model)), tr("job %1").arg(shortHash(run.jobSha256)) };
    if (run.started > 0 && run.finished >= run.started)
        facts << tr("took %1").arg(
            duration(static_cast<double>(run.finished - run.started) / 1000));
    if (!run.error.empty())
        facts << clipped(oneLine(run.error), 600);
    m_facts->setText(facts.join(QLatin1Char('\n')));
    QStringList lines;
    for (const runs::Event& event : detail.notes)
        if (const QString text = textOf(event.body); !text.isEmpty())
            lines
                << QDateTime::fromMSecsSinceEpoch(event.time).toString(QStringLiteral("HH:mm:ss  "))
                    + clipped(text, 400);
    if (lines.size() > shownNotes)
        lines = lines.mid(lines.size() - shownNotes);
    m_notes->setText(lines.isEmpty() ? tr("Nothing yet.") : lines.join(QLatin1Char('\n')));
    m_job->show({ indented(run.job), {} });
}

} // namespace slook::gui
