#include "pages/triplet_judge_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "workbench/op_id.h"
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

namespace slook::gui {
namespace {

constexpr std::uint64_t drawingSeed = 1; // the same triplets for everybody, whenever they begin

QPushButton* verdictButton(const QString& text, const QString& name, Qt::Key key)
{
    auto* button = new QPushButton(text);
    button->setObjectName(name);
    button->setShortcut(key);
    button->setAutoDefault(false);
    return button;
}

} // namespace

TripletJudgeDialog::TripletJudgeDialog(Workspace& workspace, RunId run, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_run(run)
    , m_annotator(new QLineEdit(qEnvironmentVariable("USER")))
    , m_count(new QSpinBox)
    , m_begin(new QPushButton(tr("Begin")))
    , m_progress(mutedLabel())
    , m_picture(new PictureView)
    , m_question(new TextView)
    , m_answer(new TextView)
    , m_right(verdictButton(tr("Right (1)"), QStringLiteral("judgeRight"), Qt::Key_1))
    , m_wrong(verdictButton(tr("Wrong (2)"), QStringLiteral("judgeWrong"), Qt::Key_2))
    , m_unclear(verdictButton(tr("Cannot be told (3)"), QStringLiteral("judgeUnclear"), Qt::Key_3))
    , m_back(verdictButton(tr("Back (←)"), QStringLiteral("judgeBack"), Qt::Key_Left))
{
    setObjectName(QStringLiteral("tripletJudgeDialog"));
    setWindowTitle(tr("Judge triplets"));
    resize(900, 560);
    build();
    setVerdictsEnabled(false);
}

QWidget* TripletJudgeDialog::buildStart()
{
    constexpr int usual = 40, most = 10'000;
    m_annotator->setObjectName(QStringLiteral("judgeAnnotator"));
    m_annotator->setPlaceholderText(tr("initials"));
    m_annotator->setAccessibleName(tr("Who judges"));
    m_count->setObjectName(QStringLiteral("judgeCount"));
    m_count->setRange(1, most);
    m_count->setValue(usual);
    m_count->setAccessibleName(tr("How many"));
    m_begin->setObjectName(QStringLiteral("judgeBegin"));
    m_begin->setDefault(true);
    m_begin->setToolTip(tr("Draws so many triplets evenly over their scores, and mixes them"));
    connect(m_begin, &QPushButton::clicked, this, &TripletJudgeDialog::begin);
    const auto allow = [this] { m_begin->setEnabled(!annotator().empty()); };
    connect(m_annotator, &QLineEdit::textChanged, this, allow);
    allow();
    auto* start = new QWidget;
    auto* row = new QHBoxLayout(start);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(heading(tr("Who judges")));
    row->addWidget(m_annotator, 1);
    row->addWidget(heading(tr("How many")));
    row->addWidget(m_count);
    row->addWidget(m_begin);
    return start;
}

QWidget* TripletJudgeDialog::buildVerdicts()
{
    auto* verdicts = new QWidget;
    auto* row = new QHBoxLayout(verdicts);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_back);
    row->addStretch(1);
    for (QPushButton* button : { m_right, m_wrong, m_unclear })
        row->addWidget(button);
    connect(m_right, &QPushButton::clicked, this, [this] { say(true); });
    connect(m_wrong, &QPushButton::clicked, this, [this] { say(false); });
    connect(m_unclear, &QPushButton::clicked, this, [this] { say(std::nullopt); });
    connect(m_back, &QPushButton::clicked, this, &TripletJudgeDialog::back);
    return verdicts;
}

void TripletJudgeDialog::build()
{
    constexpr int mostPicture = 400;
    m_picture->setMostHeight(mostPicture);
    m_progress->setObjectName(QStringLiteral("judgeProgress"));
    m_progress->setText(tr("Is the answer to the question true of the picture? Scores are not "
                           "shown, so that they cannot sway anybody."));
    m_question->setObjectName(QStringLiteral("judgeQuestion"));
    m_answer->setObjectName(QStringLiteral("judgeAnswer"));
    auto* texts = new QVBoxLayout;
    texts->addWidget(heading(tr("Question")));
    texts->addWidget(m_question, 1);
    texts->addWidget(heading(tr("Answer")));
    texts->addWidget(m_answer, 1);
    auto* middle = new QHBoxLayout;
    middle->addWidget(m_picture, 3);
    middle->addLayout(texts, 2);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(buildStart());
    column->addWidget(m_progress);
    column->addLayout(middle, 1);
    column->addWidget(buildVerdicts());
    column->addWidget(buttons);
}

std::string TripletJudgeDialog::annotator() const
{
    return m_annotator->text().trimmed().toStdString();
}

void TripletJudgeDialog::setVerdictsEnabled(bool enabled)
{
    for (QPushButton* button : { m_right, m_wrong, m_unclear })
        button->setEnabled(enabled);
    m_back->setEnabled(m_at > 0 && !m_saving);
}

void TripletJudgeDialog::begin()
{
    for (QWidget* widget : std::initializer_list<QWidget*> { m_annotator, m_count, m_begin })
        widget->setEnabled(false);
    m_workspace.read<Material>(
        this,
        [run = m_run](const store::Project& project) -> Result<Material> {
            RunRow row;
            row.id = run;
            auto triplets = workbench::judgedTriplets(project, row);
            if (!triplets)
                return fail(triplets.error());
            auto verdicts = project.tripletVerdicts(run);
            if (!verdicts)
                return fail(verdicts.error());
            return Material { std::move(*triplets), std::move(*verdicts) };
        },
        [this](Result<Material> material) {
            if (material)
                take(std::move(*material));
            else
                m_progress->setText(fromUtf8(message(material.error())));
        });
}

void TripletJudgeDialog::take(Material material)
{
    m_material = std::move(material);
    std::set<std::int64_t> mine;
    for (const auto& one : m_material.verdicts)
        if (one.annotator == annotator())
            mine.insert(one.triplet.value);
    m_order = workbench::drawnForJudging(
        m_material.triplets, static_cast<std::size_t>(m_count->value()), drawingSeed);
    const auto open = std::ranges::stable_partition(m_order,
        [&](std::size_t i) { return mine.contains(m_material.triplets[i].triplet.id.value); });
    m_at = static_cast<std::size_t>(open.begin() - m_order.begin());
    if (m_order.empty())
        return m_progress->setText(
            tr("There is nothing to judge: this run made no triplet whose truth is not known."));
    showCurrent();
    m_picture->setFocus();
}

void TripletJudgeDialog::showCurrent()
{
    const bool over = m_at >= m_order.size();
    setVerdictsEnabled(!over);
    if (over) {
        m_progress->setText(tr("All %n are judged. What they say stands on the page, right by "
                               "score.",
            nullptr, static_cast<int>(m_order.size())));
        m_question->show({});
        m_answer->show({});
        return m_picture->setMessage(tr("Done."));
    }
    const auto& one = m_material.triplets[m_order[m_at]];
    m_progress->setText(tr("%1 of %2").arg(m_at + 1).arg(m_order.size()));
    m_question->show({ fromUtf8(one.triplet.question), {} });
    m_answer->show({ fromUtf8(one.triplet.answer), {} });
    const int request = ++m_request;
    if (one.images.empty())
        return m_picture->setMessage(tr("This triplet has no picture."));
    constexpr int side = 800;
    m_workspace.picture(
        one.images.front(), side, this, [this, request](const Result<QImage>& image) {
            if (request != m_request)
                return;
            if (image)
                m_picture->setImage(*image);
            else
                m_picture->setMessage(fromUtf8(message(image.error())));
        });
}

void TripletJudgeDialog::say(std::optional<bool> right)
{
    if (m_saving || m_at >= m_order.size())
        return;
    m_saving = true;
    setVerdictsEnabled(false);
    const auto triplet = m_material.triplets[m_order[m_at]].triplet.id;
    m_workspace.change<bool>(
        this,
        [verdict = store::TripletVerdict { triplet, annotator(), right },
            id = workbench::newOpId()](store::Project& project) -> Result<bool> {
            if (auto kept = project.judgeTriplet(verdict, id); !kept)
                return fail(kept.error());
            return true;
        },
        [this](const Result<bool>& kept) {
            m_saving = false;
            if (!kept) {
                setVerdictsEnabled(true);
                return m_progress->setText(fromUtf8(message(kept.error())));
            }
            ++m_judged;
            ++m_at;
            showCurrent();
        });
}

/// To the one before, which is then judged anew.
void TripletJudgeDialog::back()
{
    if (m_saving || m_at == 0)
        return;
    --m_at;
    showCurrent();
}

} // namespace slook::gui
