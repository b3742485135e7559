#include "pages/corner_dialog.h"
#include "parts/answers.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include "parts/text_view.h"
#include "parts/tokens.h"
#include "services/model_desk.h"
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QVBoxLayout>

namespace slook::gui {

CornerDialog::CornerDialog(
    Workspace& workspace, RunId run, workbench::JudgedTriplet triplet, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_triplet(std::move(triplet))
    , m_desk(new ModelDesk(this))
    , m_corner(new QComboBox)
    , m_model(new QComboBox)
    , m_picture(new PictureView)
    , m_givenHead(heading({}))
    , m_given(new QPlainTextEdit)
    , m_maskedHead(heading({}))
    , m_masked(new TextView)
    , m_againHead(heading({}))
    , m_again(new TextView)
    , m_ask(new QPushButton(tr("Ask again")))
{
    setObjectName(QStringLiteral("cornerDialog"));
    setWindowTitle(tr("Mask a corner"));
    resize(900, 560);
    build();
    read(run);
}

void CornerDialog::build()
{
    constexpr int mostPicture = 360;
    m_corner->setObjectName(QStringLiteral("cornerBox"));
    m_corner->addItem(tr("the answer"), false);
    m_corner->addItem(tr("the question"), true);
    m_corner->setAccessibleName(tr("Masked corner"));
    m_model->setObjectName(QStringLiteral("cornerModel"));
    m_model->setAccessibleName(tr("Model"));
    m_given->setObjectName(QStringLiteral("cornerGiven"));
    m_given->setTabChangesFocus(true);
    m_masked->setObjectName(QStringLiteral("cornerMasked"));
    m_again->setObjectName(QStringLiteral("cornerAgain"));
    m_againHead->setObjectName(QStringLiteral("cornerSaid"));
    m_ask->setObjectName(QStringLiteral("cornerAsk"));
    m_ask->setToolTip(tr("Puts the question to the model, with what stands in the field "
                         "(Ctrl+Return)"));
    m_picture->setMostHeight(mostPicture);
    auto* top = new QHBoxLayout;
    top->addWidget(heading(tr("Mask")));
    top->addWidget(m_corner);
    top->addWidget(heading(tr("Model")));
    top->addWidget(m_model);
    top->addStretch(1);
    top->addWidget(m_ask);
    auto* texts = new QVBoxLayout;
    for (QWidget* one :
        QList<QWidget*> { m_givenHead, m_given, m_maskedHead, m_masked, m_againHead, m_again })
        texts->addWidget(one, qobject_cast<QPlainTextEdit*>(one) ? 1 : 0);
    auto* middle = new QHBoxLayout;
    middle->addWidget(m_picture, 2);
    middle->addLayout(texts, 3);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    auto* column = new QVBoxLayout(this);
    column->addLayout(top);
    column->addLayout(middle, 1);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_ask, &QPushButton::clicked, this, &CornerDialog::ask);
    connect(
        new QShortcut(tr("Ctrl+Return"), this), &QShortcut::activated, this, &CornerDialog::ask);
    connect(m_corner, &QComboBox::currentIndexChanged, this, &CornerDialog::showCorner);
    connect(m_model, &QComboBox::activated, this, &CornerDialog::ask);
}

void CornerDialog::read(RunId run)
{
    m_ask->setEnabled(false);
    m_workspace.read<Known>(
        this,
        [run, images = m_triplet.images](const store::Project& project) -> Result<Known> {
            const auto row = project.run(std::to_string(run.value));
            if (!row)
                return fail(row.error());
            auto models = workbench::tripletModels(project, *row);
            if (!models)
                return fail(models.error());
            if (images.empty())
                return fail(ErrorKind::Invalid, "has no picture", "the triplet");
            auto picture = project.imageBytes(images.front());
            if (!picture)
                return fail(picture.error());
            return Known { std::move(*models), std::move(*picture) };
        },
        [this](const Result<Known>& known) {
            if (!known) {
                m_againHead->setText(fromUtf8(message(known.error())));
                return;
            }
            m_known = *known;
            fillModels();
            m_ask->setEnabled(true);
            showCorner();
        });
    if (m_triplet.images.empty())
        return;
    constexpr int side = 640;
    m_workspace.picture(m_triplet.images.front(), side, this, [this](const Result<QImage>& image) {
        if (image)
            m_picture->setImage(*image);
        else
            m_picture->setMessage(fromUtf8(message(image.error())));
    });
}

/// The generator of the triplet's round made its corners again in the run, so it comes first.
void CornerDialog::fillModels()
{
    const auto own = "generator" + std::to_string(m_triplet.triplet.round);
    m_model->addItem(tr("start"), QString());
    for (const auto& [name, folder] : m_known.models.trainings)
        m_model->addItem(oneLine(name), fromUtf8(name));
    m_model->setCurrentIndex(std::max(0, m_model->findData(fromUtf8(own))));
}

bool CornerDialog::masksQuestion() const
{
    return m_corner->currentData().toBool();
}

void CornerDialog::showCorner()
{
    const bool question = masksQuestion();
    const auto& row = m_triplet.triplet;
    m_givenHead->setText(question ? tr("Answer, as it is given") : tr("Question, as it is given"));
    m_given->setPlainText(fromUtf8(question ? row.answer : row.question).left(longestShown));
    m_maskedHead->setText(question ? tr("Question, masked") : tr("Answer, masked"));
    m_masked->show({ fromUtf8(question ? row.question : row.answer), {} });
    ask();
}

void CornerDialog::ask()
{
    if (!m_ask->isEnabled())
        return;
    const bool question = masksQuestion();
    methods::QuestionAnswer corners { m_triplet.triplet.question, m_triplet.triplet.answer };
    (question ? corners.answer : corners.question) = m_given->toPlainText().toStdString();
    const int request = ++m_request;
    m_againHead->setText(tr("Asking…"));
    m_again->show({});
    m_desk->corner(workbench::cornerTrial(m_known.models, corners, question,
                       m_model->currentData().toString().toStdString(), m_known.picture),
        [this, request, corners, question](const Result<workbench::CornerAnswer>& answer) {
            if (request == m_request)
                show(corners, question, answer);
        });
}

void CornerDialog::show(const methods::QuestionAnswer& corners, bool question,
    const Result<workbench::CornerAnswer>& answer)
{
    if (!answer) {
        m_againHead->setText(fromUtf8(message(answer.error())));
        return;
    }
    const auto alike = workbench::cornerSimilarity(m_known.models, corners, question, *answer);
    m_againHead->setText(
        tr("Again · %1 %2").arg(fromUtf8(alike.measure)).arg(alike.value, 0, 'f', 2));
    const Tokens& t = tokensOf(this);
    const auto marked = markDifference(question ? corners.question : corners.answer, answer->text,
        tint(t.chosen, t.panel), tint(t.rejected, t.panel));
    m_masked->show(marked.first);
    m_again->show(marked.second);
}

} // namespace slook::gui
