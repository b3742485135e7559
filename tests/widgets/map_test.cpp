#include "core/hash.h"
#include "core/random.h"
#include "demo_project.h"
#include "fake_workspace.h"
#include "methods/embed.h"
#include "methods/feature_file.h"
#include "pages/layout_dialog.h"
#include "pages/map_page.h"
#include "pages/overlap_dialog.h"
#include "parts/tokens.h"
#include "plots/map_plot.h"
#include "services/pictures.h"
#include "services/store_workspace.h"
#include "shell/theme.h"
#include "workbench/op_id.h"
#include "workbench/run.h"
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

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
    void settle() const
    {
        for (int i = 0; i < 10; ++i)
            QTest::qWait(1);
    }
};

/// Points on a grid whose ids are shuffled: id n asks "question n", shows picture 1000 + n and is
/// of the source "even" or "odd".
workbench::MapView shuffled(int columns, int rows, std::uint64_t seed = 3)
{
    std::vector<std::int64_t> ids;
    for (int i = 0; i < columns * rows; ++i)
        ids.push_back(i + 1);
    Random random(seed);
    random.shuffle(ids);
    workbench::MapView view;
    view.layout.id = { 1 };
    view.layout.method = "tsne";
    view.layout.options = "{}";
    for (int i = 0; i < columns * rows; ++i) {
        const auto id = ids[static_cast<std::size_t>(i)];
        workbench::MapPoint point;
        point.place = { { 1 }, { id }, double(i % columns), double(i / columns) };
        point.source = id % 2 == 0 ? "even" : "odd";
        point.category = "category " + std::to_string(id % 11);
        point.question = "question " + std::to_string(id) + " <b>";
        point.image = { 1000 + id };
        point.type = static_cast<int>(id % 4) + 1;
        point.right = id % 3 == 0;
        view.points.push_back(std::move(point));
    }
    view.layout.size = columns * rows;
    return view;
}

void dragAround(MapPlot& plot, const QRectF& box, Qt::KeyboardModifiers keys = {})
{
    const QList<QPointF> corners { box.topLeft(), box.topRight(), box.bottomRight(),
        box.bottomLeft(), box.topLeft() };
    QTest::mousePress(&plot, Qt::LeftButton, keys, corners[0].toPoint());
    for (const QPointF& corner : corners) {
        QMouseEvent moved(QEvent::MouseMove, corner, plot.mapToGlobal(corner), Qt::NoButton,
            Qt::LeftButton, keys);
        QApplication::sendEvent(&plot, &moved);
    }
    QTest::mouseRelease(&plot, Qt::LeftButton, keys, corners.last().toPoint());
}

/// Which question the side of the page shows.
QString shownQuestion(const MapPage& page)
{
    return page.findChild<QLabel*>(QStringLiteral("mapQuestion"))->text();
}

} // namespace

class MapTest final : public QObject {
    Q_OBJECT
private slots:
    void whatStandsBesideAPointIsItsOwnWhateverIsHidden()
    {
        Stage stage;
        MapPage page(stage.parts);
        page.resize(1200, 760);
        page.setVisible(true);
        stage.settle();
        const auto view = shuffled(12, 9);
        page.show(view);
        stage.settle();
        auto* plot = page.findChild<MapPlot*>(QStringLiteral("mapPlot"));
        auto* legend = page.findChild<QListWidget*>(QStringLiteral("mapLegend"));
        QCOMPARE(legend->count(), 2);
        const auto check = [&](const std::function<bool(std::int64_t)>& visible) {
            int seen = 0;
            for (int i = 0; i < 108; ++i) {
                const auto id = view.points[std::size_t(i)].place.item.value;
                plot->setCurrent(-1);
                QTest::mouseMove(plot, plot->placeOf(i).toPoint());
                QMouseEvent moved(QEvent::MouseMove, plot->placeOf(i),
                    plot->mapToGlobal(plot->placeOf(i)), Qt::NoButton, Qt::NoButton, {});
                QApplication::sendEvent(plot, &moved);
                if (!visible(id)) {
                    QCOMPARE(plot->current(), -1);
                    continue;
                }
                ++seen;
                QVERIFY2(shownQuestion(page).startsWith(QStringLiteral("question %1 <b>").arg(id)),
                    qPrintable(shownQuestion(page)));
                QCOMPARE(stage.workspace.lastPicture.value, 1000 + id);
            }
            QVERIFY(seen > 0);
        };
        check([](std::int64_t) { return true; });
        for (int row = 0; row < 2; ++row) { // isolate each, by the legend's own words
            const bool even = legend->item(row)->text().contains(QStringLiteral("even"));
            emit legend->itemClicked(legend->item(row));
            check([even](std::int64_t id) { return (id % 2 == 0) == even; });
            emit legend->itemClicked(legend->item(row));
        }
        check([](std::int64_t) { return true; });
        auto* colour = page.findChild<QComboBox*>(QStringLiteral("colourBox"));
        colour->setCurrentIndex(1); // category: sorted by count, the rest together
        QCOMPARE(legend->count(), 8);
        const QString name = legend->item(0)->text().section(QStringLiteral("category "), 1);
        emit legend->itemClicked(legend->item(0));
        check([&](std::int64_t id) { return QString::number(id % 11) == name; });
    }

    void aLassoSelectsAndTheLegendCounts()
    {
        Stage stage;
        MapPage page(stage.parts);
        page.resize(1200, 760);
        page.setVisible(true);
        stage.settle(); // nothing is kept
        page.show(shuffled(10, 10));
        stage.settle();
        auto* plot = page.findChild<MapPlot*>(QStringLiteral("mapPlot"));
        QSignalSpy told(&page, &MapPage::selected);
        const auto around = [&](int from, int to) {
            return QRectF(plot->placeOf(from), plot->placeOf(to))
                .normalized()
                .adjusted(-4, -4, 4, 4);
        };
        const auto view = shuffled(10, 10);
        dragAround(*plot, around(0, 22)); // columns 0 to 2 of rows 0 to 2
        std::vector<ItemId> expected;
        for (const int row : { 0, 1, 2 })
            for (const int column : { 0, 1, 2 })
                expected.push_back(view.points[std::size_t(10 * row + column)].place.item);
        std::ranges::sort(expected);
        QCOMPARE(stage.view.selected(), expected);
        QCOMPARE(told.count(), 1);
        QCOMPARE(page.findChild<QLabel*>(QStringLiteral("mapCounts"))->text(),
            QStringLiteral("9 of 100 points selected"));
        auto* legend = page.findChild<QListWidget*>(QStringLiteral("mapLegend"));
        int sum = 0;
        for (int i = 0; i < legend->count(); ++i) {
            QVERIFY(legend->item(i)->text().contains(QStringLiteral("of 50")));
            sum += legend->item(i)->text().section(QLatin1Char(' '), 0, 0).toInt();
        }
        QCOMPARE(sum, 9);
        dragAround(*plot, around(99, 99), Qt::ShiftModifier);
        QCOMPARE(stage.view.selected().size(), std::size_t(10));
        dragAround(*plot, around(0, 2), Qt::AltModifier);
        QCOMPARE(stage.view.selected().size(), std::size_t(7));
        stage.view.select({ view.points[50].place.item }, nullptr); // from another page
        QCOMPARE(plot->current(), 50);
        QVERIFY(shownQuestion(page).contains(
            QStringLiteral("question %1 <b>").arg(view.points[50].place.item.value)));
        QCOMPARE(page.findChild<QLabel*>(QStringLiteral("mapCounts"))->text(),
            QStringLiteral("100 points"));
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_J);
        QCOMPARE(plot->current(), 51);
        QTest::keyClick(plot, Qt::Key_K);
        QTest::keyClick(plot, Qt::Key_Space);
        QVERIFY(stage.view.selected().empty());
        QTest::keyClick(plot, Qt::Key_Space);
        QTest::keyClick(plot, Qt::Key_Escape);
        QVERIFY(stage.view.selected().empty());
    }

    void mapsOfOneChainAreSteppedThroughAndADeletedOneComesBack()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("chain.slook"));
        {
            auto project = test::makeSmallProject(file.toStdString(), 6);
            QVERIFY(project);
            const auto run = test::addDemoRun(*project, 6);
            QVERIFY(run);
            LayoutRow layout;
            layout.feature = "vision";
            layout.method = "tsne";
            layout.options = "{}";
            const auto questions = *project->items();
            for (int number = 0; number < 3; ++number) { // each goes on from the one before
                layout.points.clear();
                for (const Item& item : questions)
                    layout.points.push_back(
                        { *run, item.id, double(item.id.value), 1.0 + number * 0.1 });
                layout.size = 6;
                const auto id = project->addLayout(layout, workbench::newOpId());
                QVERIFY(id);
                layout.start = *id;
            }
        }
        StoreWorkspace workspace;
        QSignalSpy changed(&workspace, &Workspace::projectChanged);
        workspace.open(file);
        QVERIFY(changed.wait(20000));
        Pictures pictures { workspace };
        RunChoice choice;
        View view { workspace, choice };
        MapPage page({ workspace, pictures, choice, view });
        connect(&workspace, &Workspace::contentChanged, &page, &MapPage::refresh);
        page.resize(1200, 760);
        page.setVisible(true);
        page.activateWindow();
        auto* layouts = page.findChild<QComboBox*>(QStringLiteral("layoutBox"));
        auto* chain = page.findChild<QLabel*>(QStringLiteral("chainText"));
        auto* plot = page.findChild<MapPlot*>(QStringLiteral("mapPlot"));
        QTRY_COMPARE(chain->text(), QStringLiteral("3 of 3")); // the newest is shown
        plot->setCurrent(4);
        const QPointF place = plot->placeOf(0);
        QTest::keyClick(plot, Qt::Key_BracketLeft);
        QTRY_COMPARE(chain->text(), QStringLiteral("2 of 3"));
        QCOMPARE(layouts->currentData().toLongLong(), 2);
        QCOMPARE(plot->current(), 4); // the same question
        QVERIFY(plot->placeOf(0).y() != place.y()); // moved, in a view that stayed
        QCOMPARE(plot->placeOf(0).x(), place.x());
        QTest::keyClick(plot, Qt::Key_BracketLeft);
        QTRY_COMPARE(chain->text(), QStringLiteral("1 of 3"));
        QTest::keyClick(plot, Qt::Key_BracketRight);
        QTRY_COMPARE(chain->text(), QStringLiteral("2 of 3"));
        QTest::keyClick(plot, Qt::Key_BracketRight);
        QTRY_COMPARE(chain->text(), QStringLiteral("3 of 3"));
        QTest::keyClick(plot, Qt::Key_Delete);
        QTRY_COMPARE(layouts->count(), 2);
        QTRY_COMPARE(chain->text(), QStringLiteral("2 of 2"));
        workspace.undo(false);
        QTRY_COMPARE(layouts->count(), 3);
    }

    void theFigureHoldsLegendAndSettings()
    {
        Stage stage;
        MapPage page(stage.parts);
        page.resize(1200, 760);
        page.setVisible(true);
        stage.settle(); // nothing is kept
        page.show(shuffled(10, 10));
        stage.settle();
        QImage image;
        QVERIFY(image.loadFromData(page.figure(false), "PNG"));
        QCOMPARE(image.size(), QSize(2800, 2000));
        image.save(QStringLiteral("map_figure.png"));
        const QByteArray pdf = page.figure(true);
        QVERIFY(pdf.startsWith("%PDF"));
        QVERIFY(pdf.size() > 4000);
    }

    void aHundredThousandPointsMoveAndAreLassoed()
    {
        MapPlot plot;
        plot.resize(1100, 760);
        std::vector<QPointF> points;
        std::vector<int> kinds;
        Random random(1);
        for (int i = 0; i < 100'000; ++i) {
            points.emplace_back(random.normal() + i % 20 * 1.5, random.normal() + i % 7 * 2.0);
            kinds.push_back(i % 8);
        }
        plot.setPoints(points);
        std::vector<MapClass> classes;
        for (int i = 0; i < 8; ++i)
            classes.push_back({ QString::number(i), QColor::fromHsv(i * 45, 200, 200), i });
        plot.setClasses(kinds, classes);
        plot.setDensity(true);
        plot.show();
        QImage target(plot.size(), QImage::Format_ARGB32_Premultiplied);
        const auto median = [&](const std::function<void(int)>& act) {
            std::vector<double> times;
            for (int frame = 0; frame < 31; ++frame) {
                QElapsedTimer timer;
                timer.start();
                act(frame);
                plot.render(&target);
                times.push_back(double(timer.nsecsElapsed()) / 1e6);
            }
            std::ranges::sort(times);
            return times[15];
        };
        const double pan = median(
            [&](int frame) { QTest::keyClick(&plot, frame % 2 ? Qt::Key_Left : Qt::Key_Right); });
        QPolygonF outline;
        for (int i = 0; i < 300; ++i)
            outline << QPointF(550 + 300 * std::cos(i * 0.02), 380 + 250 * std::sin(i * 0.02));
        std::size_t inside = 0;
        const double lasso = median([&](int) { inside = plot.pointsIn(outline).size(); });
        std::size_t all = 0;
        for (int i = 0; i < 100'000; ++i)
            all += outline.containsPoint(plot.placeOf(i), Qt::WindingFill) ? 1 : 0;
        qInfo("100,000 points: %.1f ms a frame while moving, %.1f ms a lasso", pan, lasso);
        QVERIFY2(std::abs(double(inside) - double(all)) < 0.01 * double(all), "to the pixel");
        plot.grab().save(QStringLiteral("map_many.png"));
    }

    void aMapIsMadeFromFeaturesAndKept()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("map.slook"));
        constexpr int items = 48;
        {
            auto project = test::makeSmallProject(file.toStdString(), items);
            QVERIFY(project);
            QVERIFY(addFeatures(*project));
        }
        StoreWorkspace workspace;
        connect(&workspace, &Workspace::said, this,
            [](const QString& sentence, bool) { qInfo("%s", qPrintable(sentence)); });
        QSignalSpy changed(&workspace, &Workspace::projectChanged);
        workspace.open(file);
        QVERIFY(changed.wait(20000));
        Pictures pictures { workspace };
        RunChoice choice;
        View view { workspace, choice };
        MapPage page({ workspace, pictures, choice, view });
        page.resize(1200, 760);
        page.setVisible(true);
        QTRY_VERIFY(!page.findChild<MapPlot*>(QStringLiteral("mapPlot"))->isVisible());
        page.findChild<QPushButton*>(QStringLiteral("newMap"))->click();
        auto* dialog = page.findChild<LayoutDialog*>(QStringLiteral("layoutDialog"));
        QVERIFY(dialog);
        auto* go = dialog->findChild<QPushButton*>(QStringLiteral("layoutGo"));
        QTRY_VERIFY_WITH_TIMEOUT(go->isEnabled(), 20000);
        dialog->grab().save(QStringLiteral("layout_dialog.png"));
        go->click(); // perplexity 30 does not fit 48 points
        auto* said = dialog->findChild<QLabel*>(QStringLiteral("layoutSaid"));
        QTRY_VERIFY_WITH_TIMEOUT(said->text().contains(QStringLiteral("perplexity 30")), 20000);
        auto* settings = page.findChild<QLabel*>(QStringLiteral("mapSettings"));
        dialog->findChild<QDoubleSpinBox*>()->setValue(8);
        go->click();
        auto* box = page.findChild<QComboBox*>(QStringLiteral("layoutBox"));
        QTRY_COMPARE_WITH_TIMEOUT(box->count(), 1, 30000);
        QTRY_VERIFY_WITH_TIMEOUT(
            settings->text().contains(QStringLiteral("trustworthiness")), 20000);
        QVERIFY2(settings->text().contains(QStringLiteral("perplexity 8, 1000 of 1000")),
            qPrintable(settings->text()));
        QVERIFY(settings->text().contains(QStringLiteral("KL ")));
        QTest::qWait(50);
        page.grab().save(QStringLiteral("map_small.png"));
        OverlapDialog overlap(workspace, {});
        overlap.QDialog::show();
        auto* sentence = overlap.findChild<QLabel*>(QStringLiteral("overlapSentence"));
        QTRY_VERIFY_WITH_TIMEOUT( // one source alone
            sentence->text().contains(QStringLiteral("no benchmark")), 20000);
    }

private:
    static Result<RunId> addFeatures(store::Project& project)
    {
        RunRow run;
        run.name = *project.nextRunName("embed");
        run.recipe = "embed";
        run.job = "{}";
        const auto id = project.addRun(run, workbench::newOpId());
        if (!id)
            return id;
        std::vector<ItemId> ids;
        std::vector<std::vector<float>> rows;
        Random random(2);
        const auto items = project.items();
        if (!items)
            return fail(items.error());
        for (const Item& one : *items) {
            ids.push_back(one.id);
            rows.push_back({});
            for (int i = 0; i < 12; ++i)
                rows.back().push_back(
                    static_cast<float>(random.normal() + (i == one.id.value % 3 ? 8 : 0)));
        }
        const auto path = workbench::runFolder(project, run.name) / methods::featurePath("vision");
        auto file = methods::FeatureFile::open(path, ids, {});
        if (!file)
            return fail(file.error());
        if (auto added = file->append(rows); !added)
            return fail(added.error());
        if (auto finished = file->finish(); !finished)
            return fail(finished.error());
        const std::vector<runs::Event> events {
            { 1, 0,
                runs::Artifact { "vision", methods::featurePath("vision"), *sha256OfFile(path) } },
            { 2, 0, runs::Finished {} }
        };
        if (auto taken = project.takeEvents(*id, events); !taken)
            return fail(taken.error());
        return id;
    }
};

QTEST_MAIN(MapTest)
#include "map_test.moc"
