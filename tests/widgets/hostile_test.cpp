// Every page and the dialogs over a project whose every text wants to be more than a text.
#include "audit_project.h"
#include "pages/adjudication_dialog.h"
#include "pages/apply_dialog.h"
#include "pages/audit_dialog.h"
#include "pages/audit_page.h"
#include "pages/compare_dialog.h"
#include "pages/corner_dialog.h"
#include "pages/corrupt_view_dialog.h"
#include "pages/hand_dialog.h"
#include "pages/import_dialog.h"
#include "pages/merge_dialog.h"
#include "pages/overlap_dialog.h"
#include "pages/rules_dialog.h"
#include "services/store_workspace.h"
#include "shell/backup_desk.h"
#include "shell/main_window.h"
#include "workbench/audit.h"
#include "workbench/audit_agreement.h"
#include "workbench/op_id.h"
#include "workbench/triplet_sets.h"
#include <QAbstractButton>
#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QFile>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTextEdit>
#include <functional>

using namespace slook;
using namespace slook::gui;

namespace {

/// Every foreign text of the project begins with it, so that it is known wherever it is shown.
const char* const mark = "<b>HOSTILE";
const QString markText = QString::fromLatin1(mark);

/// What follows the mark: markup that would run, load, hide or freeze, and bytes that would turn or
/// end a line.
std::vector<std::string> hostileTexts()
{
    std::string tables, deep, zalgo = "a";
    for (int i = 0; i < 20; ++i)
        tables += "<table border=9><tr><td>";
    for (int i = 0; i < 500; ++i)
        deep += "<div><span>";
    for (int i = 0; i < 400; ++i)
        zalgo += "\xCC\x81";
    std::vector<std::string> all { tables, deep, zalgo, std::string(1 << 20, 'x'),
        std::string(3000, '\n'), "<img src=\"file:///etc/passwd\">",
        "<img src='http://127.0.0.1:9/x.png'>", "<a href=\"file:///etc\">link</a>",
        "<style>* { color: transparent }</style>", "<p style='font-size:900px'>huge</p>",
        "<script>alert(1)</script>", "<meta http-equiv=refresh content=0>",
        "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]>&y;", "&lt;i&gt; &amp; &#8238;",
        "\xE2\x80\xAEreversed\xE2\x80\xAC", "\xE2\x81\xA6isolated\xE2\x81\xA9",
        "\xE2\x80\xA8line\xE2\x80\xA9paragraph", "\x1b[31mred\x1b[0m\x07\x08", "%s%n%1 %2 %L1 %%",
        "{0} ${HOME} $(id) `id`", "'; DROP TABLE item; --", "../../../../etc/passwd",
        "# **bold** _it_", "[x](javascript:alert(1))", "&File &Quit", "\t\ttab\r\nline\rreturn",
        "\xEF\xBF\xBE\xEF\xBF\xBF", "\xED\xA0\x80 lone surrogate", "\xFF\xFE no UTF-8 \xC3",
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", "\xE2\x80\x8B\xE2\x80\x8B\xEF\xBB\xBF",
        "<table width=100000 height=100000><tr><td>x", "<font size=7 color=red>red",
        "<hr width=99999>", "<ul><li><ol><li>", "<iframe src=file:///>",
        "<object data=file:///etc/passwd>", "<svg onload=alert(1)>", "</p></body></html>",
        "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD8\xB3\xD9\x84\xD8\xA7\xD9\x85" };
    for (std::string& text : all)
        text = std::string(mark) + "</b> " + text;
    return all;
}

/// What a walk over widgets has found: how often foreign text is shown, and where it is more than
/// text.
struct Walk {
    bool rows = true; ///< of tables and lists, too
    int seen = 0;
    QStringList faults;

    void fault(const QObject& where, const QString& what)
    {
        faults << QStringLiteral("%1 \"%2\": %3")
                      .arg(QLatin1String(where.metaObject()->className()), where.objectName(),
                          what.left(160));
    }
    /// A text that is drawn as it is.
    void plain(const QObject& where, const QString& text)
    {
        seen += text.contains(markText) ? 1 : 0;
        constexpr int longest = 21'000; // characters; longer ones freeze what draws them
        if (text.size() > longest)
            fault(where, QStringLiteral("%1 characters").arg(text.size()));
        if (!text.contains(markText))
            return;
        for (const QChar c : text)
            if ((c >= QChar(0x202A) && c <= QChar(0x202E))
                || (c >= QChar(0x2066) && c <= QChar(0x2069))
                || (c.category() == QChar::Other_Control && c != QLatin1Char('\n')
                    && c != QLatin1Char('\t'))) {
                fault(where, QStringLiteral("U+%1 in %2").arg(c.unicode(), 4, 16).arg(text));
                break;
            }
    }
    /// A text that Qt takes for markup where it looks like it.
    void perhapsRich(const QObject& where, const QString& text)
    {
        if (Qt::mightBeRichText(text) && text.contains(markText))
            fault(where, QStringLiteral("markup: ") + text);
        else if (text.contains(QStringLiteral("HOSTILE")))
            ++seen;
    }
};

void lookAtRows(const QAbstractItemView& view, Walk& walk)
{
    constexpr int mostRows = 60;
    const QAbstractItemModel* model = view.model();
    std::function<void(const QModelIndex&)> look = [&](const QModelIndex& parent) {
        for (int row = 0; row < std::min(mostRows, model->rowCount(parent)); ++row)
            for (int column = 0; column < model->columnCount(parent); ++column) {
                const QModelIndex index = model->index(row, column, parent);
                walk.plain(view, index.data(Qt::DisplayRole).toString());
                walk.perhapsRich(view, index.data(Qt::ToolTipRole).toString());
                if (column == 0)
                    look(index);
            }
    };
    if (!model)
        return;
    look({});
    for (int column = 0; column < model->columnCount(); ++column)
        walk.plain(view, model->headerData(column, Qt::Horizontal).toString());
}

void lookAt(const QWidget& widget, Walk& walk)
{
    walk.perhapsRich(widget, widget.toolTip());
    walk.perhapsRich(widget, widget.statusTip());
    walk.perhapsRich(widget, widget.whatsThis());
    for (const QAction* action : widget.actions()) {
        walk.plain(*action, action->text());
        walk.perhapsRich(*action, action->toolTip());
    }
    if (const auto* label = qobject_cast<const QLabel*>(&widget)) {
        if (label->textFormat() == Qt::PlainText)
            walk.plain(*label, label->text());
        else if (label->textFormat() == Qt::AutoText)
            walk.perhapsRich(*label, label->text());
        else if (label->text().contains(markText))
            walk.fault(*label, QStringLiteral("rich text: ") + label->text());
    } else if (const auto* rich = qobject_cast<const QTextEdit*>(&widget)) {
        const QString text = rich->toPlainText();
        walk.plain(*rich, text);
        if (text.contains(QStringLiteral("HOSTILE")) && !text.contains(markText))
            walk.fault(*rich, QStringLiteral("its markup was taken as such"));
    } else if (const auto* text = qobject_cast<const QPlainTextEdit*>(&widget)) {
        walk.plain(*text, text->toPlainText());
    } else if (const auto* button = qobject_cast<const QAbstractButton*>(&widget)) {
        walk.plain(*button, button->text());
    } else if (const auto* line = qobject_cast<const QLineEdit*>(&widget)) {
        walk.plain(*line, line->text());
        walk.plain(*line, line->placeholderText());
    } else if (const auto* box = qobject_cast<const QComboBox*>(&widget)) {
        for (int i = 0; i < box->count(); ++i) {
            walk.plain(*box, box->itemText(i));
            walk.perhapsRich(*box, box->itemData(i, Qt::ToolTipRole).toString());
        }
    } else if (const auto* group = qobject_cast<const QGroupBox*>(&widget)) {
        walk.plain(*group, group->title());
    } else if (const auto* tabs = qobject_cast<const QTabWidget*>(&widget)) {
        for (int i = 0; i < tabs->count(); ++i)
            walk.plain(*tabs, tabs->tabText(i));
    } else if (const auto* view = qobject_cast<const QAbstractItemView*>(&widget)) {
        if (walk.rows)
            lookAtRows(*view, walk);
    }
}

Walk walked(const QWidget& root, bool rows = true)
{
    Walk walk { rows, 0, {} };
    walk.plain(root, root.windowTitle());
    lookAt(root, walk);
    for (const QWidget* child : root.findChildren<QWidget*>())
        lookAt(*child, walk);
    return walk;
}

} // namespace

class HostileTest final : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QCoreApplication::setOrganizationName(QStringLiteral("test"));
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
        m_file = m_folder.filePath(markText + QStringLiteral("<b>.slook"));
        auto project = must(store::Project::create(m_file.toStdString()));
        fill(project);
    }

    void theWalkFindsWhatItLooksFor()
    {
        QWidget root;
        QLabel automatic(markText + QStringLiteral("</b>"), &root);
        QVERIFY(!walked(root).faults.isEmpty());
        automatic.setTextFormat(Qt::RichText);
        QVERIFY(!walked(root).faults.isEmpty());
        automatic.setTextFormat(Qt::PlainText);
        QCOMPARE(walked(root).faults, QStringList());
        QCOMPARE(walked(root).seen, 1);
        automatic.setText(markText + QChar(0x202E));
        QVERIFY(!walked(root).faults.isEmpty());
        automatic.setText(QString(30'000, QLatin1Char('x')));
        QVERIFY(!walked(root).faults.isEmpty());
        automatic.setText({});
        automatic.setToolTip(markText + QStringLiteral("</b>"));
        QVERIFY(!walked(root).faults.isEmpty());
        automatic.setToolTip({});
        QTextEdit rich(&root);
        rich.setHtml(markText + QStringLiteral("</b>"));
        QVERIFY(!walked(root).faults.isEmpty());
        rich.setPlainText(markText + QStringLiteral("</b>"));
        QCOMPARE(walked(root).faults, QStringList());
    }

    void onEveryPage()
    {
        StoreWorkspace workspace;
        Theme theme;
        QSettings settings(m_folder.filePath(QStringLiteral("w.ini")), QSettings::IniFormat);
        MainWindow window(workspace, theme, &settings);
        window.show();
        open(workspace);
        for (auto* dock : window.findChildren<QDockWidget*>())
            dock->show();
        for (const QString& name : window.pageNames()) {
            QVERIFY(window.goTo(name));
            settle(workspace);
            auto* page = window.findChild<Page*>(name + QStringLiteral("Page"));
            QVERIFY2(page, qPrintable(name));
            for (int row = 0; row < 44; row += 3) { // what is chosen shows itself beside the table
                for (auto* table : page->findChildren<QTableView*>())
                    if (table->isVisible() && table->model() && table->model()->rowCount() > row)
                        table->setCurrentIndex(table->model()->index(row, 0));
                settle(workspace);
                check(window, name + QStringLiteral(", row %1").arg(row), false);
            }
            check(window, name);
            const bool ownOnly = name == QLatin1String("rounds"); // nothing was trained
            QVERIFY2(ownOnly || walked(*page).seen > 0,
                qPrintable(name + QStringLiteral(" shows no foreign text")));
            QElapsedTimer clock;
            clock.start();
            window.grab().save(QStringLiteral("hostile_") + name + QStringLiteral(".png"));
            QVERIFY2(clock.elapsed() < 5000,
                qPrintable(name + QStringLiteral(" took %1 ms").arg(clock.elapsed())));
        }
        emit workspace.said(m_long, true);
        emit workspace.said(m_long, false);
        check(window, QStringLiteral("what is said"));
        window.close();
    }

    void inTheAuditItself()
    {
        StoreWorkspace workspace;
        Theme theme;
        MainWindow window(workspace, theme, nullptr);
        window.show();
        open(workspace);
        window.goTo(QStringLiteral("audit"));
        settle(workspace);
        auto* page = window.findChild<AuditPage*>();
        page->start(m_batch, m_annotator.toStdString());
        settle(workspace);
        QVERIFY(walked(*page).seen > 0);
        for (int i = 0; i < 12; ++i) {
            check(window, QStringLiteral("task %1").arg(i));
            QTest::keyClick(
                page->findChild<QPlainTextEdit*>(QStringLiteral("auditLeft")), Qt::Key_1);
            settle(workspace);
        }
    }

    void inEveryDialog()
    {
        StoreWorkspace workspace;
        open(workspace);
        const auto project = must(store::Project::openReadOnly(m_file.toStdString()));
        const QString table = m_folder.filePath(markText + QStringLiteral("<b>.csv"));
        QFile file(table);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("question,<b>HOSTILE</b> column,answer\n"
                   "<b>HOSTILE</b> <img src=x>,\"<b>HOSTILE</b> \xE2\x80\xAE\",a\n,,\n");
        file.close();
        const auto rows = must(project.transitions(m_run, "pool", "ours"));
        auto report = must(workbench::auditReport(project, must(project.audits()).front()));
        const auto triplets = must(
            workbench::judgedTriplets(project, must(project.run(std::to_string(m_run.value)))));
        workbench::AuditMerge merge;
        merge.batch = report.batch;
        merge.origin = m_texts[5];
        workbench::MergeRow row;
        row.question = m_texts[3];
        row.task.annotator = m_texts[6];
        row.theirs.note = m_texts[7];
        merge.rows = { row };
        merge.fresh = 1;
        using Make = std::function<QDialog*()>;
        const std::vector<std::pair<const char*, Make>> dialogs {
            { "import", [&] { return new ImportDialog(workspace, table); } },
            { "rules",
                [&] {
                    return new RulesDialog(workspace, { m_run, "pool", "ours" });
                } },
            { "hand", [&] { return new HandDialog(rows.front(), false, nullptr); } },
            { "compare", [&] { return new CompareDialog(workspace, m_run); } },
            { "overlap", [&] { return new OverlapDialog(workspace, m_run); } },
            { "audit", [&] { return new AuditDialog(m_run, {}); } },
            { "apply", [&] { return new ApplyDialog(workspace, report, nullptr); } },
            { "adjudication",
                [&] { return new AdjudicationDialog(workspace, report.batch, nullptr); } },
            { "merge", [&] { return new MergeDialog(merge); } },
            { "corner", [&] { return new CornerDialog(workspace, m_run, triplets.front()); } },
            { "corrupt",
                [&] {
                    return new CorruptViewDialog(workspace, { "brightness", {}, 1 }, "HOSTILE");
                } },
            { "restore", [&] { return new RestoreDialog(m_file, nullptr); } },
        };
        for (const auto& [name, make] : dialogs) {
            const std::unique_ptr<QDialog> dialog(make());
            dialog->setVisible(true);
            settle(workspace);
            for (auto* one : dialog->findChildren<QTableView*>())
                if (one->model() && one->model()->rowCount() > 0)
                    one->setCurrentIndex(one->model()->index(0, 0));
            settle(workspace);
            check(*dialog, QLatin1String(name));
            // These ask for numbers and names, and show no text of others before.
            const bool ownOnly = name == std::string("audit") || name == std::string("apply")
                || name == std::string("restore");
            QVERIFY2(ownOnly || walked(*dialog).seen > 0, name);
        }
    }

private:
    void check(const QWidget& root, const QString& where, bool rows = true)
    {
        const QStringList faults = walked(root, rows).faults;
        QVERIFY2(faults.isEmpty(),
            qPrintable(where + QStringLiteral(": ") + faults.join(QLatin1Char('\n'))));
    }
    static void settle(StoreWorkspace& workspace)
    {
        QTest::qWait(20);
        QTRY_VERIFY_WITH_TIMEOUT(!workspace.busy(), 20000);
        QTest::qWait(20);
    }
    void open(StoreWorkspace& workspace)
    {
        QSignalSpy changed(&workspace, &Workspace::projectChanged);
        workspace.open(m_file);
        QVERIFY(changed.wait(20000));
        QVERIFY(!workspace.project().file.isEmpty());
    }
    const std::string& text(std::size_t i) const { return m_texts[i % m_texts.size()]; }

    void fill(store::Project& project);
    void addRun(store::Project& project);

    QTemporaryDir m_folder;
    QString m_file;
    const std::vector<std::string> m_texts = hostileTexts();
    const QString m_long = QString::fromStdString(m_texts[3]);
    RunId m_run;
    BatchId m_batch;
    QString m_annotator;
};

void HostileTest::fill(store::Project& project)
{
    ImportBatch batch;
    batch.source.name = text(18);
    batch.source.file = m_folder.filePath(markText).toStdString();
    batch.source.format = "vlmevalkit";
    for (std::size_t i = 0; i < 2 * m_texts.size(); ++i) {
        const auto picture = pairPicture(static_cast<int>(i));
        const auto png = image::encodePng(picture);
        NewImage image;
        image.bytes.assign(png.begin(), png.end());
        image.row.sha256 = image::pixelSha256(picture);
        image.row.fileSha256 = sha256(image.bytes);
        image.row.width = picture.width;
        image.row.height = picture.height;
        image.row.format = "png";
        image.row.storedBytes = true;
        batch.images.push_back(std::move(image));
        Item item;
        item.key = text(i).substr(0, 100) + std::to_string(i);
        item.question = text(i);
        item.hint = text(i + 1);
        item.options = { { "A", text(i + 2) }, { "B", text(i + 3) } };
        item.answer = i % 3 == 0 ? "A" : "B";
        item.category = text(i + 4).substr(0, 200);
        item.split = text(i + 5).substr(0, 200);
        nlohmann::json fields;
        fields[text(i + 6).substr(0, 40) + "?"] = std::string(mark) + "</b> field";
        item.fields = fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        item.line = static_cast<int>(i);
        batch.items.push_back(std::move(item));
        batch.itemImages.push_back({ i });
    }
    batch.problems = { { 7, text(0), text(1) } };
    must(project.addImport(batch, "import"));
    addRun(project);
    std::vector<ItemId> items;
    for (const Item& item : must(project.items()))
        items.push_back(item.id);
    must(project.mark(items, std::string(kTagPrefix) + mark + "</b> &tag", "yes", "tag"));
    must(project.saveView({ std::string(mark) + "</b> &view", "HOSTILE" }, "view"));
    LayoutRow layout;
    layout.feature = std::string(mark) + "</b>";
    layout.method = "tsne";
    layout.options = "{}";
    for (std::size_t i = 0; i < items.size(); ++i)
        layout.points.push_back({ m_run, items[i], double(i), double(i % 7) });
    must(project.addLayout(layout, "layout"));
    workbench::AuditOptions options;
    options.name = std::string(mark) + "</b> audit";
    options.annotators = { std::string(mark) + "</b> MK", std::string(mark) + "</b> AB" };
    options.pairs = 12;
    options.rubric = text(2) + text(14);
    const auto audit = must(workbench::newAudit(project, {}, options));
    m_batch = audit.id;
    m_annotator = QString::fromStdString(options.annotators.front());
    // They do not agree, so that somebody has to settle it.
    for (const AuditTask& task : must(project.auditTasks(audit.id))) {
        VerdictRow verdict;
        verdict.task = task.id;
        verdict.choice = Choice::Better;
        const bool first = task.annotator == options.annotators.front();
        verdict.better = first ? std::min(task.left, task.right) : std::max(task.left, task.right);
        verdict.note = text(static_cast<std::size_t>(task.id.value));
        verdict.flagged = true;
        if (!first || task.position % 2 == 0) // the first one has some tasks left
            must(project.addVerdict(verdict, workbench::newOpId()));
    }
}

void HostileTest::addRun(store::Project& project)
{
    RunRow run;
    run.name = "0001-" + std::string(mark) + "<b>";
    run.recipe = "scl";
    run.model = "/models/" + std::string(mark) + "<b>";
    run.job = "{}";
    run.jobSha256 = sha256(run.job);
    m_run = must(project.addRun(run, "run"));
    std::vector<runs::Event> events;
    const auto add = [&](runs::EventBody body) {
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
    };
    add(runs::Started { text(17), text(18), 1, 1, text(19), false });
    add(runs::StepBegan { 0, "answer", text(20), 1 });
    std::size_t number = 0;
    for (const Item& item : must(project.items())) {
        const auto i = number++;
        for (const char* stage : { "pool", "before", "after" })
            for (int turn = 1; turn <= 2; ++turn) {
                runs::Answered one;
                one.response.stage = stage;
                one.response.item = item.id;
                one.response.turn = turn;
                one.response.prompt = text(i + 7);
                one.response.text = text(i + static_cast<std::size_t>(turn)) + std::to_string(turn);
                one.response.finish = text(i + 8).substr(0, 50);
                one.response.decoding = "{}";
                for (const char* extractor : { "ours", "scl-inference" })
                    one.extractions.push_back({ {}, extractor, text(i + 9).substr(0, 300), 0, 5,
                        text(i + 10).substr(0, 300),
                        (i + static_cast<std::size_t>(turn)) % 2 == 0 });
                if (stage == std::string("pool") && turn == 2)
                    one.corruptions = { pair_project::corruptionRow(
                        "brightness", static_cast<int>(i)) };
                add(one);
            }
        PairRow pair;
        pair.preference = i % 2 == 0 ? "correctness" : std::string(mark) + "</b> preference";
        pair.item = item.id;
        pair.type = 2;
        pair.prompt = text(i);
        pair.chosen = text(i + 2) + "2";
        pair.rejected = text(i + 1) + "1";
        pair.chosenTurn = 2;
        pair.rejectedTurn = 1;
        add(runs::Paired { pair });
        TripletRow triplet;
        triplet.round = 1;
        triplet.item = item.id;
        triplet.kind = text(i + 3).substr(0, 60);
        triplet.question = text(i);
        triplet.answer = text(i + 1);
        triplet.questionAgain = text(i + 2);
        triplet.answerAgain = text(i + 3);
        triplet.questionSimilarity = triplet.answerSimilarity = triplet.score = 0.5;
        triplet.questionMeasure = triplet.answerMeasure = text(i + 4).substr(0, 60);
        triplet.kept = i % 2 == 0;
        add(runs::Tripled { triplet });
        MetricRow metric;
        metric.training = i % 2 == 0 ? "correctness" : std::string(mark) + "</b> preference";
        metric.step = static_cast<int>(i) + 1;
        metric.values = { { "loss", 0.6 }, { "rewards/margins", 0.1 }, { "loss/dpo", 0.7 } };
        add(runs::Measured { metric });
        add(runs::Rewarded { { { metric.training, metric.step, 0.1, item.id, 0.2, 0.1 } } });
    }
    for (const std::string& one : m_texts)
        add(runs::Note { "warning", one });
    add(runs::Finished { runs::Ending::Failed, text(0) });
    must(project.takeEvents(m_run, events));
}

QTEST_MAIN(HostileTest)
#include "hostile_test.moc"
