#include "audit_desk.h"
#include "image/corruption.h"
#include "image/processor.h"
#include "parts/zoom_picture.h"
#include "shell/key_map.h"
#include <QApplication>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QTableView>

using namespace slook;
using namespace slook::gui;
using namespace slook::gui::test;

namespace {

/// Every pixel of it, as it is.
bool isShown(const ZoomPicture& widget, const image::Picture& picture)
{
    const QImage& shown = widget.image();
    if (shown.width() != picture.width || shown.height() != picture.height)
        return false;
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const auto at = static_cast<std::size_t>(3 * (y * picture.width + x));
            if (shown.pixelColor(x, y)
                != QColor(picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]))
                return false;
        }
    return true;
}

bool isNear(const QPointF& a, const QPointF& b)
{
    return (a - b).manhattanLength() < 1e-6;
}

} // namespace

class AuditKeysTest final : public QObject, private AuditFiles {
    Q_OBJECT
private slots:
    void init() { makeFirst(); }

    void twoHundredPairsAreAuditedFromTheKeyboardAlone()
    {
        constexpr int pairs = 200;
        const QString file = pairProject({ .pairs = pairs });
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

    void theKeyVShowsThePictureCorruptedAndAsTheModelSawIt()
    {
        const QString file = pairProject(
            { .pairs = 4, .model = SLOOK_MODEL_FOLDER, .corruption = "gaussian_noise" });
        Desk desk(file);
        desk.begin({ 1 });
        const auto* shown = desk.page.findChild<ZoomPicture*>(QStringLiteral("auditPicture"));
        const auto texts = [&] { return desk.text("auditLeft") + desk.text("auditRight"); };
        const QString before = texts();
        const auto& view = desk.page.state().current();
        QVERIFY(view.corruption);
        const auto original = pairPicture(static_cast<int>(view.images.front().value) - 1);
        const auto spoilt =
            must(image::corrupted(original, { "gaussian_noise", {}, view.corruption->seed }));
        const auto seen = image::contactSheet(
            must(image::seenBy(must(image::readProcessorSettings(SLOOK_MODEL_FOLDER)), original)));
        const std::tuple<const char*, const image::Picture*> views[] = { { "original", &original },
            { "corrupted", &spoilt }, { "as the model saw it", &seen }, { "original", &original } };
        for (const auto& [name, picture] : views) {
            QTRY_VERIFY2(
                desk.label("auditPictureText").contains(QStringLiteral(" · %1 ·").arg(name)), name);
            QVERIFY2(isShown(*shown, *picture), name);
            QCOMPARE(texts(), before);
            QCOMPARE(desk.page.state().index(), 0);
            desk.press(Qt::Key_V);
        }
        QTRY_VERIFY(desk.label("auditPictureText").contains(QStringLiteral(" · corrupted ·")));
        desk.press(Qt::Key_Right); // another pair begins with its original
        QTRY_VERIFY(desk.label("auditPictureText").contains(QStringLiteral(" · original ·")));
        QVERIFY(isShown(*shown,
            pairPicture(static_cast<int>(desk.page.state().current().images.front().value) - 1)));
    }

    void controlAndArrowsMoveAnEnlargedPictureAndNothingElse()
    {
        const QString file = pairProject({ .pairs = 2, .lines = 200 });
        Desk desk(file);
        desk.begin({ 1 });
        const auto* picture = desk.page.findChild<ZoomPicture*>(QStringLiteral("auditPicture"));
        QTRY_VERIFY(!picture->image().isNull());
        auto* bar = desk.pane("auditLeft")->verticalScrollBar();
        QVERIFY(bar->maximum() > 60);
        bar->setValue(50);
        const QRectF fitted = picture->place();
        desk.press(Qt::Key_Right, Qt::ControlModifier);
        QCOMPARE(picture->place(), fitted); // all of it is shown: there is nowhere to move
        for (int i = 0; i < 2; ++i)
            desk.press(Qt::Key_Plus);
        const QRectF larger = picture->place();
        QVERIFY(larger.width() > 1.2 * fitted.width()); // at most 32 pixels for one
        const std::pair<Qt::Key, QPointF> moves[] = { { Qt::Key_Right, { 60, 0 } },
            { Qt::Key_Down, { 0, 60 } }, { Qt::Key_Left, { -60, 0 } }, { Qt::Key_Up, { 0, -60 } } };
        QPointF moved;
        for (const auto& [key, by] : moves) {
            desk.press(key, Qt::ControlModifier);
            moved += by;
            QVERIFY(isNear(picture->place().topLeft() - larger.topLeft(), moved));
            QCOMPARE(picture->place().size(), larger.size());
            QCOMPARE(bar->value(), 50);
            QCOMPARE(desk.pane("auditRight")->verticalScrollBar()->value(), 50);
            QCOMPARE(desk.page.state().index(), 0);
        }
        desk.press(Qt::Key_Z);
        QCOMPARE(picture->place(), fitted);
    }

    void whileSpaceIsHeldThePointerMovesThePicture()
    {
        const QString file = pairProject({ .pairs = 2, .lines = 200 });
        Desk desk(file);
        desk.begin({ 1 });
        auto* picture = desk.page.findChild<ZoomPicture*>(QStringLiteral("auditPicture"));
        QTRY_VERIFY(!picture->image().isNull());
        for (int i = 0; i < 2; ++i)
            desk.press(Qt::Key_Plus);
        auto* left = desk.pane("auditLeft");
        const QPoint from = picture->rect().center();
        QTest::mouseMove(picture, from);
        QPointF at = picture->place().topLeft();
        QTest::mouseMove(picture, from + QPoint(30, 20));
        QCOMPARE(picture->place().topLeft(), at); // no button, no Space
        QTest::keyPress(left, Qt::Key_Space);
        QTest::mouseMove(picture, from + QPoint(5, 60));
        QVERIFY(isNear(picture->place().topLeft() - at, QPointF(-25, 40)));
        QTest::keyRelease(left, Qt::Key_Space);
        at = picture->place().topLeft();
        QTest::mouseMove(picture, from);
        QCOMPARE(picture->place().topLeft(), at);
        QTest::mousePress(picture, Qt::LeftButton, {}, from); // and by dragging
        QMouseEvent drag(QEvent::MouseMove, from + QPoint(12, -7),
            picture->mapToGlobal(from + QPoint(12, -7)), Qt::NoButton, Qt::LeftButton, {});
        QApplication::sendEvent(picture, &drag);
        QTest::mouseRelease(picture, Qt::LeftButton, {}, from + QPoint(12, -7));
        QVERIFY(isNear(picture->place().topLeft() - at, QPointF(12, -7)));
        QCOMPARE(left->verticalScrollBar()->value(), 0); // Space scrolled no pane
        QCOMPARE(desk.page.state().judged(), 0); // and pressed no button
        auto* note = desk.page.findChild<QLineEdit*>(QStringLiteral("auditNote"));
        desk.press(Qt::Key_N);
        QTRY_VERIFY(note->hasFocus());
        QTest::keyClicks(note, QStringLiteral("a b"));
        QCOMPARE(note->text(), QStringLiteral("a b"));
    }
};

QTEST_MAIN(AuditKeysTest)
#include "audit_keys_test.moc"
