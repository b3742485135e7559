#include "demo_project.h"
#include "methods/sweep.h"
#include "pages/corruption_form.h"
#include "pages/laboratory_page.h"
#include "parts/zoom_picture.h"
#include "runs/job.h"
#include "services/pictures.h"
#include "services/store_workspace.h"
#include "shell/main_window.h"
#include "workbench/op_id.h"
#include <QComboBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>

using namespace slook;
using namespace slook::gui;

namespace {

constexpr int items = 20;

/// A finished sweep: at level 1 nothing changes, at level 5 all answers do.
Result<RunId> addSweep(store::Project& project)
{
    const auto all = project.items();
    std::vector<runs::InputItem> inputs;
    for (const Item& item : *all) {
        runs::InputItem one;
        one.item = item;
        one.imagePaths = { "p.png" };
        inputs.push_back(one);
    }
    const auto plan = methods::planSweepFor(
        { { { "op", "gaussian_noise" }, { "levels", "1,5" } }, {}, 0 }, { "m", "", 0 }, inputs);
    RunRow run;
    run.name = *project.nextRunName("sweep");
    run.recipe = "sweep";
    run.job = runs::toText(plan->job);
    const auto id = project.addRun(run, workbench::newOpId());
    std::vector<runs::Event> events;
    for (const char* stage : { "clean", "level 1", "level 5" })
        for (const Item& item : *all) {
            runs::Answered one;
            one.response.stage = stage;
            one.response.item = item.id;
            one.response.pixelsSha256 = stage;
            const bool wrong = std::string(stage) == "level 5";
            one.extractions.push_back(
                { {}, "ours", "label", 0, 1, wrong ? "D" : item.answer, !wrong });
            events.push_back({ std::int64_t(events.size()) + 1, 0, one });
        }
    events.push_back({ std::int64_t(events.size()) + 1, 0, runs::Finished {} });
    if (auto taken = project.takeEvents(*id, events); !taken)
        return fail(taken.error());
    return id;
}

} // namespace

class LaboratoryTest final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        m_file = m_folder.filePath(QStringLiteral("lab.slook"));
        auto project = test::makeSmallProject(m_file.toStdString(), items);
        QVERIFY2(project, project ? "" : message(project.error()).c_str());
        const auto sweep = addSweep(*project);
        QVERIFY(sweep);
        m_sweep = *sweep;
        qputenv("SLOOK_WORKER", SLOOK_WORKER_PROGRAM);
    }

    void init()
    {
        m_workspace = std::make_unique<StoreWorkspace>();
        QSignalSpy changed(m_workspace.get(), &Workspace::projectChanged);
        m_workspace->open(m_file);
        QVERIFY(changed.wait(20000));
        m_pictures = std::make_unique<Pictures>(*m_workspace);
        m_choice = std::make_unique<RunChoice>();
        m_view = std::make_unique<View>(*m_workspace, *m_choice);
        m_page = std::make_unique<LaboratoryPage>(
            PageParts { *m_workspace, *m_pictures, *m_choice, *m_view });
        m_page->resize(1180, 820);
        m_page->setVisible(true);
        settle();
    }
    void cleanup()
    {
        m_page.reset();
        m_view.reset();
        m_choice.reset();
        m_pictures.reset();
        m_workspace.reset();
    }

    void itShowsAPictureItsCorruptionAndTheDifference()
    {
        for (const char* name : { "original", "corrupted", "difference" })
            QCOMPARE(pane(name)->imageSize(), QSize(48, 32));
        const QString numbers = text("laboratoryNumbers");
        QVERIFY2(numbers.contains(QStringLiteral("PSNR")), qPrintable(numbers));
        QVERIFY2(numbers.contains(QStringLiteral("As seen")), qPrintable(numbers));
        QVERIFY(text("laboratoryHashes").contains(QStringLiteral("gaussian_noise")));
        QVERIFY(!page<QWidget>("laboratoryBadge")->isVisible());
        m_page->grab().save(QStringLiteral("laboratory_file.png"));
        press(Qt::Key_V); // the embedded model's square
        QVERIFY(pane("original")->imageSize() != QSize(48, 32));
        QCOMPARE(pane("original")->imageSize(), pane("corrupted")->imageSize());
        m_page->grab().save(QStringLiteral("laboratory_seen.png"));
    }

    void keysChooseSeverityPictureAndSeed()
    {
        press(Qt::Key_1);
        QCOMPARE(page<QComboBox>("severityBox")->currentText(), QStringLiteral("1"));
        // ImageNet-C: .08 of the range
        QCOMPARE(page<QDoubleSpinBox>("number:sigma")->value(), 20.4);
        press(Qt::Key_0);
        QTRY_VERIFY(text("laboratoryNumbers").contains(QStringLiteral("Severity 0")));
        press(Qt::Key_3);
        const QString first = text("laboratoryQuestion");
        press(Qt::Key_Period);
        QVERIFY(text("laboratoryQuestion") != first);
        press(Qt::Key_Comma);
        QCOMPARE(text("laboratoryQuestion"), first);
        const QString hashes = text("laboratoryHashes");
        press(Qt::Key_R);
        QTRY_VERIFY(text("laboratoryHashes") != hashes);
    }

    void allThreeZoomTogetherAndOneAloneWithShift()
    {
        auto* first = pane("original");
        wheel(first, Qt::NoModifier);
        QVERIFY(first->scale() > 0);
        QCOMPARE(pane("corrupted")->scale(), first->scale());
        QCOMPARE(pane("difference")->scale(), first->scale());
        const double together = first->scale();
        wheel(first, Qt::ShiftModifier);
        QVERIFY(first->scale() > together);
        QCOMPARE(pane("corrupted")->scale(), together);
    }

    void aCorruptionThatChangesNothingIsRefused()
    {
        page<QComboBox>("operatorBox")->setCurrentText(QStringLiteral("brightness"));
        settle();
        page<QDoubleSpinBox>("number:amount")->setValue(0);
        settle();
        QVERIFY(page<QWidget>("laboratoryBadge")->isVisible());
        QVERIFY(text("laboratoryBadgeText").contains(QStringLiteral("left every pixel as it was")));
        QCOMPARE(pane("corrupted")->imageSize(), QSize(0, 0));
        m_page->grab().save(QStringLiteral("laboratory_refused.png"));
    }

    void theModelAnswersAboutBoth()
    {
        page<QPushButton>("askButton")->click();
        QTRY_VERIFY_WITH_TIMEOUT(text("flipText").contains(QStringLiteral("cosine")), 60000);
        for (const char* name : { "tokens0", "tokens1" }) {
            const QString tokens = text(name);
            // Probabilities behind every token.
            QVERIFY2(tokens.contains(QRegularExpression(QStringLiteral("[01]\\.\\d\\d"))),
                qPrintable(tokens));
        }
        QVERIFY(!page<QPlainTextEdit>("answer0")->toPlainText().isEmpty());
        m_page->grab().save(QStringLiteral("laboratory_answers.png"));
        press(Qt::Key_Period); // another picture: the answers were not about it
        QVERIFY(page<QPlainTextEdit>("answer0")->toPlainText().isEmpty());
    }

    void theAccuracyPageHoldsALevelAgainstTheCleanPictures()
    {
        std::optional<Result<AccuracyReport>> report;
        m_workspace->accuracy(
            m_sweep, "ours", this, [&](const Result<AccuracyReport>& result) { report = result; });
        QTRY_VERIFY(report.has_value());
        QVERIFY2(*report, *report ? "" : message(report->error()).c_str());
        const auto& stages = (**report).report.stages;
        QCOMPARE(stages.size(), std::size_t(3));
        QCOMPARE(stages[0].first.share, 1.0);
        QVERIFY(!stages[0].firstAgainstStart);
        QCOMPARE(stages[2].first.share, 0.0);
        QCOMPARE(stages[2].firstAgainstStart->broken, std::int64_t(items));
    }

    void theNewestSweepIsShownWithItsIntervals()
    {
        page<QTabWidget>("laboratoryTabs")->setCurrentIndex(1);
        auto* table = page<QTableView>("sweepTable");
        QTRY_COMPARE(table->model()->rowCount(), 3);
        const auto cell = [&](int row, int column) {
            return table->model()->index(row, column).data().toString();
        };
        QCOMPARE(cell(0, 0), QStringLiteral("as they are"));
        QVERIFY(cell(0, 2).startsWith(QStringLiteral("100")));
        QVERIFY(cell(1, 4).startsWith(QStringLiteral("0")));
        QVERIFY(cell(2, 4).startsWith(QStringLiteral("100")));
        QVERIFY(text("sweepSentence").contains(QStringLiteral("severity 5")));
        m_page->grab().save(QStringLiteral("laboratory_sweep.png"));
    }

    void aViewIsAddedAfterAPreviewOfTwelve()
    {
        QTest::keyClick(m_page.get(), Qt::Key_A, Qt::ControlModifier | Qt::ShiftModifier);
        auto* apply = m_page->findChild<QPushButton*>(QStringLiteral("corruptViewApply"));
        QVERIFY(apply);
        QTRY_VERIFY(apply->isEnabled());
        auto* dialog = m_page->findChild<QDialog*>(QStringLiteral("corruptViewDialog"));
        dialog->grab().save(QStringLiteral("laboratory_view.png"));
        QVERIFY(m_page->findChild<QLabel*>(QStringLiteral("corruptViewSaid"))
                    ->text()
                    .startsWith(QStringLiteral("12 ")));
        apply->click();
        std::vector<SourceRow> sources;
        QTRY_VERIFY(!m_page->findChild<QDialog*>(QStringLiteral("corruptViewDialog")));
        m_workspace->sources(this, [&](const Result<std::vector<SourceRow>>& rows) {
            sources = rows ? *rows : std::vector<SourceRow>();
        });
        QTRY_COMPARE(sources.size(), std::size_t(2));
        QCOMPARE(sources[1].items, items);
    }

    void itSaysTheNextStepWhereThereIsNoPicture()
    {
        m_workspace->close();
        settle();
        QVERIFY(!pane("original")->isVisible());
        m_page->grab().save(QStringLiteral("laboratory_empty.png"));
    }

    void itIsDrawnInTheDark()
    {
        Theme theme;
        theme.setMode(Theme::Mode::Dark);
        MainWindow window(*m_workspace, theme, nullptr);
        window.show();
        QVERIFY(window.goTo(QStringLiteral("laboratory")));
        settle();
        QTest::qWait(300);
        QVERIFY(window.grab().save(QStringLiteral("laboratory_dark.png")));
        theme.setMode(Theme::Mode::Light);
    }

private:
    template <class W> W* page(const char* name)
    {
        return m_page->findChild<W*>(QLatin1String(name));
    }
    ZoomPicture* pane(const char* name) { return page<ZoomPicture>(name); }
    QString text(const char* name) { return page<QLabel>(name)->text(); }
    void settle()
    {
        QTest::qWait(200);
        QTRY_VERIFY_WITH_TIMEOUT(!m_workspace->busy(), 20000);
        QTest::qWait(30);
    }
    void press(Qt::Key key)
    {
        m_page->activateWindow();
        pane("original")->setFocus();
        QTest::keyClick(m_page.get(), key);
        settle();
    }
    static void wheel(ZoomPicture* on, Qt::KeyboardModifiers modifiers)
    {
        QWheelEvent event(QPointF(on->rect().center()), on->mapToGlobal(on->rect().center()), {},
            { 0, 240 }, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
        QApplication::sendEvent(on, &event);
    }

    QTemporaryDir m_folder;
    QString m_file;
    RunId m_sweep;
    std::unique_ptr<StoreWorkspace> m_workspace;
    std::unique_ptr<Pictures> m_pictures;
    std::unique_ptr<RunChoice> m_choice;
    std::unique_ptr<View> m_view;
    std::unique_ptr<LaboratoryPage> m_page;
};

QTEST_MAIN(LaboratoryTest)
#include "laboratory_test.moc"
