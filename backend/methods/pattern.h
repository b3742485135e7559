#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace slook::methods {

/// Bytes [begin, end) of a text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// A compiled regular expression in Perl's syntax, on UTF-8. Its work per search is limited, so a
/// hostile text costs a bounded time and then counts as no match.
class Pattern {
public:
    /// @throws std::invalid_argument for an expression that does not compile
    explicit Pattern(std::string_view expression, bool ignoreCase = false);
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;
    ~Pattern();

    /// Group 1 of the first or of the last match.
    [[nodiscard]] std::optional<Span> first(std::string_view text) const;
    [[nodiscard]] std::optional<Span> last(std::string_view text) const;
    /// Group 1 of every match in order, until `onMatch` returns false.
    void forEach(std::string_view text, const std::function<bool(Span)>& onMatch) const;

    /// `text` as a literal within an expression.
    [[nodiscard]] static std::string quoted(std::string_view text);

private:
    struct Code;
    std::unique_ptr<Code> m_code;
};

} // namespace slook::methods
