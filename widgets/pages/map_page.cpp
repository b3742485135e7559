#include "pages/map_page.h"
#include "core/file.h"
#include "pages/layout_dialog.h"
#include "pages/map_colours.h"
#include "pages/overlap_dialog.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/tables.h"
#include "parts/tokens.h"
#include "plots/map_plot.h"
#include "services/layout_desk.h"
#include "services/pictures.h"
#include "workbench/layout.h"
#include "workbench/op_id.h"
#include <QAction>
#include <QBuffer>
#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QListWidget>
#include <QPainter>
#include <QPdfWriter>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace slook::gui {
namespace {

constexpr int pictureSide = 320;
constexpr std::size_t denseFrom = 4000; ///< points, from which on density is drawn at first

} // namespace

MapPage::MapPage(const PageParts& parts)
    : Page(parts, QStringLiteral("map"), tr("Map"))
    , m_view(std::make_shared<const workbench::MapView>())
    , m_desk(new LayoutDesk(this))
    , m_plot(new MapPlot)
    , m_layouts(new QComboBox)
    , m_colour(new QComboBox)
    , m_chainSlider(new QSlider(Qt::Horizontal))
    , m_chainText(mutedLabel())
    , m_legend(new QListWidget)
    , m_settings(mutedLabel())
    , m_counts(plainLabel())
    , m_picture(new PictureView)
    , m_question(plainLabel())
    , m_stop(new QPushButton(tr("Stop")))
    , m_progress(new QProgressBar)
{
    build();
    connect(&parts.choice, &RunChoice::changed, this, [this] { refresh(); });
    connect(&parts.workspace, &Workspace::projectChanged, this, [this] {
        if (m_growingIn != workspace().project().file)
            m_desk->stop();
    });
    connect(&parts.view, &View::changed, this, &MapPage::showShown);
    connect(&parts.view, &View::selectionChanged, this, [this](const QObject* by) {
        if (by != this)
            showSelected();
    });
    connect(m_layouts, &QComboBox::activated, this,
        [this] { askForView({ m_layouts->currentData().toLongLong() }); });
    connect(m_chainSlider, &QSlider::valueChanged, this, [this](int at) {
        if (at >= 0 && at < std::ssize(m_chain))
            askForView(m_chain[static_cast<std::size_t>(at)]);
    });
    connect(m_colour, &QComboBox::currentIndexChanged, this, [this] {
        m_isolated = -1;
        classify();
    });
    connect(m_legend, &QListWidget::itemActivated, this,
        [this](QListWidgetItem* item) { isolate(m_legend->row(item)); });
    connect(m_legend, &QListWidget::itemClicked, this,
        [this](QListWidgetItem* item) { isolate(m_legend->row(item)); });
    connect(m_plot, &MapPlot::lassoed, this, &MapPage::lasso);
    connect(m_plot, &MapPlot::cleared, this, [this] { tellSelection({}); });
    connect(m_plot, &MapPlot::toggled, this, &MapPage::toggle);
    connect(m_plot, &MapPlot::currentChanged, this, &MapPage::showCurrent);
    connect(m_stop, &QPushButton::clicked, m_desk, &LayoutDesk::stop);
    connect(m_desk, &LayoutDesk::grew, this,
        [this](int iteration, double divergence, const std::vector<QPointF>& places) {
            m_plot->setPoints(places);
            m_progress->setValue(iteration);
            m_settings->setText(
                tr("Laying out: iteration %1, KL %2").arg(iteration).arg(divergence, 0, 'f', 3));
        });
    refresh();
}

MapPage::~MapPage()
{
    delete m_desk; // waits for its thread before anything else of the page goes
}

QWidget* MapPage::buildTop()
{
    m_layouts->setObjectName(QStringLiteral("layoutBox"));
    m_layouts->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_layouts->setToolTip(tr("The map that is shown; all of them are kept in the project"));
    m_layouts->setAccessibleName(tr("Map"));
    m_colour->setObjectName(QStringLiteral("colourBox"));
    for (const auto& [text, colour] : { std::pair(tr("Source"), MapColour::Source),
             std::pair(tr("Category"), MapColour::Category),
             std::pair(tr("Kind of question"), MapColour::Kind),
             std::pair(tr("Transition"), MapColour::Transition),
             std::pair(tr("Right or wrong"), MapColour::Right),
             std::pair(tr("Triangle score"), MapColour::Score),
             std::pair(tr("Run"), MapColour::Run) })
        m_colour->addItem(text, static_cast<int>(colour));
    m_colour->setToolTip(tr("What colour and glyph stand for (C); answers are those of the run"));
    m_colour->setAccessibleName(tr("Colour by"));
    m_chainSlider->setObjectName(QStringLiteral("chainSlider"));
    m_chainSlider->setFixedWidth(120);
    m_chainSlider->setTickPosition(QSlider::TicksBelow);
    m_chainSlider->setTickInterval(1);
    m_chainSlider->setPageStep(1);
    m_chainSlider->setToolTip(tr("Maps that started from each other, such as those of checkpoints, "
                                 "oldest first: points, colours and selection stay ([ and ])"));
    m_chainSlider->setAccessibleName(tr("Maps that started from each other"));
    m_chainText->setObjectName(QStringLiteral("chainText"));
    m_chainText->setWordWrap(false);
    m_stop->setToolTip(tr("Ends the layout; what there is is kept (Ctrl+.)"));
    m_stop->hide();
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(140);
    m_progress->hide();
    auto* top = new QWidget;
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(heading(tr("Map")));
    row->addWidget(m_layouts);
    row->addWidget(m_chainSlider);
    row->addWidget(m_chainText);
    row->addWidget(heading(tr("Colour")));
    row->addWidget(m_colour);
    row->addWidget(new RunBox(parts()));
    row->addStretch(1);
    row->addWidget(m_progress);
    row->addWidget(m_stop);
    auto* make = addPageAction(tr("New map…"), Qt::Key_N);
    connect(make, &QAction::triggered, this, [this] { newLayout(); });
    auto* overlap = addPageAction(tr("Overlap…"), Qt::Key_O);
    connect(overlap, &QAction::triggered, this, [this] { openOverlap(); });
    auto* keep = addPageAction(tr("Save…"), Qt::CTRL | Qt::SHIFT | Qt::Key_S);
    connect(keep, &QAction::triggered, this, [this] { save(); });
    auto* makeButton = actionButton(make);
    makeButton->setObjectName(QStringLiteral("newMap"));
    row->addWidget(makeButton);
    row->addWidget(actionButton(overlap));
    row->addWidget(actionButton(keep));
    return top;
}

QWidget* MapPage::buildSide()
{
    constexpr int wide = 250, tall = 210;
    m_legend->setObjectName(QStringLiteral("mapLegend"));
    m_legend->setToolTip(tr("Enter or a click shows one kind alone, and all again"));
    m_legend->setAccessibleName(tr("Legend"));
    m_legend->setTextElideMode(Qt::ElideMiddle);
    m_counts->setObjectName(QStringLiteral("mapCounts"));
    m_question->setObjectName(QStringLiteral("mapQuestion"));
    m_picture->setMostHeight(tall);
    auto* legend = new Card;
    auto* legendColumn = new QVBoxLayout(legend);
    legendColumn->setContentsMargins(10, 8, 4, 4);
    legendColumn->addWidget(m_counts);
    legendColumn->addWidget(m_legend, 1);
    auto* point = new Card;
    auto* pointColumn = new QVBoxLayout(point);
    pointColumn->setContentsMargins(10, 8, 10, 8);
    pointColumn->addWidget(heading(tr("Point")));
    pointColumn->addWidget(m_picture);
    pointColumn->addWidget(m_question);
    pointColumn->addStretch(1);
    auto* side = new QWidget;
    side->setFixedWidth(wide);
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(legend, 1);
    column->addWidget(point, 1);
    return side;
}

void MapPage::build()
{
    m_plot->setObjectName(QStringLiteral("mapPlot"));
    m_plot->setToolTip({});
    m_settings->setObjectName(QStringLiteral("mapSettings"));
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(12, 12, 12, 8);
    column->setSpacing(8);
    column->addWidget(buildTop());
    auto* row = new QHBoxLayout;
    row->setSpacing(10);
    row->addWidget(m_plot, 1);
    row->addWidget(buildSide());
    column->addLayout(row, 1);
    column->addWidget(m_settings);
    auto* keys =
        mutedLabel(tr("drag: lasso · Shift adds · Alt takes away · Esc clears · wheel or + "
                      "− zooms · Ctrl and drag or arrows move · 0 all · J K points · Space "
                      "selects · D density"));
    column->addWidget(keys);
    auto* empty = new EmptyState(tr("No map yet"),
        tr("First compute features: on the page Launch (Ctrl+L) start the method \"Features for "
           "maps\". Then make a map of them here (N)."));
    auto* make = addPageAction(tr("New map from features…"), {});
    connect(make, &QAction::triggered, this, [this] { newLayout(); });
    empty->addAction(make);
    setContent(content, empty);
    addKeys();
    addMarkActions();
}

void MapPage::addKeys()
{
    auto* colour = addPageAction(tr("Colour by the next"), Qt::Key_C);
    connect(colour, &QAction::triggered, this,
        [this] { m_colour->setCurrentIndex((m_colour->currentIndex() + 1) % m_colour->count()); });
    auto* density = addPageAction(tr("Density"), Qt::Key_D);
    connect(density, &QAction::triggered, this, [this] { m_plot->setDensity(!m_plot->density()); });
    auto* focus = addPageAction(tr("To the map"), Qt::Key_L);
    connect(focus, &QAction::triggered, this, [this] { m_plot->setFocus(); });
    for (const auto& [text, key, by] : { std::tuple(tr("The map before"), Qt::Key_BracketLeft, -1),
             std::tuple(tr("The map after"), Qt::Key_BracketRight, 1) }) {
        auto* step = addPageAction(text, key);
        connect(step, &QAction::triggered, this, [this, by = by] { stepChain(by); });
    }
    auto* remove = addPageAction(tr("Delete this map"), Qt::Key_Delete);
    connect(remove, &QAction::triggered, this, [this] { removeLayout(); });
    auto* stop = addPageAction(tr("Stop the layout"), Qt::CTRL | Qt::Key_Period);
    connect(stop, &QAction::triggered, this, [this] { m_desk->stop(); });
}

QString MapPage::statusText() const
{
    return tr("%1 points").arg(m_view->points.size());
}

void MapPage::refresh()
{
    using Rows = std::vector<LayoutRow>;
    workspace().read<Rows>(
        this, [](const store::Project& project) { return project.layouts(); },
        [this](const Result<Rows>& rows) { fillLayouts(rows ? *rows : Rows()); });
}

void MapPage::fillLayouts(const std::vector<LayoutRow>& rows)
{
    m_rows = rows;
    const QSignalBlocker quiet(m_layouts);
    m_layouts->clear();
    for (const LayoutRow& one : rows)
        m_layouts->addItem(
            tr("%1 · %2 of %3, %4 points")
                .arg(one.id.value)
                .arg(one.method == "pca" ? tr("PCA") : tr("t-SNE"), oneLine(one.feature))
                .arg(one.size),
            qlonglong(one.id.value));
    if (m_desk->busy())
        return; // what grows is shown
    const int at = m_wanted ? m_layouts->findData(qlonglong(m_wanted.value)) : 0;
    m_layouts->setCurrentIndex(at < 0 ? 0 : at);
    if (rows.empty())
        return show({});
    askForView({ m_layouts->currentData().toLongLong() });
}

void MapPage::showChain()
{
    m_chain = workbench::layoutChain(m_rows, m_view->layout.id);
    const auto at = std::ranges::find(m_chain, m_view->layout.id) - m_chain.begin();
    const QSignalBlocker quiet(m_chainSlider);
    m_chainSlider->setRange(0, std::max(0, static_cast<int>(m_chain.size()) - 1));
    m_chainSlider->setValue(static_cast<int>(at));
    m_chainText->setText(tr("%1 of %2").arg(at + 1).arg(m_chain.size()));
    const bool several = m_chain.size() > 1 && !m_growing;
    m_chainSlider->setVisible(several);
    m_chainText->setVisible(several);
}

void MapPage::stepChain(int by)
{
    m_chainSlider->setValue(m_chainSlider->value() + by);
}

void MapPage::removeLayout()
{
    const LayoutId id = m_view->layout.id;
    if (!id)
        return;
    workspace().change<bool>(
        this,
        [id, op = workbench::newOpId()](store::Project& project) -> Result<bool> {
            auto removed = project.removeLayout(id, op);
            return removed ? Result<bool>(true) : Result<bool>(fail(removed.error()));
        },
        [this, id](const Result<bool>& removed) {
            emit workspace().said(removed
                    ? tr("Map %1 is deleted; undo brings it back (Ctrl+Z).").arg(id.value)
                    : fromUtf8(message(removed.error())),
                !removed);
            refresh();
        });
}

void MapPage::askForView(LayoutId layout)
{
    m_wanted = layout;
    const int request = ++m_request;
    workbench::ItemQuery query;
    query.run = parts().choice.run();
    workspace().read<workbench::MapView>(
        this,
        [layout, query](
            const store::Project& project) { return workbench::mapView(project, layout, query); },
        [this, request](Result<workbench::MapView> view) {
            if (request == m_request && !m_desk->busy())
                show(view ? std::move(*view) : workbench::MapView());
        });
}

void MapPage::show(workbench::MapView view)
{
    const bool first = m_view->layout.id != view.layout.id;
    const bool sameChain = std::ranges::find(m_chain, view.layout.id) != m_chain.end();
    const bool samePoints = std::ranges::equal(m_view->points, view.points,
        [](const auto& a, const auto& b) { return a.place.item == b.place.item; });
    m_view = std::make_shared<const workbench::MapView>(std::move(view));
    m_layouts->setCurrentIndex(m_layouts->findData(qlonglong(m_view->layout.id.value)));
    showEmpty(m_view->points.empty());
    std::vector<QPointF> places;
    for (const auto& one : m_view->points)
        places.emplace_back(one.place.x, one.place.y);
    if (first && !samePoints) {
        m_isolated = -1;
        m_plot->setCurrent(-1); // its number is another question's here
    }
    m_plot->setPoints(std::move(places), sameChain);
    showChain();
    if (first && !sameChain)
        m_plot->setDensity(m_view->points.size() >= denseFrom);
    m_settings->setText(
        m_view->points.empty() ? QString() : fromUtf8(workbench::layoutText(m_view->layout)));
    classify();
    showCurrent(m_plot->current());
    emit statusChanged();
}

MapColour MapPage::colour() const
{
    return static_cast<MapColour>(m_colour->currentData().toInt());
}

void MapPage::classify()
{
    MapKinds kinds = kindsOf(m_view->points, colour());
    m_names = std::move(kinds.names);
    m_kind = std::move(kinds.ofPoint);
    if (m_isolated >= static_cast<int>(m_names.size()))
        m_isolated = -1;
    m_plot->setClasses(m_kind, looksOf(m_names, colour(), tokensOf(this)));
    showShown();
    showSelected();
}

void MapPage::showShown()
{
    std::vector<bool> shown;
    for (std::size_t i = 0; i < m_view->points.size(); ++i)
        shown.push_back((m_isolated < 0 || m_kind[i] == m_isolated)
            && parts().view.passes(m_view->points[i].place.item));
    m_plot->setShown(std::move(shown));
    showLegend();
}

void MapPage::showSelected()
{
    std::vector<bool> chosen;
    for (const auto& one : m_view->points)
        chosen.push_back(parts().view.isSelected(one.place.item));
    const auto first = std::ranges::find(chosen, true) - chosen.begin();
    const bool single = parts().view.selected().size() == 1 && first < std::ssize(chosen);
    m_plot->setSelected(std::move(chosen));
    if (single)
        m_plot->setCurrent(static_cast<int>(first));
    showLegend();
}

void MapPage::showLegend()
{
    const auto looks = looksOf(m_names, colour(), tokensOf(this));
    std::vector<int> all(m_names.size(), 0), chosen(m_names.size(), 0);
    int total = 0, selectedTotal = 0;
    const bool any = parts().view.selected().size() > 1;
    for (std::size_t i = 0; i < m_view->points.size(); ++i) {
        const ItemId item = m_view->points[i].place.item;
        if (!parts().view.passes(item))
            continue;
        const auto kind = static_cast<std::size_t>(m_kind[i]);
        const bool in = any && parts().view.isSelected(item);
        ++all[kind];
        chosen[kind] += in ? 1 : 0;
        ++total;
        selectedTotal += in ? 1 : 0;
    }
    const auto countText = [&](int part, int whole) {
        return any ? tr("%1 of %2").arg(part).arg(whole) : QString::number(whole);
    };
    const int row = m_legend->currentRow();
    m_legend->clear();
    constexpr int side = 18;
    for (std::size_t i = 0; i < m_names.size(); ++i) {
        QPixmap glyph(side, side);
        glyph.fill(Qt::transparent);
        QPainter painter(&glyph);
        MapPlot::drawGlyph(painter, { side / 2.0, side / 2.0 }, looks[i], 6);
        painter.end();
        auto* item = new QListWidgetItem(glyph,
            QStringLiteral("%1   %2").arg(countText(chosen[i], all[i]), m_names[i]), m_legend);
        QFont font = m_legend->font();
        font.setBold(static_cast<int>(i) == m_isolated);
        item->setFont(font);
        if (m_isolated >= 0 && static_cast<int>(i) != m_isolated)
            item->setForeground(tokensOf(this).muted);
    }
    m_legend->setCurrentRow(row);
    m_counts->setText(any ? tr("%1 of %2 points selected").arg(selectedTotal).arg(total)
                          : tr("%1 points").arg(total));
}

void MapPage::isolate(int kind)
{
    m_isolated = m_isolated == kind ? -1 : kind;
    showShown();
}

void MapPage::showCurrent(int point)
{
    const int request = ++m_pictureRequest;
    if (point < 0 || point >= static_cast<int>(m_view->points.size()) || m_growing) {
        m_picture->setMessage(tr("Point at the map, or go from point to point with J and K."));
        return m_question->clear();
    }
    const auto& one = m_view->points[static_cast<std::size_t>(point)];
    constexpr int longest = 400;
    m_question->setText(clipped(fromUtf8(one.question), longest)
        + tr("\n%1 · question %2").arg(oneLine(one.source), QString::number(one.place.item.value))
        + (one.type > 0 ? QLatin1Char('\n') + transitionText(one.type) : QString())
        + (one.score ? tr("\nscore %1").arg(*one.score, 0, 'f', 2) : QString()));
    if (!one.image)
        return m_picture->setMessage(tr("This question has no picture."));
    workspace().picture(one.image, pictureSide, this, [this, request](const Result<QImage>& image) {
        if (request != m_pictureRequest)
            return;
        if (image)
            m_picture->setImage(*image);
        else
            m_picture->setMessage(fromUtf8(message(image.error())));
    });
}

void MapPage::lasso(const std::vector<int>& points, Qt::KeyboardModifiers modifiers)
{
    std::set<ItemId> items;
    const auto& before = parts().view.selected();
    const bool adds = modifiers & Qt::ShiftModifier, takes = modifiers & Qt::AltModifier;
    if (adds || takes)
        items.insert(before.begin(), before.end());
    for (const int point : points) {
        const ItemId item = m_view->points.at(static_cast<std::size_t>(point)).place.item;
        if (takes)
            items.erase(item);
        else
            items.insert(item);
    }
    tellSelection(std::move(items));
}

void MapPage::toggle(int point)
{
    const ItemId item = m_view->points.at(static_cast<std::size_t>(point)).place.item;
    lasso({ point }, parts().view.isSelected(item) ? Qt::AltModifier : Qt::ShiftModifier);
}

void MapPage::tellSelection(std::set<ItemId> items)
{
    const std::vector<ItemId> list(items.begin(), items.end());
    parts().view.select(list, this);
    showSelected();
    emit selected(list);
}

void MapPage::newLayout()
{
    auto* dialog = new LayoutDialog(workspace(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &LayoutDialog::ready, this, &MapPage::startLayout);
    dialog->open();
}

void MapPage::startLayout(std::shared_ptr<const workbench::LayoutInput> input)
{
    if (m_desk->busy())
        return emit workspace().said(tr("A layout is growing already; stop it first."), true);
    showEmpty(false);
    m_growing = input;
    m_growingIn = workspace().project().file;
    workbench::MapView view;
    for (const LayoutPoint& place : input->points)
        view.points.emplace_back().place = place;
    view.layout.size = static_cast<std::int64_t>(view.points.size());
    show(std::move(view));
    m_settings->setText(tr("Finding neighbours…"));
    m_progress->setRange(0, input->options.tsne.iterations);
    m_progress->setValue(0);
    m_progress->show();
    m_stop->show();
    for (const std::string& note : input->notes)
        emit workspace().said(fromUtf8(note), false);
    m_desk->start(std::move(input), [this](const Result<LayoutRow>& row) { endLayout(row); });
}

void MapPage::endLayout(const Result<LayoutRow>& row)
{
    m_growing.reset();
    m_progress->hide();
    m_stop->hide();
    if (m_growingIn != workspace().project().file)
        return refresh(); // its questions are not those of the project that is open now
    if (!row) {
        m_settings->setText(fromUtf8(message(row.error())));
        emit workspace().said(fromUtf8(message(row.error())), true);
        return refresh();
    }
    workspace().change<LayoutId>(
        this,
        [row = *row, op = workbench::newOpId()](
            store::Project& project) { return project.addLayout(row, op); },
        [this](const Result<LayoutId>& id) {
            if (!id)
                return emit workspace().said(fromUtf8(message(id.error())), true);
            m_wanted = *id;
            refresh();
        });
}

void MapPage::openOverlap()
{
    auto* dialog = new OverlapDialog(workspace(), parts().choice.run(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

QByteArray MapPage::figure(bool pdf) const
{
    constexpr int wide = 1400, tall = 1000, side = 300, below = 70, sharp = 150;
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    const auto draw = [&](QPainter& painter) {
        const Tokens& t = tokensOf(this);
        painter.fillRect(QRect(0, 0, wide, tall), t.panel);
        m_plot->drawInto(painter, QRectF(10, 10, wide - side - 20, tall - below - 20));
        painter.setOpacity(1);
        QFont font = this->font();
        font.setPixelSize(15);
        painter.setFont(font);
        double y = 40;
        const auto looks = looksOf(m_names, colour(), tokensOf(this));
        for (int i = 0; i < m_legend->count(); ++i, y += 26) {
            MapPlot::drawGlyph(
                painter, QPointF(wide - side + 10, y - 5), looks[static_cast<std::size_t>(i)], 7);
            painter.setPen(t.text);
            painter.drawText(QRectF(wide - side + 28, y - 16, side - 40, 24), Qt::AlignVCenter,
                painter.fontMetrics().elidedText(
                    m_legend->item(i)->text(), Qt::ElideRight, side - 40));
        }
        painter.setPen(t.muted);
        painter.drawText(QRectF(10, tall - below, wide - 20, below - 6),
            Qt::AlignLeft | Qt::TextWordWrap, m_settings->text());
    };
    if (pdf) {
        QPdfWriter writer(&buffer);
        writer.setResolution(sharp);
        writer.setPageSize(QPageSize(QSizeF(wide, tall) * 72.0 / sharp, QPageSize::Point));
        writer.setPageMargins(QMarginsF());
        QPainter painter(&writer);
        draw(painter);
    } else {
        QImage image(2 * wide, 2 * tall, QImage::Format_RGB32);
        image.setDevicePixelRatio(2);
        QPainter painter(&image);
        draw(painter);
        painter.end();
        image.save(&buffer, "PNG");
    }
    return bytes;
}

void MapPage::save()
{
    if (m_view->points.empty())
        return;
    QString kind;
    const QString file =
        QFileDialog::getSaveFileName(this, tr("Save the map"), QStringLiteral("map.png"),
            tr("Picture (*.png);;PDF (*.pdf);;Points as CSV (*.csv);;Ids of the selection (*.txt)"),
            &kind);
    if (file.isEmpty())
        return;
    const std::filesystem::path path = file.toStdString();
    const bool pdf = file.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive);
    const bool picture = pdf || file.endsWith(QLatin1String(".png"), Qt::CaseInsensitive);
    const QByteArray bytes = picture ? figure(pdf) : QByteArray();
    const bool csv = file.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive);
    workspace().read<bool>(
        this,
        [path, bytes, csv, view = m_view, chosen = parts().view.selected()](
            const store::Project&) -> Result<bool> {
            std::string text(bytes.constData(), static_cast<std::size_t>(bytes.size()));
            if (bytes.isEmpty() && !csv)
                for (const ItemId item : chosen)
                    text += std::to_string(item.value) + "\n";
            auto written =
                csv ? workbench::writeMapCsv(*view, path, chosen) : writeFileAtomically(path, text);
            return written ? Result<bool>(true) : Result<bool>(fail(written.error()));
        },
        [this, file](const Result<bool>& done) {
            emit workspace().said(
                done ? tr("Saved %1").arg(file) : fromUtf8(message(done.error())), !done);
        });
}

void MapPage::changeEvent(QEvent* event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_view)
        classify();
}

} // namespace slook::gui
