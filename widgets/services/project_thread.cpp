#include "services/project_thread.h"
#include <QTimer>

namespace slook::gui {

ProjectThread::ProjectThread(const QString& name, QObject* parent)
    : QObject(parent)
    , m_inside(new QObject)
{
    m_thread.setObjectName(name);
    m_inside->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_inside, &QObject::deleteLater);
    m_thread.start();
}

ProjectThread::~ProjectThread()
{
    m_ending = true;
    QMetaObject::invokeMethod(
        m_inside, [this] { m_project.reset(); }, Qt::QueuedConnection);
    QMetaObject::invokeMethod(
        m_inside, [this] { m_thread.quit(); }, Qt::QueuedConnection);
    m_thread.wait();
}

void ProjectThread::post(Work work)
{
    QMetaObject::invokeMethod(
        m_inside,
        [this, work = std::move(work)] {
            if (!m_ending)
                work(m_project);
        },
        Qt::QueuedConnection);
}

void ProjectThread::every(int milliseconds, Work work)
{
    post([this, milliseconds, work = std::move(work)](Slot&) {
        auto* timer = new QTimer(m_inside);
        connect(timer, &QTimer::timeout, m_inside, [this, work] {
            if (!m_ending)
                work(m_project);
        });
        timer->start(milliseconds);
    });
}

} // namespace slook::gui
