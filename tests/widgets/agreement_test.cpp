#include "audit_desk.h"
#include "core/file.h"
#include "pages/adjudication_dialog.h"
#include "pages/agreement_page.h"
#include "pages/merge_dialog.h"
#include "services/print.h"
#include "shell/theme.h"
#include <QTableView>

using namespace slook;
using namespace slook::gui;
using namespace slook::gui::test;

class AgreementTest final : public QObject, private AuditFiles {
    Q_OBJECT
private slots:
    void init() { makeFirst(); }

    void agreementIsShownAndConflictsAreSettledWithoutNames()
    {
        judgeAll();
        Theme theme;
        theme.setMode(Theme::Mode::Dark);
        StoreWorkspace workspace;
        QSignalSpy changed(&workspace, &Workspace::projectChanged);
        workspace.open(m_file);
        QVERIFY(changed.wait(20000));
        Pictures pictures(workspace);
        RunChoice choice;
        View view { workspace, choice };
        AgreementPage page({ workspace, pictures, choice, view });
        page.resize(1300, 820);
        page.setVisible(true);
        page.refresh();
        QTRY_VERIFY_WITH_TIMEOUT(!workspace.busy(), 30000);
        const auto rows = [&](const char* name) {
            return page.findChild<QTableView*>(QLatin1String(name))->model()->rowCount();
        };
        QTRY_VERIFY(rows("agreementTable") > 0);
        QVERIFY(rows("precisionTable") > 0);
        QCOMPARE(rows("ratersTable"), 2);
        QCOMPARE(rows("matrixTable"), 2);
        QVERIFY(!page.findChild<QLabel*>(QStringLiteral("agreementMeaning"))->text().isEmpty());
        QVERIFY(page.grab().save(QStringLiteral("agreement_dark.png")));

        AdjudicationDialog dialog(workspace, batch(), nullptr);
        dialog.setVisible(true);
        QTRY_VERIFY_WITH_TIMEOUT(!workspace.busy(), 20000);
        auto* voices = dialog.findChild<QLabel*>(QStringLiteral("voices"));
        QTRY_VERIFY(!voices->text().isEmpty());
        QVERIFY(!voices->text().contains(QStringLiteral("MK")));
        QVERIFY(dialog.grab().save(QStringLiteral("adjudication.png")));
        dialog.activateWindow();
        QTest::keyClick(&dialog, Qt::Key_1);
        QTRY_VERIFY_WITH_TIMEOUT(!workspace.busy(), 20000);
        QTest::qWait(50);
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        QCOMPARE(project->adjudications(m_batch)->size(), std::size_t(1));
        theme.setMode(Theme::Mode::Light);
    }

    void aMergeIsPreviewedWithItsConflicts()
    {
        auto project = store::Project::open(m_file.toStdString());
        const auto tasks = *project->auditTasks(m_batch, "MK");
        const auto sent = m_folder->filePath(QStringLiteral("for-mk.slook")).toStdString();
        QVERIFY(workbench::sendAudit(*project, batch(), { "MK" }, sent));
        VerdictRow verdict;
        verdict.task = tasks.front().id;
        verdict.choice = Choice::BothBad;
        QVERIFY(project->addVerdict(verdict, "here"));
        {
            auto there = store::Project::open(sent);
            const auto theirs = *there->auditTasks({ 1 }, "MK");
            for (std::size_t i = 0; i < 3; ++i) {
                VerdictRow one;
                one.task = theirs[i].id;
                one.choice = Choice::Tie;
                QVERIFY(there->addVerdict(one, "there" + std::to_string(i)));
            }
        }
        const auto plan = workbench::planMerge(*project, sent);
        QVERIFY2(plan, plan ? "" : message(plan.error()).c_str());
        MergeDialog dialog(*plan);
        dialog.setVisible(true);
        const auto* table = dialog.findChild<QTableView*>(QStringLiteral("mergeTable"));
        QCOMPARE(table->model()->rowCount(), 3);
        QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("conflict"));
        QCOMPARE(table->model()->index(0, 3).data().toString(), QStringLiteral("Both bad"));
        QCOMPARE(table->model()->index(0, 4).data().toString(), QStringLiteral("Tie"));
        QVERIFY(dialog.findChild<QLabel*>(QStringLiteral("mergeSummary"))
                    ->text()
                    .contains(QStringLiteral("2 new verdicts, 1 conflict")));
        QVERIFY(dialog.grab().save(QStringLiteral("merge.png")));
    }

    void theReportIsWrittenAsPdfAndHtml()
    {
        judgeAll();
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        const auto report = workbench::auditReport(*project, batch(), 50);
        QVERIFY(report);
        const auto pdf = m_folder->filePath(QStringLiteral("r.pdf")).toStdString();
        QVERIFY(writeAuditReport(*report, pdf));
        QVERIFY(readFile(pdf)->starts_with("%PDF-"));
        const auto html = m_folder->filePath(QStringLiteral("r.html")).toStdString();
        QVERIFY(writeAuditReport(*report, html));
        QVERIFY(readFile(html)->find("&lt;b&gt;things") != std::string::npos);
    }

    void adjudicationsOfAFileArePreviewedAndAConflictComesBackToTheQueue()
    {
        judgeAll();
        PairId pair;
        const auto sent = m_folder->filePath(QStringLiteral("cd.slook")).toStdString();
        {
            auto project = store::Project::open(m_file.toStdString());
            QVERIFY(workbench::sendAudit(*project, batch(), {}, sent));
            const auto report = workbench::auditReport(*project, batch(), 20);
            QVERIFY(report->conflicts.size() >= 2);
            pair = report->conflicts.front().pair;
            AdjudicationRow ours;
            ours.batch = m_batch;
            ours.pair = pair;
            ours.outcome = Settlement::Tie;
            ours.adjudicator = "EF";
            QVERIFY(project->addAdjudication(ours, "here"));
            auto there = store::Project::open(sent);
            const auto queue = workbench::auditReport(*there, audit(*there), 20);
            for (const auto& one : queue->conflicts) {
                AdjudicationRow theirs;
                theirs.batch = audit(*there).id;
                theirs.pair = one.pair;
                theirs.outcome = Settlement::Drop;
                theirs.adjudicator = "CD";
                theirs.note = "no <cup>";
                QVERIFY(there->addAdjudication(theirs, "there" + std::to_string(one.pair.value)));
            }
        }
        {
            auto project = store::Project::open(m_file.toStdString());
            const auto plan = workbench::planMerge(*project, sent);
            QVERIFY2(plan, plan ? "" : message(plan.error()).c_str());
            MergeDialog dialog(*plan);
            const auto* model =
                dialog.findChild<QTableView*>(QStringLiteral("mergeTable"))->model();
            const auto at = [&](int column) { return model->index(0, column).data().toString(); };
            QCOMPARE(at(0), QStringLiteral("conflict"));
            QCOMPARE(at(1), QStringLiteral("CD"));
            QCOMPARE(at(3), QStringLiteral("Tie"));
            QCOMPARE(at(4), QStringLiteral("Drop"));
            QVERIFY(workbench::merge(*project, *plan));
        }
        StoreWorkspace workspace;
        QSignalSpy changed(&workspace, &Workspace::projectChanged);
        workspace.open(m_file);
        QVERIFY(changed.wait(20000));
        AdjudicationDialog dialog(workspace, batch(), nullptr);
        dialog.setVisible(true);
        auto* voices = dialog.findChild<QLabel*>(QStringLiteral("voices"));
        QTRY_VERIFY_WITH_TIMEOUT(
            voices->text().contains(QStringLiteral("settled here: tie")), 20000);
        QVERIFY(voices->text().contains(QStringLiteral("settled elsewhere: drop: no <cup>")));
        QVERIFY(!voices->text().contains(QStringLiteral("CD")));
        dialog.activateWindow();
        QTest::keyClick(&dialog, Qt::Key_D);
        QTRY_VERIFY_WITH_TIMEOUT(voices->text().isEmpty(), 20000); // that was all
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        const auto counting = *project->adjudications(m_batch);
        QCOMPARE(
            std::ranges::find(counting, pair, &AdjudicationRow::pair)->outcome, Settlement::Drop);
    }

private:
    /// MK confirms every label, AB sees every third one the other way round.
    void judgeAll() const
    {
        auto project = store::Project::open(m_file.toStdString());
        const auto pairs = workbench::auditedPairs(*project, m_batch);
        int number = 0;
        const auto tasks = project->auditTasks(m_batch);
        for (const AuditTask& task : *tasks) {
            const auto& pair = pairs->at(task.pair);
            VerdictRow verdict;
            verdict.task = task.id;
            verdict.choice = Choice::Better;
            verdict.better =
                task.annotator == "AB" && task.pair.value % 3 == 0 ? pair.rejected : pair.chosen;
            verdict.seconds = 5 + number % 20;
            QVERIFY(project->addVerdict(verdict, "v" + std::to_string(++number)));
        }
    }
    static AuditBatchRow audit(const store::Project& project)
    {
        return *workbench::auditNamed(project, "first");
    }
};

QTEST_MAIN(AgreementTest)
#include "agreement_test.moc"
