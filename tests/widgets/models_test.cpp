#include "models/item_table_model.h"
#include "models/text_table_model.h"
#include "models/transition_model.h"
#include "parts/tables.h"
#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace slook;
using namespace slook::gui;

namespace {

ItemRows rowsOf(int count)
{
    auto table = std::make_shared<ItemTable>(std::map<SourceId, std::string> { { { 1 }, "made" } });
    ItemRows rows;
    for (int i = 0; i < count; ++i) {
        Item item;
        item.id = { i + 1 };
        item.source = { 1 };
        item.key = std::to_string(i);
        item.question = "What is " + item.key + "?";
        item.options = { { "A", "yes" }, { "B", "no" } };
        item.answer = "B";
        table->add(item);
        rows.shown.push_back(i);
    }
    rows.table = table;
    return rows;
}

TransitionRow transition(bool first, bool refined)
{
    TransitionRow row;
    row.firstCorrect = first;
    row.refinedCorrect = refined;
    row.question = first ? "Right at first?" : "Wrong at first?";
    return row;
}

} // namespace

class ModelsTest final : public QObject {
    Q_OBJECT
private slots:
    void itemsKeepTheContract()
    {
        ItemTableModel model(nullptr, nullptr);
        QAbstractItemModelTester contract(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRows(rowsOf(2000));
        QCOMPARE(model.rowCount(), 2000);
        QCOMPARE(model.index(7, ItemTableModel::KeyColumn).data().toString(), QStringLiteral("7"));
        QCOMPARE(model.index(7, ItemTableModel::OptionsColumn).data().toString(),
            QStringLiteral("A yes   B no ✓"));
        QCOMPARE(
            model.index(7, ItemTableModel::SourceColumn).data().toString(), QStringLiteral("made"));
        QCOMPARE(model.rowOf(ItemId { 8 }), 7);
        QVERIFY(!model.itemAt(2000));
    }

    void aHundredThousandRowsStayFluid()
    {
        ItemTableModel model(nullptr, nullptr);
        RowTable table(52);
        table.resize(1200, 800);
        table.setModel(&model);
        QElapsedTimer clock;
        clock.start();
        ItemRows rows = rowsOf(100'000);
        const auto made = clock.restart();
        model.setRows(std::move(rows));
        table.grab();
        table.scrollToBottom();
        table.grab();
        qInfo("made in %lld ms, shown and scrolled to the end in %lld ms", made, clock.elapsed());
    }

    void transitionsAreCountedAndFiltered()
    {
        int only = 0;
        std::vector<TransitionRow> rows { transition(true, true), transition(false, true),
            transition(true, false), transition(false, false), transition(false, true) };
        for (std::size_t i = 0; i < rows.size(); ++i)
            rows[i].item = { static_cast<int>(i) + 1 };
        auto answers = std::make_shared<workbench::AnswerFacts>();
        for (const TransitionRow& row : rows)
            answers->add(row);
        TransitionModel model(
            nullptr, [&](ItemId item) { return only == 0 || item.value == only; },
            [&](ItemId item) { return item.value != 5; });
        QAbstractItemModelTester contract(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRows({ { "pool" }, "pool", answers, std::make_shared<ItemTable>() });
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(model.rowOf({ 5 }), 4);
        QCOMPARE(model.counts(), (std::array<int, 5> { 4, 1, 1, 1, 1 }));
        only = 2;
        model.filter();
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.rowOf({ 2 }), 0);
        QCOMPARE(model.rowOf({ 5 }), -1);
        QCOMPARE(
            model.index(0, TransitionModel::TypeColumn).data().toString(), QStringLiteral("✗✓"));
    }

    void textTablesCopyAsTsv()
    {
        TextTableModel model({ QStringLiteral("a"), QStringLiteral("b") });
        QAbstractItemModelTester contract(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRows({ { { "1", "two\tthree" }, {}, 5 }, { { "4", "five" }, {}, 6 } });
        QCOMPARE(model.rowOf(6), 1);
        RowTable table(20);
        table.setModel(&model);
        QCOMPARE(table.asTsv(false), QStringLiteral("a\tb\n1\ttwo three\n4\tfive\n"));
        QSignalSpy changed(&table, &RowTable::rowChanged);
        table.step(1);
        QCOMPARE(table.currentRow(), 0);
        table.step(5);
        QCOMPARE(table.currentRow(), 1);
        QCOMPARE(changed.count(), 2);
    }
};

QTEST_MAIN(ModelsTest)
#include "models_test.moc"
