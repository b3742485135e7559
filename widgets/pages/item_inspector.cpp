#include "pages/item_inspector.h"
#include "core/json.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include <QLabel>
#include <QVBoxLayout>
#include <nlohmann/json.hpp>

namespace slook::gui {

namespace {

constexpr int inspectorSide = 640; // of a picture, pixels
constexpr int shownProblems = 12;

QString optionsText(const Item& item)
{
    QStringList lines;
    for (const Option& option : item.options)
        lines << oneLine(option.label) + QStringLiteral("  ") + oneLine(option.text)
                + (option.label == item.answer ? QStringLiteral("  ✓") : QString());
    if (item.options.empty())
        lines << ItemInspector::tr("open question, answer: %1")
                     .arg(item.answer.empty() ? ItemInspector::tr("not known")
                                              : oneLine(item.answer));
    return lines.join(QLatin1Char('\n'));
}

QString fieldsText(const std::string& fields)
{
    const auto json = parseJson(fields.empty() ? "{}" : fields, "fields");
    if (!json || !json->is_object())
        return clipped(fromUtf8(fields), 2000);
    QStringList lines;
    for (const auto& [key, value] : json->items()) {
        const std::string text = value.is_string() ? value.get<std::string>() : dumpLine(value);
        lines << oneLine(key) + QStringLiteral(": ") + clipped(oneLine(text), 400);
    }
    return lines.isEmpty() ? ItemInspector::tr("none besides those above")
                           : lines.join(QLatin1Char('\n'));
}

} // namespace

InspectorColumn::InspectorColumn(QWidget* parent)
    : QScrollArea(parent)
    , m_picture(new PictureView)
{
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* inside = new QWidget;
    inside->setBackgroundRole(QPalette::Base);
    inside->setAutoFillBackground(true);
    m_column = new QVBoxLayout(inside);
    m_column->setContentsMargins(12, 12, 12, 12);
    m_column->setSpacing(8);
    m_column->addWidget(m_picture);
    setWidget(inside);
}

void InspectorColumn::showPicture(Workspace& workspace, ImageId image)
{
    const int request = ++m_request;
    if (!image)
        return m_picture->setMessage(tr("This question has no picture."));
    workspace.picture(image, inspectorSide, this, [this, request](const Result<QImage>& result) {
        if (request != m_request)
            return;
        if (result)
            m_picture->setImage(*result);
        else
            m_picture->setMessage(fromUtf8(message(result.error())));
    });
}

ItemInspector::ItemInspector(const PageParts& parts, QWidget* parent)
    : InspectorColumn(parent)
    , m_parts(parts)
    , m_question(largeLabel({}, 15))
    , m_options(plainLabel())
    , m_facts(mutedLabel())
    , m_pixels(codeLabel())
    , m_fields(plainLabel())
    , m_problems(mutedLabel())
{
    setObjectName(QStringLiteral("itemInspector"));
    m_question->setObjectName(QStringLiteral("itemQuestion"));
    for (QWidget* widget :
        { static_cast<QWidget*>(m_pixels), static_cast<QWidget*>(m_question),
            static_cast<QWidget*>(m_options), static_cast<QWidget*>(heading(tr("From"))),
            static_cast<QWidget*>(m_facts), static_cast<QWidget*>(heading(tr("Fields as written"))),
            static_cast<QWidget*>(m_fields), static_cast<QWidget*>(heading(tr("Not imported"))),
            static_cast<QWidget*>(m_problems) })
        column()->addWidget(widget);
    column()->addStretch(1);
    show({});
}

void ItemInspector::show(const std::optional<Item>& item)
{
    const int request = ++m_request;
    widget()->setVisible(item.has_value());
    if (!item)
        return;
    m_question->setText(clipped(fromUtf8(item->question), 4000));
    m_options->setText(clipped(optionsText(*item), 4000));
    m_fields->clear();
    m_facts->clear();
    m_pixels->clear();
    m_problems->clear();
    showPicture(m_parts.workspace, item->images.empty() ? ImageId {} : item->images.front());
    m_parts.workspace.itemDetail(*item, this, [this, request](const Result<ItemDetail>& detail) {
        if (request == m_request && detail)
            showDetail(*detail);
    });
}

void ItemInspector::showDetail(const ItemDetail& detail)
{
    const Item& item = detail.item;
    m_fields->setText(fieldsText(item.fields));
    QStringList pixels;
    for (const ImageRow& image : detail.images) {
        pixels << tr("%1×%2 %3 · pixels %4 · file %5")
                      .arg(image.width)
                      .arg(image.height)
                      .arg(fromUtf8(image.format), shortHash(image.sha256),
                          shortHash(image.fileSha256));
        pixels << (image.storedBytes ? tr("kept in the project") : oneLine(image.path));
    }
    m_pixels->setText(pixels.join(QLatin1Char('\n')));
    m_pixels->setToolTip(detail.images.empty()
            ? QString()
            : tooltip(tr("SHA-256 of the RGB pixels: %1\nSHA-256 of the file: %2")
                          .arg(fromUtf8(detail.images.front().sha256),
                              fromUtf8(detail.images.front().fileSha256))));
    QStringList facts { tr("%1, line %2, key %3")
                            .arg(oneLine(detail.source.file), QString::number(item.line),
                                oneLine(item.key)),
        tr("source %1 (%2), SHA-256 %3, imported %4")
            .arg(oneLine(detail.source.name), fromUtf8(detail.source.format),
                shortHash(detail.source.sha256), timeOf(detail.source.time)) };
    if (!item.category.empty() || !item.split.empty())
        facts << tr("category %1 · split %2")
                     .arg(item.category.empty() ? QStringLiteral("–") : oneLine(item.category),
                         item.split.empty() ? QStringLiteral("–") : oneLine(item.split));
    m_facts->setText(facts.join(QLatin1Char('\n')));
    showProblems(detail.source);
}

void ItemInspector::showProblems(const SourceRow& source)
{
    if (source.problems == 0)
        return m_problems->setText(tr("Every row of this source was taken."));
    m_parts.workspace.problems(source.id, this,
        [this, request = m_request](const Result<std::vector<ProblemRow>>& problems) {
            if (request != m_request || !problems)
                return;
            QStringList lines;
            for (std::size_t i = 0; i < problems->size() && i < shownProblems; ++i)
                lines << tr("line %1: %2")
                             .arg((*problems)[i].line)
                             .arg(oneLine((*problems)[i].reason));
            if (problems->size() > shownProblems)
                lines << tr("… and %1 more").arg(problems->size() - shownProblems);
            m_problems->setText(lines.join(QLatin1Char('\n')));
        });
}

} // namespace slook::gui
