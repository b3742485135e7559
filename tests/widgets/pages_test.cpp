#include "fake_workspace.h"
#include "pages/accuracy_page.h"
#include "pages/data_page.h"
#include "pages/facet_panel.h"
#include "pages/import_dialog.h"
#include "pages/pairs_page.h"
#include "pages/runs_page.h"
#include "pages/transitions_page.h"
#include "pages/triangle_page.h"
#include "plots/histogram.h"
#include "plots/plot.h"
#include "services/pictures.h"
#include "services/queries.h"
#include "shell/command_palette.h"
#include "shell/help_dialog.h"
#include "shell/key_editor.h"
#include "shell/main_window.h"
#include <QAbstractButton>
#include <QAbstractItemView>
#include <QComboBox>
#include <QCompleter>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTreeWidget>

using namespace slook;
using namespace slook::gui;
using slook::gui::test::FakeWorkspace;

namespace {

TransitionRow transition(std::int64_t id, bool first, bool refined)
{
    TransitionRow row;
    row.item = { id };
    row.key = std::to_string(id);
    row.question = "What colour is the bus?";
    row.options = { { "A", "red" }, { "B", "yellow" } };
    row.answer = "B";
    row.images = { { 1 } };
    row.firstText = "It is red. ## A ##";
    row.refinedText = "Looking again, it is yellow. ## B ##";
    row.firstAnswer = first ? "B" : "A";
    row.refinedAnswer = refined ? "B" : "A";
    row.firstCorrect = first;
    row.refinedCorrect = refined;
    return row;
}

RunRow runRow(std::int64_t id, RunState state)
{
    RunRow run;
    run.id = { id };
    run.name = "000" + std::to_string(id) + "-scl";
    run.state = state;
    return run;
}

/// Questions 1 to `count`; those with an odd key, and key 0, are about colours.
ItemRows itemRows(int count)
{
    auto table = std::make_shared<ItemTable>();
    ItemRows rows;
    for (int i = 0; i < count; ++i) {
        Item item;
        item.id = { i + 1 };
        item.key = std::to_string(i);
        item.question = "What is there?";
        item.category = i % 2 == 0 ? "shape" : "colour";
        if (i == 0)
            item.category = "colour";
        table->add(item);
        rows.shown.push_back(i);
    }
    rows.table = table;
    return rows;
}

/// A workspace with an open project, and what pages are built from.
struct Stage {
    FakeWorkspace workspace;
    Pictures pictures { workspace };
    RunChoice choice;
    View view { workspace, choice };
    PageParts parts { workspace, pictures, choice, view };
    Stage() { workspace.info = { "p.slook", "p.slook", false, {} }; }
    void settle()
    {
        QTest::qWait(20);
        QTRY_VERIFY(!workspace.busy());
        QTest::qWait(20);
    }
};

} // namespace

class PagesTest final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_settings.isValid());
        QCoreApplication::setOrganizationName(QStringLiteral("test"));
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_settings.path());
    }

    void dataSaysTheNextStepWhereNothingIsThere()
    {
        Stage stage;
        DataPage page(stage.parts);
        page.resize(900, 600);
        page.setVisible(true);
        stage.settle();
        QVERIFY(page.importFileAction()->isEnabled());
        QVERIFY(!page.findChild<QTableView*>(QStringLiteral("itemTable"))->isVisible());
        page.grab().save(QStringLiteral("data_empty.png"));
    }

    void dataFiltersAndSaysWhatIsWrongWithAFilter()
    {
        Stage stage;
        stage.workspace.itemRows = itemRows(3);
        DataPage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        auto* filter = page.findChild<QLineEdit*>(QStringLiteral("filterText"));
        const auto* rows = page.findChild<QTableView*>(QStringLiteral("itemTable"))->model();
        QCOMPARE(rows->rowCount(), 3);
        filter->setText(QStringLiteral("category:colour -key:1"));
        QTRY_COMPARE(rows->rowCount(), 1); // key 0
        QCOMPARE(page.findChild<QLabel*>(QStringLiteral("filterCount"))->text(),
            QStringLiteral("1 of 3"));
        auto* fault = page.findChild<QLabel*>(QStringLiteral("filterFault"));
        QVERIFY(!fault->isVisible());
        filter->setText(QStringLiteral("nonsense:x"));
        QTRY_VERIFY(fault->isVisible());
        QVERIFY(fault->text().contains(QStringLiteral("names no field")));
        QCOMPARE(rows->rowCount(), 1); // what was found before stays
        page.grab().save(QStringLiteral("data_fault.png"));
    }

    void wordsOfAFilterAreChipsThatCanBeTakenAway()
    {
        Stage stage;
        stage.workspace.itemRows = itemRows(3);
        DataPage page(stage.parts);
        page.resize(1200, 600);
        page.setVisible(true);
        stage.view.setText(QStringLiteral("category:colour key:1"));
        stage.settle();
        QPushButton* chip = nullptr;
        for (auto* button : page.findChildren<QPushButton*>())
            if (button->text().startsWith(QStringLiteral("key:1")))
                chip = button;
        QVERIFY(chip && chip->isVisible());
        chip->click();
        stage.settle();
        QCOMPARE(stage.view.text(), QStringLiteral("category:colour"));
        QTest::keyClicks(page.findChild<QLineEdit*>(QStringLiteral("filterText")),
            QStringLiteral(" category:sh"));
        const auto* offered = page.findChild<QCompleter*>();
        QCOMPARE(offered->completionModel()->index(0, 0).data().toString(),
            QStringLiteral("category:shape"));
        offered->popup()->hide();
        stage.view.setText(QStringLiteral("category:colour"));
        stage.view.remember();
        stage.view.setText(QStringLiteral("x"));
        auto* text = page.findChild<QLineEdit*>(QStringLiteral("filterText"));
        QTest::keyClick(text, Qt::Key_Up);
        QCOMPARE(text->text(), QStringLiteral("category:colour"));
    }

    void aBarThatFollowsTheFilterNeverPutsAnOlderOneBack()
    {
        Stage stage;
        stage.workspace.itemRows = itemRows(3);
        DataPage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        stage.view.setText(QStringLiteral("key:0")); // by another page, a facet, a saved view
        stage.settle();
        stage.view.setText(QStringLiteral("key:1"));
        QTest::qWait(400); // longer than the bar waits after a key
        QCOMPARE(stage.view.text(), QStringLiteral("key:1"));
        QCOMPARE(page.findChild<QLineEdit*>(QStringLiteral("filterText"))->text(),
            QStringLiteral("key:1"));
    }

    void theFirstOfVeryManyAreShownBeforeAllAreKnown()
    {
        Stage stage;
        stage.workspace.itemRows = itemRows(5);
        DataPage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        const auto* table = page.findChild<QTableView*>(QStringLiteral("itemTable"));
        const auto* rows = table->model();
        const auto keyOf = [&](int row) { return rows->index(row, 2).data().toString(); };
        page.findChild<QTableView*>(QStringLiteral("itemTable"))->selectRow(3);
        const auto selected = stage.view.selected();
        QCOMPARE(selected.size(), 1u);
        const QString kept = keyOf(3);
        stage.view.setText(QStringLiteral("-key:0"));
        emit stage.workspace.matchesBegan(QStringLiteral("of another filter"), { { 1 } });
        QCOMPARE(rows->rowCount(), 5);
        emit stage.workspace.matchesBegan(QStringLiteral("-key:0"), { { 2 }, { 3 } });
        QCOMPARE(rows->rowCount(), 2);
        QCOMPARE(stage.view.selected(), selected);
        stage.settle();
        QCOMPARE(rows->rowCount(), 4);
        QCOMPARE(keyOf(table->currentIndex().row()), kept); // the one before is current again
        QCOMPARE(stage.view.selected(), selected);
        emit stage.workspace.matchesBegan(QStringLiteral("-key:0"), { { 2 } }); // too late
        QCOMPARE(rows->rowCount(), 4);
        stage.view.refresh(); // a mark was put on a question: whoever has scrolled stays there
        emit stage.workspace.matchesBegan(QStringLiteral("-key:0"), { { 2 } });
        QCOMPARE(rows->rowCount(), 4);
        stage.settle();
        stage.view.setText({}); // everything passes: its first page is no news
        emit stage.workspace.matchesBegan({}, { { 2 } });
        QCOMPARE(rows->rowCount(), 4);
    }

    void onePagesSelectionIsThatOfTheOthers()
    {
        Stage stage;
        stage.workspace.itemRows = itemRows(5);
        stage.workspace.transitionRows = { { "pool" }, "pool",
            { transition(1, true, false), transition(2, false, true), transition(5, true, true) } };
        stage.choice.set({ 1 });
        DataPage data(stage.parts);
        TransitionsPage transitions(stage.parts);
        data.setVisible(true);
        transitions.setVisible(true);
        stage.settle();
        auto* items = data.findChild<QTableView*>(QStringLiteral("itemTable"));
        auto* answers = transitions.findChild<QTableView*>(QStringLiteral("transitionTable"));
        items->selectionModel()->select(
            QItemSelection(items->model()->index(1, 0), items->model()->index(4, 6)),
            QItemSelectionModel::ClearAndSelect);
        QCOMPARE(stage.view.selected().size(), std::size_t(4)); // 2, 3, 4, 5
        const auto rows = answers->selectionModel()->selectedRows();
        QCOMPARE(rows.size(), 2); // of 2 and 5
        QVERIFY(answers->selectionModel()->isRowSelected(1, {}));
        QVERIFY(answers->selectionModel()->isRowSelected(2, {}));
        stage.view.setOnlySelected(true);
        QCOMPARE(items->model()->rowCount(), 4);
        QCOMPARE(answers->model()->rowCount(), 2);
        answers->selectRow(1);
        QCOMPARE(items->selectionModel()->selectedRows().size(), 1);
        stage.view.setOnlySelected(false);
        QCOMPARE(items->model()->rowCount(), 5);
    }

    void keysMarkWhatIsSelectedAndTakeTheMarkOffAgain()
    {
        Stage stage;
        stage.workspace.itemRows = itemRows(3);
        DataPage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        auto* table = page.findChild<QTableView*>(QStringLiteral("itemTable"));
        page.activateWindow();
        table->setFocus();
        table->selectAll();
        QTest::keyClick(table, Qt::Key_1, Qt::AltModifier);
        stage.settle();
        QCOMPARE(stage.view.marksOf(ItemId { 2 }).size(), std::size_t(1));
        QVERIFY(table->model()->index(2, 1).data().toString().contains(QStringLiteral("red")));
        stage.view.setText(QStringLiteral("flag:red"));
        stage.settle();
        QCOMPARE(table->model()->rowCount(), 3);
        QTest::keyClick(table, Qt::Key_1, Qt::AltModifier);
        stage.settle();
        QVERIFY(stage.view.marksOf(ItemId { 2 }).empty());
        QCOMPARE(table->model()->rowCount(), 0);
    }

    void questionsAboutOnePictureStandTogether()
    {
        Stage stage;
        auto table = std::make_shared<ItemTable>();
        const std::vector<std::int64_t> pictures { 8, 7, 8, 0, 7, 8 }; // 0: none
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            Item item;
            item.id = { std::int64_t(i) + 1 };
            item.key = std::to_string(i);
            item.question = "What is there?";
            item.category = i == 2 ? "shape" : "colour";
            if (pictures[i] != 0)
                item.images = { { pictures[i] } };
            table->add(item);
        }
        stage.workspace.itemRows.table = table;
        DataPage page(stage.parts);
        page.resize(1200, 700);
        page.setVisible(true);
        stage.settle();
        auto* view = page.findChild<QTableView*>(QStringLiteral("itemTable"));
        const auto* rows = view->model();
        const auto column = [&](int which) {
            QStringList cells;
            for (int row = 0; row < rows->rowCount(); ++row)
                cells << rows->index(row, which).data().toString();
            return cells.join(QLatin1Char(','));
        };
        constexpr int picture = 0, key = 2;
        QCOMPARE(column(key), QStringLiteral("0,1,2,3,4,5"));
        view->selectRow(2); // question 3
        page.activateWindow();
        view->setFocus();
        QTest::keyClick(view, Qt::Key_G, Qt::ShiftModifier);
        QTRY_COMPARE(column(key), QStringLiteral("1,4,0,2,5,3"));
        QCOMPARE(column(picture), QStringLiteral("2 questions,,3 questions,,,1 without a picture"));
        QCOMPARE(view->currentIndex().row(), 3); // still question 3
        QCOMPARE(stage.view.selected(), (std::vector<ItemId> { { 3 } }));
        stage.view.select({ { 2 }, { 6 } }, nullptr);
        QVERIFY(view->selectionModel()->isRowSelected(0, {}));
        QVERIFY(view->selectionModel()->isRowSelected(4, {}));
        QCOMPARE(view->selectionModel()->selectedRows().size(), 2);
        page.grab().save(QStringLiteral("data_grouped.png"));
        stage.view.setText(QStringLiteral("category:colour"));
        QTRY_COMPARE(column(key), QStringLiteral("1,4,0,5,3"));
        QCOMPARE(
            column(picture), QStringLiteral("2 questions,,2 of 3 questions,,1 without a picture"));
        QTest::keyClick(view, Qt::Key_G); // pictures: the same rows
        auto* grid = page.findChild<QListView*>(QStringLiteral("itemGrid"));
        QVERIFY(grid->isVisible());
        page.grab().save(QStringLiteral("data_grouped_grid.png"));
        QSettings kept(m_settings.filePath(QStringLiteral("page.ini")), QSettings::IniFormat);
        page.keep(kept);
        QTest::keyClick(grid, Qt::Key_G, Qt::ShiftModifier);
        QTRY_COMPARE(column(key), QStringLiteral("0,1,3,4,5"));
        QCOMPARE(column(picture), QStringLiteral(",,,,"));

        QTest::keyClick(grid, Qt::Key_S); // by key: no other order
        QTest::keyClick(grid, Qt::Key_S); // by length: all alike
        QTest::keyClick(grid, Qt::Key_S); // by answer: all alike
        QTest::keyClick(grid, Qt::Key_S); // by category
        stage.view.setText(QString());
        QTRY_COMPARE(column(key), QStringLiteral("0,1,3,4,5,2"));
        emit view->horizontalHeader()->sectionClicked(key);
        emit view->horizontalHeader()->sectionClicked(key);
        QTRY_COMPARE(column(key), QStringLiteral("5,4,3,2,1,0"));
        emit view->horizontalHeader()->sectionClicked(key);
        QTRY_COMPARE(column(key), QStringLiteral("0,1,2,3,4,5"));

        DataPage next(stage.parts); // at the next start
        next.recall(kept);
        next.setVisible(true);
        QTRY_VERIFY(next.findChild<QListView*>(QStringLiteral("itemGrid"))->isVisible());
        const auto* again = next.findChild<QTableView*>(QStringLiteral("itemTable"))->model();
        QTRY_COMPARE(again->index(0, picture).data().toString(), QStringLiteral("2 questions"));
    }

    void pairsAreFlaggedByThemselves()
    {
        Stage stage;
        std::vector<PairItem> pairs(3);
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            pairs[i].pair.id = { std::int64_t(i) + 11 };
            pairs[i].pair.item = pairs[i].item.id = { std::int64_t(i) + 1 };
            pairs[i].item.question = "question " + std::to_string(i + 1);
        }
        stage.workspace.itemRows = itemRows(3);
        stage.workspace.pairRows = { { "correctness" }, pairs };
        stage.choice.set({ 1 });
        stage.workspace.mark({ { 3 } }, "flag", "blue"); // a question
        PairsPage page(stage.parts);
        page.resize(1100, 700);
        page.setVisible(true);
        stage.settle();
        auto* list = page.findChild<QTableView*>(QStringLiteral("pairTable"));
        const auto marks = [&](int row) { return list->model()->index(row, 3).data().toString(); };
        page.activateWindow();
        list->selectRow(1);
        list->setFocus();
        QTest::keyClick(list, Qt::Key_1, Qt::AltModifier);
        stage.settle();
        QCOMPARE(marks(0), QString());
        QCOMPARE(marks(1), QStringLiteral("⚑red"));
        QCOMPARE(marks(2), QStringLiteral("(⚑blue)")); // its question's
        QVERIFY(stage.view.marksOf(ItemId { 2 }).empty());
        QCOMPARE(stage.view.marksOf(PairId { 12 }).size(), std::size_t(1));
        stage.view.setText(QStringLiteral("flag:red"));
        stage.settle();
        QCOMPARE(list->model()->rowCount(), 1);
        QCOMPARE(list->model()->index(0, 1).data().toString(), QStringLiteral("question 2"));
        stage.view.setText(QStringLiteral("flag:any"));
        stage.settle();
        QCOMPARE(list->model()->rowCount(), 2);
        stage.view.setText(QString());
        stage.settle();
        page.goTo({ 13 }, QStringLiteral("correctness"));
        stage.settle();
        QCOMPARE(list->currentIndex().row(), 2);
        QCOMPARE(stage.view.selected(), (std::vector<ItemId> { { 3 } }));
        list->selectRow(1);
        QTest::keyClick(list, Qt::Key_1, Qt::AltModifier); // off again
        stage.settle();
        QVERIFY(stage.view.marksOf(PairId { 12 }).empty());
        QCOMPARE(stage.view.marksOf(ItemId { 3 }).size(), std::size_t(1));
    }

    void transitionsFilterByMatrixAndKeys()
    {
        Stage stage;
        stage.workspace.transitionRows = { { "pool", "before" }, "pool",
            { transition(1, true, true), transition(2, false, true), transition(3, true, false),
                transition(4, false, false), transition(5, false, true) } };
        stage.choice.set({ 1 });
        TransitionsPage page(stage.parts);
        page.resize(1100, 700);
        page.setVisible(true);
        stage.settle();
        auto* rows = page.findChild<QTableView*>(QStringLiteral("transitionTable"));
        QCOMPARE(rows->model()->rowCount(), 5);
        QTest::mouseClick(
            page.findChild<QAbstractButton*>(QStringLiteral("matrix2")), Qt::LeftButton);
        QTRY_COMPARE(rows->model()->rowCount(), 2);
        QCOMPARE(stage.view.text(), QStringLiteral("type:wrong-right"));
        QVERIFY(page.findChild<QAbstractButton*>(QStringLiteral("matrix2"))->isChecked());
        QCOMPARE(page.findChild<QAbstractButton*>(QStringLiteral("matrix1"))->isChecked(), false);
        page.activateWindow();
        rows->setFocus();
        QTest::keyClick(rows, Qt::Key_3);
        QTRY_COMPARE(rows->model()->rowCount(), 1);
        QTest::keyClick(rows, Qt::Key_0);
        QTRY_COMPARE(rows->model()->rowCount(), 5);
        page.grab().save(QStringLiteral("transitions_fake.png"));
    }

    void pairsShowBothSidesAndStep()
    {
        Stage stage;
        PairItem one;
        one.pair.id = { 1 };
        one.pair.preference = "correctness";
        one.pair.type = 2;
        one.pair.chosen = "It is yellow. <b>not markup</b>";
        one.pair.rejected = "It is red.";
        PairItem two = one;
        two.pair.id = { 2 };
        two.pair.chosen = "Second";
        stage.workspace.pairRows = { { "correctness", "random" }, { one, two } };
        stage.choice.set({ 1 });
        PairsPage page(stage.parts);
        page.resize(1100, 700);
        page.setVisible(true);
        stage.settle();
        auto* chosen = page.findChild<QPlainTextEdit*>(QStringLiteral("chosenText"));
        QCOMPARE(chosen->toPlainText(), QStringLiteral("It is yellow. <b>not markup</b>"));
        auto* list = page.findChild<QTableView*>(QStringLiteral("pairTable"));
        page.activateWindow();
        list->setFocus();
        QTest::keyClick(list, Qt::Key_J);
        QCOMPARE(chosen->toPlainText(), QStringLiteral("Second"));
        QTest::keyClick(list, Qt::Key_K);
        QCOMPARE(chosen->toPlainText(), QStringLiteral("It is yellow. <b>not markup</b>"));
    }

    void triangleShowsWhatIsNextToTheLineAndMovesIt()
    {
        Stage stage;
        std::vector<workbench::JudgedTriplet> all;
        for (int i = 0; i < 40; ++i) {
            workbench::JudgedTriplet one;
            one.triplet.id = { i + 1 };
            one.triplet.round = i == 0 ? 0 : 1; // the first is of the seed
            one.triplet.kind = "vqa";
            one.triplet.question = "Question " + std::to_string(i) + " <b>is text</b>";
            one.triplet.questionAgain = "Question again";
            one.triplet.answer = "red";
            one.triplet.answerAgain = "blue";
            one.triplet.questionSimilarity = 0.025 * i;
            one.triplet.answerSimilarity = 0.025 * i;
            one.triplet.score = 0.025 * i;
            one.triplet.kept = i >= 32;
            one.images = { { 1 } };
            one.right = i % 2 == 0;
            all.push_back(std::move(one));
        }
        TrianglePage page(stage.parts);
        page.resize(1300, 800);
        page.setVisible(true);
        stage.settle();
        QVERIFY(!page.findChild<QTableView*>(QStringLiteral("nearestTable"))->isVisible());
        page.show(all);
        stage.settle();
        auto* histogram = page.findChild<HistogramCard*>(QStringLiteral("scoreHistogram"));
        QCOMPARE(histogram->threshold(), 0.8); // the lowest that the run kept
        auto* counts = page.findChild<QLabel*>(QStringLiteral("countsText"));
        QCOMPARE(counts->text(), QStringLiteral("At 0.80: 8 kept, 31 dropped. The run kept 8."));
        auto* nearest = page.findChild<QTableView*>(QStringLiteral("nearestTable"));
        QCOMPARE(nearest->model()->rowCount(), 10);
        for (int row = 0; row < 10; ++row) {
            const double score = nearest->model()->index(row, 0).data().toDouble();
            QVERIFY(score > 0.67 && score < 0.93);
        }
        auto* question = page.findChild<QPlainTextEdit*>(QStringLiteral("questionText"));
        QVERIFY(question->toPlainText().contains(QStringLiteral("<b>is text</b>")));
        page.activateWindow();
        histogram->setFocus();
        QTest::keyClick(histogram, Qt::Key_Right);
        QCOMPARE(counts->text(), QStringLiteral("At 0.81: 7 kept, 32 dropped. The run kept 8."));
        QTest::keyClick(histogram, Qt::Key_PageDown);
        QTest::keyClick(histogram, Qt::Key_Left);
        QCOMPARE(counts->text(), QStringLiteral("At 0.70: 12 kept, 27 dropped. The run kept 8."));
        QTest::keyClick(histogram, Qt::Key_End);
        QCOMPARE(histogram->threshold(), 1.0);
        page.grab().save(QStringLiteral("triangle_fake.png"));
    }

    void triangleHasALineForEachKind()
    {
        Stage stage;
        std::vector<workbench::JudgedTriplet> all;
        for (int i = 0; i < 20; ++i)
            for (const char* kind : { "choice", "vqa" }) {
                workbench::JudgedTriplet one;
                one.triplet.round = 1;
                one.triplet.kind = kind;
                const double score = (kind[0] == 'c' ? 0.4 : 0.0) + 0.03 * i;
                one.triplet.questionSimilarity = one.triplet.answerSimilarity = score;
                one.triplet.score = score;
                one.triplet.kept = i >= 16; // the best fifth of each
                all.push_back(std::move(one));
            }
        TrianglePage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        page.show(all);
        auto* counts = page.findChild<QLabel*>(QStringLiteral("countsText"));
        auto* kinds = page.findChild<QComboBox*>(QStringLiteral("kindBox"));
        auto* histogram = page.findChild<HistogramCard*>(QStringLiteral("scoreHistogram"));
        auto* nearest = page.findChild<QTableView*>(QStringLiteral("nearestTable"));
        QCOMPARE(kinds->count(), 3);
        QVERIFY(counts->text().contains(QStringLiteral("8 kept, 32 dropped. The run kept 8.")));
        page.activateWindow();
        QTest::keyClick(histogram, Qt::Key_L); // choice 0.88 and vqa 0.48, as the run kept
        QCOMPARE(counts->text(),
            QStringLiteral("At choice 0.88, vqa 0.48: 8 kept, 32 dropped. The run kept 8."));
        QTest::keyClick(histogram, Qt::Key_G);
        QCOMPARE(histogram->threshold(), 0.88);
        QCOMPARE(nearest->model()->rowCount(), 10);
        for (int row = 0; row < 10; ++row) // of this kind alone
            QVERIFY(nearest->model()->index(row, 0).data().toDouble() > 0.6);
        histogram->setFocus();
        QTest::keyClick(histogram, Qt::Key_PageDown); // 0.78: i = 13 to 19 of choices
        QCOMPARE(counts->text(),
            QStringLiteral("At choice 0.78, vqa 0.48: 11 kept, 29 dropped. The run kept 8."));
        QTest::keyClick(histogram, Qt::Key_G);
        QCOMPARE(histogram->threshold(), 0.48);
        kinds->setCurrentIndex(0);
        histogram->setFocus();
        QTest::keyClick(histogram, Qt::Key_Home); // one line for all again
        QCOMPARE(counts->text(), QStringLiteral("At 0.00: 40 kept, 0 dropped. The run kept 8."));
    }

    void triangleWeighsTheEdgesAnew()
    {
        Stage stage;
        workbench::JudgedTriplet one;
        one.triplet.round = 1;
        one.triplet.questionSimilarity = 0.25;
        one.triplet.answerSimilarity = 1;
        one.triplet.score = 0.5;
        one.triplet.kept = true;
        TrianglePage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        page.show({ one });
        auto* nearest = page.findChild<QTableView*>(QStringLiteral("nearestTable"));
        const auto score = [&] { return nearest->model()->index(0, 0).data().toString(); };
        QCOMPARE(score(), QStringLiteral("0.500"));
        auto* weight = page.findChild<QSlider*>(QStringLiteral("questionWeight"));
        weight->setValue(100);
        QCOMPARE(score(), QStringLiteral("0.250"));
        weight->setValue(0);
        QCOMPARE(score(), QStringLiteral("1.000"));
    }

    void runsOfferWhatTheirStateAllows()
    {
        Stage stage;
        stage.workspace.runRows = { runRow(2, RunState::Running), runRow(1, RunState::Done) };
        RunsPage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        QCOMPARE(stage.choice.run(), RunId { 2 });
        const auto enabled = [&](const QString& text) {
            for (const QAction* action : page.actions())
                if (action->text() == text)
                    return action->isEnabled();
            return false;
        };
        QVERIFY(enabled(QStringLiteral("Stop and keep")));
        QVERIFY(!enabled(QStringLiteral("Resume")));
        stage.choice.set({ 1 });
        stage.settle();
        QVERIFY(!enabled(QStringLiteral("Stop and keep")));
        QVERIFY(!enabled(QStringLiteral("Resume"))); // a run that is done has nothing to resume
    }

    void runsExplainTheirCurvesAndShowOneStepInAllPlots()
    {
        Stage stage;
        stage.workspace.runRows = { runRow(1, RunState::Done) };
        RunDetail& detail = stage.workspace.runDetail;
        detail.run = stage.workspace.runRows[0];
        std::vector<MetricRow> measured;
        for (int step = 1; step <= 4; ++step)
            measured.push_back({ { 1 }, "correctness", step,
                { { "loss", 1.0 / step }, { "rewards/chosen", 0.1 * step },
                    { "rewards/rejected", -0.2 * step }, { "grad_norm", 1.0 }, { "lr", 0.001 } } });
        measured[2].values["resumed"] = 1;
        detail.metrics = metricColumns(measured);
        detail.findings["correctness"] = { { "stuck", true, "It <b>stays</b>.",
            "Raise learningRate.", "loss", 2, 3 } };
        RunsPage page(stage.parts);
        page.resize(1200, 800);
        page.setVisible(true);
        stage.settle();
        const auto* text = page.findChild<QLabel*>(QStringLiteral("diagnosisText"));
        QCOMPARE(text->text(), QStringLiteral("⚠ It <b>stays</b>. → Raise learningRate."));
        QCOMPARE(text->textFormat(), Qt::PlainText);
        auto plots = page.findChildren<PlotCard*>();
        plots.removeIf([](const PlotCard* plot) { return !plot->isVisible(); });
        QCOMPARE(plots.size(), 6);
        QVERIFY(plots[0]->asCsv().startsWith(QStringLiteral("x,\"loss\"\n1,1\n2,0.5\n")));
        QVERIFY(plots[1]->asCsv().contains(QStringLiteral("\n3,0.3,-0.6\n")));
        emit plots[0]->hovered(2.2);
        bool everywhere = false;
        for (const QLabel* label : plots[1]->findChildren<QLabel*>())
            everywhere =
                everywhere || label->text() == QStringLiteral("2: chosen 0.2   rejected -0.4");
        QVERIFY(everywhere);
        emit plots[0]->clicked(4);
        emit plots[0]->hoverEnded();
        bool pinned = false;
        for (const QLabel* label : plots[0]->findChildren<QLabel*>())
            pinned = pinned || label->text() == QStringLiteral("4: 0.25");
        QVERIFY(pinned);
        page.grab().save(QStringLiteral("runs_explained.png"));
        detail.findings["correctness"].clear();
        page.refresh();
        stage.settle();
        QVERIFY(text->text().startsWith(QStringLiteral("4 steps are too few")));
        for (int step = 5; step <= 12; ++step)
            measured.push_back({ { 1 }, "correctness", step, { { "loss", 0.1 } } });
        detail.metrics = metricColumns(measured);
        page.refresh();
        stage.settle();
        QCOMPARE(text->text(), QStringLiteral("Nothing unusual in these curves."));
    }

    void anImportShowsWhatWouldComeAndWritesNothingBefore()
    {
        Stage stage;
        auto preview = std::make_shared<workbench::ImportPreview>();
        preview->batch.source.format = "vlmevalkit";
        Item item;
        item.key = "7";
        item.question = "<b>Which?</b>";
        preview->batch.items = { item };
        preview->batch.itemImages = { {} };
        preview->batch.problems = { { 3, "8", "the cell \"question\" is empty" } };
        preview->checks = { { false, "1 question has no picture; the first: 7" } };
        stage.workspace.preview = preview;
        stage.workspace.shape.format = "vlmevalkit";
        stage.workspace.shape.columns = { { "prompt", "Which?" }, { "answer", "A" } };
        stage.workspace.shape.fields = { "question", "answer" };
        ImportDialog dialog(stage.workspace, QStringLiteral("/data/q.tsv"));
        stage.settle();
        QCOMPARE(stage.workspace.previewed.size(), std::size_t(1));
        const auto* says = dialog.findChild<QLabel*>(QStringLiteral("importSays"));
        QVERIFY2(says->text().contains(QStringLiteral("1 rows cannot be taken")),
            qPrintable(says->text()));
        auto* rows = dialog.findChild<QTableView*>(QStringLiteral("importRows"));
        QCOMPARE(rows->model()->index(0, 1).data().toString(), QStringLiteral("<b>Which?</b>"));
        auto* column = dialog.findChild<QComboBox*>(QStringLiteral("column:question"));
        column->setCurrentIndex(column->findData(QStringLiteral("prompt")));
        QTRY_COMPARE(stage.workspace.previewed.size(), std::size_t(2)); // read again
        const auto& columns = stage.workspace.previewed.back().columns;
        QCOMPARE(columns.size(), std::size_t(1));
        QCOMPARE(columns[0], (std::pair<std::string, std::string>("question", "prompt")));
        QCOMPARE(stage.workspace.added, 0);
        QSignalSpy imported(&dialog, &ImportDialog::imported);
        QTRY_VERIFY(
            dialog.findChild<QAbstractButton*>(QStringLiteral("importButton"))->isEnabled());
        dialog.findChild<QAbstractButton*>(QStringLiteral("importButton"))->click();
        QTRY_COMPARE(imported.size(), 1);
        QCOMPARE(stage.workspace.added, 1);
        // The next file with these columns is read in the same way.
        ImportDialog again(stage.workspace, QStringLiteral("/data/r.tsv"));
        stage.settle();
        QCOMPARE(stage.workspace.previewed.back().columns.size(), std::size_t(1));
    }

    void accuracyShowsDescriptionsOfARunThatDescribes()
    {
        Stage stage;
        workbench::ModelScores start;
        start.title = "start";
        start.descriptions.faithful = { 80, 40, 0.5, 0.39, 0.61, 21 };
        workbench::ModelScores trained = start;
        trained.title = "stage 1";
        trained.preference = "stage1";
        trained.pairs = 70;
        trained.faithfulAgainstStart = workbench::Comparison { 80, 20, 4, 0.0022 };
        stage.workspace.accuracyReport.descriptions =
            workbench::DescriptionReport { "0001-stic", "ours", { start, trained }, 0, "It fell." };
        stage.choice.set({ 1 });
        AccuracyPage page(stage.parts);
        page.resize(1100, 700);
        page.setVisible(true);
        stage.settle();
        QCOMPARE(page.findChild<QLabel*>(QStringLiteral("honestSentence"))->text(),
            QStringLiteral("It fell."));
        const auto* rows = page.findChild<QTableView*>(QStringLiteral("accuracyTable"))->model();
        QCOMPARE(rows->headerData(3, Qt::Horizontal).toString(), QStringLiteral("No invention"));
        QCOMPARE(rows->index(1, 1).data().toString(), QStringLiteral("70"));
        QCOMPARE(rows->index(1, 5).data().toString(), QStringLiteral("+20 −4, p 0.002"));
        stage.workspace.accuracyReport = {};
        page.refresh();
        stage.settle();
        QCOMPARE(rows->headerData(3, Qt::Horizontal).toString(), QStringLiteral("First answer"));
    }

    void pairsWarnOfACorruptionThatNothingShows()
    {
        Stage stage;
        std::vector<PairItem> rows;
        for (const auto claim : { workbench::PixelClaim::Changed, workbench::PixelClaim::Same,
                 workbench::PixelClaim::Unknown, workbench::PixelClaim::None }) {
            PairItem one;
            one.pair.id = { static_cast<std::int64_t>(rows.size()) + 1 };
            one.pair.preference = "imported";
            one.pair.chosen = "careful";
            one.pair.rejected = "careless";
            one.origin.claim = claim;
            rows.push_back(one);
        }
        stage.workspace.pairRows = { { "imported" }, rows };
        stage.choice.set({ 1 });
        PairsPage page(stage.parts);
        page.resize(1100, 700);
        page.setVisible(true);
        stage.settle();
        auto* badge = page.findChild<QWidget*>(QStringLiteral("claimBadge"));
        auto* said = page.findChild<QLabel*>(QStringLiteral("claimText"));
        auto* list = page.findChild<QTableView*>(QStringLiteral("pairTable"));
        const auto glyph = [&](int row) { return list->model()->index(row, 0).data().toString(); };
        QVERIFY(!badge->isVisible());
        page.activateWindow();
        list->setFocus();
        QTest::keyClick(list, Qt::Key_J);
        QVERIFY(badge->isVisible());
        QVERIFY(said->text().contains(QStringLiteral("same pixels")));
        page.grab().save(QStringLiteral("pairs_claim.png"));
        QTest::keyClick(list, Qt::Key_J);
        QVERIFY(badge->isVisible());
        QVERIFY(said->text().contains(QStringLiteral("pixels not known")));
        QTest::keyClick(list, Qt::Key_J);
        QVERIFY(!badge->isVisible());
        QCOMPARE(glyph(0), QString());
        QCOMPARE(glyph(1), QStringLiteral("⚠"));
        QCOMPARE(glyph(2), QStringLiteral("⚠"));
        QCOMPARE(glyph(3), QString());
    }

    void aRunWithFewerPairsMayBeChosenAtTheLastPair()
    {
        Stage stage;
        std::vector<PairItem> pairs(5);
        for (std::size_t i = 0; i < pairs.size(); ++i)
            pairs[i].pair.id = { std::int64_t(i) + 1 };
        stage.workspace.pairRows = { { "correctness" }, pairs };
        stage.choice.set({ 1 });
        PairsPage page(stage.parts);
        page.setVisible(true);
        stage.settle();
        auto* table = page.findChild<QTableView*>(QStringLiteral("pairTable"));
        table->setCurrentIndex(table->model()->index(4, 1));
        pairs.resize(2);
        stage.workspace.pairRows = { { "correctness" }, pairs };
        stage.choice.set({ 2 });
        stage.settle();
        QCOMPARE(table->model()->rowCount(), 2);
        QCOMPARE(table->currentIndex().row(), 1);
    }

    void pairsShowWhatWasDoneToAPicture()
    {
        Stage stage;
        PairItem plain;
        plain.pair.preference = "stage1";
        plain.pair.id = { 1 };
        plain.pair.prompt = "Interpret the scene.";
        plain.pair.chosen = "A careful text.";
        plain.pair.rejected = "A careless text.";
        plain.pair.chosenStage = "good";
        plain.pair.rejectedStage = "rejected";
        plain.item.images = { ImageId { 1 } };
        plain.origin.chosen.response = ResponseRow {};
        plain.origin.chosen.response->prompt = "USER: describe in detail";
        plain.origin.rejected.response = ResponseRow {};
        PairItem spoiled = plain;
        spoiled.pair.id = { 2 };
        spoiled.origin.rejected.corruptions = { { {}, 0, "brightness", R"({"amount":0.25})", 3,
            "1111", "2222" } };
        stage.workspace.pairRows = { { "stage1" }, { plain, spoiled } };
        stage.choice.set({ 1 });
        PairsPage page(stage.parts);
        page.resize(1100, 700);
        page.setVisible(true);
        stage.settle();
        const auto* done = page.findChild<QLabel*>(QStringLiteral("corruptionText"));
        QVERIFY(!done->isVisible());
        QCOMPARE(stage.workspace.corruptedAsked, 0);
        auto* table = page.findChild<QTableView*>(QStringLiteral("pairTable"));
        table->setCurrentIndex(table->model()->index(1, 1));
        stage.settle();
        QVERIFY(done->isVisible());
        QCOMPARE(done->text(),
            QStringLiteral("brightness (amount 0.25, seed 3)\nbefore 1111\nafter  2222"));
        QCOMPARE(stage.workspace.corruptedAsked, 1);
    }

    void accuracyShowsTheSentenceAndTheTests()
    {
        Stage stage;
        workbench::StageReport start;
        start.title = "start";
        start.stage = "before";
        start.first = { 200, 100, 0.5, 0.43, 0.57, 20 };
        workbench::StageReport trained = start;
        trained.title = trained.preference = "correctness";
        trained.stage = "after";
        trained.firstAgainstStart = workbench::Comparison { 200, 30, 10, 0.0022 };
        stage.workspace.accuracyReport.report = { "0001-scl", "ours", { start, trained },
            "The first answer rose, and no control was run." };
        stage.choice.set({ 1 });
        AccuracyPage page(stage.parts);
        page.resize(1100, 700);
        page.setVisible(true);
        stage.settle();
        QCOMPARE(page.findChild<QLabel*>(QStringLiteral("honestSentence"))->text(),
            QStringLiteral("The first answer rose, and no control was run."));
        const auto* rows = page.findChild<QTableView*>(QStringLiteral("accuracyTable"))->model();
        QCOMPARE(rows->rowCount(), 2);
        QCOMPARE(rows->index(1, 5).data().toString(), QStringLiteral("+30 −10, p 0.002"));
        // Nothing was asked twice: no columns and no legend of a review.
        const auto* table = page.findChild<QTableView*>(QStringLiteral("accuracyTable"));
        for (const int column : { 4, 6, 8 })
            QVERIFY(table->isColumnHidden(column));
        QCOMPARE(rows->index(0, 9).data().toString(), QStringLiteral("20.0"));

        auto reviewed = stage.workspace.accuracyReport.report;
        for (workbench::StageReport& one : reviewed.stages)
            one.refined = { 200, 90, 0.45, 0.38, 0.52, 30 };
        stage.workspace.accuracyReport.report = reviewed;
        stage.choice.set({});
        stage.choice.set({ 1 });
        stage.settle();
        for (const int column : { 4, 6, 8 })
            QVERIFY(!table->isColumnHidden(column));
    }

    void noTwoCommandsHaveOneKey()
    {
        FakeWorkspace workspace;
        Theme theme;
        MainWindow window(workspace, theme, nullptr);
        KeyMap keys;
        QList<QAction*> everywhere;
        for (const QMenu* menu : window.menuBar()->findChildren<QMenu*>())
            for (QAction* action : menu->actions())
                if (!action->menu() && !everywhere.contains(action)
                    && !qobject_cast<Page*>(action->parent()))
                    everywhere << action;
        keys.add(QString(), QString(), everywhere);
        for (const Page* page : window.findChildren<Page*>())
            keys.add(page->name(), page->title(), page->actions());
        QVERIFY(keys.commands().size() > 60);
        for (const auto& command : keys.commands()) {
            const QStringList others = keys.conflicts(command, command.delivered);
            QVERIFY2(others.isEmpty(),
                qPrintable(command.id + QStringLiteral(" and ") + others.join(QLatin1Char(','))));
        }
    }

    void aKeyIsChangedKeptAndTakenBack()
    {
        QAction first(QStringLiteral("First"));
        QAction second(QStringLiteral("Second"));
        first.setShortcut(Qt::Key_F);
        second.setShortcut(Qt::Key_S);
        KeyMap keys;
        keys.add(QStringLiteral("data"), QStringLiteral("Data"), { &first, &second });
        KeyEditor editor(keys, nullptr);
        auto* table = editor.findChild<QTableView*>(QStringLiteral("keyTable"));
        auto* field = editor.findChild<QKeySequenceEdit*>(QStringLiteral("keyField"));
        table->setCurrentIndex(table->model()->index(0, 0));
        field->setKeySequence(Qt::Key_S);
        emit field->editingFinished();
        QCOMPARE(first.shortcut(), QKeySequence(Qt::Key_F)); // the second command has it
        QVERIFY(editor.findChild<QLabel*>(QStringLiteral("keySays"))
                    ->text()
                    .contains(QStringLiteral("Second")));
        field->setKeySequence(Qt::Key_X);
        emit field->editingFinished();
        QCOMPARE(first.shortcut(), QKeySequence(Qt::Key_X));
        KeyMap::Keys read;
        QVERIFY(KeyMap::fromJson(keys.toJson(), read));
        QCOMPARE(read, keys.changed());
        QVERIFY(!KeyMap::fromJson("[]", read));
        QSettings settings;
        keys.write(settings);
        editor.reject();
        QCOMPARE(first.shortcut(), QKeySequence(Qt::Key_F));
        keys.read(settings);
        QCOMPARE(first.shortcut(), QKeySequence(Qt::Key_X));
    }

    void helpOpensAtTheShownPage()
    {
        FakeWorkspace workspace;
        Theme theme;
        MainWindow window(workspace, theme, nullptr);
        HelpDialog help(QStringLiteral("map"), nullptr);
        help.show();
        auto* text = help.findChild<QTextBrowser*>(QStringLiteral("helpText"));
        for (const QString& page : window.pageNames()) { // every page has its place in it
            help.goTo(page);
            QTest::qWait(1);
            QCOMPARE(text->textCursor().block().text().toLower(), page);
        }
        help.resize(400, 300); // room above and below
        help.goTo(QStringLiteral("launch"));
        QTest::qWait(20);
        const int top = text->cursorRect().top();
        QVERIFY2(top >= -2 && top < 40, qPrintable(QString::number(top)));
    }

    void keysOfAPageActAsSoonAsItIsShown()
    {
        FakeWorkspace workspace;
        workspace.itemRows = itemRows(4);
        Theme theme;
        MainWindow window(workspace, theme, nullptr);
        window.show();
        workspace.open(QStringLiteral("p.slook"));
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        auto* grid = window.findChild<QListView*>(QStringLiteral("itemGrid"));
        window.goTo(QStringLiteral("runs"));
        window.goTo(QStringLiteral("data"));
        QTest::qWait(20);
        QVERIFY(!grid->isVisible());
        QVERIFY(QApplication::focusWidget());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_G);
        QVERIFY2(grid->isVisible(), QApplication::focusWidget()->metaObject()->className());
        window.goTo(QStringLiteral("launch"));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_T, Qt::ControlModifier);
        QCOMPARE(workspace.trials, 1);
    }

    void facetsFilterAndTakeItBack()
    {
        Stage stage;
        stage.workspace.itemRows = itemRows(6);
        stage.workspace.facetRows = { { "category", { { "the shape", 1, 2 }, { "colour", 4, 4 } },
            3 } };
        FacetPanel panel(stage.parts);
        panel.setVisible(true);
        stage.settle();
        auto* tree = panel.findChild<QTreeWidget*>(QStringLiteral("facetTree"));
        QCOMPARE(tree->topLevelItemCount(), 1);
        QTreeWidgetItem* value = tree->topLevelItem(0)->child(0);
        QCOMPARE(value->text(1), QStringLiteral("1 of 2"));
        QCOMPARE(tree->topLevelItem(0)->childCount(), 3); // and that there are others
        emit tree->itemClicked(value, 0);
        QCOMPARE(stage.view.text(), QStringLiteral("category:\"the shape\""));
        stage.settle();
        emit tree->itemClicked(tree->topLevelItem(0)->child(0), 0);
        QCOMPARE(stage.view.text(), QString());
    }

    void theWindowFindsItsPagesAndCommands()
    {
        FakeWorkspace workspace;
        Theme theme;
        theme.setMode(Theme::Mode::Dark);
        MainWindow window(workspace, theme, nullptr);
        window.show();
        workspace.open(QStringLiteral("p.slook"));
        for (const QString& name : window.pageNames())
            QVERIFY(window.goTo(name));
        QVERIFY(!window.goTo(QStringLiteral("nowhere")));
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        QTest::keyClick(&window, Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
        auto* palette = window.findChild<QDialog*>(QStringLiteral("commandPalette"));
        QVERIFY(palette);
        auto* list = palette->findChild<QListWidget*>();
        QVERIFY(list->count() > 10);
        palette->findChild<QLineEdit*>()->setText(QStringLiteral("full"));
        QCOMPARE(list->count(), 1);
        palette->close();
        emit workspace.said(QStringLiteral("it broke"), true);
        QVERIFY(window.findChild<QWidget*>(QStringLiteral("banner"))->isVisible());
        window.grab().save(QStringLiteral("window_dark.png"));
        theme.setMode(Theme::Mode::Light);
    }

private:
    QTemporaryDir m_settings; // of a person who has none yet
};

QTEST_MAIN(PagesTest)
#include "pages_test.moc"
