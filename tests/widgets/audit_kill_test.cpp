#include "audit_project.h"
#include "pages/audit_page.h"
#include "services/pictures.h"
#include "services/store_workspace.h"
#include "workbench/audit.h"
#include <QLabel>
#include <QPlainTextEdit>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <cstdio>
#include <random>

using namespace slook;
using namespace slook::gui;

namespace {

constexpr int kills = 200;
constexpr int judgements = 4000; // far more than are made before the kills

/// The real page with keys pressed as fast as they are saved; it says on the standard output what
/// the screen says. Ends only by being killed, or when all is judged.
class Judge final {
public:
    explicit Judge(const QString& file)
    {
        QSignalSpy changed(&m_workspace, &Workspace::projectChanged);
        m_workspace.open(file);
        changed.wait(20000);
        m_page.resize(1200, 760);
        m_page.setVisible(true);
        m_page.start({ 1 }, "MK");
        QObject::connect(&m_timer, &QTimer::timeout, &m_page, [this] { step(); });
        m_timer.start(0);
    }

private:
    void step()
    {
        const auto& state = m_page.state();
        if (state.empty())
            return;
        const QString saved = m_side->findChild<QLabel*>(QStringLiteral("auditSaved"))->text();
        if (m_waiting && saved.startsWith(QStringLiteral("Saved"))) {
            std::printf("saved %lld %d\n", static_cast<long long>(m_task.value), m_key);
            std::fflush(stdout);
            m_waiting = false;
        }
        if (m_waiting)
            return;
        if (!m_begun) {
            std::printf("first %lld\n", static_cast<long long>(state.current().task.id.value));
            std::fflush(stdout);
            m_begun = true;
        }
        m_task = state.current().task.id;
        m_key = static_cast<int>(m_task.value % 3); // the verdict follows from the task
        m_waiting = true;
        constexpr Qt::Key keys[] = { Qt::Key_0, Qt::Key_1, Qt::Key_2 };
        QTest::keyClick(
            m_page.findChild<QPlainTextEdit*>(QStringLiteral("auditLeft")), keys[m_key]);
    }

    StoreWorkspace m_workspace;
    Pictures m_pictures { m_workspace };
    RunChoice m_choice;
    View m_view { m_workspace, m_choice };
    PageParts m_parts { m_workspace, m_pictures, m_choice, m_view };
    AuditPage m_page { m_parts };
    std::unique_ptr<QWidget> m_side { m_page.inspector() };
    QTimer m_timer;
    TaskId m_task;
    int m_key = 0;
    bool m_waiting = false;
    bool m_begun = false;
};

} // namespace

class AuditKillTest final : public QObject {
    Q_OBJECT
private slots:
    void whatTheScreenSaidIsSavedIsThereOnceAfterAnyKill()
    {
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("p.slook"));
        {
            auto project = makePairProject(file.toStdString(), { .pairs = judgements });
            workbench::AuditOptions options;
            options.name = "first";
            options.annotators = { "MK" };
            options.pairs = judgements;
            options.mirrored = 0;
            QVERIFY(workbench::newAudit(project, {}, options));
        }
        std::mt19937 random(20240611);
        std::map<qint64, int> said; // by task: the key whose verdict was shown as saved
        int interrupted = 0;
        for (int round = 0; round < kills; ++round) {
            QProcess child;
            child.start(
                QCoreApplication::applicationFilePath(), { QStringLiteral("--judge"), file });
            QVERIFY(child.waitForStarted());
            QByteArray text;
            while (!text.contains("first ") && child.waitForReadyRead(30000))
                text += child.readAllStandardOutput();
            QTest::qWait(static_cast<int>(random() % 60));
            child.kill();
            child.waitForFinished();
            text += child.readAllStandardOutput();
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            const auto project = store::Project::openReadOnly(file.toStdString());
            QVERIFY2(project, project ? "" : message(project.error()).c_str());
            for (const QByteArray& line : text.split('\n')) {
                const auto words = line.split(' ');
                if (words.size() == 3 && words[0] == "saved")
                    said[words[1].toLongLong()] = words[2].toInt();
            }
            const auto history = project->verdictHistory({ 1 });
            QVERIFY(history);
            std::map<qint64, const VerdictRow*> stored;
            for (const VerdictRow& verdict : *history)
                QVERIFY2(stored.emplace(verdict.task.value, &verdict).second, "none twice");
            for (const auto& [task, key] : said) {
                QVERIFY2(stored.contains(task), qPrintable(QString::number(task)));
                QCOMPARE(stored[task]->choice, key == 0 ? Choice::Tie : Choice::Better);
            }
            // At most the one that was on its way is there without having been said.
            interrupted += static_cast<int>(stored.size()) > static_cast<int>(said.size()) ? 1 : 0;
            for (const auto& [task, verdict] : stored)
                said.emplace(task, static_cast<int>(task % 3));
            // The next session begins at the first pair without a verdict.
            const auto tasks = project->auditTasks({ 1 }, "MK");
            const auto open = std::ranges::find_if(
                *tasks, [&](const AuditTask& task) { return !stored.contains(task.id.value); });
            if (round > 0)
                QCOMPARE(firstOf(text), m_next);
            m_next = open->id.value;
        }
        const auto project = store::Project::openReadOnly(file.toStdString());
        QVERIFY(project->check()->problems.empty());
        qInfo("%d kills, %d verdicts, %d saved at the moment of the kill", kills,
            static_cast<int>(said.size()), interrupted);
        QVERIFY(static_cast<int>(said.size()) > kills);
    }

private:
    static qint64 firstOf(const QByteArray& text)
    {
        for (const QByteArray& line : text.split('\n'))
            if (line.startsWith("first "))
                return line.mid(6).toLongLong();
        return -1;
    }
    qint64 m_next = 0;
};

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    if (argc == 3 && QByteArray(argv[1]) == "--judge") {
        const Judge judge(QString::fromLocal8Bit(argv[2]));
        return QApplication::exec();
    }
    AuditKillTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "audit_kill_test.moc"
