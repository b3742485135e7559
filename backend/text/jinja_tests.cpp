#include "text/jinja_texts.h"
#include <map>

/// What stands behind `is`.
namespace slook::text::jinja {
namespace {

using A = const Arguments&;
using V = const Value&;

bool isWhole(V v)
{
    return v.is<std::int64_t>();
}

const std::map<std::string, Test, std::less<>>& tests()
{
    constexpr Test isEqual = [](V v, A a) { return equal(v, need(a, 0, "other")); };
    constexpr Test isUnequal = [](V v, A a) { return !equal(v, need(a, 0, "other")); };
    constexpr Test isLess = [](V v, A a) { return compare(v, need(a, 0, "other")) < 0; };
    constexpr Test isMore = [](V v, A a) { return compare(v, need(a, 0, "other")) > 0; };
    constexpr Test isAtMost = [](V v, A a) { return compare(v, need(a, 0, "other")) <= 0; };
    constexpr Test isAtLeast = [](V v, A a) { return compare(v, need(a, 0, "other")) >= 0; };
    static const std::map<std::string, Test, std::less<>> table {
        { "defined", [](V v, A) { return !v.is<Undefined>(); } },
        { "undefined", [](V v, A) { return v.is<Undefined>(); } },
        { "none", [](V v, A) { return v.is<None>(); } },
        { "string", [](V v, A) { return v.is<std::string>(); } },
        { "number", [](V v, A) { return isNumber(v); } },
        { "integer", [](V v, A) { return isWhole(v); } },
        { "float", [](V v, A) { return v.is<double>(); } },
        { "boolean", [](V v, A) { return v.is<bool>(); } },
        { "true", [](V v, A) { return v.is<bool>() && isTrue(v); } },
        { "false", [](V v, A) { return v.is<bool>() && !isTrue(v); } },
        { "mapping", [](V v, A) { return v.is<Dict>(); } },
        { "sequence", [](V v, A) { return v.is<std::string>() || v.is<List>() || v.is<Dict>(); } },
        { "iterable",
            [](V v, A) {
                return v.is<std::string>() || v.is<List>() || v.is<Dict>() || v.is<Undefined>();
            } },
        { "callable", [](V v, A) { return v.is<Function>(); } },
        { "equalto", isEqual },
        { "eq", isEqual },
        { "==", isEqual },
        { "sameas", isEqual },
        { "ne", isUnequal },
        { "!=", isUnequal },
        { "lt", isLess },
        { "lessthan", isLess },
        { "<", isLess },
        { "gt", isMore },
        { "greaterthan", isMore },
        { ">", isMore },
        { "le", isAtMost },
        { "<=", isAtMost },
        { "ge", isAtLeast },
        { ">=", isAtLeast },
        { "in", [](V v, A a) { return contains(need(a, 0, "seq"), v); } },
        { "odd", [](V v, A) { return isWhole(v) && *v.as<std::int64_t>() % 2 != 0; } },
        { "even", [](V v, A) { return isWhole(v) && *v.as<std::int64_t>() % 2 == 0; } },
        { "divisibleby",
            [](V v, A a) {
                const auto by = wholeArgument(a, 0, "num", 0);
                return isWhole(v) && by > 0 && *v.as<std::int64_t>() % by == 0;
            } },
        { "lower",
            [](V v, A) {
                return recased(asText(v), false) == asText(v)
                    && recased(asText(v), true) != asText(v);
            } },
        { "upper",
            [](V v, A) {
                return recased(asText(v), true) == asText(v)
                    && recased(asText(v), false) != asText(v);
            } },
    };
    return table;
}

} // namespace

Test testNamed(const std::string& name)
{
    const auto found = tests().find(name);
    return found == tests().end() ? nullptr : found->second;
}

} // namespace slook::text::jinja
