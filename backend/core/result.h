#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace slook {

enum class ErrorKind { NotFound, Invalid, Io, Conflict, Stopped, WorkerLost, Internal };

/// An expected failure. `what` is one sentence for a person, with the cause and the next step;
/// `where` is a file, row or job.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string what;
    std::string where;
};

/// "where: what", the one line that a person reads.
inline std::string message(const Error& error)
{
    return error.where.empty() ? error.what : error.where + ": " + error.what;
}

template <class T> using Result = tl::expected<T, Error>; // std::expected once we are on C++23

/// `return fail(ErrorKind::Io, "cannot be read", path);`
inline tl::unexpected<Error> fail(ErrorKind kind, std::string what, std::string where = {})
{
    return tl::unexpected<Error>(Error { kind, std::move(what), std::move(where) });
}
inline tl::unexpected<Error> fail(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

} // namespace slook
