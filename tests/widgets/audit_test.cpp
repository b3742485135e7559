#include "audit_project.h"
#include "core/file.h"
#include "demo_project.h"
#include "models/audit_state.h"
#include "pages/adjudication_dialog.h"
#include "pages/agreement_page.h"
#include "pages/audit_page.h"
#include "pages/merge_dialog.h"
#include "services/pictures.h"
#include "services/print.h"
#include "services/store_workspace.h"
#include "shell/key_map.h"
#include "shell/theme.h"
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <set>
#include <sys/wait.h>

using namespace slook;
using namespace slook::gui;

namespace {

constexpr int items = 200;

/// A window with an Audit page and its strip over a real project.
struct Desk {
    StoreWorkspace workspace;
    Pictures pictures { workspace };
    RunChoice choice;
    View view { workspace, choice };
    PageParts parts { workspace, pictures, choice, view };
    AuditPage page { parts };
    std::unique_ptr<QWidget> side { page.inspector() };

    explicit Desk(const QString& file)
    {
        QSignalSpy changed(&workspace, &Workspace::projectChanged);
        workspace.open(file);
        changed.wait(20000);
        page.resize(1300, 800);
        page.setVisible(true);
        page.activateWindow();
    }
    void settle() { QTRY_VERIFY_WITH_TIMEOUT(!workspace.busy(), 20000); }
    void press(int key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(
            page.findChild<QPlainTextEdit*>(QStringLiteral("auditLeft")), Qt::Key(key), modifiers);
    }
    QString text(const char* name) const
    {
        return page.findChild<QPlainTextEdit*>(QLatin1String(name))->toPlainText();
    }
    QString label(const char* name) const
    {
        const auto* found = page.findChild<QLabel*>(QLatin1String(name));
        return (found ? found : side->findChild<QLabel*>(QLatin1String(name)))->text();
    }
    void begin(BatchId batch)
    {
        page.start(batch, "MK");
        settle();
        QTRY_VERIFY(page.state().count() > 0);
    }
};

} // namespace

class AuditTest final : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_file = m_folder->filePath(QStringLiteral("demo.slook"));
        auto project = test::makeSmallProject(m_file.toStdString(), items);
        QVERIFY(project);
        const auto run = test::addDemoRun(*project, items);
        QVERIFY(run);
        workbench::AuditOptions options;
        options.name = "first";
        options.annotators = { "MK", "AB" };
        options.pairs = 12;
        options.rubric = "Look for <b>things</b> that are not there.";
        const auto batch = workbench::newAudit(*project, {}, options);
        QVERIFY2(batch, batch ? "" : message(batch.error()).c_str());
        m_batch = batch->id;
    }

    void timeCountsWithAttentionOnly()
    {
        AttentionClock clock;
        clock.start(1000);
        clock.activity(11'000);
        QCOMPARE(clock.seconds(21'000), 20.0);
        clock.activity(21'000);
        QCOMPARE(clock.seconds(200'000), 80.0); // one minute after the last sign of life
        clock.activity(200'000);
        clock.setFocused(false, 205'000);
        QCOMPARE(clock.seconds(900'000), 85.0);
        clock.setFocused(true, 900'000);
        QCOMPARE(clock.seconds(901'000), 86.0);
        clock.start(5000, 86);
        QCOMPARE(clock.seconds(6000), 87.0);
    }

    void aWholeSessionByKeys()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        const int count = desk.page.state().count();
        QVERIFY(count >= 12);
        const auto views = desk.page.state().session().views;
        QCOMPARE(desk.text("auditLeft"), QString::fromStdString(views[0].leftText));
        QCOMPARE(desk.text("auditRight"), QString::fromStdString(views[0].rightText));
        desk.press(Qt::Key_1);
        QCOMPARE(desk.page.state().index(), 1); // at once, before it is saved
        QCOMPARE(desk.text("auditLeft"), QString::fromStdString(views[1].leftText));
        desk.press(Qt::Key_2, Qt::ShiftModifier);
        desk.press(Qt::Key_0);
        desk.press(Qt::Key_3);
        desk.press(Qt::Key_9);
        desk.settle();
        QVERIFY(desk.label("auditSaved").startsWith(QStringLiteral("Saved")));
        const auto verdicts = stored();
        QCOMPARE(verdicts.size(), std::size_t(5));
        QCOMPARE(verdicts[0].choice, Choice::Better);
        QCOMPARE(verdicts[0].better, views[0].task.left);
        QCOMPARE(verdicts[1].choice, Choice::MuchBetter);
        QCOMPARE(verdicts[1].better, views[1].task.right);
        QCOMPARE(verdicts[2].choice, Choice::Tie);
        QCOMPARE(verdicts[3].choice, Choice::BothBad);
        QCOMPARE(verdicts[4].choice, Choice::CannotJudge);
        QVERIFY(desk.label("auditProgress").startsWith(QStringLiteral("5 of %1").arg(count)));
        auto* strip = desk.side->findChild<QListWidget*>(QStringLiteral("auditStrip"));
        QCOMPARE(strip->count(), 5);
        QVERIFY(strip->item(0)->text().contains(QStringLiteral("Cannot judge")));
        QVERIFY(desk.page.grab().save(QStringLiteral("audit_session.png")));
        QCOMPARE(desk.page.inspector(), desk.side.get()); // the window asks more than once
        QVERIFY(desk.label("auditRubric").contains(QStringLiteral("<b>things</b>")));
        desk.side->resize(300, 620);
        QVERIFY(desk.side->grab().save(QStringLiteral("audit_side.png")));
        QVERIFY(desk.side->findChild<QLabel*>(QStringLiteral("auditRubric"))->height() > 10);
    }

    void nothingTellsWhatTheMachineChose()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        for (int i = 0; i < 4; ++i) {
            for (const QWidget* widget : { static_cast<QWidget*>(&desk.page), desk.side.get() })
                for (const QLabel* label : widget->findChildren<QLabel*>())
                    for (const char* word : { "scl", "correctness", "wrong-right", "right-wrong",
                             "rejected", "resources/model", "mirrored", "gold" })
                        QVERIFY2(!label->text().contains(QLatin1String(word)), word);
            desk.press(Qt::Key_Right);
        }
    }

    void backspaceTakesTheLastVerdictBackAndReturnsToIt()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        desk.press(Qt::Key_1);
        desk.press(Qt::Key_2);
        desk.press(Qt::Key_Backspace);
        QCOMPARE(desk.page.state().index(), 1);
        QVERIFY(!desk.page.state().verdictOf(1));
        desk.settle();
        QCOMPARE(stored().size(), std::size_t(1));
        desk.press(Qt::Key_U);
        QCOMPARE(desk.page.state().index(), 0);
        desk.settle();
        QVERIFY(stored().empty());
        desk.press(Qt::Key_Backspace); // nothing left: nothing happens
        QCOMPARE(desk.page.state().index(), 0);
        desk.workspace.undo(false); // the window's undo takes the taking back back
        desk.settle();
        QTRY_COMPARE(desk.page.state().judged(), 1);
        QCOMPARE(stored().size(), std::size_t(1));
    }

    void aVerdictIsChangedByAClickOnTheStrip()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        desk.press(Qt::Key_1);
        desk.press(Qt::Key_1);
        desk.settle();
        auto* strip = desk.side->findChild<QListWidget*>(QStringLiteral("auditStrip"));
        emit strip->itemClicked(strip->item(1)); // the older one
        QCOMPARE(desk.page.state().index(), 0);
        QVERIFY(desk.page.findChild<QPushButton*>(QStringLiteral("verdict1"))->isChecked());
        desk.press(Qt::Key_0);
        desk.settle();
        QCOMPARE(desk.page.state().index(), 2); // on to the next without a verdict
        const auto verdicts = stored();
        QCOMPARE(verdicts.size(), std::size_t(2));
        QCOMPARE(verdicts[1].choice, Choice::Tie);
    }

    void reasonsAndNotesGoWithTheVerdict()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        desk.press(Qt::Key_R);
        desk.press(Qt::Key_3); // wrong count, and no verdict
        QCOMPARE(desk.page.state().index(), 0);
        desk.press(Qt::Key_F);
        desk.press(Qt::Key_N);
        auto* note = desk.page.findChild<QLineEdit*>(QStringLiteral("auditNote"));
        QTRY_VERIFY(note->hasFocus());
        QTest::keyClicks(note, QStringLiteral("3 cups, not 2")); // digits are text here
        QTRY_COMPARE(draftNote(), std::string("3 cups, not 2")); // kept while it is being written
        QTest::keyClick(note, Qt::Key_Return);
        desk.press(Qt::Key_2);
        desk.settle();
        const auto verdicts = stored();
        QCOMPARE(verdicts.size(), std::size_t(1));
        QCOMPARE(verdicts[0].note, std::string("3 cups, not 2"));
        QCOMPARE(verdicts[0].reasons, std::vector<std::string> { "wrong count" });
        QVERIFY(verdicts[0].flagged);
        QVERIFY(note->text().isEmpty()); // the next pair has none
    }

    void aDraftSurvivesAKillAndSidesStay()
    {
        std::vector<ResponseId> lefts;
        const auto child = ::fork(); // a session that is killed while a note is being written
        if (child == 0)
            ::_exit(writeDraftAndWait());
        int status = 0;
        QTRY_VERIFY_WITH_TIMEOUT(!draftNote().empty(), 30000);
        ::kill(child, SIGKILL);
        ::waitpid(child, &status, 0);
        QVERIFY(WIFSIGNALED(status));
        Desk desk(m_file);
        desk.begin(m_batch);
        QCOMPARE(desk.page.findChild<QLineEdit*>(QStringLiteral("auditNote"))->text(),
            QStringLiteral("half a thought"));
        for (const auto& view : desk.page.state().session().views)
            lefts.push_back(view.task.left);
        Desk again(m_folder->filePath(QStringLiteral("demo.slook")));
        again.begin(m_batch);
        for (std::size_t i = 0; i < lefts.size(); ++i)
            QCOMPARE(again.page.state().session().views[i].task.left, lefts[i]);
    }

    void theNextPairIsThereWithinFiftyMilliseconds()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        QElapsedTimer clock;
        std::vector<qint64> times;
        for (int i = 0; i < 9; ++i) {
            clock.start();
            desk.press(Qt::Key_1);
            QCOMPARE(desk.page.state().index(), i + 1);
            times.push_back(clock.elapsed());
            desk.settle();
        }
        std::ranges::sort(times); // the median: other programs may hold up a single one
        qInfo("median of nine: %lld ms, slowest %lld ms", times[4], times[8]);
        QVERIFY2(times[4] <= 50, qPrintable(QString::number(times[4])));
    }

    void revealComesAfterTheVerdictWhereItIsAskedFor()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        for (QAction* action : desk.page.actions())
            if (action->isCheckable() && action->text().startsWith(QStringLiteral("Tell after")))
                action->setChecked(true);
        const auto* text = desk.page.findChild<QLabel*>(QStringLiteral("auditReveal"));
        QVERIFY(!text->isVisible());
        desk.press(Qt::Key_1);
        QCOMPARE(desk.page.state().index(), 0); // stays to be read
        QVERIFY(text->isVisible());
        QVERIFY(text->text().contains(QString::fromStdString(desk.page.state().current().chosen)));
        desk.press(Qt::Key_Return);
        QCOMPARE(desk.page.state().index(), 1);
        QVERIFY(!text->isVisible());
        desk.settle();
    }

    void aVerdictThatCannotBeSavedIsTakenBackAndSaid()
    {
        Desk owner(m_file);
        Desk reader(m_file); // the file has an owner: this one may only read
        QVERIFY(reader.workspace.project().readOnly);
        reader.begin(m_batch);
        QSignalSpy said(&reader.workspace, &Workspace::said);
        reader.press(Qt::Key_1);
        reader.settle();
        QCOMPARE(reader.page.state().judged(), 0);
        QCOMPARE(reader.page.state().index(), 0);
        QCOMPARE(reader.label("auditSaved"), QStringLiteral("not saved"));
        QVERIFY(said.count() >= 1);
        QVERIFY(said.back().at(1).toBool());
    }

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

    /// Everything that an eye or a program can read of the screen besides both answers: if it is
    /// the same for all pairs, nothing in it can tell the label.
    void nothingButTheAnswersDiffersFromPairToPair()
    {
        const QString file = pairProject(60);
        Desk desk(file);
        desk.begin({ 1 });
        QStringList first;
        std::set<bool> sides;
        for (int i = 0; i < desk.page.state().count(); ++i) {
            QStringList seen;
            for (const QWidget* top : { static_cast<QWidget*>(&desk.page), desk.side.get() })
                for (const QWidget* widget : top->findChildren<QWidget*>()) {
                    seen << widget->objectName() << widget->windowTitle() << widget->toolTip()
                         << widget->statusTip() << widget->whatsThis() << widget->accessibleName()
                         << widget->accessibleDescription();
                    if (widget->objectName() == QLatin1String("auditLeft")
                        || widget->objectName() == QLatin1String("auditRight"))
                        seen << QStringLiteral("%1x%2 %3")
                                    .arg(widget->width())
                                    .arg(widget->height())
                                    .arg(widget->isEnabled());
                }
            const auto* left = desk.page.findChild<QWidget*>(QStringLiteral("auditLeft"));
            const auto* right = desk.page.findChild<QWidget*>(QStringLiteral("auditRight"));
            QCOMPARE(left->height(), right->height());
            if (first.isEmpty())
                first = seen;
            QCOMPARE(seen, first);
            sides.insert(desk.page.state().current().chosen == "left");
            desk.press(Qt::Key_Right);
        }
        QCOMPARE(sides.size(), std::size_t(2)); // there was something to tell
    }

    void twoHundredPairsAreAuditedFromTheKeyboardAlone()
    {
        constexpr int pairs = 200;
        const QString file = pairProject(pairs);
        Desk desk(file);
        desk.page.refresh();
        desk.settle();
        auto* table = desk.page.findChild<QTableView*>(QStringLiteral("auditTable"));
        QTRY_COMPARE(table->model()->rowCount(), 1);
        table->setFocus();
        QTest::keyClick(table, Qt::Key_Return);
        desk.settle();
        QTRY_COMPARE(desk.page.state().count(), pairs);
        const auto views = desk.page.state().session().views;
        struct Stroke {
            Qt::Key key;
            Qt::KeyboardModifiers modifiers;
            Choice choice;
            int side; // 1 left, 2 right, 0 none
        };
        const Stroke strokes[] = { { Qt::Key_1, {}, Choice::Better, 1 },
            { Qt::Key_2, {}, Choice::Better, 2 }, { Qt::Key_0, {}, Choice::Tie, 0 },
            { Qt::Key_3, {}, Choice::BothBad, 0 }, { Qt::Key_9, {}, Choice::CannotJudge, 0 },
            { Qt::Key_1, Qt::ShiftModifier, Choice::MuchBetter, 1 },
            { Qt::Key_2, Qt::AltModifier, Choice::MuchBetter, 2 },
            { Qt::Key_1, Qt::KeypadModifier, Choice::Better, 1 } };
        for (int i = 0; i < pairs; ++i) {
            QCOMPARE(desk.page.state().index(), i);
            if (i % 10 == 3) {
                desk.press(Qt::Key_R);
                desk.press(Qt::Key_2);
            }
            if (i % 25 == 7) { // the wrong key, taken back
                desk.press(Qt::Key_9);
                desk.press(Qt::Key_Backspace);
                QCOMPARE(desk.page.state().index(), i);
            }
            if (i % 50 == 11) {
                desk.press(Qt::Key_N);
                auto* note = desk.page.findChild<QLineEdit*>(QStringLiteral("auditNote"));
                QTRY_VERIFY(note->hasFocus());
                QTest::keyClicks(note, QStringLiteral("note %1").arg(i));
                QTest::keyClick(note, Qt::Key_Return);
            }
            const Stroke& stroke = strokes[i % 8];
            desk.press(stroke.key, stroke.modifiers);
        }
        desk.settle();
        QTRY_VERIFY(desk.page.findChild<QLabel*>(QStringLiteral("auditEnd"))->isVisible());
        desk.settle();
        const auto project = store::Project::openReadOnly(file.toStdString());
        const auto verdicts = *project->verdicts({ 1 }, "MK");
        QCOMPARE(verdicts.size(), std::size_t(pairs));
        for (int i = 0; i < pairs; ++i) {
            const auto found = std::ranges::find(
                verdicts, views[static_cast<std::size_t>(i)].task.id, &VerdictRow::task);
            QVERIFY(found != verdicts.end());
            const Stroke& stroke = strokes[i % 8];
            const AuditTask& task = views[static_cast<std::size_t>(i)].task;
            QCOMPARE(found->choice, stroke.choice);
            QCOMPARE(found->better,
                stroke.side == 0       ? ResponseId {}
                    : stroke.side == 1 ? task.left
                                       : task.right);
            QCOMPARE(found->reasons.size(), std::size_t(i % 10 == 3 ? 1 : 0));
            QCOMPARE(found->note, i % 50 == 11 ? "note " + std::to_string(i) : std::string());
        }
        QTRY_VERIFY(desk.label("auditEnd").contains(QStringLiteral("Left better 50")));
        QVERIFY(!desk.label("auditEnd").contains(QStringLiteral("machine")));
        QVERIFY(desk.page.grab().save(QStringLiteral("audit_end.png")));
        desk.press(Qt::Key_Backspace); // also from the card
        QCOMPARE(desk.page.state().index(), pairs - 1);
        desk.settle();
    }

    void thePageLeavesRoomForTheInspectorAtTwelveHundredEightyBySevenHundredTwenty()
    {
        Desk desk(m_file);
        desk.begin(m_batch);
        constexpr int beside = 85 + 300; // rail and inspector
        constexpr int around = 70; // title, menu and status bar
        const QSize least = desk.page.minimumSizeHint();
        QVERIFY2(least.width() <= 1280 - beside, qPrintable(QString::number(least.width())));
        QVERIFY2(least.height() <= 720 - around, qPrintable(QString::number(least.height())));
    }

    void theCardTellsOfTheMachineOnlyWhereItWasRevealed()
    {
        const QString file = pairProject(4);
        Desk desk(file);
        desk.begin({ 1 });
        for (QAction* action : desk.page.actions())
            if (action->text().startsWith(QStringLiteral("Tell after")))
                action->setChecked(true);
        for (int i = 0; i < 4; ++i) {
            desk.press(Qt::Key_1);
            desk.settle();
            desk.press(Qt::Key_Return);
        }
        QTRY_VERIFY(desk.label("auditEnd")
                        .contains(QStringLiteral(
                            "prefer the machine's choice in 50"))); // half of it is on the left
    }

    void verdictsFollowTheKeysThatAPersonChose()
    {
        const QString settingsFile = m_folder->filePath(QStringLiteral("keys.ini"));
        {
            Desk desk(m_file);
            KeyMap keys;
            keys.add(QStringLiteral("audit"), QStringLiteral("Audit"), desk.page.actions());
            const auto& commands = keys.commands();
            const auto tie =
                std::ranges::find(commands, QStringLiteral("audit/Tie"), &KeyMap::Command::id);
            QVERIFY(tie != commands.end());
            QVERIFY(keys.conflicts(*tie, QKeySequence(Qt::Key_N))
                        .contains(QStringLiteral("Write a note")));
            QVERIFY(keys.conflicts(*tie, QKeySequence(Qt::Key_J)).isEmpty());
            keys.set({ { QStringLiteral("audit/Left better"), QStringLiteral("J") },
                { QStringLiteral("audit/Right better"), QStringLiteral("5") } });
            QSettings settings(settingsFile, QSettings::IniFormat);
            keys.write(settings);
        }
        Desk desk(m_file);
        desk.begin(m_batch);
        KeyMap keys;
        keys.add(QStringLiteral("audit"), QStringLiteral("Audit"), desk.page.actions());
        keys.read(QSettings(settingsFile, QSettings::IniFormat));
        QCOMPARE(desk.page.findChild<QPushButton*>(QStringLiteral("verdict1"))->text(),
            QStringLiteral("Left better\nJ"));
        desk.press(Qt::Key_J);
        desk.press(Qt::Key_5);
        desk.press(Qt::Key_1); // means nothing now
        desk.press(Qt::Key_R);
        desk.press(Qt::Key_5); // a reason, no verdict
        QCOMPARE(desk.page.state().index(), 2);
        desk.press(Qt::Key_1, Qt::AltModifier); // what was not changed keeps its second key
        QCOMPARE(desk.page.state().index(), 3);
        desk.settle();
        const auto verdicts = stored();
        QCOMPARE(verdicts.size(), std::size_t(3));
        const auto& views = desk.page.state().session().views;
        QCOMPARE(verdicts[0].better, views[0].task.left);
        QCOMPARE(verdicts[1].better, views[1].task.right);
        QCOMPARE(verdicts[2].choice, Choice::MuchBetter);
        QCOMPARE(verdicts[2].reasons, std::vector<std::string> { "text reading" });
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

    void aSentFileIsJudgedAndNeverReveals()
    {
        const auto sent = m_folder->filePath(QStringLiteral("for-mk.slook"));
        {
            const auto project = store::Project::openReadOnly(m_file.toStdString());
            QVERIFY(workbench::sendAudit(*project, batch(), { "MK" }, sent.toStdString()));
        }
        Desk desk(sent);
        for (QAction* action : desk.page.actions())
            if (action->text().startsWith(QStringLiteral("Tell after")))
                action->setChecked(true);
        desk.begin({ 1 });
        desk.press(Qt::Key_1);
        desk.settle();
        QVERIFY(!desk.page.findChild<QLabel*>(QStringLiteral("auditReveal"))->isVisible());
        const auto project = store::Project::openReadOnly(sent.toStdString());
        QCOMPARE(project->verdicts({ 1 }, "MK")->size(), std::size_t(1));
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

private:
    /// With one audit of all pairs by MK, none mirrored.
    QString pairProject(int pairs) const
    {
        const QString file = m_folder->filePath(QStringLiteral("pairs.slook"));
        auto project = test::makePairProject(file.toStdString(), pairs);
        workbench::AuditOptions options;
        options.name = "all";
        options.annotators = { "MK" };
        options.pairs = pairs;
        options.mirrored = 0;
        (void)workbench::newAudit(*project, {}, options).value();
        return file;
    }
    std::vector<VerdictRow> stored() const
    {
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        const auto rows =
            project ? project->verdicts(m_batch, "MK") : Result<std::vector<VerdictRow>>();
        return rows ? *rows : std::vector<VerdictRow>();
    }
    std::string draftNote() const
    {
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        const auto drafts =
            project ? project->drafts(m_batch, "MK") : Result<std::vector<VerdictDraft>>();
        return drafts && !drafts->empty() ? drafts->front().note : std::string();
    }
    /// In a process of its own that never ends by itself.
    int writeDraftAndWait() const
    {
        auto project = store::Project::open(m_file.toStdString());
        const auto tasks = project->auditTasks(m_batch, "MK");
        if (!project->keepDraft({ tasks->front().id, {}, "half a thought", false, 1 }))
            return 1;
        ::pause();
        return 0;
    }
    AuditBatchRow batch() const
    {
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        return *workbench::auditNamed(*project, "first");
    }
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

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
    BatchId m_batch;
};

QTEST_MAIN(AuditTest)
#include "audit_test.moc"
