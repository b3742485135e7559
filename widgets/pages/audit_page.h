#pragma once
#include "models/audit_state.h"
#include "pages/page.h"
#include "workbench/audit_agreement.h"
#include <QElapsedTimer>
#include <array>

class QLabel;
class QLineEdit;
class QListWidget;
class QProgressBar;
class QPushButton;
class QSettings;
class QShortcut;
class QStackedWidget;
class QTimer;

namespace slook::gui {

class RowTable;
class TextTableModel;
class TextView;
class ZoomPicture;

/// Pairs before a person: question, picture, two answers, a verdict. Nothing tells which answer the
/// machine chose, which model or which kind of pair it is. The whole page works from the keyboard.
class AuditPage final : public Page {
    Q_OBJECT
public:
    explicit AuditPage(const PageParts& parts);
    QWidget* inspector() override;
    QString statusText() const override;
    void refresh() override;
    /// Shows an annotator's batch.
    void start(BatchId batch, const std::string& annotator);
    [[nodiscard]] const AuditState& state() const { return m_state; }
    /// The reveal is read from here and kept here; without it it lasts as long as the page.
    void useSettings(QSettings* settings);

signals:
    void wantsPage(const QString& name); ///< "agreement"

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    enum Place { ListPlace, ScreenPlace, EndPlace }; ///< in the stack
    enum class PictureKind { Original, Corrupted, Seen };
    struct Listed {
        AuditBatchRow batch;
        workbench::AuditProgress progress;
    };
    void build();
    QWidget* buildList();
    QWidget* buildScreen();
    QWidget* buildHead();
    QWidget* buildMiddle();
    QWidget* buildReasons();
    QWidget* buildVerdicts();
    QWidget* buildEnd();
    void addKeys();
    void addVerdictKeys();
    void addViewKeys();
    void addFileActions();
    void showList(const std::vector<Listed>& rows);
    void openListed(int row);
    void makeBatch();
    void sendBatch();
    void openNext();
    void showKey(std::size_t verdict);
    void setChoosing(bool reason);
    void showEnd();
    void showEndOf(const workbench::RaterReport& own);
    [[nodiscard]] QString machineText() const;
    [[nodiscard]] static QString verdictName(int number);
    [[nodiscard]] static int numberOf(const VerdictRow& verdict, const AuditTask& task);
    [[nodiscard]] std::vector<PictureKind> pictureKinds() const;
    void readSession(BatchId batch, const std::string& annotator);
    void showPair();
    void showTexts();
    void showPicture();
    void showDraft();
    void showProgress();
    void saySaved(const QString& text);
    void showStrip();
    void showReveal();
    void give(Choice choice, bool left);
    void commit(const VerdictRow& verdict);
    void takeBack();
    void saved(const Result<VerdictId>& result, TaskId task);
    void toggleReason(int number);
    void draftChanged();
    void keepDraft();
    void move(int by);
    void goTo(int index);
    void editAnswer();
    void askForEdit(bool left);
    void sync(TextView* from, TextView* to);
    [[nodiscard]] bool judging() const;
    [[nodiscard]] std::int64_t now() const { return m_clock.elapsed(); }

    AuditState m_state;
    AttentionClock m_attention;
    QElapsedTimer m_clock;
    std::vector<Listed> m_listed;
    int m_pending = 0; ///< verdicts on their way to the disk
    int m_request = 0;
    int m_pictureRequest = 0;
    std::size_t m_view = 0; ///< of pictureKinds()
    QSettings* m_settings = nullptr;
    bool m_finishing = false; ///< the last open pair has got its verdict, which is being saved
    bool m_difference = false;
    bool m_reveal = false;
    bool m_choosingReason = false;
    bool m_syncing = false;

    QStackedWidget* m_stack = nullptr;
    TextTableModel* m_model = nullptr;
    RowTable* m_table = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_progressText = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_question = nullptr;
    ZoomPicture* m_picture = nullptr;
    QLabel* m_pictureText = nullptr;
    TextView* m_left = nullptr;
    TextView* m_right = nullptr;
    QLabel* m_revealText = nullptr;
    QLineEdit* m_note = nullptr;
    QLabel* m_draftText = nullptr;
    QPushButton* m_flag = nullptr;
    std::vector<QPushButton*> m_reasons;
    static constexpr int verdictCount = 7;
    std::array<QPushButton*, verdictCount> m_verdicts {}; ///< from left to right
    std::array<QAction*, verdictCount> m_verdictActions {};
    std::vector<QShortcut*> m_reasonKeys; ///< digits; they are on after R, verdicts are off then
    QAction* m_revealAction = nullptr;
    QLabel* m_endTitle = nullptr;
    QLabel* m_endText = nullptr;
    QPushButton* m_endNext = nullptr;
    QTimer* m_draftTimer;
    QWidget* m_side = nullptr;
    QListWidget* m_strip = nullptr;
    QLabel* m_savedText = nullptr;
    QLabel* m_rubric = nullptr;
};

} // namespace slook::gui
