#pragma once
#include <QColor>
#include <QStringList>
#include <QWidget>
#include <optional>
#include <vector>

class QCPItemStraightLine;
class QCustomPlot;
class QLabel;

namespace slook::gui {

/// One line of a plot. `x` ascends.
struct Curve {
    QString name;
    QString colour; ///< "accent", "chosen", "rejected", "gain", "harm"
    std::vector<double> x;
    std::vector<double> y;
    bool dashed = false; ///< of what it is compared with
    bool rightAxis = false; ///< has a scale of its own
};

/// A stretch of a plot that a sentence is about.
struct PlotRegion {
    double begin = 0;
    double end = 0;
    bool alarming = false;
};

/// A share with its interval.
struct IntervalBar {
    double share = 0;
    double low = 0;
    double high = 0;
};
struct BarGroup {
    QString label;
    std::optional<IntervalBar> first; ///< absent: the other one stands in its place
    IntervalBar refined;
};

/// A card with a plot: title, what the newest value is, curves. Coloured by the window's palette;
/// its context menu copies and saves it.
class PlotCard : public QWidget {
    Q_OBJECT
public:
    explicit PlotCard(const QString& title, QWidget* parent = nullptr);
    void setTitle(const QString& title);
    void setRemark(const QString& text); ///< right of the title
    /// Raw values are drawn thin, and a running mean over them with `smoothing` in [0, 1).
    void setCurves(const std::vector<Curve>& curves, double smoothing);
    /// First and refined shares side by side, with their intervals.
    void setBars(const std::vector<BarGroup>& groups);
    void setMarkers(const std::vector<double>& x); ///< upright lines, where a run was resumed
    void setRegions(const std::vector<PlotRegion>& regions);
    void setLogarithmic(bool on); ///< the left axis, where all of its values are above 0
    /// An upright line with the values of the curves there in the place of the remark; none: away.
    void setCrosshair(std::optional<double> x);
    [[nodiscard]] QString asCsv() const; ///< what is drawn, one line for each x
    bool saveTo(const QString& file); ///< .png or .pdf by the ending

signals:
    void hovered(double x); ///< the mouse is over this place of the curves
    void hoverEnded();
    void clicked(double x);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

    /// Draws once for all that changes until then: soon where it is seen, else when it is shown.
    /// One card at each turn of the event loop, so that many of them keep no key waiting.
    void drawSoon();
    virtual void draw(); ///< again from what is known: after a change of data or palette
    void colourAxes();
    [[nodiscard]] QCustomPlot* plot() const { return m_plot; }

private:
    void drawIfStale();
    static void drawNext();
    void drawCurves();
    void drawBars();
    void drawMarkers();
    void drawRegions();
    void drawCrosshair();
    void placeLegend();
    [[nodiscard]] QString valuesAt(double x) const;
    void saveCsv();
    [[nodiscard]] QColor colourOf(const QString& name) const;

    QLabel* m_title;
    QLabel* m_remark;
    QCustomPlot* m_plot;
    std::vector<Curve> m_curves;
    std::vector<BarGroup> m_bars;
    std::vector<double> m_markers;
    std::vector<PlotRegion> m_regions;
    double m_smoothing = 0;
    bool m_stale = false; ///< something changed since it was drawn
    bool m_logarithmic = false;
    QString m_remarkText;
    std::optional<double> m_crosshair;
    QCPItemStraightLine* m_crossLine = nullptr; ///< owned by the plot, gone with each drawing
};

/// A running mean that starts without bias: y_i = s * y_(i-1) + (1 - s) * x_i, divided by 1 - s^i.
[[nodiscard]] std::vector<double> smoothed(const std::vector<double>& values, double smoothing);

} // namespace slook::gui
