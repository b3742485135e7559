#pragma once
#include "pages/page.h"
#include "workbench/rounds.h"

class QGraphicsScene;
class QGraphicsView;

namespace slook::gui {

/// Runs that go on from each other as a graph: the questions, the run and the pairs that it learned
/// from, what it measured, and the arrow to the run that starts from its result.
class RoundsPage final : public Page {
    Q_OBJECT
public:
    explicit RoundsPage(const PageParts& parts);
    QString statusText() const override;
    void refresh() override;
    void follow() override { }

protected:
    void changeEvent(QEvent* event) override; ///< other colours: draws anew
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void show(const std::vector<workbench::Round>& rounds);
    void draw();
    void drawRound(const workbench::Round& round, double top);
    void save(bool toClipboard);

    QGraphicsScene* m_scene;
    QGraphicsView* m_view;
    std::vector<workbench::Round> m_rounds;
    int m_request = 0;
};

} // namespace slook::gui
