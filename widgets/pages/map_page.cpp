#include "pages/map_page.h"
#include "core/file.h"
#include "pages/layout_dialog.h"
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
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

namespace slook::gui {
namespace {

constexpr std::size_t mostKinds = 8; ///< colours and glyphs that stay apart
constexpr int pictureSide = 320;
constexpr std::size_t denseFrom = 4000; ///< points, from which on density is drawn at first

/// Okabe and Ito 2008, in an order that begins with the strongest contrast to the ground.
QColor kindColour(std::size_t kind, bool dark)
{
    constexpr std::array<QRgb, mostKinds> light { 0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0xE69F00,
        0x56B4E9, 0xB3A400, 0x5F6770 };
    constexpr std::array<QRgb, mostKinds> onDark { 0x56B4E9, 0xE69F00, 0x2CC295, 0xE39AC4, 0xF0E442,
        0xF07B3C, 0x4C9BE0, 0xA8B0BA };
    return QColor(QRgb(0xFF000000U | (dark ? onDark : light)[kind % mostKinds]));
}

QString typeText(int type)
{
    switch (type) {
    case 1:
        return MapPage::tr("✓✓ right, right");
    case 2:
        return MapPage::tr("✗✓ wrong, right");
    case 3:
        return MapPage::tr("✓✗ right, wrong");
    case 4:
        return MapPage::tr("✗✗ wrong, wrong");
    default:
        return MapPage::tr("no two answers");
    }
}

QString scoreText(const std::optional<double>& score)
{
    if (!score)
        return MapPage::tr("no score");
    constexpr int fifths = 5;
    const int bin = std::clamp(static_cast<int>(*score * fifths), 0, fifths - 1);
    return MapPage::tr("%1 to %2").arg(bin * 0.2, 0, 'f', 1).arg((bin + 1) * 0.2, 0, 'f', 1);
}

QString rightText(const std::optional<bool>& right)
{
    return !right ? MapPage::tr("not known")
        : *right  ? MapPage::tr("✓ first answer right")
                  : MapPage::tr("✗ first answer wrong");
}

} // namespace

MapPage::MapPage(const PageParts& parts)
    : Page(parts, QStringLiteral("map"), tr("Map"))
    , m_view(std::make_shared<const workbench::MapView>())
    , m_desk(new LayoutDesk(this))
    , m_plot(new MapPlot)
    , m_layouts(new QComboBox)
    , m_colour(new QComboBox)
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
    for (const auto& [text, colour] :
        { std::pair(tr("Source"), Colour::Source), std::pair(tr("Category"), Colour::Category),
            std::pair(tr("Transition"), Colour::Transition),
            std::pair(tr("Right or wrong"), Colour::Right),
            std::pair(tr("Triangle score"), Colour::Score), std::pair(tr("Run"), Colour::Run) })
        m_colour->addItem(text, static_cast<int>(colour));
    m_colour->setToolTip(tr("What colour and glyph stand for (C); answers are those of the run"));
    m_colour->setAccessibleName(tr("Colour by"));
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
    m_view = std::make_shared<const workbench::MapView>(std::move(view));
    showEmpty(m_view->points.empty());
    std::vector<QPointF> places;
    for (const auto& one : m_view->points)
        places.emplace_back(one.place.x, one.place.y);
    if (first) {
        m_isolated = -1;
        m_plot->setCurrent(-1); // its number is another question's here
    }
    m_plot->setPoints(std::move(places));
    if (first)
        m_plot->setDensity(m_view->points.size() >= denseFrom);
    m_settings->setText(
        m_view->points.empty() ? QString() : fromUtf8(workbench::layoutText(m_view->layout)));
    classify();
    showCurrent(m_plot->current());
    emit statusChanged();
}

std::vector<int> MapPage::classNumbers(std::vector<QString>& names) const
{
    const auto by = static_cast<Colour>(m_colour->currentData().toInt());
    const auto nameOf = [&](const workbench::MapPoint& point) -> QString {
        switch (by) {
        case Colour::Category:
            return point.category.empty() ? tr("no category") : oneLine(point.category);
        case Colour::Transition:
            return typeText(point.type);
        case Colour::Right:
            return rightText(point.right);
        case Colour::Score:
            return scoreText(point.score);
        case Colour::Run:
            return oneLine(point.run);
        default:
            return oneLine(point.source);
        }
    };
    std::vector<QString> ofPoint;
    QHash<QString, int> counts;
    for (const auto& point : m_view->points)
        ++counts[ofPoint.emplace_back(nameOf(point))];
    names.assign(counts.keyBegin(), counts.keyEnd());
    std::ranges::sort(names, [&](const QString& a, const QString& b) {
        return counts[a] != counts[b] ? counts[a] > counts[b] : a < b;
    });
    const bool ordered = by == Colour::Transition || by == Colour::Right || by == Colour::Score;
    if (names.size() > mostKinds) { // the rest is one kind
        names.resize(mostKinds - 1);
        names.push_back(tr("others (%1)").arg(counts.size() - qsizetype(mostKinds) + 1));
    } else if (ordered)
        std::ranges::sort(names, [&](const QString& a, const QString& b) {
            const auto rank = [&](const QString& name) {
                for (int type = 1; type <= 4; ++type)
                    if (name == typeText(type))
                        return type;
                return name == rightText(true) ? 1 : name == rightText(false) ? 2 : 9;
            };
            return rank(a) != rank(b) ? rank(a) < rank(b) : a < b;
        });
    QHash<QString, int> numbers;
    for (std::size_t i = 0; i < names.size(); ++i)
        numbers.insert(names[i], static_cast<int>(i));
    std::vector<int> kinds;
    for (const QString& name : ofPoint)
        kinds.push_back(numbers.value(name, static_cast<int>(names.size()) - 1));
    return kinds;
}

std::vector<MapClass> MapPage::looksOf(const std::vector<QString>& names) const
{
    const Tokens& t = tokensOf(this);
    const bool dark = &t == &darkTokens();
    const auto by = static_cast<Colour>(m_colour->currentData().toInt());
    std::vector<MapClass> looks;
    for (std::size_t i = 0; i < names.size(); ++i) {
        MapClass look { names[i], kindColour(i, dark), static_cast<int>(i % mostKinds) };
        if (by == Colour::Transition)
            for (int type = 1; type <= 4; ++type)
                if (names[i] == typeText(type))
                    look = { names[i], t.ofType(type), type - 1 };
        if (by == Colour::Right && names[i] == rightText(true))
            look.colour = t.gain;
        if (by == Colour::Right && names[i] == rightText(false))
            look.colour = t.harm;
        const bool unknown = names[i] == typeText(0) || names[i] == rightText(std::nullopt)
            || names[i] == scoreText(std::nullopt);
        if (unknown)
            look = { names[i], t.muted, 7 };
        looks.push_back(std::move(look));
    }
    return looks;
}

void MapPage::classify()
{
    m_kind = classNumbers(m_names);
    if (m_isolated >= static_cast<int>(m_names.size()))
        m_isolated = -1;
    m_plot->setClasses(m_kind, looksOf(m_names));
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
    const auto looks = looksOf(m_names);
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
        + tr("\n%1 · question %2").arg(oneLine(one.source)).arg(one.place.item.value)
        + (one.type > 0 ? QLatin1Char('\n') + typeText(one.type) : QString())
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
        view.points.push_back({ place, {}, {}, {}, {}, {}, 0, {}, {} });
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
        const auto looks = looksOf(m_names);
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
