#pragma once
#include "core/layout.h"
#include "pages/page.h"
#include "workbench/map_view.h"
#include <memory>
#include <set>

class QComboBox;
class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QSlider;

namespace slook::workbench {
struct LayoutInput;
}

namespace slook::gui {

class LayoutDesk;
class MapPlot;
class PictureView;
enum class MapColour;

/// Features of questions as a map: coloured by what is known of them, with a lasso that selects on
/// all pages. A point's number is its place in the list of points, whatever is hidden, so what is
/// shown beside it is always its own.
class MapPage final : public Page {
    Q_OBJECT
public:
    explicit MapPage(const PageParts& parts);
    ~MapPage() override;
    QString statusText() const override;
    void refresh() override;
    /// Shows these points; for tests, too.
    void show(workbench::MapView view);
    /// Draws map, legend, settings and figures; PDF where the file ends in .pdf, else PNG.
    [[nodiscard]] QByteArray figure(bool pdf) const;

signals:
    void selected(const std::vector<slook::ItemId>& items); ///< by a person

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    QWidget* buildTop();
    QWidget* buildSide();
    void addKeys();
    void askForView(LayoutId layout);
    void fillLayouts(const std::vector<LayoutRow>& rows);
    void showChain(); ///< the slider over maps that started from each other
    void stepChain(int by);
    void removeLayout();
    void classify(); ///< colours, glyphs and the legend, anew
    [[nodiscard]] MapColour colour() const;
    void showShown(); ///< what passes the filter and is not isolated away
    void showSelected();
    void showLegend();
    void showCurrent(int point);
    void isolate(int kind);
    void lasso(const std::vector<int>& points, Qt::KeyboardModifiers modifiers);
    void toggle(int point);
    void tellSelection(std::set<ItemId> items);
    void newLayout();
    void startLayout(std::shared_ptr<const workbench::LayoutInput> input);
    void endLayout(const Result<LayoutRow>& row);
    void openOverlap();
    void save();

    std::shared_ptr<const workbench::MapView> m_view; ///< never null
    std::vector<LayoutRow> m_rows; ///< all maps, newest first
    std::vector<LayoutId> m_chain; ///< of the slider, oldest first
    std::vector<int> m_kind; ///< of each point: its line in the legend
    std::vector<QString> m_names; ///< of the legend
    int m_isolated = -1; ///< line of the legend that is shown alone
    std::shared_ptr<const workbench::LayoutInput> m_growing; ///< what the desk works on
    QString m_growingIn; ///< the project that it is of
    LayoutDesk* m_desk;
    MapPlot* m_plot;
    QComboBox* m_layouts;
    QComboBox* m_colour;
    QSlider* m_chainSlider;
    QLabel* m_chainText;
    QListWidget* m_legend;
    QLabel* m_settings;
    QLabel* m_counts;
    PictureView* m_picture;
    QLabel* m_question;
    QPushButton* m_stop;
    QProgressBar* m_progress;
    LayoutId m_wanted; ///< to be shown; 0: the newest
    int m_request = 0;
    int m_pictureRequest = 0;
};

} // namespace slook::gui
