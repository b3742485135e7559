#include "demo_project.h"
#include "pages/accuracy_page.h"
#include "pages/compare_dialog.h"
#include "pages/import_dialog.h"
#include "pages/queue_strip.h"
#include "pages/rules_dialog.h"
#include "pages/triplet_judge_dialog.h"
#include "parts/small_multiples.h"
#include "services/pictures.h"
#include "services/queries.h"
#include "services/store_workspace.h"
#include "services/view.h"
#include "shell/history_panel.h"
#include "shell/main_window.h"
#include <QAbstractButton>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <optional>

using namespace slook;
using namespace slook::gui;

namespace {

constexpr int items = 60;

} // namespace

class StoreWorkspaceTest final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QCoreApplication::setOrganizationName(QStringLiteral("test"));
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
        m_file = m_folder.filePath(QStringLiteral("demo.slook"));
        auto project = test::makeSmallProject(m_file.toStdString(), items);
        QVERIFY2(project, project ? "" : message(project.error()).c_str());
        const auto run = test::addDemoRun(*project, items);
        QVERIFY2(run, run ? "" : message(run.error()).c_str());
        m_run = *run;
    }

    void itAnswersOnTheGuiThread()
    {
        StoreWorkspace workspace;
        open(workspace);
        ItemRows rows;
        bool here = false;
        workspace.items("category:colour", this, [&](const Result<ItemRows>& result) {
            here = QThread::currentThread() == thread();
            QVERIFY(result);
            rows = *result;
        });
        QTRY_VERIFY(here);
        QCOMPARE(rows.shown.size(), std::size_t(items / 2));
        QImage picture;
        workspace.picture(rows.table->images(0).front(), 24, this,
            [&](const Result<QImage>& result) { picture = result ? *result : QImage(); });
        QTRY_COMPARE(picture.size(), QSize(24, 16)); // 48x32 made half as large
    }

    void aFilterIsAskedInTheLightOfARun()
    {
        StoreWorkspace workspace;
        open(workspace);
        const auto shown = [&](const char* filter, RunId run) {
            int found = -1;
            bool here = false;
            workspace.matching(
                { filter, run, {}, "ours" }, this, [&](const Result<ViewRows>& rows) {
                    here = true;
                    found = rows ? rows->matches.shown : -1;
                });
            [&] { QTRY_VERIFY(here); }();
            return found;
        };
        QCOMPARE(shown("", {}), items);
        QCOMPARE(shown("category:colour", {}), items / 2);
        int marked = 0;
        for (int type = 1; type <= 4; ++type) {
            const int of = shown(("type:" + std::to_string(type)).c_str(), m_run);
            QVERIFY(of > 0);
            marked += of;
        }
        QCOMPARE(marked, items / 2); // the half that the run answered
        QCOMPARE(shown("type:1", {}), -1); // needs a run
    }

    void ownRulesAreTriedWhileTheyAreTyped()
    {
        StoreWorkspace workspace;
        open(workspace);
        RulesDialog dialog(workspace, { m_run, "pool", "ours" });
        dialog.setVisible(true);
        auto* text = dialog.findChild<QPlainTextEdit*>(QStringLiteral("rulesText"));
        auto* says = dialog.findChild<QLabel*>(QStringLiteral("rulesSay"));
        QTRY_VERIFY(says->text().contains(QStringLiteral("of %1 questions").arg(items / 2)));
        text->setPlainText(QStringLiteral("(never said)"));
        QTRY_VERIFY(says->text().contains(QStringLiteral("✓✓ → ✗✗")));
        QVERIFY(
            dialog.findChild<QTableView*>(QStringLiteral("rulesTable"))->model()->rowCount() > 0);
        text->setPlainText(QStringLiteral("(open"));
        QTRY_VERIFY(says->text().contains(QStringLiteral("rule 1")));
        dialog.grab().save(QStringLiteral("rules_dialog.png"));
    }

    void marksAreUndoneAndTheHistoryGoesBackAndForth()
    {
        StoreWorkspace workspace;
        open(workspace);
        RunChoice choice;
        View view(workspace, choice);
        HistoryPanel history(workspace);
        history.setVisible(true);
        QTRY_COMPARE(view.all(), items);
        view.select({ { 1 }, { 2 } }, nullptr);
        view.toggle("flag", "red");
        QTRY_COMPARE(view.marksOf(ItemId { 2 }).size(), std::size_t(1));
        view.toggle("tag:odd", "yes");
        QTRY_COMPARE(view.tags(), QStringList { QStringLiteral("odd") });
        auto* rows = history.findChild<QTableView*>(QStringLiteral("historyTable"));
        QTRY_COMPARE(rows->model()->index(0, 1).data().toString(),
            QStringLiteral("Tagged 2 questions \"odd\""));
        workspace.undo(false);
        QTRY_VERIFY(view.tags().isEmpty());
        rows->selectRow(rows->model()->rowCount() - 1); // before the first change
        rows->setFocus();
        QTest::keyClick(rows, Qt::Key_Return);
        QTRY_COMPARE(view.all(), 0);
        QTRY_COMPARE(rows->model()->index(0, 0).data().toString(), QStringLiteral("↶"));
        rows->selectRow(0);
        QTest::keyClick(rows, Qt::Key_Return);
        QTRY_COMPARE(view.tags().size(), 1);
        QCOMPARE(view.all(), items);
        workspace.undo(false);
        workspace.undo(false);
        QTRY_VERIFY(view.marksOf(ItemId { 2 }).empty());
    }

    void everyTypeOfTransitionIsThere()
    {
        StoreWorkspace workspace;
        open(workspace);
        TransitionRows rows;
        workspace.transitions(
            { m_run, "pool", "ours" }, this, [&](const Result<TransitionRows>& result) {
                rows = result ? *result : TransitionRows {};
            });
        QTRY_COMPARE(rows.answers->rows().size(), std::size_t(items / 2));
        QCOMPARE(rows.stages.size(), std::size_t(4));
        for (int type = 1; type <= 4; ++type)
            QVERIFY(std::ranges::any_of(
                rows.answers->rows(), [&](const auto& row) { return row.type() == type; }));
        const TransitionRow one = rows.answers->transition(0, *rows.table);
        QVERIFY(!one.question.empty() && !one.source.empty() && !one.firstText.empty());
        AccuracyReport report;
        workspace.accuracy(m_run, "ours", this, [&](const Result<AccuracyReport>& result) {
            report = result ? *result : AccuracyReport {};
        });
        QTRY_COMPARE(report.report.stages.size(), std::size_t(3));
        QVERIFY(!report.categories.empty());
        const auto project = store::Project::openReadOnly(workspace.project().file.toStdString());
        const auto kinds = readKinds(*project, m_run, "ours");
        QVERIFY(kinds);
        std::int64_t ofKinds = 0, ofCategories = 0; // each question is of one of each
        for (const CategoryAccuracy& kind : *kinds)
            ofKinds += kind.stage == "before" ? kind.first.right : 0;
        for (const CategoryAccuracy& group : report.categories)
            ofCategories += group.stage == "before" ? group.first.right : 0;
        QVERIFY(ofKinds > 0);
        QCOMPARE(ofKinds, ofCategories);
        RunChoice choice;
        View view { workspace, choice };
        Pictures pictures { workspace };
        AccuracyPage page({ workspace, pictures, choice, view });
        choice.set(m_run);
        page.setVisible(true);
        page.activateWindow();
        const auto titled = [&](const QString& text) {
            const auto labels = page.findChildren<QLabel*>();
            return std::ranges::any_of(
                labels, [&](const QLabel* label) { return label->text() == text; });
        };
        QTRY_VERIFY(titled(QStringLiteral("By category, %")));
        QVERIFY(QTest::qWaitForWindowActive(&page));
        page.setFocus();
        QTest::keyClick(&page, Qt::Key_G);
        QTRY_VERIFY(titled(QStringLiteral("By kind of question, %")));
        QTRY_VERIFY(!workspace.busy());
        QVERIFY(!report.report.sentence.empty());
    }

    void aGoneContextHearsNothing()
    {
        StoreWorkspace workspace;
        open(workspace);
        bool heard = false;
        {
            QObject context;
            workspace.runs(&context, [&](const Result<std::vector<RunRow>>&) { heard = true; });
        }
        QTRY_VERIFY(!workspace.busy());
        QVERIFY(!heard);
    }

    void facetsCountTheQuestionsThatPass()
    {
        StoreWorkspace workspace;
        open(workspace);
        std::optional<Result<std::vector<workbench::Facet>>> facets;
        workspace.facets({ "category:colour", m_run, {}, "ours" }, this,
            [&](const Result<std::vector<workbench::Facet>>& result) { facets = result; });
        QTRY_VERIFY(facets.has_value());
        QVERIFY(*facets);
        QCOMPARE((**facets).front().field, std::string("type"));
        const auto category = std::ranges::find(**facets, "category", &workbench::Facet::field);
        QVERIFY(category != (**facets).end());
        for (const auto& value : category->values) {
            QCOMPARE(value.all, items / 2);
            QCOMPARE(value.shown, value.value == "colour" ? items / 2 : 0);
        }
    }

    void modelsOfARunAreCompared()
    {
        StoreWorkspace workspace;
        open(workspace);
        CompareDialog dialog(workspace, m_run);
        auto* models = dialog.findChild<QTableView*>(QStringLiteral("compareModels"))->model();
        QTRY_VERIFY_WITH_TIMEOUT(models->rowCount() >= 2, 20000);
        const auto* sentence = dialog.findChild<QLabel*>(QStringLiteral("compareSentence"));
        QVERIFY(sentence->text().contains(QStringLiteral("p")));
        auto* tests = dialog.findChild<QTableView*>(QStringLiteral("compareTests"))->model();
        QCOMPARE(tests->rowCount(), models->rowCount() * (models->rowCount() - 1) / 2);
        QVERIFY(
            dialog.findChild<QTableView*>(QStringLiteral("comparePublished"))->model()->rowCount()
            > 4);
        dialog.grab().save(QStringLiteral("compare.png"));
        dialog.findChild<QListWidget*>(QStringLiteral("compareRuns"))
            ->item(0)
            ->setCheckState(Qt::Unchecked);
        QTRY_VERIFY(sentence->text().startsWith(QStringLiteral("Tick")));
    }

    void tripletsAreJudgedWithoutTheirScoresAndGoneOnWith()
    {
        const QString file = m_folder.filePath(QStringLiteral("triplets.slook"));
        RunId run;
        {
            auto project = test::makeSmallProject(file.toStdString(), 8);
            QVERIFY(project);
            RunRow row;
            row.name = "0009-srf";
            row.recipe = "srf";
            row.job = "{}";
            run = *project->addRun(row, "a run of triplets");
            std::vector<runs::Event> events;
            const auto all = project->items();
            for (const Item& item : *all) {
                TripletRow triplet;
                triplet.round = 1;
                triplet.item = item.id;
                triplet.kind = "vqa";
                triplet.question = "<b>What</b> is it?";
                triplet.answer = "a cat";
                triplet.score = 0.1234;
                events.push_back(
                    { static_cast<std::int64_t>(events.size()) + 1, 0, runs::Tripled { triplet } });
            }
            const auto taken = project->takeEvents(run, events);
            QVERIFY2(taken, taken ? "" : message(taken.error()).c_str());
        }
        StoreWorkspace workspace;
        workspace.open(file);
        QTRY_VERIFY(!workspace.project().file.isEmpty());
        const auto begin = [](TripletJudgeDialog& dialog) {
            dialog.show();
            QVERIFY(QTest::qWaitForWindowActive(&dialog));
            dialog.findChild<QLineEdit*>(QStringLiteral("judgeAnnotator"))
                ->setText(QStringLiteral("mk"));
            dialog.findChild<QSpinBox*>(QStringLiteral("judgeCount"))->setValue(4);
            dialog.findChild<QPushButton*>(QStringLiteral("judgeBegin"))->click();
        };
        TripletJudgeDialog dialog(workspace, run);
        begin(dialog);
        const auto* progress = dialog.findChild<QLabel*>(QStringLiteral("judgeProgress"));
        QTRY_COMPARE(progress->text(), QStringLiteral("1 of 4"));
        QCOMPARE(dialog.findChild<QPlainTextEdit*>(QStringLiteral("judgeQuestion"))->toPlainText(),
            QStringLiteral("<b>What</b> is it?"));
        for (const QLabel* label : dialog.findChildren<QLabel*>())
            QVERIFY(!label->text().contains(QStringLiteral("0.12")));
        QTest::keyClick(&dialog, Qt::Key_1);
        QTRY_COMPARE(progress->text(), QStringLiteral("2 of 4"));
        QTest::keyClick(&dialog, Qt::Key_2);
        QTRY_COMPARE(progress->text(), QStringLiteral("3 of 4"));
        QTest::keyClick(&dialog, Qt::Key_Left); // that was wrong
        QTRY_COMPARE(progress->text(), QStringLiteral("2 of 4"));
        QTest::keyClick(&dialog, Qt::Key_3);
        QTRY_COMPARE(progress->text(), QStringLiteral("3 of 4"));
        dialog.grab().save(QStringLiteral("triplet_judge.png"));
        dialog.close();
        QCOMPARE(dialog.judged(), 3);
        const auto verdicts = [&] {
            std::vector<store::TripletVerdict> all;
            bool here = false;
            workspace.read<std::vector<store::TripletVerdict>>(
                this, [run](const store::Project& project) { return project.tripletVerdicts(run); },
                [&](const Result<std::vector<store::TripletVerdict>>& rows) {
                    all = rows ? *rows : all;
                    here = true;
                });
            [&] { QTRY_VERIFY(here); }();
            return all;
        };
        const auto first = verdicts();
        QCOMPARE(first.size(), 2u);
        QCOMPARE(std::ranges::count(first, std::optional(true), &store::TripletVerdict::right), 1);
        QCOMPARE(
            std::ranges::count(first, std::optional<bool>(), &store::TripletVerdict::right), 1);
        TripletJudgeDialog again(workspace, run); // goes on where it was left
        begin(again);
        const auto* rest = again.findChild<QLabel*>(QStringLiteral("judgeProgress"));
        QTRY_COMPARE(rest->text(), QStringLiteral("3 of 4"));
        QTest::keyClick(&again, Qt::Key_1);
        QTRY_COMPARE(rest->text(), QStringLiteral("4 of 4"));
        QTest::keyClick(&again, Qt::Key_1);
        QTRY_VERIFY(rest->text().startsWith(QStringLiteral("All 4")));
        QVERIFY(!again.findChild<QPushButton*>(QStringLiteral("judgeRight"))->isEnabled());
        QCOMPARE(verdicts().size(), 4u);
    }

    void anImportIsSeenBeforeItIsWritten()
    {
        StoreWorkspace workspace;
        workspace.create(m_folder.filePath(QStringLiteral("import.slook")));
        QTRY_VERIFY(!workspace.project().file.isEmpty());
        const QString file = m_folder.filePath(QStringLiteral("q.csv"));
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly));
        out.write("id,prompt,A,B,gold\n1,Which?,red,blue,A\n2,,red,blue,B\n");
        out.close();
        ImportDialog dialog(workspace, file);
        const auto* says = dialog.findChild<QLabel*>(QStringLiteral("importSays"));
        QTRY_VERIFY(says->text().contains(QStringLiteral("Choose its form")));
        auto* format = dialog.findChild<QComboBox*>(QStringLiteral("importFormat"));
        format->setCurrentIndex(format->findData(QStringLiteral("vlmevalkit")));
        QTRY_VERIFY(dialog.findChild<QComboBox*>(QStringLiteral("column:question")));
        for (const auto& [ours, theirs] :
            { std::pair("question", "prompt"), std::pair("answer", "gold") }) {
            auto* box =
                dialog.findChild<QComboBox*>(QStringLiteral("column:") + QString::fromLatin1(ours));
            box->setCurrentIndex(box->findData(QString::fromLatin1(theirs)));
        }
        auto* rows = dialog.findChild<QTableView*>(QStringLiteral("importRows"))->model();
        QTRY_COMPARE_WITH_TIMEOUT(rows->rowCount(), 1, 10000);
        QCOMPARE(rows->index(0, 1).data().toString(), QStringLiteral("Which?"));
        QVERIFY(says->text().contains(QStringLiteral("1 rows cannot be taken")));
        dialog.grab().save(QStringLiteral("import.png"));
        QSignalSpy imported(&dialog, &ImportDialog::imported);
        dialog.findChild<QAbstractButton*>(QStringLiteral("importButton"))->click();
        QTRY_COMPARE_WITH_TIMEOUT(imported.size(), 1, 10000);
        int found = 0;
        workspace.items({}, this, [&](const Result<ItemRows>& result) {
            found = result ? static_cast<int>(result->shown.size()) : -1;
        });
        QTRY_COMPARE(found, 1);
    }

    void pairsAreListedByTheirMarginAtEachCheckpoint()
    {
        StoreWorkspace workspace;
        Theme theme;
        MainWindow window(workspace, theme, nullptr);
        window.show();
        open(workspace);
        window.goTo(QStringLiteral("runs"));
        auto* tabs = window.findChild<QTabWidget*>(QStringLiteral("runTabs"));
        QTRY_VERIFY_WITH_TIMEOUT(!workspace.busy(), 20000);
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_V);
        QCOMPARE(tabs->currentIndex(), 1);
        auto* table = window.findChild<QTableView*>(QStringLiteral("marginTable"));
        auto* slider = window.findChild<QSlider*>(QStringLiteral("marginSlider"));
        const auto* says = window.findChild<QLabel*>(QStringLiteral("marginSays"));
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() > 0, 20000);
        // 120 steps, a checkpoint every 50 and an epoch every 40.
        QCOMPARE(slider->maximum(), 4);
        QCOMPARE(slider->value(), 4);
        QVERIFY2(says->text().startsWith(QStringLiteral("Step 120, epoch 3.00 (5 of 5)")),
            qPrintable(says->text()));
        const auto cell = [&](int row, int column) {
            return table->model()->index(row, column).data().toString();
        };
        QCOMPARE(cell(0, 0), QStringLiteral("best"));
        QVERIFY(cell(0, 3).startsWith(QLatin1Char('+')));
        QCOMPARE(cell(5, 0), QStringLiteral("worst"));
        QVERIFY(cell(5, 3).startsWith(QStringLiteral("−")));
        QCOMPARE(cell(10, 0), QStringLiteral("random"));
        const QString followed = cell(10, 2);
        slider->setValue(0);
        QVERIFY(says->text().startsWith(QStringLiteral("Step 40, epoch 1.00 (1 of 5)")));
        QCOMPARE(cell(10, 2), followed);
        window.grab().save(QStringLiteral("runs_margins.png"));
        const QString question = cell(5, 2);
        table->setCurrentIndex(table->model()->index(5, 2));
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Return);
        auto* pairs = window.findChild<QTableView*>(QStringLiteral("pairTable"));
        QTRY_VERIFY_WITH_TIMEOUT(pairs->isVisible(), 20000);
        QTRY_COMPARE_WITH_TIMEOUT(
            pairs->currentIndex().siblingAtColumn(1).data().toString(), question, 20000);
        QCOMPARE(pairs->selectionModel()->selectedRows().size(), 1);
    }

    void transitionsAreCountedInSmallMatrices()
    {
        StoreWorkspace workspace;
        Theme theme;
        MainWindow window(workspace, theme, nullptr);
        window.show();
        open(workspace);
        window.goTo(QStringLiteral("transitions"));
        auto* by = window.findChild<QComboBox*>(QStringLiteral("multiplesBy"));
        const auto* strip = window.findChild<SmallMultiples*>();
        const auto shown = [&] {
            QStringList names;
            for (const auto* one : strip->findChildren<SmallMatrix*>())
                if (!one->isHidden())
                    names << one->accessibleName();
            return names;
        };
        QTRY_COMPARE_WITH_TIMEOUT(
            shown(), QStringList { QStringLiteral("colours") }, 20000); // the only benchmark
        by->setCurrentIndex(1); // category: half of the pool each, by the parity of their ids
        QTRY_COMPARE_WITH_TIMEOUT(shown(), QStringList { QStringLiteral("shade") }, 20000);
        by->setCurrentIndex(2); // stage
        QTRY_COMPARE_WITH_TIMEOUT(shown().size(), 4, 20000);
        QVERIFY(shown().contains(QStringLiteral("after:random")));
        window.grab().save(QStringLiteral("transitions_multiples.png"));
        by->setCurrentIndex(3); // run
        QTRY_COMPARE_WITH_TIMEOUT(shown(), QStringList { QStringLiteral("0001-scl") }, 20000);
        by->setCurrentIndex(1);
        QTRY_COMPARE_WITH_TIMEOUT(shown(), QStringList { QStringLiteral("shade") }, 20000);
        const auto* filter = window.findChild<QLineEdit*>(QStringLiteral("filterText"));
        strip->findChildren<SmallMatrix*>().back()->click();
        QTRY_COMPARE(filter->text(), QStringLiteral("category:shade"));
        strip->findChildren<SmallMatrix*>().back()->click();
        QTRY_COMPARE(filter->text(), QString());
    }

    void aFlagOfAPairIsKeptAndUndone()
    {
        PairId pair;
        {
            StoreWorkspace workspace;
            open(workspace);
            RunChoice choice;
            View view(workspace, choice);
            choice.set(m_run);
            std::vector<PairItem> pairs;
            workspace.pairs(m_run, "correctness", this, [&](const Result<PairRows>& rows) {
                pairs = rows ? rows->rows : std::vector<PairItem>();
            });
            QTRY_VERIFY(!pairs.empty());
            pair = pairs.front().pair.id;
            view.togglePairs({ pair }, "flag", "green");
            QTRY_COMPARE(view.marksOf(pair).size(), std::size_t(1));
            view.setText(QStringLiteral("flag:green"));
            QTRY_COMPARE(view.shown(), 1); // its question, by this pair
            QVERIFY(view.passes(pairs.front().pair));
            QVERIFY(!view.passes(pairs.back().pair));
        }
        StoreWorkspace workspace;
        open(workspace);
        RunChoice choice;
        View view(workspace, choice);
        QTRY_COMPARE(view.marksOf(pair).size(), std::size_t(1));
        workspace.undo(false);
        QTRY_VERIFY(view.marksOf(pair).empty());
    }

    void aQueuedRunIsShownAndTakenOut()
    {
        StoreWorkspace workspace;
        open(workspace);
        std::optional<Result<bool>> put;
        workspace.change<bool>(
            this,
            [run = m_run](store::Project& project) -> Result<bool> {
                auto done = workbench::appendToQueue(project, run);
                return done ? Result<bool>(true) : Result<bool>(fail(done.error()));
            },
            [&](const Result<bool>& result) { put = result; });
        QTRY_VERIFY(put.has_value() && *put);
        QueueStrip strip(workspace);
        strip.refresh();
        auto* list = strip.findChild<QListWidget*>(QStringLiteral("queueList"));
        QTRY_COMPARE(list->count(), 1);
        QVERIFY(!strip.isHidden());
        QCOMPARE(strip.findChild<QPushButton*>(QStringLiteral("queueHold"))->text(),
            QStringLiteral("Work the queue"));
        put.reset();
        workspace.change<bool>(
            this,
            [run = m_run](store::Project& project) -> Result<bool> {
                auto done = workbench::leaveQueue(project, run);
                return done ? Result<bool>(true) : Result<bool>(fail(done.error()));
            },
            [&](const Result<bool>& result) { put = result; });
        QTRY_VERIFY(put.has_value());
        strip.refresh();
        QTRY_VERIFY(strip.isHidden());
    }

    void aSecondOwnerReadsOnly()
    {
        StoreWorkspace first;
        open(first);
        StoreWorkspace second;
        QSignalSpy said(&second, &Workspace::said);
        open(second);
        QVERIFY(second.project().readOnly);
        QVERIFY(said.count() >= 1);
    }

    void aMissingProjectIsSaid()
    {
        StoreWorkspace workspace;
        QSignalSpy said(&workspace, &Workspace::said);
        workspace.open(m_folder.filePath(QStringLiteral("nowhere.slook")));
        QTRY_COMPARE(said.count(), 1);
        QVERIFY(said.front().at(1).toBool());
        QVERIFY(workspace.project().file.isEmpty());
    }

    void thePageThatIsShownKnowsTheRunWithoutTheOthers()
    {
        StoreWorkspace workspace;
        Theme theme;
        MainWindow window(workspace, theme, nullptr);
        window.show();
        open(workspace);
        window.goTo(QStringLiteral("data"));
        window.setFilter(QStringLiteral("type:wrong-right"));
        auto* rows = window.findChild<QTableView*>(QStringLiteral("itemTable"))->model();
        QTRY_VERIFY_WITH_TIMEOUT(rows->rowCount() > 0 && rows->rowCount() < items, 10000);
    }

    void allPagesAreDrawn()
    {
        StoreWorkspace workspace;
        Theme theme;
        theme.setMode(Theme::Mode::Light);
        MainWindow window(workspace, theme, nullptr);
        window.show();
        open(workspace);
        for (const QString& page : window.pageNames()) {
            window.goTo(page);
            QTest::qWait(100);
            QTRY_VERIFY_WITH_TIMEOUT(!workspace.busy(), 20000);
            QTest::qWait(50);
            QVERIFY(window.grab().save(page + QStringLiteral(".png")));
        }
    }

private:
    void open(StoreWorkspace& workspace)
    {
        QSignalSpy changed(&workspace, &Workspace::projectChanged);
        workspace.open(m_file);
        QVERIFY(changed.wait(20000));
        QVERIFY(!workspace.project().file.isEmpty());
    }

    QTemporaryDir m_folder;
    QString m_file;
    RunId m_run;
};

QTEST_MAIN(StoreWorkspaceTest)
#include "store_workspace_test.moc"
