#include "services/print.h"
#include "core/file.h"
#include "workbench/audit_report.h"
#include <QBuffer>
#include <QPageLayout>
#include <QPdfWriter>
#include <QTextDocument>

namespace slook::gui {
namespace {

/// Our own HTML, whose foreign parts are escaped.
QByteArray pdfOf(const std::string& html)
{
    constexpr int dotsPerInch = 150;
    constexpr double margin = 12;
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setResolution(dotsPerInch);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageOrientation(QPageLayout::Landscape);
    writer.setPageMargins(QMarginsF(margin, margin, margin, margin), QPageLayout::Millimeter);
    writer.setTitle(QStringLiteral("Second Look"));
    QTextDocument document;
    QFont font(QStringLiteral("Sans"));
    font.setPointSizeF(8);
    document.setDefaultFont(font);
    document.setHtml(QString::fromUtf8(html.data(), static_cast<qsizetype>(html.size())));
    document.print(&writer);
    buffer.close();
    return bytes;
}

} // namespace

Result<bool> writeReport(const std::string& html, const std::filesystem::path& file)
{
    const QByteArray pdf = file.extension() == ".pdf" ? pdfOf(html) : QByteArray();
    auto written = writeFileAtomically(file,
        pdf.isEmpty() ? html : std::string(pdf.constData(), static_cast<std::size_t>(pdf.size())));
    return written ? Result<bool>(true) : Result<bool>(fail(written.error()));
}

Result<bool> writeAuditReport(
    const workbench::AuditReport& report, const std::filesystem::path& file)
{
    return writeReport(workbench::auditHtml(report, true), file);
}

} // namespace slook::gui
