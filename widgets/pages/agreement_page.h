#pragma once
#include "pages/page.h"
#include "workbench/audit_agreement.h"

class QComboBox;
class QLabel;

namespace slook::gui {

class RowTable;
class TextTableModel;

/// What an audit says: agreement of people, how good the machine's labels are and what follows for
/// training; adjudication, and the step that makes audited pairs.
class AgreementPage final : public Page {
    Q_OBJECT
public:
    explicit AgreementPage(const PageParts& parts);
    QString statusText() const override;
    void refresh() override;

private:
    struct Read {
        std::vector<AuditBatchRow> batches;
        workbench::AuditReport report;
    };
    void build();
    QWidget* buildTop();
    void show(const Result<Read>& read);
    void showAgreement();
    void showPrecision();
    void showRaters();
    void showMatrix();
    void adjudicate();
    void apply();
    void exportVerdicts();
    void importVerdicts();
    void writeReport();
    template <class T> void told(const Result<T>& result, const QString& sentence);

    QComboBox* m_batch;
    QLabel* m_summary;
    QLabel* m_meaning;
    TextTableModel* m_agreement;
    TextTableModel* m_precision;
    TextTableModel* m_raters;
    TextTableModel* m_matrix;
    RowTable* m_matrixTable = nullptr;
    QAction* m_adjudicate;
    QAction* m_apply;
    workbench::AuditReport m_report;
    int m_request = 0;
};

} // namespace slook::gui
