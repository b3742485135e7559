<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_GB" sourcelanguage="en_GB">
<context>
    <name>slook::gui::AuditDialog</name>
    <message numerus="yes">
        <source>the pairs of %n selected question(s)</source>
        <translation>
            <numerusform>the pairs of %n selected question</numerusform>
            <numerusform>the pairs of %n selected questions</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::AuditPage</name>
    <message numerus="yes">
        <source>%n audit(s)</source>
        <translation>
            <numerusform>%n audit</numerusform>
            <numerusform>%n audits</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::FacetPanel</name>
    <message numerus="yes">
        <source>and %n others</source>
        <translation>
            <numerusform>and %n other</numerusform>
            <numerusform>and %n others</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::ImportDialog</name>
    <message numerus="yes">
        <source>%n questions of the form %1</source>
        <translation>
            <numerusform>%n question of the form %1</numerusform>
            <numerusform>%n questions of the form %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n different pictures</source>
        <translation>
            <numerusform>, %n picture</numerusform>
            <numerusform>, %n different pictures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>; %n rows cannot be taken.</source>
        <translation>
            <numerusform>; %n row cannot be taken.</numerusform>
            <numerusform>; %n rows cannot be taken.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::ItemTableModel</name>
    <message numerus="yes">
        <source>%n questions</source>
        <translation>
            <numerusform>%n question</numerusform>
            <numerusform>%n questions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n without a picture</source>
        <translation>
            <numerusform>%n without a picture</numerusform>
            <numerusform>%n without a picture</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::KeyEditor</name>
    <message numerus="yes">
        <source>%n keys differ from what was delivered.</source>
        <translation>
            <numerusform>%n key differs from what was delivered.</numerusform>
            <numerusform>%n keys differ from what was delivered.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::LaunchForm</name>
    <message numerus="yes">
        <source>%n questions</source>
        <translation>
            <numerusform>%n question</numerusform>
            <numerusform>%n questions</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::MarginPanel</name>
    <message numerus="yes">
        <source>%n pairs</source>
        <translation>
            <numerusform>%n pair</numerusform>
            <numerusform>%n pairs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::Page</name>
    <message numerus="yes">
        <source>%n questions</source>
        <translation>
            <numerusform>%n question</numerusform>
            <numerusform>%n questions</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::PairsPage</name>
    <message numerus="yes">
        <source>%n pairs whose margin is negative are selected; an audit can take the selection.</source>
        <translation>
            <numerusform>%n pair whose margin is negative is selected; an audit can take the selection.</numerusform>
            <numerusform>%n pairs whose margin is negative are selected; an audit can take the selection.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n looks, the newest at step %1 (epoch %2)</source>
        <translation>
            <numerusform>%n look, at step %1 (epoch %2)</numerusform>
            <numerusform>%n looks, the newest at step %1 (epoch %2)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pairs</source>
        <translation>
            <numerusform>%n pair</numerusform>
            <numerusform>%n pairs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::QueueStrip</name>
    <message numerus="yes">
        <source>%n runs wait; the queue is held.</source>
        <translation>
            <numerusform>%n run waits; the queue is held.</numerusform>
            <numerusform>%n runs wait; the queue is held.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n runs wait for the one at work.</source>
        <translation>
            <numerusform>%n run waits for the one at work.</numerusform>
            <numerusform>%n runs wait for the one at work.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::RoundsPage</name>
    <message numerus="yes">
        <source>%n questions</source>
        <translation>
            <numerusform>%n question</numerusform>
            <numerusform>%n questions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>learned %1 from %n</source>
        <translation>
            <numerusform>learned %1 from %n</numerusform>
            <numerusform>learned %1 from %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n runs that train</source>
        <translation>
            <numerusform>%n run that trains</numerusform>
            <numerusform>%n runs that train</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::StoreWorkspace</name>
    <message numerus="yes">
        <source>%n changes undone or done again</source>
        <translation>
            <numerusform>%n change undone or done again</numerusform>
            <numerusform>%n changes undone or done again</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::TransitionInspector</name>
    <message numerus="yes">
        <source>%n tiles of %1×%1 pixels</source>
        <translation>
            <numerusform>%n tile of %1×%1 pixels</numerusform>
            <numerusform>%n tiles of %1×%1 pixels</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n tokens of the prompt</source>
        <translation>
            <numerusform>%n token of the prompt</numerusform>
            <numerusform>%n tokens of the prompt</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>slook::gui::TripletJudgeDialog</name>
    <message numerus="yes">
        <source>All %n are judged. What they say stands on the page, right by score.</source>
        <translation>
            <numerusform>The one is judged. What it says stands on the page, right by score.</numerusform>
            <numerusform>All %n are judged. What they say stands on the page, right by score.</numerusform>
        </translation>
    </message>
</context>
</TS>
