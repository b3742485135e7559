#include "pages/transitions_page.h"
#include "analysis/paired.h"
#include "methods/extract.h"
#include "models/transition_model.h"
#include "pages/filter_bar.h"
#include "pages/hand_dialog.h"
#include "pages/rules_dialog.h"
#include "pages/transition_inspector.h"
#include "parts/answer_delegate.h"
#include "parts/card.h"
#include "parts/matrix.h"
#include "parts/numbers.h"
#include "parts/off_thread.h"
#include "parts/small_multiples.h"
#include "parts/tables.h"
#include "parts/tokens.h"
#include "workbench/op_id.h"
#include <QAction>
#include <QComboBox>
#include <QPushButton>
#include <QSettings>
#include <QSignalBlocker>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr int rowHeight = 80;

enum class By { Benchmark, Category, Stage, Run }; // as in their box

} // namespace

TransitionsPage::TransitionsPage(const PageParts& parts)
    : Page(parts, QStringLiteral("transitions"), tr("Transitions"))
    , m_model(new TransitionModel(
          &parts.pictures, [this](ItemId item) { return this->parts().view.passes(item); },
          [this](ItemId item) { return this->parts().view.passesButType(item); }, this))
    , m_table(new RowTable(rowHeight))
    , m_delegate(new AnswerDelegate(m_table))
    , m_matrix(new TransitionMatrix)
    , m_stage(new QComboBox)
    , m_extractor(new QComboBox)
    , m_filter(new FilterBar(parts))
    , m_summary(plainLabel())
    , m_disagree(plainLabel())
    , m_which(heading({}))
    , m_by(new QComboBox)
    , m_multiples(new SmallMultiples)
    , m_multiplesPause(new QTimer(this))
{
    build();
    addKeys();
    connect(&parts.choice, &RunChoice::changed, this, [this] { refresh(); });
    connect(m_stage, &QComboBox::activated, this, [this] { refresh(); });
    connect(m_extractor, &QComboBox::activated, this, [this] { refresh(); });
    connect(&parts.view, &View::changed, this, &TransitionsPage::filter);
    connect(&parts.view, &View::selectionChanged, this, &Page::statusChanged);
    connect(m_matrix, &TransitionMatrix::typeChosen, this, &TransitionsPage::setType);
    connect(m_table, &RowTable::rowChanged, this, [this] {
        if (m_inspector)
            m_inspector->show(
                m_model->rowAt(m_table->currentRow()), m_extractor->currentText().toStdString());
        emit statusChanged();
    });
    refresh();
}

void TransitionsPage::build()
{
    m_table->setObjectName(QStringLiteral("transitionTable"));
    m_table->setModel(m_model);
    m_table->setEmptyText(tr("Nothing passes the filter. Ctrl+Shift+F clears it."));
    m_table->setItemDelegate(m_delegate);
    m_table->setItemDelegateForColumn(TransitionModel::PictureColumn, new PictureDelegate(m_table));
    m_table->setWidths({ 92, 230, 52, 200, 230, 110 }, TransitionModel::RefinedColumn);
    m_extractor->setObjectName(QStringLiteral("extractorBox"));
    for (const std::string_view name : methods::extractorNames())
        m_extractor->addItem(fromUtf8(name));
    m_extractor->setCurrentText(QStringLiteral("ours"));
    m_extractor->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_extractor->setToolTip(tr("The rules that read an answer out of the model's words"));
    m_stage->setToolTip(tr("The step of the run whose answers are shown"));
    m_stage->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_selection = new SelectionTie(
        parts().view, *m_table, [this](int row) { return m_model->idAt(row); },
        [this](ItemId item) { return m_model->rowOf(item); });

    auto* chooser = new QHBoxLayout;
    chooser->addWidget(new RunBox(parts()));
    chooser->addWidget(heading(tr("Stage")));
    chooser->addWidget(m_stage);
    chooser->addWidget(heading(tr("Extractor")));
    chooser->addWidget(m_extractor);
    auto* rules = new QPushButton(tr("Own rules…"));
    rules->setToolTip(tr("Read the answers by rules of your own (E)"));
    connect(rules, &QPushButton::clicked, this, &TransitionsPage::readByOwnRules);
    chooser->addWidget(rules);
    chooser->addStretch(1);
    auto* card = new Card;
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->addWidget(m_table);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(10);
    column->addLayout(chooser);
    column->addWidget(m_filter);
    column->addWidget(buildTop());
    column->addLayout(buildMultiples());
    column->addWidget(card, 1);
    auto* empty = new EmptyState(tr("No answers yet"),
        tr("Start a run on the page Launch (Ctrl+L). As soon as a question has been answered and "
           "reviewed, it appears here."));
    setContentOfRun(content, empty);
}

QWidget* TransitionsPage::buildTop()
{
    auto* top = new QWidget;
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    auto* left = new Card;
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(12, 10, 12, 12);
    leftColumn->addWidget(m_which);
    leftColumn->addWidget(m_matrix);
    auto* right = new Card;
    auto* rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(12, 10, 12, 12);
    rightColumn->addWidget(heading(tr("What the review did")));
    rightColumn->addWidget(m_summary);
    rightColumn->addWidget(m_disagree);
    rightColumn->addStretch(1);
    row->addWidget(left, 3);
    row->addWidget(right, 2);
    return top;
}

QLayout* TransitionsPage::buildMultiples()
{
    constexpr int restMilliseconds = 250;
    m_by->setObjectName(QStringLiteral("multiplesBy"));
    m_by->addItems({ tr("benchmark"), tr("category"), tr("stage"), tr("run (prompt, round)") });
    m_by->setToolTip(tr("What the small matrices are of; a click on one filters all pages"));
    m_multiplesPause->setSingleShot(true);
    m_multiplesPause->setInterval(restMilliseconds);
    connect(m_multiplesPause, &QTimer::timeout, this, &TransitionsPage::readMultiples);
    connect(m_by, &QComboBox::currentIndexChanged, this, &TransitionsPage::readMultiples);
    connect(m_multiples, &SmallMultiples::chosen, this, [this](int at) {
        if (at < static_cast<int>(m_groups.size()))
            choose(m_groups[static_cast<std::size_t>(at)]);
    });
    auto* left = new QVBoxLayout;
    left->addWidget(heading(tr("By")));
    left->addWidget(m_by);
    left->addStretch(1);
    auto* row = new QHBoxLayout;
    row->setSpacing(14);
    row->addLayout(left);
    row->addWidget(m_multiples, 1);
    return row;
}

void TransitionsPage::readMultiples()
{
    const int request = ++m_multiplesRequest;
    const auto by = static_cast<By>(m_by->currentIndex());
    const auto counts = parts().view.countedNow();
    if (by == By::Benchmark || by == By::Category) {
        offThread(
            this,
            [answers = m_model->rows().answers, questions = m_model->rows().table, counts, by] {
                return workbench::groupsOf(*answers, *questions,
                    by == By::Benchmark ? workbench::TransitionsBy::Benchmark
                                        : workbench::TransitionsBy::Category,
                    counts);
            },
            [this, request](std::vector<workbench::TransitionGroup> groups) {
                if (request == m_multiplesRequest)
                    showMultiples(std::move(groups));
            });
        return;
    }
    using Groups = std::vector<workbench::TransitionGroup>;
    workspace().read<Groups>(
        this,
        [run = parts().choice.run(), extractor = m_extractor->currentText().toStdString(), counts,
            by](const store::Project& project) {
            return by == By::Stage ? workbench::groupsByStage(project, run, extractor, counts)
                                   : workbench::groupsByRun(project, extractor, counts);
        },
        [this, request](const Result<Groups>& groups) {
            if (request == m_multiplesRequest)
                showMultiples(groups ? *groups : Groups());
        });
}

void TransitionsPage::showMultiples(std::vector<workbench::TransitionGroup> groups)
{
    m_groups = std::move(groups);
    std::vector<SmallMultiples::Multiple> all;
    for (const workbench::TransitionGroup& group : m_groups)
        all.push_back({ group.name.empty() ? tr("(none)") : oneLine(group.name), group.counts });
    m_multiples->setMultiples(all);
}

void TransitionsPage::choose(const workbench::TransitionGroup& group)
{
    switch (static_cast<By>(m_by->currentIndex())) {
    case By::Stage:
        m_stage->setCurrentText(fromUtf8(group.stage));
        return refresh();
    case By::Run:
        return parts().choice.set(group.run);
    default:
        break;
    }
    const QString field = m_by->currentIndex() == static_cast<int>(By::Benchmark)
        ? QStringLiteral("source")
        : QStringLiteral("category");
    const bool already = parts().view.wordOf(field) == fromUtf8(workbench::filterValue(group.name));
    parts().view.setWord(field, already ? QString() : fromUtf8(group.name));
}

void TransitionsPage::keep(QSettings& settings) const
{
    settings.setValue(QStringLiteral("transitions/by"), m_by->currentIndex());
}

void TransitionsPage::recall(const QSettings& settings)
{
    const int by = settings.value(QStringLiteral("transitions/by"), 0).toInt();
    m_by->setCurrentIndex(std::clamp(by, 0, m_by->count() - 1));
}

void TransitionsPage::addKeys()
{
    for (int type = 0; type <= 4; ++type) {
        const QString text =
            type == 0 ? tr("Show all types") : tr("Show only %1").arg(typeGlyph(type));
        auto* action = addPageAction(text, QKeySequence(Qt::Key_0 + type));
        connect(action, &QAction::triggered, this, [this, type] { setType(type); });
    }
    for (const auto& [key, by] : { std::pair(Qt::Key_J, 1), std::pair(Qt::Key_K, -1) }) {
        auto* step = addPageAction(by > 0 ? tr("Next row") : tr("Previous row"), key);
        connect(step, &QAction::triggered, m_table, [this, by = by] { m_table->step(by); });
    }
    auto* difference = addPageAction(tr("Mark the difference"), Qt::Key_X);
    difference->setCheckable(true);
    difference->setChecked(true);
    connect(difference, &QAction::toggled, this, [this](bool on) {
        m_delegate->showDifference = on;
        m_table->viewport()->update();
    });
    auto* rules = addPageAction(tr("Read answers by own rules…"), Qt::Key_E);
    connect(rules, &QAction::triggered, this, &TransitionsPage::readByOwnRules);
    auto* byHand = addPageAction(tr("Read these answers by hand…"), Qt::Key_O);
    connect(byHand, &QAction::triggered, this, &TransitionsPage::readByHand);
    auto* eye = addPageAction(tr("The picture's file, or what the model saw of it"), Qt::Key_V);
    connect(eye, &QAction::triggered, this, [this] {
        if (m_inspector)
            m_inspector->nextEye();
    });
    auto* find = addPageAction(tr("Find words"), QKeySequence(tr("Ctrl+F")));
    connect(find, &QAction::triggered, m_filter, &FilterBar::focusText);
    addMarkActions();
}

QWidget* TransitionsPage::inspector()
{
    if (!m_inspector) {
        m_inspector = new TransitionInspector(parts());
        m_inspector->show(
            m_model->rowAt(m_table->currentRow()), m_extractor->currentText().toStdString());
    }
    return m_inspector;
}

QString TransitionsPage::statusText() const
{
    return tr("%1 of %2 questions · %3 selected")
        .arg(m_model->rowCount())
        .arg(m_model->counts()[0])
        .arg(parts().view.selected().size());
}

void TransitionsPage::readByOwnRules()
{
    const TransitionQuery query { parts().choice.run(), m_stage->currentText().toStdString(),
        m_extractor->currentText().toStdString() };
    if (!query.run || query.stage.empty())
        return;
    auto* dialog = new RulesDialog(workspace(), query, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, run = query.run] {
        workspace().change<std::string>(
            this,
            [run, rules = dialog->rules()](
                store::Project& project) { return workbench::applyRules(project, run, rules); },
            [this](const Result<std::string>& name) {
                if (!name) {
                    emit workspace().said(fromUtf8(message(name.error())), true);
                    return;
                }
                m_wantedExtractor = fromUtf8(*name);
                emit workspace().said(
                    tr("The reading is kept as %1; Ctrl+Z takes it back.").arg(m_wantedExtractor),
                    false);
                workspace().contentMoved();
            });
    });
    dialog->open();
}

void TransitionsPage::readByHand()
{
    const auto row = m_model->rowAt(m_table->currentRow());
    if (!row)
        return;
    auto* dialog = new HandDialog(*row, m_model->isByHand(*row), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        workspace().change<bool>(
            this,
            [readings = dialog->readings(), id = workbench::newOpId()](
                store::Project& project) -> Result<bool> {
                if (auto read = project.readByHand(readings, id); !read)
                    return fail(read.error());
                return true;
            },
            [this](const Result<bool>& read) {
                if (!read)
                    return emit workspace().said(fromUtf8(message(read.error())), true);
                emit workspace().said(
                    tr("Kept beside what the extractors read; Ctrl+Z takes it back."), false);
                workspace().contentMoved();
            });
    });
    dialog->open();
}

/// The built-in extractors, and readings by own rules of this run.
void TransitionsPage::fillExtractors()
{
    const RunId run = parts().choice.run();
    workspace().read<std::vector<store::ExtractionSet>>(
        this, [run](const store::Project& project) { return project.extractionSets(run); },
        [this](const Result<std::vector<store::ExtractionSet>>& sets) {
            const QString old = std::exchange(m_wantedExtractor, {});
            const QString kept = old.isEmpty() ? m_extractor->currentText() : old;
            QStringList names;
            for (const std::string_view name : methods::extractorNames())
                names << fromUtf8(name);
            for (const auto& set : sets ? *sets : std::vector<store::ExtractionSet>())
                names << fromUtf8(set.name);
            QStringList shown;
            for (int i = 0; i < m_extractor->count(); ++i)
                shown << m_extractor->itemText(i);
            const bool chosenStays = names.contains(kept) && kept == m_extractor->currentText();
            if (names == shown && chosenStays)
                return;
            const QSignalBlocker quiet(m_extractor);
            m_extractor->clear();
            m_extractor->addItems(names);
            m_extractor->setCurrentText(names.contains(kept) ? kept : names.front());
            if (!chosenStays)
                refresh();
        });
}

void TransitionsPage::refresh()
{
    fillExtractors();
    const int request = ++m_request;
    const TransitionQuery query { parts().choice.run(), m_stage->currentText().toStdString(),
        m_extractor->currentText().toStdString() };
    if (!query.run)
        return show(TransitionRows {});
    workspace().transitions(query, this, [this, request](const Result<TransitionRows>& rows) {
        if (request == m_request)
            show(rows);
    });
}

void TransitionsPage::show(const Result<TransitionRows>& rows)
{
    const TransitionRows shown = rows ? *rows : TransitionRows {};
    const QSignalBlocker quiet(m_stage);
    m_stage->clear();
    for (const std::string& stage : shown.stages)
        m_stage->addItem(fromUtf8(stage));
    m_stage->setCurrentText(fromUtf8(shown.stage));
    parts().view.setAnswers(shown.stage, m_extractor->currentText().toStdString());
    m_model->setRows(shown);
    showEmpty(shown.stages.empty());
    filter();
}

void TransitionsPage::filter()
{
    const ItemId kept = m_model->idAt(m_table->currentRow());
    m_model->filter();
    m_matrix->setCounts(m_model->counts());
    const std::string only = parts().view.wordOf(QStringLiteral("type")).toStdString();
    int pressed = 0;
    for (int type = 1; type <= 4; ++type)
        if (only == workbench::typeName(type) || only == std::to_string(type))
            pressed = type;
    m_matrix->setType(pressed);
    m_multiplesPause->start();
    m_which->setText(tr("First answer → after review · %1 questions").arg(m_model->counts()[0]));
    summarise();
    m_selection->restore(std::max(0, m_model->rowOf(kept)));
    if (m_model->rowCount() == 0 && m_inspector)
        m_inspector->show({}, {});
    emit statusChanged();
}

void TransitionsPage::summarise()
{
    const auto& counts = m_model->counts();
    const int all = counts[0];
    m_disagree->setVisible(m_model->disagreements() > 0);
    if (all == 0)
        return m_summary->setText(tr("No question of this stage has two marked answers yet."));
    const double first = static_cast<double>(counts[1] + counts[3]) / all;
    const double refined = static_cast<double>(counts[1] + counts[2]) / all;
    const int wrongFirst = counts[2] + counts[4];
    const int rightFirst = counts[1] + counts[3];
    QStringList lines;
    lines << tr("first %1 → after review %2, %3")
                 .arg(percent(first), percent(refined), points(refined - first));
    lines << tr("McNemar exact p = %1 (n = %2 changed)")
                 .arg(pValue(analysis::mcnemarExact(counts[3], counts[2])))
                 .arg(counts[2] + counts[3]);
    lines << tr("gain: %1 of %2 wrong answers were put right").arg(counts[2]).arg(wrongFirst);
    lines << tr("harm: %1 of %2 right answers were spoilt").arg(counts[3]).arg(rightFirst);
    m_summary->setText(lines.join(QLatin1Char('\n')));
    QPalette warning = m_disagree->palette();
    warning.setColor(QPalette::WindowText, tokensOf(this).harm);
    m_disagree->setPalette(warning);
    m_disagree->setText(tr("Extractors disagree on %1 rows.").arg(m_model->disagreements()));
}

void TransitionsPage::setType(int type)
{
    parts().view.setWord(
        QStringLiteral("type"), type == 0 ? QString() : fromUtf8(workbench::typeName(type)));
}

} // namespace slook::gui
