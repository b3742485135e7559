#pragma once
#include "audit_project.h"
#include "demo_project.h"
#include "models/audit_state.h"
#include "pages/audit_page.h"
#include "services/pictures.h"
#include "services/store_workspace.h"
#include "services/view.h"
#include <QLabel>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

namespace slook::gui::test {

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
    QPlainTextEdit* pane(const char* name) const
    {
        return page.findChild<QPlainTextEdit*>(QLatin1String(name));
    }
    void press(int key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(pane("auditLeft"), Qt::Key(key), modifiers);
    }
    QString text(const char* name) const { return pane(name)->toPlainText(); }
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

/// A project with a run of 200 questions, and an audit "first" of twelve of its pairs by MK and AB.
class AuditFiles {
protected:
    void makeFirst()
    {
        constexpr int items = 200;
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
    /// With one audit of all pairs by MK, none mirrored.
    QString pairProject(const PairProject& wanted) const
    {
        const QString file = m_folder->filePath(QStringLiteral("pairs.slook"));
        auto project = makePairProject(file.toStdString(), wanted);
        workbench::AuditOptions options;
        options.name = "all";
        options.annotators = { "MK" };
        options.pairs = wanted.pairs;
        options.mirrored = 0;
        (void)workbench::newAudit(project, {}, options).value();
        return file;
    }
    std::vector<VerdictRow> stored() const
    {
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        const auto rows =
            project ? project->verdicts(m_batch, "MK") : Result<std::vector<VerdictRow>>();
        return rows ? *rows : std::vector<VerdictRow>();
    }
    AuditBatchRow batch() const
    {
        const auto project = store::Project::openReadOnly(m_file.toStdString());
        return *workbench::auditNamed(*project, "first");
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
    BatchId m_batch;
};

} // namespace slook::gui::test
