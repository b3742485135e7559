#include "text/jinja_syntax.h"
#include <algorithm>
#include <charconv>
#include <span>

namespace slook::text::jinja {
namespace {

using Kind = Expression::Kind;
using T = Token::Kind;

constexpr int maximumHeight = 400; // of an expression: it is walked by recursion

class Parser {
public:
    Parser(std::vector<Token> tokens, int depth)
        : m_tokens(std::move(tokens))
        , m_limit(depth)
    {
    }
    Body all()
    {
        Body body = statements({});
        if (now().kind != T::End)
            refuse("{% " + m_tokens[m_at + 1].text + " %} closes nothing");
        return body;
    }

private:
    /// Counts how deep the parser has gone into itself.
    struct Level {
        explicit Level(Parser& parser)
            : m_parser(parser)
        {
            if (++m_parser.m_depth > m_parser.m_limit)
                m_parser.refuse(
                    "it is nested deeper than " + std::to_string(m_parser.m_limit) + " levels");
        }
        ~Level() { --m_parser.m_depth; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
        Parser& m_parser;
    };

    [[noreturn]] void refuse(const std::string& what) const
    {
        throw TemplateError("line " + std::to_string(now().line) + ": " + what);
    }
    [[nodiscard]] const Token& now() const { return m_tokens[m_at]; }
    [[nodiscard]] bool isOperator(std::string_view text) const
    {
        return now().kind == T::Operator && now().text == text;
    }
    [[nodiscard]] bool isName(std::string_view text) const
    {
        return now().kind == T::Name && now().text == text;
    }
    bool takeOperator(std::string_view text)
    {
        const bool there = isOperator(text);
        m_at += there;
        return there;
    }
    bool takeName(std::string_view text)
    {
        const bool there = isName(text);
        m_at += there;
        return there;
    }
    void expect(T kind, const char* what)
    {
        if (now().kind != kind)
            refuse(
                std::string("expected ") + what + ", found \"" + now().text.substr(0, 40) + "\"");
        ++m_at;
    }
    void expectOperator(std::string_view text)
    {
        if (!takeOperator(text))
            refuse("expected \"" + std::string(text) + "\", found \"" + now().text.substr(0, 40)
                + "\"");
    }
    std::string name()
    {
        const std::string text = now().text;
        expect(T::Name, "a name");
        return text;
    }

    // Expressions, from the loosest binding to the tightest.

    ExpressionPtr make(Kind kind, std::string name, std::vector<ExpressionPtr> children)
    {
        auto made = std::make_unique<Expression>();
        made->kind = kind;
        made->name = std::move(name);
        made->children = std::move(children);
        for (const auto& child : made->children)
            measure(*made, child);
        return made;
    }
    void measure(Expression& parent, const ExpressionPtr& child) const
    {
        parent.height = std::max(parent.height, child ? child->height + 1 : 1);
        if (parent.height > maximumHeight)
            refuse("an expression has too many parts");
    }
    template <class... Children>
    ExpressionPtr make(Kind kind, std::string name, Children... children)
    {
        std::vector<ExpressionPtr> list;
        (list.push_back(std::move(children)), ...);
        return make(kind, std::move(name), std::move(list));
    }
    ExpressionPtr literal(Value value)
    {
        auto made = std::make_unique<Expression>();
        made->value = std::move(value);
        return made;
    }

    ExpressionPtr expression()
    {
        const Level level(*this);
        auto value = disjunction();
        while (takeName("if")) {
            auto condition = disjunction();
            ExpressionPtr other;
            if (takeName("else"))
                other = expression();
            value = make(
                Kind::Conditional, "", std::move(value), std::move(condition), std::move(other));
        }
        return value;
    }
    ExpressionPtr disjunction()
    {
        auto left = conjunction();
        while (takeName("or"))
            left = make(Kind::Binary, "or", std::move(left), conjunction());
        return left;
    }
    ExpressionPtr conjunction()
    {
        auto left = negation();
        while (takeName("and"))
            left = make(Kind::Binary, "and", std::move(left), negation());
        return left;
    }
    ExpressionPtr negation()
    {
        const Level level(*this);
        return takeName("not") ? make(Kind::Unary, "not", negation()) : comparison();
    }
    std::string comparisonOperator()
    {
        for (const char* sign : { "==", "!=", "<=", ">=", "<", ">" })
            if (takeOperator(sign))
                return sign;
        if (takeName("in"))
            return "in";
        const auto& next = m_tokens[std::min(m_at + 1, m_tokens.size() - 1)];
        if (isName("not") && next.kind == T::Name && next.text == "in") {
            m_at += 2;
            return "not in";
        }
        return {};
    }
    ExpressionPtr comparison()
    {
        auto left = sum();
        std::string sign = comparisonOperator();
        if (sign.empty())
            return left;
        auto chain = make(Kind::Comparison, "", std::move(left));
        for (; !sign.empty(); sign = comparisonOperator()) {
            chain->operators.push_back(sign);
            chain->children.push_back(sum());
            measure(*chain, chain->children.back());
        }
        return chain;
    }
    using Level0 = ExpressionPtr (Parser::*)();
    ExpressionPtr leftChain(std::span<const std::string_view> signs, Level0 next)
    {
        auto left = (this->*next)();
        for (;;) {
            const auto found = std::find_if(
                signs.begin(), signs.end(), [&](auto sign) { return isOperator(sign); });
            if (found == signs.end())
                return left;
            ++m_at;
            left = make(Kind::Binary, std::string(*found), std::move(left), (this->*next)());
        }
    }
    ExpressionPtr sum()
    {
        static constexpr std::string_view signs[] = { "+", "-" };
        return leftChain(signs, &Parser::joining);
    }
    ExpressionPtr joining()
    {
        static constexpr std::string_view signs[] = { "~" };
        return leftChain(signs, &Parser::product);
    }
    ExpressionPtr product()
    {
        static constexpr std::string_view signs[] = { "*", "/", "//", "%" };
        return leftChain(signs, &Parser::power);
    }
    ExpressionPtr power()
    {
        static constexpr std::string_view signs[] = { "**" };
        return leftChain(signs, &Parser::filtered);
    }
    ExpressionPtr filtered() { return unary(true); }
    ExpressionPtr unary(bool withFilters)
    {
        const Level level(*this);
        ExpressionPtr value;
        if (isOperator("-") || isOperator("+")) {
            const std::string sign = m_tokens[m_at++].text;
            value = make(Kind::Unary, sign, unary(false));
        } else {
            value = postfix(primary());
        }
        return withFilters ? filters(std::move(value)) : std::move(value);
    }
    ExpressionPtr primary()
    {
        const Token token = now();
        if (token.kind == T::String)
            return strings();
        if (token.kind == T::Integer || token.kind == T::Float)
            return number();
        if (takeOperator("("))
            return tuple();
        if (takeOperator("["))
            return make(Kind::ListOf, "", list("]"));
        if (takeOperator("{"))
            return dict();
        if (token.kind != T::Name)
            refuse("expected a value, found \"" + token.text.substr(0, 40) + "\"");
        ++m_at;
        if (token.text == "true" || token.text == "True")
            return literal(true);
        if (token.text == "false" || token.text == "False")
            return literal(false);
        if (token.text == "none" || token.text == "None")
            return literal(None {});
        return make(Kind::Name, token.text);
    }
    ExpressionPtr strings()
    {
        std::string text;
        while (now().kind == T::String) // neighbours are one text
            text += m_tokens[m_at++].text;
        return literal(std::move(text));
    }
    ExpressionPtr number()
    {
        const Token token = m_tokens[m_at++];
        const auto* begin = token.text.data();
        const auto* end = begin + token.text.size();
        std::int64_t whole = 0;
        double real = 0;
        const bool good = token.kind == T::Integer
            ? std::from_chars(begin, end, whole).ec == std::errc()
            : std::from_chars(begin, end, real).ec == std::errc();
        if (!good)
            refuse("the number " + token.text.substr(0, 40) + " is too large");
        return token.kind == T::Integer ? literal(whole) : literal(real);
    }
    /// (a), or a list (a, b), which behaves like Python's tuple here.
    ExpressionPtr tuple()
    {
        if (takeOperator(")"))
            return make(Kind::ListOf, "");
        auto first = expression();
        if (takeOperator(")"))
            return first;
        expectOperator(",");
        auto rest = list(")");
        rest.insert(rest.begin(), std::move(first));
        return make(Kind::ListOf, "", std::move(rest));
    }
    std::vector<ExpressionPtr> list(std::string_view close)
    {
        std::vector<ExpressionPtr> items;
        while (!takeOperator(close)) {
            items.push_back(expression());
            if (!isOperator(close))
                expectOperator(",");
        }
        return items;
    }
    ExpressionPtr dict()
    {
        std::vector<ExpressionPtr> items;
        while (!takeOperator("}")) {
            items.push_back(expression());
            expectOperator(":");
            items.push_back(expression());
            if (!isOperator("}"))
                expectOperator(",");
        }
        return make(Kind::DictOf, "", std::move(items));
    }
    ExpressionPtr postfix(ExpressionPtr value)
    {
        for (;;) {
            if (takeOperator(".")) {
                const std::string attribute = now().text;
                if (now().kind != T::Name && now().kind != T::Integer)
                    refuse("expected a name after \".\"");
                ++m_at;
                value = make(Kind::Attribute, attribute, std::move(value));
            } else if (takeOperator("[")) {
                value = subscript(std::move(value));
            } else if (takeOperator("(")) {
                value = make(Kind::Call, "", std::move(value));
                arguments(*value);
            } else {
                return value;
            }
        }
    }
    ExpressionPtr subscript(ExpressionPtr value)
    {
        std::vector<ExpressionPtr> parts;
        parts.push_back(std::move(value));
        bool slice = false;
        while (parts.size() < 4) {
            parts.push_back(isOperator(":") || isOperator("]") ? nullptr : expression());
            if (!takeOperator(":"))
                break;
            slice = true;
        }
        expectOperator("]");
        if (!slice && !parts[1])
            refuse("expected a value between \"[\" and \"]\"");
        if (slice)
            parts.resize(4);
        return make(slice ? Kind::Slice : Kind::Item, "", std::move(parts));
    }
    /// What stands between "(" and ")", the "(" being read.
    void arguments(Expression& call)
    {
        while (!takeOperator(")")) {
            const auto& next = m_tokens[std::min(m_at + 1, m_tokens.size() - 1)];
            if (now().kind == T::Name && next.kind == T::Operator && next.text == "=") {
                std::string key = name();
                ++m_at;
                call.named.emplace_back(std::move(key), expression());
                measure(call, call.named.back().second);
            } else {
                call.arguments.push_back(expression());
                measure(call, call.arguments.back());
            }
            if (!isOperator(")"))
                expectOperator(",");
        }
    }
    ExpressionPtr filters(ExpressionPtr value)
    {
        for (;;) {
            if (takeOperator("|")) {
                value = make(Kind::Filter, name(), std::move(value));
                if (takeOperator("("))
                    arguments(*value);
            } else if (takeName("is")) {
                value = test(std::move(value));
            } else if (isOperator("(")) {
                value = postfix(std::move(value));
            } else {
                return value;
            }
        }
    }
    ExpressionPtr test(ExpressionPtr value)
    {
        const bool negated = takeName("not");
        auto made = make(Kind::Test, name(), std::move(value));
        const auto kind = now().kind;
        const bool word = kind == T::Name && !isName("else") && !isName("or") && !isName("and")
            && !isName("is") && !isName("if") && !isName("in") && !isName("not");
        if (takeOperator("(")) {
            arguments(*made);
        } else if (word || kind == T::String || kind == T::Integer || kind == T::Float
            || isOperator("[") || isOperator("{")) {
            made->arguments.push_back(postfix(primary()));
            measure(*made, made->arguments.back());
        }
        return negated ? make(Kind::Unary, "not", std::move(made)) : std::move(made);
    }

    // Statements.

    /// The name of the tag that begins here; empty where none does.
    [[nodiscard]] std::string tagName() const
    {
        return now().kind == T::BlockBegin && m_tokens[m_at + 1].kind == T::Name
            ? m_tokens[m_at + 1].text
            : "";
    }
    void takeTag(std::string_view tag)
    {
        if (tagName() != tag)
            refuse("expected {% " + std::string(tag) + " %}");
        m_at += 2;
    }
    void endTag() { expect(T::BlockEnd, "\"%}\""); }
    void closeWith(std::string_view tag)
    {
        takeTag(tag);
        if (tag == "endmacro" && now().kind == T::Name)
            ++m_at;
        endTag();
    }

    /// Statements up to one of the tags that end this body.
    Body statements(std::vector<std::string_view> ends)
    {
        const Level level(*this);
        Body body;
        for (;;) {
            const Token& token = now();
            if (token.kind == T::End) {
                if (!ends.empty())
                    refuse("{% " + std::string(ends.back()) + " %} is missing");
                return body;
            }
            if (token.kind == T::Text) {
                body.emplace_back().text = token.text;
                ++m_at;
            } else if (token.kind == T::PrintBegin) {
                ++m_at;
                Statement print;
                print.kind = Statement::Kind::Print;
                print.expression = expression();
                expect(T::PrintEnd, "\"}}\"");
                body.push_back(std::move(print));
            } else {
                const std::string tag = tagName();
                const bool closes = tag.starts_with("end") || tag == "else" || tag == "elif";
                if (closes || std::find(ends.begin(), ends.end(), tag) != ends.end()) {
                    if (std::find(ends.begin(), ends.end(), tag) == ends.end() && !ends.empty())
                        refuse("{% " + tag + " %} does not fit; expected {% "
                            + std::string(ends.back()) + " %}");
                    return body;
                }
                body.push_back(statement(tag));
            }
        }
    }
    Statement statement(const std::string& tag)
    {
        m_at += 2;
        if (tag == "if")
            return ifStatement();
        if (tag == "for")
            return forStatement();
        if (tag == "set")
            return setStatement();
        if (tag == "macro")
            return macroStatement();
        Statement simple;
        if (tag == "break" || tag == "continue") {
            simple.kind = tag == "break" ? Statement::Kind::Break : Statement::Kind::Continue;
            endTag();
            return simple;
        }
        if (tag != "generation")
            refuse("{% " + tag.substr(0, 40) + " %} is not known here");
        simple.kind = Statement::Kind::Scope;
        endTag();
        simple.arms.push_back({ nullptr, statements({ "endgeneration" }) });
        closeWith("endgeneration");
        return simple;
    }
    Statement ifStatement()
    {
        Statement made;
        made.kind = Statement::Kind::If;
        ExpressionPtr condition = expression();
        endTag();
        for (;;) {
            made.arms.push_back({ std::move(condition), statements({ "elif", "else", "endif" }) });
            const std::string tag = tagName();
            if (tag != "elif")
                break;
            m_at += 2;
            condition = expression();
            endTag();
        }
        if (tagName() == "else") {
            m_at += 2;
            endTag();
            made.arms.push_back({ nullptr, statements({ "endif" }) });
        }
        closeWith("endif");
        return made;
    }
    std::vector<std::string> targets()
    {
        const bool brackets = takeOperator("(");
        std::vector<std::string> names { name() };
        while (takeOperator(","))
            names.push_back(name());
        if (brackets)
            expectOperator(")");
        return names;
    }
    Statement forStatement()
    {
        Statement made;
        made.kind = Statement::Kind::For;
        made.names = targets();
        if (!takeName("in"))
            refuse("expected \"in\"");
        made.expression = disjunction();
        if (takeName("if"))
            made.filter = expression();
        endTag();
        made.arms.push_back({ nullptr, statements({ "else", "endfor" }) });
        if (tagName() == "else") {
            m_at += 2;
            endTag();
            made.arms.push_back({ nullptr, statements({ "endfor" }) });
        }
        closeWith("endfor");
        return made;
    }
    Statement setStatement()
    {
        Statement made;
        made.kind = Statement::Kind::Set;
        made.names = targets();
        if (takeOperator("."))
            made.text = name();
        if (takeOperator("=")) {
            made.expression = expression();
            if (isOperator(",")) {
                std::vector<ExpressionPtr> items;
                items.push_back(std::move(made.expression));
                while (takeOperator(","))
                    items.push_back(expression());
                made.expression = make(Kind::ListOf, "", std::move(items));
            }
            endTag();
            return made;
        }
        made.kind = Statement::Kind::SetBlock;
        endTag();
        made.arms.push_back({ nullptr, statements({ "endset" }) });
        closeWith("endset");
        return made;
    }
    Statement macroStatement()
    {
        Statement made;
        made.kind = Statement::Kind::Macro;
        made.text = name();
        expectOperator("(");
        while (!takeOperator(")")) {
            made.names.push_back(name());
            made.defaults.push_back(takeOperator("=") ? expression() : nullptr);
            if (!isOperator(")"))
                expectOperator(",");
        }
        endTag();
        made.arms.push_back({ nullptr, statements({ "endmacro" }) });
        closeWith("endmacro");
        return made;
    }

    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    int m_depth = 0;
    int m_limit;
};

} // namespace

Body parse(std::vector<Token> tokens, int depth)
{
    return Parser(std::move(tokens), depth).all();
}

} // namespace slook::text::jinja
