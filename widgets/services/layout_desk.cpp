#include "services/layout_desk.h"
#include <QPointF>

namespace slook::gui {

LayoutDesk::LayoutDesk(QObject* parent)
    : QObject(parent)
    , m_stop(std::make_shared<std::atomic<bool>>(false))
{
    m_thread.setMaxThreadCount(1);
}

LayoutDesk::~LayoutDesk()
{
    stop();
    m_thread.waitForDone();
}

void LayoutDesk::start(std::shared_ptr<const workbench::LayoutInput> input, const Done& done)
{
    m_busy = true;
    *m_stop = false;
    m_thread.start([this, input = std::move(input), stopped = m_stop, done] {
        auto row = workbench::computeLayout(*input, [&](const analysis::TsneState& state) {
            if (state.layout && !*stopped) {
                std::vector<QPointF> places;
                for (std::size_t i = 0; i < state.layout->rows; ++i)
                    places.emplace_back(state.layout->at(i, 0), state.layout->at(i, 1));
                QMetaObject::invokeMethod(
                    this,
                    [this, at = state.iteration, kl = state.divergence,
                        places = std::move(places)] { emit grew(at, kl, places); },
                    Qt::QueuedConnection);
            }
            return !*stopped;
        });
        QMetaObject::invokeMethod(
            this,
            [this, done, row = std::move(row)] {
                m_busy = false;
                done(row);
            },
            Qt::QueuedConnection);
    });
}

void LayoutDesk::stop()
{
    *m_stop = true;
}

} // namespace slook::gui
