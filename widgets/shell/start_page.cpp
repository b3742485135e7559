#include "shell/start_page.h"
#include "parts/card.h"
#include <QAction>
#include <QFileInfo>
#include <QPushButton>
#include <QVBoxLayout>

namespace slook::gui {

StartPage::StartPage(const QList<QAction*>& actions, QWidget* parent)
    : QWidget(parent)
    , m_recent(new QVBoxLayout)
{
    setObjectName(QStringLiteral("startPage"));
    auto* column = new QVBoxLayout(this);
    auto* state = new EmptyState(tr("Second Look"),
        tr("Let a vision-language model look twice, learn from its own changes of mind, and see "
           "honestly whether it got better."));
    for (QAction* action : actions)
        state->addAction(action);
    column->addWidget(state, 3);
    column->addLayout(m_recent);
    column->addStretch(1);
}

void StartPage::setRecent(const QStringList& files)
{
    while (QLayoutItem* item = m_recent->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (files.isEmpty())
        return;
    m_recent->addWidget(heading(tr("Recent projects")), 0, Qt::AlignHCenter);
    for (const QString& file : files) {
        constexpr int width = 440;
        auto* button =
            new QPushButton(QFontMetrics(font()).elidedText(file, Qt::ElideMiddle, width - 40));
        button->setFixedWidth(width);
        connect(button, &QPushButton::clicked, this, [this, file] { emit chosen(file); });
        m_recent->addWidget(button, 0, Qt::AlignHCenter);
    }
}

} // namespace slook::gui
