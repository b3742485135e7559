#pragma once
#include "text/chat_template.h"
#include "text/jinja_syntax.h"
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace slook::text::jinja {

/// Runs a parsed template once. Every step is counted, so that a hostile template ends.
class Interpreter {
public:
    Interpreter(const TemplateLimits& limits, std::int64_t now);
    ~Interpreter();
    Interpreter(const Interpreter&) = delete;
    Interpreter& operator=(const Interpreter&) = delete;

    void define(const std::string& name, Value value) { m_scopes.front()[name] = std::move(value); }
    /// What the template writes. Errors: TemplateError.
    [[nodiscard]] std::string run(const Body& body);

private:
    using Scope = std::unordered_map<std::string, Value>;
    enum class Flow { On, Break, Continue };

    Flow execute(const Body& body, std::string& out);
    Flow executeOne(const Statement& statement, std::string& out);
    Flow loop(const Statement& statement, std::string& out);
    void assign(const Statement& statement, Value value);
    void bind(const std::vector<std::string>& names, const Value& value);
    [[nodiscard]] Value macro(const Statement& statement);
    [[nodiscard]] std::string callMacro(const Statement& statement, const Arguments& arguments);

    [[nodiscard]] Value evaluate(const Expression& expression);
    [[nodiscard]] Value lookUp(const std::string& name) const;
    [[nodiscard]] Value unary(const Expression& expression);
    [[nodiscard]] Value binary(const Expression& expression);
    [[nodiscard]] Value arithmetic(const std::string& sign, const Value& left, const Value& right);
    [[nodiscard]] Value plus(const Value& left, const Value& right);
    [[nodiscard]] Value times(const Value& left, const Value& right);
    [[nodiscard]] bool comparison(const Expression& expression);
    [[nodiscard]] Value slice(const Expression& expression);
    [[nodiscard]] Value call(const Expression& expression);
    [[nodiscard]] Arguments argumentsOf(const Expression& expression);
    [[nodiscard]] Value dictionary(const Expression& expression);

    void step(std::size_t count = 1); ///< counts work
    Value text(std::string value); ///< counts the bytes of a made text
    void defineGlobals(std::int64_t now);

    TemplateLimits m_limits;
    std::vector<Scope> m_scopes;
    std::vector<Dict> m_holders; ///< namespaces that may hold themselves: emptied at the end, or
                                 ///< they would never be freed
    std::size_t m_steps = 0;
    std::size_t m_bytes = 0; ///< of all texts made so far
    int m_depth = 0; ///< of macros and bodies
};

/// Member of a value as `value.name` or `value[name]`; undefined where there is none. Errors:
/// TemplateError for a member of something undefined.
[[nodiscard]] Value member(const Value& value, const std::string& name, bool methodFirst);
[[nodiscard]] Value item(const Value& value, const Value& key);
[[nodiscard]] bool contains(const Value& container, const Value& value);

using Filter = Value (*)(const Value& value, const Arguments& arguments);
/// Null where the name is not known.
[[nodiscard]] Filter filterNamed(const std::string& name);
using Test = bool (*)(const Value& value, const Arguments& arguments);
[[nodiscard]] Test testNamed(const std::string& name);
/// A bound method such as `text.strip`; undefined where the type has none of that name.
[[nodiscard]] Value methodOf(const Value& value, const std::string& name);

constexpr std::size_t maximumText = 16u << 20; ///< of one text made by a filter or method

} // namespace slook::text::jinja
