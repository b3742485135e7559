#pragma once
#include "core/json.h"
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// A small interpreter for Jinja, as far as chat templates use it.
namespace slook::text::jinja {

/// Ends the parsing or running of a template; chat_template.cpp catches it.
struct TemplateError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Value;
struct Undefined {
    std::string name;
};
struct None { };
using List = std::shared_ptr<std::vector<Value>>;
struct DictData;
using Dict = std::shared_ptr<DictData>;

struct Arguments {
    std::vector<Value> values;
    std::vector<std::pair<std::string, Value>> named;
    /// The argument at place `at`, or with the name; null where it was not given.
    [[nodiscard]] const Value* find(std::size_t at, std::string_view name) const;
};
using Function = std::shared_ptr<const std::function<Value(const Arguments&)>>;

/// A value of the template language. Lists and dictionaries are shared, as in Python.
struct Value {
    std::variant<Undefined, None, bool, std::int64_t, double, std::string, List, Dict, Function>
        data;

    Value() = default;
    template <class T>
    requires(
        !std::is_same_v<std::decay_t<T>, Value> && !std::is_same_v<std::decay_t<T>, const char*>)
        Value(T&& value) // NOLINT: meant to convert
        : data(std::forward<T>(value))
    {
    }
    template <class T> [[nodiscard]] const T* as() const { return std::get_if<T>(&data); }
    template <class T> [[nodiscard]] bool is() const { return std::holds_alternative<T>(data); }
};

/// Keys in the order of writing; dictionaries of templates are small.
struct DictData {
    std::vector<std::pair<std::string, Value>> entries;
    bool isNamespace = false; ///< namespace(): its members may be set
    [[nodiscard]] const Value* find(std::string_view key) const;
    void set(const std::string& key, Value value);
};

[[nodiscard]] Value makeList(std::vector<Value> values);
[[nodiscard]] Value makeDict(std::vector<std::pair<std::string, Value>> entries);
[[nodiscard]] Value makeFunction(std::function<Value(const Arguments&)> function);
[[nodiscard]] Value fromJson(const Json& json);

[[nodiscard]] bool isTrue(const Value& value);
[[nodiscard]] bool isNumber(const Value& value);
[[nodiscard]] double toDouble(const Value& value); ///< of a number or a bool
[[nodiscard]] bool equal(const Value& a, const Value& b);
/// < 0, 0, > 0. Errors: TemplateError unless both are numbers or both are texts.
[[nodiscard]] int compare(const Value& a, const Value& b);
[[nodiscard]] std::string typeName(const Value& value); ///< Python's name: "str", "list", ...

/// Appends Python's str() of the value to `out`. Errors: TemplateError where `out` would pass
/// `limit` bytes.
void writeText(const Value& value, std::string& out, std::size_t limit);
/// Appends json.dumps(value, ensure_ascii=False, indent=indent); indent < 0 for one line.
void writeJson(const Value& value, std::string& out, std::size_t limit, int indent, int depth = 0);

/// The text of a string value. Errors: TemplateError naming `what` for other types.
[[nodiscard]] const std::string& textOf(const Value& value, std::string_view what);
/// What a loop goes through: list items, keys, or characters.
[[nodiscard]] std::vector<Value> itemsOf(const Value& value);
[[nodiscard]] std::size_t characters(std::string_view text);
/// Byte place of character `index`; the end where there are fewer.
[[nodiscard]] std::size_t bytePlace(std::string_view text, std::size_t index);

} // namespace slook::text::jinja
