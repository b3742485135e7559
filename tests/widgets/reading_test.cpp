// How pairs are ordered by their margins, answers are read by hand, and people are told.
#include "demo_project.h"
#include "fake_workspace.h"
#include "pages/hand_dialog.h"
#include "pages/pairs_page.h"
#include "pages/transitions_page.h"
#include "services/pictures.h"
#include "services/store_workspace.h"
#include "shell/backup_desk.h"
#include "shell/notifier.h"
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTranslator>
#include <array>

using namespace slook;
using namespace slook::gui;
using slook::gui::test::FakeWorkspace;

namespace {

struct Stage {
    FakeWorkspace workspace;
    Pictures pictures { workspace };
    RunChoice choice;
    View view { workspace, choice };
    PageParts parts { workspace, pictures, choice, view };
};

PairItem pairWith(std::int64_t id, const char* question, const std::vector<double>& margins)
{
    PairItem one;
    one.pair.id = { id };
    one.pair.preference = "correctness";
    one.pair.item = one.item.id = { id };
    one.pair.type = 2;
    one.item.question = question;
    one.pair.chosen = "chosen";
    one.pair.rejected = "rejected";
    for (std::size_t i = 0; i < margins.size(); ++i)
        one.rewards.push_back({ "correctness", static_cast<int>(i) + 1, static_cast<double>(i) + 1,
            one.item.id, margins[i] / 2, -margins[i] / 2 });
    return one;
}

QStringList questionsIn(const QTableView& table)
{
    QStringList questions;
    for (int row = 0; row < table.model()->rowCount(); ++row)
        questions << table.model()->index(row, 1).data().toString();
    return questions;
}

TransitionRow rowWithOptions()
{
    TransitionRow row;
    row.item = { 1 };
    row.question = "Which?";
    row.options = { { "A", "red" }, { "B", "<b>blue</b>" } };
    row.answer = "B";
    row.first = { 11 };
    row.refined = { 12 };
    row.firstAnswer = "A";
    row.refinedAnswer = "C"; // none of the options
    row.firstCorrect = row.refinedCorrect = false;
    return row;
}

} // namespace

class ReadingTest final : public QObject {
    Q_OBJECT
private slots:
    void pairsAreOrderedByTheirNewestMargin()
    {
        Stage stage;
        stage.workspace.pairRows = { { "correctness" },
            { pairWith(1, "falls", { 0.5, -0.25 }), pairWith(2, "never seen", {}),
                pairWith(3, "rises", { 0.0, 1.5 }), pairWith(4, "stays", { -2.0 }) } };
        stage.choice.set({ 1 });
        PairsPage page(stage.parts);
        page.resize(1200, 800);
        page.setVisible(true);
        auto* table = page.findChild<QTableView*>(QStringLiteral("pairTable"));
        QTRY_COMPARE(table->model()->rowCount(), 4);
        const QStringList built { QStringLiteral("falls"), QStringLiteral("never seen"),
            QStringLiteral("rises"), QStringLiteral("stays") };
        QCOMPARE(questionsIn(*table), built);
        QCOMPARE(table->model()->index(0, 2).data().toString(), QStringLiteral("−0.25"));
        QCOMPARE(table->model()->index(1, 2).data().toString(), QString());
        page.activateWindow();
        table->setFocus();
        QTest::keyClick(table, Qt::Key_S); // lowest first
        QCOMPARE(questionsIn(*table),
            (QStringList { QStringLiteral("stays"), QStringLiteral("falls"),
                QStringLiteral("rises"), QStringLiteral("never seen") }));
        QTest::keyClick(table, Qt::Key_S); // highest first
        QCOMPARE(questionsIn(*table),
            (QStringList { QStringLiteral("rises"), QStringLiteral("falls"),
                QStringLiteral("stays"), QStringLiteral("never seen") }));
        const auto* says = page.findChild<QLabel*>(QStringLiteral("pairMargins"));
        QVERIFY2(
            says->text().contains(QStringLiteral("negative in 2 of 3")), qPrintable(says->text()));
        QTest::keyClick(table, Qt::Key_N);
        QCOMPARE(stage.view.selected().size(), std::size_t(2));
        page.grab().save(QStringLiteral("pairs_margins.png"));
    }

    void aPersonChoosesWhatAnAnswerSays()
    {
        HandDialog dialog(rowWithOptions(), false, nullptr);
        auto* first = dialog.findChild<QComboBox*>(QStringLiteral("handFirst"));
        auto* refined = dialog.findChild<QComboBox*>(QStringLiteral("handRefined"));
        auto* ok = dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
        QCOMPARE(first->currentData().toString(), QStringLiteral("A"));
        QCOMPARE(refined->currentIndex(), refined->count() - 1); // nothing that it could be
        QVERIFY(dialog.readings().empty());
        QVERIFY(!ok->isEnabled());
        refined->setCurrentIndex(1);
        QVERIFY(!ok->isEnabled()); // a reason is asked for
        dialog.findChild<QLineEdit*>(QStringLiteral("handReason"))
            ->setText(QStringLiteral("it says blue"));
        QVERIFY(ok->isEnabled());
        const auto readings = dialog.readings();
        QCOMPARE(readings.size(), std::size_t(1));
        QCOMPARE(readings[0].response.value, qint64(12));
        QCOMPARE(readings[0].answer, std::string("B"));
        QCOMPARE(readings[0].correct, std::optional(true));
        QCOMPARE(readings[0].reason, std::string("it says blue"));
    }

    void aReadingByHandMovesTheTypeAndIsUndone()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("demo.slook"));
        RunId run;
        {
            auto project = test::makeSmallProject(file.toStdString(), 20);
            QVERIFY(project);
            run = *test::addDemoRun(*project, 20);
        }
        StoreWorkspace workspace;
        workspace.open(file);
        QTRY_VERIFY(!workspace.project().file.isEmpty());
        Pictures pictures(workspace);
        RunChoice choice;
        View view(workspace, choice);
        choice.set(run);
        TransitionsPage page({ workspace, pictures, choice, view });
        page.resize(1200, 800);
        page.setVisible(true);
        page.refresh();
        auto* table = page.findChild<QTableView*>(QStringLiteral("transitionTable"));
        QTRY_VERIFY(table->model()->rowCount() > 0);
        const auto typeOf = [&] { return table->model()->index(0, 2).data().toString(); };
        const auto readOf = [&] { return table->model()->index(0, 5).data().toString(); };
        const QString before = typeOf();
        page.activateWindow();
        table->setFocus();
        table->setCurrentIndex(table->model()->index(0, 0));
        QTest::keyClick(table, Qt::Key_O);
        auto* dialog = page.findChild<QDialog*>(QStringLiteral("handDialog"));
        QVERIFY(dialog);
        auto* first = dialog->findChild<QComboBox*>(QStringLiteral("handFirst"));
        const bool wasRight = before.startsWith(QStringLiteral("✓"));
        for (int i = 0; i < first->count(); ++i)
            if (first->itemData(i, Qt::UserRole + 1).toBool() != wasRight) {
                first->setCurrentIndex(i);
                break;
            }
        dialog->findChild<QLineEdit*>(QStringLiteral("handReason"))
            ->setText(QStringLiteral("seen by me"));
        dialog->grab().save(QStringLiteral("hand_dialog.png"));
        dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->click();
        QTRY_VERIFY(readOf().contains(QStringLiteral("by hand")));
        QVERIFY(typeOf() != before);
        QCOMPARE(typeOf().startsWith(QStringLiteral("✓")), !wasRight);
        workspace.undo(false);
        QTRY_COMPARE(typeOf(), before);
        QVERIFY(!readOf().contains(QStringLiteral("by hand")));
    }

    void aBackupIsMadeAndPutInPlace()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("demo.slook"));
        QVERIFY(test::makeSmallProject(file.toStdString(), 6));
        StoreWorkspace workspace;
        BackupDesk desk(workspace);
        workspace.open(file);
        QTRY_VERIFY(!workspace.project().file.isEmpty());
        QVERIFY(desk.age().isEmpty());
        desk.backUpNow();
        QTRY_VERIFY(desk.age().contains(QStringLiteral("just now")));
        workspace.mark({ { 1 } }, "star", "yes");
        const auto marks = [&] {
            const auto held = store::holdings(file.toStdString());
            return held ? held->at("mark") : -1;
        };
        QTRY_COMPARE(marks(), std::int64_t(1));
        RestoreDialog dialog(file, nullptr);
        dialog.setVisible(true);
        auto* says = dialog.findChild<QLabel*>(QStringLiteral("backupSays"));
        QTRY_VERIFY(says->text().contains(QStringLiteral("mark: 0 in the backup, 1 now")));
        dialog.grab().save(QStringLiteral("restore_dialog.png"));
        QSignalSpy opened(&workspace, &Workspace::projectChanged);
        desk.restore(dialog.chosen());
        QTRY_VERIFY(opened.count() >= 2 && !workspace.project().file.isEmpty());
        QCOMPARE(marks(), std::int64_t(0));
    }

    void oneIsSaidAsOne()
    {
        QTranslator plurals;
        QVERIFY(plurals.load(QStringLiteral(":/translations/secondlook_en.qm")));
        QCoreApplication::installTranslator(&plurals);
        const auto say = [](int n) {
            return QCoreApplication::translate(
                "slook::gui::QueueStrip", "%n runs wait; the queue is held.", nullptr, n);
        };
        QCOMPARE(say(1), QStringLiteral("1 run waits; the queue is held."));
        QCOMPARE(say(3), QStringLiteral("3 runs wait; the queue is held."));
    }

    void theEndOfARunIsToldToWhoeverLooksElsewhere()
    {
        QWidget window; // not shown: nobody looks at it
        Notifier notifier(&window);
        QSignalSpy said(&notifier, &Notifier::said);
        workbench::RunStatus status;
        status.run.name = "0001-<b>scl</b>";
        status.run.state = RunState::Running;
        notifier.runMoved(status);
        QCOMPARE(said.count(), 0);
        status.run.state = RunState::Done;
        notifier.runMoved(status);
        QCOMPARE(said.count(), 1);
        QVERIFY(said.last()[0].toString().contains(QStringLiteral("is done")));
        status.run.state = RunState::Stopped; // by a person
        notifier.runMoved(status);
        QCOMPARE(said.count(), 1);
        status.run.state = RunState::Failed;
        status.run.error = "loss: is not a number";
        notifier.runMoved(status);
        QCOMPARE(said.count(), 2);
        QVERIFY(said.last()[1].toString().contains(QStringLiteral("not a number")));
    }
};

QTEST_MAIN(ReadingTest)
#include "reading_test.moc"
