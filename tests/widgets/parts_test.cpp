#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/numbers.h"
#include "parts/text_view.h"
#include "parts/tokens.h"
#include "plots/plot.h"
#include <QElapsedTimer>
#include <QFontInfo>
#include <QLabel>
#include <QTest>
#include <algorithm>
#include <cmath>

using namespace slook::gui;

namespace {

/// WCAG 2.1, relative luminance and contrast ratio.
double luminance(const QColor& colour)
{
    const auto channel = [](double c) {
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * channel(colour.redF()) + 0.7152 * channel(colour.greenF())
        + 0.0722 * channel(colour.blueF());
}

double contrast(const QColor& a, const QColor& b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

} // namespace

class PartsTest final : public QObject {
    Q_OBJECT
private slots:
    void anEmptyStateShowsItsWholeSentence()
    {
        EmptyState empty(QStringLiteral("Nothing yet"),
            QStringLiteral("A sentence that is much too long for one line of this narrow column, "
                           "so that it must be "
                           "wrapped, and no line of it may be cut off."));
        empty.resize(900, 600);
        empty.show();
        QVERIFY(QTest::qWaitForWindowExposed(&empty));
        for (const QLabel* label : empty.findChildren<QLabel*>())
            QVERIFY2(label->height() >= label->heightForWidth(label->width()),
                qPrintable(label->text()));
    }
    void aRealFontIsThere()
    {
        QVERIFY(!QFontInfo(QApplication::font()).family().isEmpty());
        QVERIFY(QFontMetrics(QApplication::font()).inFont(QLatin1Char('A')));
        QVERIFY(QFontMetrics(QApplication::font()).horizontalAdvance(QLatin1String("W"))
            > QFontMetrics(QApplication::font()).horizontalAdvance(QLatin1String("i")));
    }

    void everyColourThatIsReadReachesAContrastOf4_5()
    {
        for (const Tokens* t : { &lightTokens(), &darkTokens() })
            for (const QColor& ground : { t->window, t->panel })
                for (const QColor& colour : { t->text, t->muted, t->accent, t->right, t->gain,
                         t->harm, t->wrong, t->chosen, t->rejected })
                    QVERIFY2(contrast(colour, ground) >= 4.5, qPrintable(colour.name()));
    }

    void theTokensFollowThePalette()
    {
        QCOMPARE(&tokensOf(paletteOf(darkTokens())), &darkTokens());
        QCOMPARE(&tokensOf(paletteOf(lightTokens())), &lightTokens());
    }

    void bytesBecomeCharacters()
    {
        const std::string text = "\xE7\xBA\xA2 \xF0\x9F\x98\x80 ok"; // one unit, then two
        QCOMPARE(characterOf(text, 3), 1);
        QCOMPARE(characterOf(text, 8), 4);
        QCOMPARE(characterOf(text, 1000), int(fromUtf8(text).size()));
    }

    void longTextsAreCutWithANote()
    {
        const QString text(1'000'000, QLatin1Char('x'));
        const QString shown = clipped(text);
        QVERIFY(shown.size() < longestShown + 100);
        QVERIFY(shown.contains(QStringLiteral("980000")));
        QElapsedTimer clock;
        clock.start();
        TextView view;
        view.resize(400, 300);
        view.show({ text, {} });
        view.grab();
        QVERIFY(clock.elapsed() < 5000);
    }

    void markupIsShownAndNotObeyed()
    {
        QVERIFY(!tooltip(QStringLiteral("<table><img src='/etc/passwd'>"))
                     .contains(QStringLiteral("<img")));
        QCOMPARE(oneLine("a\nb\tc"), QStringLiteral("a b c"));
        QVERIFY(!oneLine("a\u202Eb").contains(QChar(0x202E)));
    }

    void anExcerptKeepsTheMarkedPlace()
    {
        MarkedText whole { QString(500, QLatin1Char('a')) + QStringLiteral("## B ##"), {} };
        whole.marks.push_back({ 500, 507, {} });
        const MarkedText shown = excerpt(whole, 100);
        QVERIFY(shown.text.size() <= 110);
        QCOMPARE(shown.marks.size(), std::size_t(1));
        QCOMPARE(shown.text.mid(shown.marks[0].begin, shown.marks[0].end - shown.marks[0].begin),
            QStringLiteral("## B ##"));
    }

    void aRunningMeanStartsWithoutBias()
    {
        // 2 and 4 with s = 1/2: weights 1/4 and 1/2 of 3/4, so (2 + 2*4) / 3.
        const auto mean = smoothed({ 2, 4 }, 0.5);
        QCOMPARE(mean[0], 2.0);
        QCOMPARE(mean[1], 10.0 / 3);
        QCOMPARE(smoothed({ 1, 5 }, 0), std::vector<double>({ 1, 5 }));
    }

    void numbersReadWell()
    {
        QCOMPARE(percent(0.4621), QStringLiteral("46.2 %"));
        QCOMPARE(pValue(0.37), QStringLiteral("0.370"));
        QCOMPARE(pValue(3e-4), QStringLiteral("3e-04"));
        QCOMPARE(duration(185), QStringLiteral("3 min 5 s"));
    }

    void plotsAreSavedAsPictureAndPdf()
    {
        PlotCard card(QStringLiteral("Loss"));
        card.resize(400, 240);
        card.setCurves({ { "loss", "accent", { 1, 2, 3 }, { 0.69, 0.6, 0.5 } } }, 0.6);
        QVERIFY(card.saveTo(QStringLiteral("plot.png")));
        QVERIFY(card.saveTo(QStringLiteral("plot.pdf")));
        QVERIFY(!QImage(QStringLiteral("plot.png")).isNull());
    }
};

QTEST_MAIN(PartsTest)
#include "parts_test.moc"
