#pragma once
#include "core/file.h"
#include <QtConcurrent>
#include <filesystem>
#include <string>

namespace slook::gui {

/// Does `work` on another thread and `done` with its result on this one, not at all once `context`
/// is gone. For files; what is in a project goes through Workspace.
template <class Work, class Done> void offThread(QObject* context, Work work, Done done)
{
    QtConcurrent::run(std::move(work)).then(context, std::move(done));
}

/// @param done  takes a Result<void>
template <class Done>
void saveText(const QString& file, std::string text, QObject* context, Done done)
{
    offThread(
        context,
        [path = std::filesystem::path(file.toStdString()), text = std::move(text)] {
            return writeFileAtomically(path, text);
        },
        std::move(done));
}

/// At most 1 MB. @param done  takes a Result<std::string>
template <class Done> void loadText(const QString& file, QObject* context, Done done)
{
    constexpr std::uint64_t longest = 1u << 20;
    offThread(
        context,
        [path = std::filesystem::path(file.toStdString())] { return readFile(path, longest); },
        std::move(done));
}

} // namespace slook::gui
