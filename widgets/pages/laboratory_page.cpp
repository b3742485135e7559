#include "pages/laboratory_page.h"
#include "methods/stic.h"
#include "pages/corrupt_view_dialog.h"
#include "pages/corruption_form.h"
#include "pages/sweep_panel.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/text_view.h"
#include "parts/tokens.h"
#include "parts/zoom_picture.h"
#include "services/model_desk.h"
#include "workbench/corrupt_view.h"
#include "workbench/places.h"
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTabWidget>
#include <QTimer>
#include <algorithm>
#include <cmath>

// What the page does; laboratory_page_build.cpp puts it together.
namespace slook::gui {
namespace {

constexpr int thumbSide = 96;
constexpr std::size_t mostTokens = 48;

/// "PSNR 21.3 dB · SSIM 0.512 · 99.8 % of the pixels"
QString distanceText(const workbench::PictureDistance& d)
{
    QString text = std::isinf(d.psnr) ? LaboratoryPage::tr("PSNR ∞ dB")
                                      : LaboratoryPage::tr("PSNR %1 dB").arg(d.psnr, 0, 'f', 1);
    text += d.ssim ? LaboratoryPage::tr(" · SSIM %1").arg(*d.ssim, 0, 'f', 3)
                   : LaboratoryPage::tr(" · SSIM – (under 11 pixels)");
    text += LaboratoryPage::tr(" · %1 of the pixels differ, by at most %2 of 255")
                .arg(percent(d.changed))
                .arg(d.largest);
    if (d.resized)
        text += LaboratoryPage::tr(" · of another size, compared after a bicubic resize");
    return text;
}

QString verdictText(const workbench::TrialAnswer& answer)
{
    const QString read = answer.answer.empty()
        ? LaboratoryPage::tr("nothing was read")
        : LaboratoryPage::tr("read: %1").arg(oneLine(answer.answer));
    if (!answer.correct)
        return read;
    return *answer.correct ? LaboratoryPage::tr("%1 ✓").arg(read)
                           : LaboratoryPage::tr("%1 ✗").arg(read);
}

/// "B 0.97 · ⏎ 0.99": the tokens that were said, each with its probability.
QString tokensText(const workbench::TrialAnswer& answer)
{
    QStringList parts;
    for (std::size_t i = 0; i < answer.tokens.size() && i < mostTokens; ++i) {
        const QString text = oneLine(answer.tokens[i].text).trimmed();
        parts << LaboratoryPage::tr("%1 %2")
                     .arg(text.isEmpty() ? QStringLiteral("⏎") : text)
                     .arg(std::exp(answer.tokens[i].logprob), 0, 'f', 2);
    }
    if (answer.tokens.size() > mostTokens)
        parts << LaboratoryPage::tr("… %1 tokens").arg(answer.tokens.size());
    return parts.join(QStringLiteral(" · "));
}

} // namespace

std::optional<Item> LaboratoryPage::item() const
{
    if (m_row < 0 || m_row >= static_cast<int>(m_items.shown.size()))
        return std::nullopt;
    return m_items.table->item(
        static_cast<std::size_t>(m_items.shown[static_cast<std::size_t>(m_row)]));
}

const LabSide& LaboratoryPage::side() const
{
    return m_asSeen && m_pictures.seen ? *m_pictures.seen : m_pictures.file;
}

std::string LaboratoryPage::model() const
{
    const std::string named = m_model->text().trimmed().toStdString();
    if (!named.empty())
        return named;
    const auto embedded = workbench::embeddedModel();
    return embedded ? embedded->string() : std::string();
}

QString LaboratoryPage::statusText() const
{
    const auto count = m_items.shown.size();
    return count == 0 ? tr("no picture") : tr("picture %1 of %2").arg(m_row + 1).arg(count);
}

void LaboratoryPage::refresh()
{
    const int request = ++m_itemRequest;
    workspace().items(
        m_filter->text().toStdString(), this, [this, request](const Result<ItemRows>& rows) {
            if (request == m_itemRequest)
                showItems(rows);
        });
    m_sweep->refresh();
}

void LaboratoryPage::choose(ItemId wanted)
{
    m_wanted = wanted;
    m_tabs->setCurrentIndex(0);
    if (!m_filter->text().isEmpty())
        m_filter->clear(); // asks again
    refresh();
}

void LaboratoryPage::showItems(const Result<ItemRows>& rows)
{
    m_filter->setToolTip(rows ? tr("Which questions , and . step through (Ctrl+F)")
                              : tooltip(fromUtf8(message(rows.error()))));
    if (!rows && rows.error().kind == ErrorKind::Invalid) // a word that is no filter yet
        return m_where->setText(fromUtf8(message(rows.error())));
    const auto old = item();
    const ItemId kept = m_wanted ? m_wanted : old ? old->id : ItemId {};
    const bool same = old && !m_wanted && !m_pictures.bytes.empty();
    m_items = rows ? *rows : ItemRows {};
    std::erase_if(m_items.shown,
        [&](int at) { return !m_items.table->hasPicture(static_cast<std::size_t>(at)); });
    const auto found = std::ranges::find(m_items.shown, m_items.table->rowOf(kept));
    m_wanted = {};
    m_row = found == m_items.shown.end() ? 0 : static_cast<int>(found - m_items.shown.begin());
    showEmpty(m_items.shown.empty() && m_filter->text().isEmpty());
    if (same && item() && item()->id == kept)
        return emit statusChanged(); // what is shown stays
    showItem();
}

void LaboratoryPage::step(int by)
{
    const int last = static_cast<int>(m_items.shown.size()) - 1;
    const int row = std::clamp(m_row + by, 0, std::max(last, 0));
    if (row == m_row)
        return;
    m_row = row;
    showItem();
}

void LaboratoryPage::showItem()
{
    emit statusChanged();
    m_pictures = {};
    forgetAnswers();
    const auto shown = item();
    for (ZoomPicture* pane : m_panes)
        pane->setMessage(shown ? QString() : tr("No picture fits the filter."));
    m_where->setText(shown
            ? tr("%1 of %2 · %3").arg(m_row + 1).arg(m_items.shown.size()).arg(oneLine(shown->key))
            : tr("none"));
    m_question->setText(shown ? clipped(oneLine(shown->question), 300) : QString());
    m_prompt->setPlainText(shown // a longer one freezes the field, and fits no model
            ? fromUtf8(methods::sticQuestion(*shown, "letter")).left(longestShown)
            : QString());
    if (!shown || !isVisible()) // it is asked for when the page is shown
        return;
    askForPictures();
    askForStrip();
}

void LaboratoryPage::askForPictures()
{
    const auto shown = item();
    if (!shown)
        return;
    const int request = ++m_request;
    const LabQuery query { shown->images.front(), m_form->corruption(), model(), m_gain->value() };
    workspace().read<LabPictures>(
        this, [query](const store::Project& project) { return readLaboratory(project, query); },
        [this, request](const Result<LabPictures>& pictures) {
            if (request == m_request)
                show(pictures);
        });
}

/// Each severity is a request of its own, so that others are answered between them.
void LaboratoryPage::askForStrip()
{
    const auto shown = item();
    if (!shown)
        return;
    const int request = ++m_stripRequest;
    for (const Thumb& thumb : m_strip) {
        const auto corruption = m_form->atSeverity(thumb.severity);
        thumb.button->setIcon({});
        thumb.button->setEnabled(thumb.severity == 0 || corruption);
        const auto arrived = [this, request, button = thumb.button](const Result<QImage>& image) {
            if (request != m_stripRequest)
                return;
            button->setIcon(image ? QIcon(QPixmap::fromImage(*image)) : QIcon());
            if (!image)
                button->setToolTip(tooltip(fromUtf8(message(image.error()))));
        };
        if (thumb.severity == 0)
            workspace().picture(shown->images.front(), thumbSide, this, arrived);
        else if (corruption)
            workspace().read<QImage>(
                this,
                [id = shown->images.front(), one = *corruption](const store::Project& project) {
                    return readCorruptedSmall(project, id, one, thumbSide);
                },
                arrived);
    }
}

void LaboratoryPage::show(const Result<LabPictures>& pictures)
{
    m_pictures = pictures ? *pictures : LabPictures {};
    if (!pictures) {
        for (ZoomPicture* pane : m_panes)
            pane->setMessage(fromUtf8(message(pictures.error())));
        m_numbers->clear();
        return;
    }
    showSide();
}

void LaboratoryPage::showSide()
{
    const bool missing = m_asSeen && !m_pictures.seen;
    const LabSide& shown = side();
    const std::array<const QImage*, 3> images { &shown.before, &shown.after, &shown.difference };
    for (std::size_t i = 0; i < m_panes.size(); ++i) {
        if (missing && !m_pictures.notSeen.empty())
            m_panes[i]->setMessage(fromUtf8(m_pictures.notSeen));
        else if (images[i]->isNull())
            m_panes[i]->setMessage(fromUtf8(m_pictures.refused));
        else
            m_panes[i]->setImage(*images[i]);
        m_panes[i]->setGrid(m_asSeen ? shown.patch : 0);
    }
    m_titles[0]->setText(
        tr("Original · %1×%2").arg(shown.before.width()).arg(shown.before.height()));
    m_titles[1]->setText(shown.after.isNull()
            ? tr("Corrupted")
            : tr("Corrupted · %1×%2").arg(shown.after.width()).arg(shown.after.height()));
    m_titles[2]->setText(tr("Difference × %1").arg(m_gain->value()));
    m_view->setText(m_asSeen ? tr("As the model sees it  V") : tr("Pixels of the file  V"));
    showNumbers();
    showHashes();
}

void LaboratoryPage::showNumbers()
{
    const bool corrupted = !m_pictures.file.after.isNull() && m_form->corruption().has_value();
    const bool refused = !m_pictures.refused.empty();
    const bool vanished = corrupted && m_pictures.seen && m_pictures.seen->same;
    m_badge->setVisible(refused || vanished);
    m_badgeText->setText(refused
            ? tr("⚠ Not corrupted: %1").arg(fromUtf8(m_pictures.refused))
            : tr(
                "⚠ The corruption vanishes: after its resize the model gets the very pixels of the "
                "clean picture."));
    if (!corrupted)
        return m_numbers->setText(refused ? QString() : tr("Severity 0: the picture as it is."));
    QString text = tr("File: %1").arg(distanceText(m_pictures.file.distance));
    if (m_pictures.seen)
        text += tr("\nAs seen: %1").arg(distanceText(m_pictures.seen->distance));
    else if (!m_pictures.notSeen.empty())
        text += QLatin1Char('\n') + fromUtf8(m_pictures.notSeen);
    m_numbers->setText(text);
}

void LaboratoryPage::showHashes()
{
    const LabSide& shown = side();
    if (shown.sha256After.empty() || !m_form->corruption())
        return m_hashes->clear();
    m_hashes->setText(tr("%1, seed %2\npixels before %3, after %4")
                          .arg(fromUtf8(workbench::corruptionName(m_pictures.corruption)))
                          .arg(m_pictures.corruption.seed)
                          .arg(shortHash(shown.sha256Before), shortHash(shown.sha256After)));
    m_hashes->setToolTip(
        tr("before %1\nafter %2").arg(fromUtf8(shown.sha256Before), fromUtf8(shown.sha256After)));
}

void LaboratoryPage::toggleView()
{
    m_asSeen = !m_asSeen;
    showSide();
}

void LaboratoryPage::followZoom(ZoomPicture* leader)
{
    for (ZoomPicture* pane : m_panes)
        if (pane != leader)
            pane->follow(*leader);
}

void LaboratoryPage::chooseModel()
{
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("A Hugging Face model folder"), m_model->text());
    if (folder.isEmpty())
        return;
    m_model->setText(folder);
    askForPictures();
}

void LaboratoryPage::forgetAnswers()
{
    ++m_modelRequest;
    m_flip->setPalette({});
    m_flip->setText(tr("Ask the model (Ctrl+Return): here stand its answers to both pictures."));
    m_ask->setEnabled(true);
    for (std::size_t i = 0; i < m_answers.size(); ++i) {
        m_answers[i]->show({});
        m_tokens[i]->clear();
    }
    m_answerHeads[0]->setText(tr("Answer to the original"));
    m_answerHeads[1]->setText(tr("Answer to the corrupted picture"));
}

void LaboratoryPage::askModel()
{
    const auto shown = item();
    if (!shown || m_pictures.bytes.empty())
        return;
    if (!m_form->corruption() || !m_pictures.refused.empty()) {
        m_flip->setText(tr("Choose a corruption that changes the picture first."));
        return;
    }
    forgetAnswers();
    workbench::Trial trial;
    trial.model = model();
    trial.picture = m_pictures.bytes;
    trial.corruption = m_pictures.corruption;
    trial.prompt = m_prompt->toPlainText().toStdString();
    trial.item = *shown;
    if (trial.prompt.empty())
        return m_flip->setText(tr("The prompt is empty; write what to ask."));
    m_ask->setEnabled(false);
    m_flip->setText(tr("The model is answering…"));
    const int request = ++m_modelRequest;
    m_desk->ask(trial, [this, request](const Result<workbench::TrialResult>& result) {
        if (request == m_modelRequest)
            showAnswers(result);
    });
}

void LaboratoryPage::showAnswers(const Result<workbench::TrialResult>& result)
{
    m_ask->setEnabled(true);
    if (!result)
        return m_flip->setText(fromUtf8(message(result.error())));
    const Tokens& t = tokensOf(this);
    QPalette palette = m_flip->palette();
    palette.setColor(QPalette::WindowText, result->flipped ? t.harm : t.text);
    m_flip->setPalette(palette);
    const QString far = tr("cosine distance of the mean picture features %1")
                            .arg(result->featureDistance, 0, 'f', 4);
    m_flip->setText(result->flipped ? tr("⇄ The answer flips · %1").arg(far)
                                    : tr("= The same answer · %1").arg(far));
    const std::array<const workbench::TrialAnswer*, 2> answers { &result->clean,
        &result->corrupted };
    const std::array heads { tr("Original · %1 · log p %2"), tr("Corrupted · %1 · log p %2") };
    for (std::size_t i = 0; i < answers.size(); ++i) {
        m_answerHeads[i]->setText(
            heads[i].arg(verdictText(*answers[i])).arg(answers[i]->logprob, 0, 'f', 2));
        m_answers[i]->show({ fromUtf8(answers[i]->text), {} });
        m_tokens[i]->setText(tokensText(*answers[i]));
    }
}

void LaboratoryPage::applyToView()
{
    const auto corruption = m_form->corruption();
    if (!corruption)
        return m_flip->setText(tr("Choose a corruption first: severity 0 changes nothing."));
    auto* dialog =
        new CorruptViewDialog(workspace(), *corruption, m_filter->text().toStdString(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

} // namespace slook::gui
