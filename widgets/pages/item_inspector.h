#pragma once
#include "pages/page.h"
#include <QScrollArea>
#include <optional>

class QLabel;
class QVBoxLayout;

namespace slook::gui {

class PictureView;

/// A column on the right: a picture on top and parts below it, scrolled as one.
class InspectorColumn : public QScrollArea {
    Q_OBJECT
public:
    explicit InspectorColumn(QWidget* parent = nullptr);

protected:
    [[nodiscard]] QVBoxLayout* column() const { return m_column; }
    [[nodiscard]] PictureView* picture() const { return m_picture; }
    void showPicture(Workspace& workspace, ImageId image);

private:
    QVBoxLayout* m_column;
    PictureView* m_picture;
    int m_request = 0;
};

/// Everything about one question: picture, fields as written, hashes, where it came from.
class ItemInspector final : public InspectorColumn {
    Q_OBJECT
public:
    explicit ItemInspector(const PageParts& parts, QWidget* parent = nullptr);
    void show(const std::optional<Item>& item);

private:
    void showDetail(const ItemDetail& detail);
    void showProblems(const SourceRow& source);
    PageParts m_parts;
    QLabel* m_question;
    QLabel* m_options;
    QLabel* m_facts;
    QLabel* m_pixels;
    QLabel* m_fields;
    QLabel* m_problems;
    int m_request = 0;
};

} // namespace slook::gui
