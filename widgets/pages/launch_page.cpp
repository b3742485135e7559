#include "pages/launch_page.h"
#include "pages/launch_form.h"
#include "pages/preflight_view.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/off_thread.h"
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStandardPaths>
#include <QVBoxLayout>
#include <ranges>

namespace slook::gui {
namespace {

} // namespace

QString presetFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation)
        + QStringLiteral("/presets");
}

LaunchPage::LaunchPage(const PageParts& parts)
    : Page(parts, QStringLiteral("launch"), tr("Launch"))
    , m_form(new LaunchForm(parts.workspace))
    , m_trial(new PreflightView)
    , m_splitter(new QSplitter(Qt::Vertical))
    , m_command(new QPlainTextEdit)
    , m_presets(new QMenu(this))
    , m_earlier(new QMenu(this))
    , m_try(addPageAction(tr("Try it first"), QKeySequence(tr("Ctrl+T"))))
    , m_start(addPageAction(tr("Start"), QKeySequence(tr("Ctrl+Return"))))
    , m_queue(addPageAction(tr("Add to the queue"), QKeySequence(tr("Ctrl+Shift+Return"))))
    , m_startAtOnce(addPageAction(tr("Start without a trial"), QKeySequence(tr("Ctrl+Alt+Return"))))
{
    build();
    connect(m_form, &LaunchForm::changed, this, &LaunchPage::showCommand);
    connect(m_try, &QAction::triggered, this, [this] { tryOut(Then::Nothing); });
    connect(m_start, &QAction::triggered, this, [this] { tryOut(Then::Start); });
    connect(m_queue, &QAction::triggered, this, [this] { tryOut(Then::Queue); });
    connect(m_startAtOnce, &QAction::triggered, this, [this] { start(false); });
    connect(m_presets, &QMenu::aboutToShow, this, &LaunchPage::fillPresets);
    connect(m_earlier, &QMenu::aboutToShow, this, [this] {
        workspace().runs(this, [this](const Result<std::vector<RunRow>>& runs) {
            fillEarlier(runs ? *runs : std::vector<RunRow>());
        });
    });
    connect(&parts.view, &View::changed, this,
        [this] { m_form->offerFilter(this->parts().view.text()); });
    refresh();
}

void LaunchPage::build()
{
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addWidget(buildTop());
    m_splitter->addWidget(m_form);
    m_splitter->addWidget(m_trial);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setChildrenCollapsible(false);
    column->addWidget(m_splitter, 1);
    column->addWidget(buildCommand());
    setContent(content,
        new EmptyState(tr("No questions yet"),
            tr("A run asks a model the questions of this project. Import some on the page Data "
               "(Ctrl+1) first.")));
}

QWidget* LaunchPage::buildTop()
{
    auto* top = new QWidget;
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(mutedLabel(tr("The run is a process of its own and goes on when this window is "
                                 "closed.")),
        1);
    auto* presets = new QPushButton(tr("Presets"));
    presets->setMenu(m_presets);
    auto* earlier = new QPushButton(tr("As an earlier run"));
    earlier->setMenu(m_earlier);
    row->addWidget(earlier);
    row->addWidget(presets);
    row->addWidget(actionButton(m_try));
    row->addWidget(actionButton(m_queue));
    row->addWidget(actionButton(m_start, true));
    return top;
}

QWidget* LaunchPage::buildCommand()
{
    auto* card = new Card;
    auto* row = new QHBoxLayout(card);
    row->setContentsMargins(14, 6, 8, 6);
    constexpr int height = 44;
    m_command->setObjectName(QStringLiteral("launchCommand"));
    m_command->setReadOnly(true);
    m_command->setFont(monospace());
    m_command->setFixedHeight(height);
    m_command->setFrameShape(QFrame::NoFrame);
    m_command->setToolTip(tr("The same run from a terminal"));
    auto* copy = new QPushButton(tr("Copy the command"));
    connect(copy, &QPushButton::clicked, this, [this] {
        QApplication::clipboard()->setText(m_command->toPlainText());
        emit workspace().said(tr("The command is on the clipboard."), false);
    });
    row->addWidget(m_command, 1);
    row->addWidget(copy);
    return card;
}

QString LaunchPage::statusText() const
{
    return m_trying ? tr("A trial is under way") : QString();
}

void LaunchPage::refresh()
{
    const auto& info = workspace().project();
    const bool may = !info.file.isEmpty() && !info.readOnly;
    for (QAction* action : { m_start, m_queue, m_startAtOnce })
        action->setEnabled(may && !m_trying);
    m_try->setEnabled(!info.file.isEmpty() && !m_trying);
    m_form->refresh();
    showCommand();
    workspace().sources(this, [this](const Result<std::vector<SourceRow>>& sources) {
        showEmpty(!sources || sources->empty());
    });
}

void LaunchPage::showCommand()
{
    const auto file = workspace().project().file.toStdString();
    m_command->setPlainText(fromUtf8(workbench::commandOf(m_form->launch(), file)));
}

void LaunchPage::tryOut(Then then)
{
    const auto launch = m_form->launch();
    if (then != Then::Nothing && m_passed == workbench::toText(launch))
        return start(then == Then::Queue);
    m_trying = true;
    m_trial->clear(tr("Trying it: eight questions, two training steps…"));
    refresh();
    emit statusChanged();
    workspace().preflight(launch, this,
        [this, then, text = workbench::toText(launch)](const Result<workbench::Preflight>& trial) {
            m_trying = false;
            m_passed = trial && trial->passed() ? text : std::string();
            tried(trial, then);
        });
}

void LaunchPage::tried(const Result<workbench::Preflight>& trial, Then then)
{
    refresh();
    emit statusChanged();
    if (!trial) {
        m_trial->clear(fromUtf8(message(trial.error())));
        return;
    }
    m_trial->show(*trial);
    const int half = m_splitter->height() / 2;
    m_splitter->setSizes({ half, half });
    // What was changed while the trial lasted was not tried.
    if (then != Then::Nothing && m_passed == workbench::toText(m_form->launch()))
        start(then == Then::Queue);
}

void LaunchPage::start(bool queued)
{
    workspace().launch(m_form->launch(), queued, this, [this, queued](const Result<RunRow>& run) {
        if (!run) {
            m_trial->clear(fromUtf8(message(run.error())));
            emit workspace().said(fromUtf8(message(run.error())), true);
            return;
        }
        parts().choice.set(run->id);
        emit workspace().said(
            (queued ? tr("%1 waits in the queue.") : tr("%1 is at work.")).arg(oneLine(run->name)),
            false);
        emit started(run->id);
    });
}

void LaunchPage::fillPresets()
{
    m_presets->clear();
    connect(m_presets->addAction(tr("Save as a preset…")), &QAction::triggered, this,
        &LaunchPage::savePreset);
    connect(m_presets->addAction(tr("Load a file…")), &QAction::triggered, this, [this] {
        const QString file = QFileDialog::getOpenFileName(
            this, tr("Load a preset"), presetFolder(), tr("Presets (*.json)"));
        if (!file.isEmpty())
            loadPreset(file);
    });
    m_presets->addSeparator();
    const auto list = [] {
        return QDir(presetFolder()).entryInfoList({ QStringLiteral("*.json") }, QDir::Files);
    };
    offThread(this, list, [this](const QFileInfoList& files) {
        for (const QFileInfo& one : files)
            connect(addForeignAction(m_presets, oneLine(one.completeBaseName().toStdString())),
                &QAction::triggered, this, [this, file = one.filePath()] { loadPreset(file); });
    });
}

void LaunchPage::savePreset()
{
    QDir().mkpath(presetFolder()); // the dialog that follows begins there
    const QString file = QFileDialog::getSaveFileName(this, tr("Save as a preset"),
        presetFolder() + QStringLiteral("/preset.json"), tr("Presets (*.json)"));
    if (file.isEmpty())
        return;
    saveText(
        file, workbench::toText(m_form->launch()), this, [this, file](const Result<void>& saved) {
            emit workspace().said(saved
                    ? tr("Saved %1; secondlook-cli run --preset reads it too.").arg(file)
                    : fromUtf8(message(saved.error())),
                !saved);
        });
}

void LaunchPage::loadPreset(const QString& file)
{
    loadText(file, this, [this, file](const Result<std::string>& text) {
        take(text ? workbench::launchFromText(*text, file.toStdString()) : fail(text.error()));
    });
}

void LaunchPage::take(const Result<workbench::Launch>& launch)
{
    if (!launch)
        return emit workspace().said(fromUtf8(message(launch.error())), true);
    if (launch->audited.empty())
        return m_form->setLaunch(*launch);
    const auto file = workspace().project().file.toStdString();
    emit workspace().said(tr("That run trained on audited pairs and has no form here; press T on "
                             "the page Agreement, or: %1")
                              .arg(fromUtf8(workbench::commandOf(*launch, file))),
        true);
}

void LaunchPage::fillEarlier(const std::vector<RunRow>& runs)
{
    constexpr std::size_t most = 20;
    m_earlier->clear();
    for (const RunRow& run : runs | std::views::take(most))
        connect(addForeignAction(m_earlier, oneLine(run.name)), &QAction::triggered, this,
            [this, run] { takeFrom(run); });
}

void LaunchPage::takeFrom(const RunRow& run)
{
    workspace().read<workbench::Launch>(
        this, [run](const store::Project& project) { return workbench::launchOf(project, run); },
        [this](const Result<workbench::Launch>& launch) { take(launch); });
}

} // namespace slook::gui
