#include "demo_project.h"
#include "pages/rules_dialog.h"
#include "services/store_workspace.h"
#include "services/view.h"
#include "shell/history_panel.h"
#include "shell/main_window.h"
#include <QLabel>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

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
        workspace.picture(rows.table->items[0].images.front(), 24, this,
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
        QTRY_COMPARE(view.marksOf({ 2 }).size(), std::size_t(1));
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
        QTRY_VERIFY(view.marksOf({ 2 }).empty());
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
        QTRY_COMPARE(rows.rows.size(), std::size_t(items / 2));
        QCOMPARE(rows.stages.size(), std::size_t(4));
        for (int type = 1; type <= 4; ++type)
            QVERIFY(std::ranges::any_of(
                rows.rows, [&](const TransitionRow& row) { return row.type() == type; }));
        AccuracyReport report;
        workspace.accuracy(m_run, "ours", this, [&](const Result<AccuracyReport>& result) {
            report = result ? *result : AccuracyReport {};
        });
        QTRY_COMPARE(report.report.stages.size(), std::size_t(3));
        QVERIFY(!report.categories.empty());
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
