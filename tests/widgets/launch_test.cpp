#include "fake_workspace.h"
#include "pages/launch_form.h"
#include "pages/launch_page.h"
#include "pages/preflight_view.h"
#include "services/pictures.h"
#include <QAbstractButton>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTabWidget>
#include <QTest>

using namespace slook;
using namespace slook::gui;
using slook::gui::test::FakeWorkspace;

namespace {

workbench::Preflight goodTrial()
{
    workbench::Preflight trial;
    trial.job = "{\"recipe\": \"scl\"}";
    trial.checks = { { workbench::PreflightCheck::Outcome::Passed, "All pictures are there." } };
    trial.rows = { { "q1", "pool", 1, "USER: <b>red?</b> ASSISTANT:", "It is red. ## A ##", 9 } };
    trial.examples = { { "q1", 70, 64, { "USER", ":" }, { { " It", " is" }, { " No" } } } };
    trial.secondsPerStep = 0.5;
    trial.pairsPerStep = 10;
    trial.trainings = 2;
    trial.answerSeconds = 90;
    return trial;
}

struct Stage {
    FakeWorkspace workspace;
    Pictures pictures { workspace };
    RunChoice choice;
    View view { workspace, choice };
    LaunchPage page { { workspace, pictures, choice, view } };
    Stage()
    {
        workspace.info = { "/data/p.slook", "p.slook", false, {} };
        page.refresh();
        QTest::qWait(20);
    }
    template <class T> T* find(const char* name)
    {
        return page.findChild<T*>(QString::fromLatin1(name));
    }
    void trigger(const QString& text)
    {
        for (QAction* action : page.actions())
            if (action->text() == text)
                action->trigger();
        QTest::qWait(20);
    }
    QString command() { return find<QPlainTextEdit>("launchCommand")->toPlainText(); }
};

} // namespace

class LaunchTest : public QObject {
    Q_OBJECT
private slots:
    void onlyWhatWasChangedIsHandedOverAndMarked()
    {
        FakeWorkspace workspace;
        LaunchForm form(workspace);
        QVERIFY(form.launch().set.empty());
        form.findChild<QComboBox*>(QStringLiteral("switch:review"))
            ->setCurrentText(QStringLiteral("cp"));
        form.findChild<QAbstractButton*>(QStringLiteral("control:random"))->click();
        const auto launch = form.launch();
        QCOMPARE(launch.set.size(), std::size_t(1));
        QCOMPARE(launch.set[0].first, std::string("review"));
        QCOMPARE(launch.set[0].second, std::string("cp"));
        QCOMPARE(launch.controls, std::vector<std::string> { "random" });
    }

    void everyMethodHasItsOwnSwitches()
    {
        FakeWorkspace workspace;
        LaunchForm form(workspace);
        auto* recipe = form.findChild<QComboBox*>(QStringLiteral("recipeBox"));
        recipe->setCurrentIndex(recipe->findData(QStringLiteral("stic")));
        QVERIFY(!form.findChild<QComboBox*>(QStringLiteral("switch:review")));
        QVERIFY(form.launch().set.empty());
        form.findChild<QComboBox*>(QStringLiteral("switch:corruption"))
            ->setCurrentText(QStringLiteral("gaussian_noise"));
        form.findChild<QAbstractButton*>(QStringLiteral("control:plain-sft"))->click();
        const auto launch = form.launch();
        QCOMPARE(launch.recipe, std::string("stic"));
        QCOMPARE(launch.set.size(), std::size_t(1));
        QCOMPARE(launch.set[0].second, std::string("gaussian_noise"));
        QCOMPARE(launch.controls, std::vector<std::string> { "plain-sft" });
    }

    void aLaunchSurvivesTheForm()
    {
        workbench::Launch launch;
        launch.recipe = "srf";
        launch.items = "source:scenes -flag:red";
        launch.limit = 40;
        launch.model = "/models/a b";
        launch.set = { { "rounds", "2" } };
        launch.seed = 18446744073709551615u; // more than a spin box counts
        launch.device = "cpu";
        launch.chatTemplate = "vicuna_v1";
        FakeWorkspace workspace;
        LaunchForm form(workspace);
        form.setLaunch(launch);
        QCOMPARE(workbench::toText(form.launch()), workbench::toText(launch));
    }

    void aPresetBringsItsOwnDefaults()
    {
        FakeWorkspace workspace;
        LaunchForm form(workspace);
        auto* split = form.findChild<QComboBox*>(QStringLiteral("switch:split"));
        auto* turns = form.findChild<QLineEdit*>(QStringLiteral("switch:turns"));
        const QString ours = split->currentText();
        turns->setText(QStringLiteral("2"));
        form.findChild<QComboBox*>(QStringLiteral("switch:fidelity"))
            ->setCurrentText(QStringLiteral("as_released"));
        QCOMPARE(split->currentText(), QStringLiteral("leaky")); // as the released code does
        const std::vector<std::pair<std::string, std::string>> chosen {
            { "fidelity", "as_released" }, { "turns", "2" }
        };
        QVERIFY(form.launch().set == chosen); // what was changed by hand stays
        split->setCurrentText(ours);
        auto launch = form.launch();
        QCOMPARE(launch.set.size(), std::size_t(3));
        form.setLaunch({});
        form.setLaunch(launch);
        QCOMPARE(workbench::toText(form.launch()), workbench::toText(launch));
        QCOMPARE(form.findChild<QComboBox*>(QStringLiteral("switch:split"))->currentText(), ours);
    }

    void aChangedSwitchIsNeverHidden()
    {
        FakeWorkspace workspace;
        LaunchForm form(workspace);
        form.show();
        auto* rare = form.findChild<QLineEdit*>(QStringLiteral("switch:training.adamBeta2"));
        QVERIFY(rare);
        QVERIFY(!rare->isVisibleTo(&form));
        form.findChild<QLineEdit*>(QStringLiteral("findSwitch"))
            ->setText(QStringLiteral("squared"));
        QVERIFY(rare->isVisibleTo(&form)); // found by what it means
        rare->setText(QStringLiteral("0.9"));
        form.findChild<QLineEdit*>(QStringLiteral("findSwitch"))->clear();
        QVERIFY(rare->isVisibleTo(&form));
    }

    void switchesHavePlainNames()
    {
        QCOMPARE(plainSwitchName(QStringLiteral("turns")), QStringLiteral("Turns"));
        QCOMPARE(plainSwitchName(QStringLiteral("training.lora.rank")),
            QStringLiteral("Training, LoRA: rank"));
        QCOMPARE(plainSwitchName(QStringLiteral("pool.maxNewTokens")),
            QStringLiteral("Pool: max new tokens"));
    }

    void theCommandFollowsTheForm()
    {
        Stage stage;
        QCOMPARE(stage.command(), QStringLiteral("secondlook-cli run /data/p.slook scl"));
        stage.find<QLineEdit>("launchItems")->setText(QStringLiteral("what's \"red\""));
        QCOMPARE(stage.command(),
            QStringLiteral("secondlook-cli run /data/p.slook scl --items 'what'\\''s \"red\"'"));
    }

    void startingTriesFirstAndStartsWhereItWentWell()
    {
        Stage stage;
        stage.workspace.trial = goodTrial();
        stage.trigger(QStringLiteral("Start"));
        QCOMPARE(stage.workspace.trials, 1);
        QCOMPARE(stage.workspace.launched.size(), std::size_t(1));
        QVERIFY(!stage.workspace.launched[0].second);
        stage.trigger(QStringLiteral("Add to the queue")); // nothing has changed: no second trial
        QCOMPARE(stage.workspace.trials, 1);
        QVERIFY(stage.workspace.launched[1].second);
        stage.find<QComboBox>("switch:review")->setCurrentText(QStringLiteral("cp"));
        stage.trigger(QStringLiteral("Start"));
        QCOMPARE(stage.workspace.trials, 2);
    }

    void aFailedTrialStartsNothing()
    {
        Stage stage;
        auto trial = goodTrial();
        trial.checks.push_back({ workbench::PreflightCheck::Outcome::Failed, "2 questions fail." });
        stage.workspace.trial = trial;
        stage.trigger(QStringLiteral("Start"));
        QVERIFY(stage.workspace.launched.empty());
        QVERIFY(
            stage.find<QLabel>("preflightSays")->text().contains(QStringLiteral("would not go")));
        stage.trigger(QStringLiteral("Start without a trial"));
        QCOMPARE(stage.workspace.launched.size(), std::size_t(1));
        QCOMPARE(stage.workspace.trials, 1);
    }

    void theTrialShowsPromptsAndLearnedTokensLiterally()
    {
        PreflightView view;
        view.show(goodTrial());
        QCOMPARE(PreflightView::sentence(goodTrial()),
            QStringLiteral("The trial went well. Answers take at most about 1 min 30 s. Each 100 "
                           "pairs take about 5 s in each epoch of each of 2 trainings."));
        bool prompt = false;
        bool learned = false;
        for (const auto* text : view.findChildren<QPlainTextEdit*>()) {
            prompt = prompt || text->toPlainText().contains(QStringLiteral("<b>red?</b>"));
            learned =
                learned || text->toPlainText().contains(QStringLiteral("rejected, learned:\n No"));
        }
        QVERIFY(prompt);
        QVERIFY(learned);
    }
};

QTEST_MAIN(LaunchTest)
#include "launch_test.moc"
