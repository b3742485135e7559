#pragma once
#include <QDialog>

class QTextBrowser;

namespace slook::gui {

/// The help pages that come with the program, opened at a page's own place.
class HelpDialog final : public QDialog {
    Q_OBJECT
public:
    HelpDialog(const QString& page, QWidget* parent);
    void goTo(const QString& page); ///< "data": its heading comes to the top

private:
    QTextBrowser* m_text;
};

} // namespace slook::gui
