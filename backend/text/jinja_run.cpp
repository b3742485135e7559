#include "text/jinja_run.h"
#include <algorithm>
#include <cmath>
#include <ctime>

namespace slook::text::jinja {
namespace {

constexpr std::size_t maximumRange = 100'000;

[[noreturn]] void refuseTypes(const std::string& sign, const Value& left, const Value& right)
{
    throw TemplateError("the chat template computes " + typeName(left) + " " + sign + " "
        + typeName(right) + ", which has no meaning");
}

std::int64_t wholeOf(const Value& value)
{
    if (const auto* whole = value.as<std::int64_t>())
        return *whole;
    if (const auto* flag = value.as<bool>())
        return *flag;
    throw TemplateError(
        "the chat template uses a " + typeName(value) + " where a whole number belongs");
}

Value range(const Arguments& arguments)
{
    if (arguments.values.empty() || arguments.values.size() > 3)
        throw TemplateError("the chat template calls range() without one to three numbers");
    std::int64_t begin = 0, end = wholeOf(arguments.values[0]), step = 1;
    if (arguments.values.size() > 1) {
        begin = end;
        end = wholeOf(arguments.values[1]);
    }
    if (arguments.values.size() > 2)
        step = wholeOf(arguments.values[2]);
    if (step == 0)
        throw TemplateError("the chat template calls range() with step 0");
    std::vector<Value> values;
    const auto size = std::abs(
        (static_cast<double>(end) - static_cast<double>(begin)) / static_cast<double>(step));
    if (size > static_cast<double>(maximumRange))
        throw TemplateError("the chat template calls range() for more than 100000 numbers");
    for (std::int64_t i = begin; step > 0 ? i < end : i > end; i += step)
        values.emplace_back(i);
    return makeList(std::move(values));
}

Value dateText(const Arguments& arguments, std::int64_t now)
{
    const Value* format = arguments.find(0, "format");
    const std::string pattern =
        textOf(format ? *format : Value(), "strftime_now"); // a copy: of a temporary
    const auto seconds = static_cast<std::time_t>(now);
    std::tm parts {};
    char buffer[256] = "";
    if (pattern.size() > 100 || !gmtime_r(&seconds, &parts))
        throw TemplateError("the chat template asks for a date in an overlong form");
    buffer[std::strftime(buffer, sizeof buffer, pattern.c_str(), &parts)] = '\0';
    return std::string(buffer);
}

Value makeNamespace(const Arguments& arguments, bool isNamespace)
{
    auto dict = std::make_shared<DictData>();
    dict->isNamespace = isNamespace;
    for (const Value& value : arguments.values)
        if (const auto* other = value.as<Dict>())
            dict->entries = (*other)->entries;
    for (const auto& [key, value] : arguments.named)
        dict->set(key, value);
    return dict;
}

/// `loop` inside a for.
Value loopValue(const std::vector<Value>& items, std::size_t at, int depth)
{
    const auto size = static_cast<std::int64_t>(items.size());
    const auto index = static_cast<std::int64_t>(at);
    return makeDict({ { "index", index + 1 }, { "index0", index }, { "revindex", size - index },
        { "revindex0", size - index - 1 }, { "first", at == 0 }, { "last", at + 1 == items.size() },
        { "length", size }, { "depth", std::int64_t(depth) }, { "depth0", std::int64_t(depth - 1) },
        { "previtem", at > 0 ? items[at - 1] : Value(Undefined { "loop.previtem" }) },
        { "nextitem",
            at + 1 < items.size() ? items[at + 1] : Value(Undefined { "loop.nextitem" }) },
        { "cycle", makeFunction([at](const Arguments& arguments) {
             if (arguments.values.empty())
                 throw TemplateError("the chat template calls loop.cycle() without values");
             return arguments.values[at % arguments.values.size()];
         }) } });
}

} // namespace

Interpreter::Interpreter(const TemplateLimits& limits, std::int64_t now)
    : m_limits(limits)
    , m_scopes(2) // what every template has, and its own variables
{
    defineGlobals(now);
}

Interpreter::~Interpreter()
{
    for (const Dict& holder : m_holders)
        holder->entries.clear();
}

void Interpreter::defineGlobals(std::int64_t now)
{
    define("range", makeFunction(range));
    define("namespace", makeFunction([](const Arguments& a) { return makeNamespace(a, true); }));
    define("dict", makeFunction([](const Arguments& a) { return makeNamespace(a, false); }));
    define("strftime_now", makeFunction([now](const Arguments& a) { return dateText(a, now); }));
    define("raise_exception", makeFunction([](const Arguments& a) -> Value {
        const Value* message = a.find(0, "message");
        throw TemplateError("the chat template refuses this conversation: "
            + (message && message->is<std::string>() ? *message->as<std::string>()
                                                     : std::string("no reason given")));
    }));
}

std::string Interpreter::run(const Body& body)
{
    std::string out;
    (void)execute(body, out);
    return out;
}

void Interpreter::step(std::size_t count)
{
    m_steps += count;
    if (m_steps > m_limits.steps)
        throw TemplateError(
            "the chat template takes more than " + std::to_string(m_limits.steps) + " steps");
}

Value Interpreter::text(std::string value)
{
    m_bytes += value.size();
    if (m_bytes > m_limits.outputBytes * 16)
        throw TemplateError("the chat template makes too much text on its way");
    return value;
}

Interpreter::Flow Interpreter::execute(const Body& body, std::string& out)
{
    if (++m_depth > m_limits.depth)
        throw TemplateError("the chat template is nested deeper than "
            + std::to_string(m_limits.depth) + " levels");
    Flow flow = Flow::On;
    for (auto one = body.begin(); one != body.end() && flow == Flow::On; ++one)
        flow = executeOne(*one, out);
    --m_depth;
    return flow;
}

Interpreter::Flow Interpreter::executeOne(const Statement& statement, std::string& out)
{
    using Kind = Statement::Kind;
    step();
    switch (statement.kind) {
    case Kind::Text:
        writeText(statement.text, out, m_limits.outputBytes);
        return Flow::On;
    case Kind::Print:
        writeText(evaluate(*statement.expression), out, m_limits.outputBytes);
        return Flow::On;
    case Kind::If:
        for (const Arm& arm : statement.arms)
            if (!arm.condition || isTrue(evaluate(*arm.condition)))
                return execute(arm.body, out);
        return Flow::On;
    case Kind::For:
        return loop(statement, out);
    case Kind::Set:
        assign(statement, evaluate(*statement.expression));
        return Flow::On;
    case Kind::SetBlock: {
        std::string block;
        const Flow flow = execute(statement.arms[0].body, block);
        assign(statement, text(std::move(block)));
        return flow;
    }
    case Kind::Macro:
        m_scopes.back()[statement.text] = macro(statement);
        return Flow::On;
    case Kind::Scope:
        return execute(statement.arms[0].body, out);
    case Kind::Break:
        return Flow::Break;
    case Kind::Continue:
        return Flow::Continue;
    }
    return Flow::On;
}

Interpreter::Flow Interpreter::loop(const Statement& statement, std::string& out)
{
    std::vector<Value> items = itemsOf(evaluate(*statement.expression));
    step(items.size());
    const auto inScope = [&](auto&& work) {
        m_scopes.emplace_back();
        const auto result = work();
        m_scopes.pop_back();
        return result;
    };
    if (statement.filter)
        std::erase_if(items, [&](const Value& one) {
            return inScope([&] {
                bind(statement.names, one);
                return !isTrue(evaluate(*statement.filter));
            });
        });
    if (items.empty() && statement.arms.size() > 1)
        return execute(statement.arms[1].body, out);
    for (std::size_t at = 0; at < items.size(); ++at) {
        step(16); // the loop's own variables
        const Flow flow = inScope([&] {
            bind(statement.names, items[at]);
            m_scopes.back()["loop"] = loopValue(items, at, 1);
            return execute(statement.arms[0].body, out);
        });
        if (flow == Flow::Break)
            break;
    }
    return Flow::On;
}

void Interpreter::bind(const std::vector<std::string>& names, const Value& value)
{
    if (names.size() == 1) {
        m_scopes.back()[names[0]] = value;
        return;
    }
    const auto values = itemsOf(value);
    if (values.size() != names.size())
        throw TemplateError("the chat template unpacks " + std::to_string(values.size())
            + " values into " + std::to_string(names.size()) + " names");
    for (std::size_t i = 0; i < names.size(); ++i)
        m_scopes.back()[names[i]] = values[i];
}

void Interpreter::assign(const Statement& statement, Value value)
{
    if (statement.text.empty())
        return bind(statement.names, value);
    const Value target = lookUp(statement.names[0]);
    const auto* dict = target.as<Dict>();
    if (!dict || !(*dict)->isNamespace)
        throw TemplateError("the chat template sets a member of '" + statement.names[0]
            + "', which is no namespace");
    if (value.is<Dict>() || value.is<List>())
        m_holders.push_back(*dict);
    (*dict)->set(statement.text, std::move(value));
}

Value Interpreter::macro(const Statement& statement)
{
    return makeFunction([this, &statement](const Arguments& arguments) {
        return text(callMacro(statement, arguments));
    });
}

std::string Interpreter::callMacro(const Statement& statement, const Arguments& arguments)
{
    if (arguments.values.size() > statement.names.size())
        throw TemplateError(
            "the chat template gives too many arguments to the macro '" + statement.text + "'");
    // A macro sees what the template has, not where it was called from.
    std::vector<Scope> caller(
        std::make_move_iterator(m_scopes.begin() + 2), std::make_move_iterator(m_scopes.end()));
    m_scopes.resize(2);
    m_scopes.emplace_back();
    for (std::size_t i = 0; i < statement.names.size(); ++i) {
        const auto& name = statement.names[i];
        if (const Value* given = arguments.find(i, name))
            m_scopes.back()[name] = *given;
        else
            m_scopes.back()[name] = statement.defaults[i] ? evaluate(*statement.defaults[i])
                                                          : Value(Undefined { name });
    }
    std::string out;
    (void)execute(statement.arms[0].body, out);
    m_scopes.resize(2);
    std::move(caller.begin(), caller.end(), std::back_inserter(m_scopes));
    return out;
}

Value Interpreter::lookUp(const std::string& name) const
{
    for (auto scope = m_scopes.rbegin(); scope != m_scopes.rend(); ++scope)
        if (const auto found = scope->find(name); found != scope->end())
            return found->second;
    return Undefined { name };
}

Value Interpreter::evaluate(const Expression& e)
{
    using Kind = Expression::Kind;
    step();
    switch (e.kind) {
    case Kind::Literal:
        return e.value;
    case Kind::Name:
        return lookUp(e.name);
    case Kind::ListOf: {
        std::vector<Value> values;
        for (const auto& child : e.children)
            values.push_back(evaluate(*child));
        return makeList(std::move(values));
    }
    case Kind::DictOf:
        return dictionary(e);
    case Kind::Attribute:
        return member(evaluate(*e.children[0]), e.name, true);
    case Kind::Item: {
        const Value value = evaluate(*e.children[0]);
        return item(value, evaluate(*e.children[1]));
    }
    case Kind::Slice:
        return slice(e);
    case Kind::Call:
        return call(e);
    case Kind::Filter:
    case Kind::Test:
        break;
    case Kind::Unary:
        return unary(e);
    case Kind::Binary:
        return binary(e);
    case Kind::Comparison:
        return comparison(e);
    case Kind::Conditional:
        if (isTrue(evaluate(*e.children[1])))
            return evaluate(*e.children[0]);
        return e.children[2] ? evaluate(*e.children[2]) : Value(Undefined { "an if without else" });
    }
    const Value value = evaluate(*e.children[0]);
    const Arguments arguments = argumentsOf(e);
    if (const auto* list = value.as<List>())
        step((*list)->size());
    if (e.kind == Kind::Test) {
        const Test test = testNamed(e.name);
        if (!test)
            throw TemplateError("the chat template uses the test '" + e.name.substr(0, 40)
                + "', which is not known here");
        return test(value, arguments);
    }
    const Filter filter = filterNamed(e.name);
    if (!filter)
        throw TemplateError("the chat template uses the filter '" + e.name.substr(0, 40)
            + "', which is not known here");
    Value made = filter(value, arguments);
    return made.is<std::string>() ? text(std::get<std::string>(std::move(made.data))) : made;
}

Value Interpreter::dictionary(const Expression& e)
{
    auto dict = std::make_shared<DictData>();
    for (std::size_t i = 0; i + 1 < e.children.size(); i += 2) {
        const Value key = evaluate(*e.children[i]);
        dict->set(textOf(key, "a key"), evaluate(*e.children[i + 1]));
    }
    step(dict->entries.size() * dict->entries.size() / 16);
    return dict;
}

Arguments Interpreter::argumentsOf(const Expression& e)
{
    Arguments arguments;
    for (const auto& one : e.arguments)
        arguments.values.push_back(evaluate(*one));
    for (const auto& [name, one] : e.named)
        arguments.named.emplace_back(name, evaluate(*one));
    return arguments;
}

Value Interpreter::call(const Expression& e)
{
    const Value callee = evaluate(*e.children[0]);
    const auto* function = callee.as<Function>();
    if (!function) {
        const auto* undefined = callee.as<Undefined>();
        throw TemplateError(undefined
                ? "the chat template calls '" + undefined->name + "', which is not defined"
                : "the chat template calls a " + typeName(callee));
    }
    Value made = (**function)(argumentsOf(e));
    if (const auto* list = made.as<List>())
        step((*list)->size());
    return made.is<std::string>() ? text(std::get<std::string>(std::move(made.data))) : made;
}

Value Interpreter::unary(const Expression& e)
{
    const Value value = evaluate(*e.children[0]);
    if (e.name == "not")
        return !isTrue(value);
    if (!isNumber(value))
        refuseTypes(e.name, value, value);
    if (const auto* number = value.as<double>())
        return e.name == "-" ? -*number : *number;
    return arithmetic(e.name, std::int64_t(0), wholeOf(value));
}

Value Interpreter::binary(const Expression& e)
{
    Value left = evaluate(*e.children[0]);
    if (e.name == "and")
        return isTrue(left) ? evaluate(*e.children[1]) : left;
    if (e.name == "or")
        return isTrue(left) ? left : evaluate(*e.children[1]);
    const Value right = evaluate(*e.children[1]);
    if (e.name == "~") {
        std::string joined;
        writeText(left, joined, m_limits.outputBytes);
        writeText(right, joined, m_limits.outputBytes);
        return text(std::move(joined));
    }
    for (const Value* one : std::initializer_list<const Value*> { &left, &right })
        if (const auto* undefined = one->as<Undefined>())
            throw TemplateError(
                "the chat template uses '" + undefined->name + "', which is not defined");
    if (e.name == "+")
        return plus(left, right);
    if (e.name == "*")
        return times(left, right);
    return arithmetic(e.name, left, right);
}

Value Interpreter::plus(const Value& left, const Value& right)
{
    if (left.is<std::string>() && right.is<std::string>()) {
        const auto& a = *left.as<std::string>();
        const auto& b = *right.as<std::string>();
        if (a.size() + b.size() > m_limits.outputBytes)
            throw TemplateError("the chat template makes too long a text");
        return text(a + b);
    }
    if (left.is<List>() && right.is<List>()) {
        auto joined = **left.as<List>();
        joined.insert(joined.end(), (*right.as<List>())->begin(), (*right.as<List>())->end());
        step(joined.size());
        return makeList(std::move(joined));
    }
    return arithmetic("+", left, right);
}

Value Interpreter::times(const Value& left, const Value& right)
{
    const bool textLeft = left.is<std::string>();
    const auto* repeated = textLeft ? left.as<std::string>() : right.as<std::string>();
    const Value& count = textLeft ? right : left;
    if (!repeated || !count.is<std::int64_t>())
        return arithmetic("*", left, right);
    const auto times = std::max<std::int64_t>(*count.as<std::int64_t>(), 0);
    if (!repeated->empty()
        && static_cast<std::uint64_t>(times) > m_limits.outputBytes / repeated->size())
        throw TemplateError("the chat template makes too long a text");
    std::string out;
    for (std::int64_t i = 0; i < times && !repeated->empty(); ++i)
        out += *repeated;
    return text(std::move(out));
}

namespace {

std::int64_t wholeArithmetic(const std::string& sign, std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    bool bad = false;
    if (sign == "+")
        bad = __builtin_add_overflow(a, b, &result);
    else if (sign == "-")
        bad = __builtin_sub_overflow(a, b, &result);
    else if (sign == "*")
        bad = __builtin_mul_overflow(a, b, &result);
    else if (b == 0 || (a == INT64_MIN && b == -1))
        bad = true;
    else if (sign == "//")
        result = a / b - (a % b != 0 && (a < 0) != (b < 0));
    else
        result = a % b + (a % b != 0 && (a < 0) != (b < 0) ? b : 0);
    if (bad)
        throw TemplateError("the chat template computes " + std::to_string(a) + " " + sign + " "
            + std::to_string(b) + ", which has no result");
    return result;
}

} // namespace

Value Interpreter::arithmetic(const std::string& sign, const Value& left, const Value& right)
{
    if (!isNumber(left) || !isNumber(right))
        refuseTypes(sign, left, right);
    const bool whole = !left.is<double>() && !right.is<double>();
    if (whole && sign != "/" && sign != "**")
        return wholeArithmetic(sign, wholeOf(left), wholeOf(right));
    const double a = toDouble(left);
    const double b = toDouble(right);
    if ((sign == "/" || sign == "//" || sign == "%") && b == 0)
        throw TemplateError("the chat template divides by zero");
    if (sign == "+")
        return a + b;
    if (sign == "-")
        return a - b;
    if (sign == "*")
        return a * b;
    if (sign == "/")
        return a / b;
    if (sign == "//")
        return std::floor(a / b);
    if (sign == "%")
        return a - b * std::floor(a / b);
    const double power = std::pow(a, b);
    if (whole && b >= 0 && std::abs(power) < 9e15)
        return static_cast<std::int64_t>(power);
    return power;
}

bool Interpreter::comparison(const Expression& e)
{
    Value left = evaluate(*e.children[0]);
    for (std::size_t i = 0; i < e.operators.size(); ++i) {
        Value right = evaluate(*e.children[i + 1]);
        const std::string& sign = e.operators[i];
        bool holds = false;
        if (sign == "==" || sign == "!=")
            holds = equal(left, right) == (sign == "==");
        else if (sign == "in" || sign == "not in")
            holds = contains(right, left) == (sign == "in");
        else {
            const int order = compare(left, right);
            holds = sign == "<" ? order < 0
                : sign == ">"   ? order > 0
                : sign == "<="  ? order <= 0
                                : order >= 0;
        }
        if (!holds)
            return false;
        left = std::move(right);
    }
    return true;
}

Value Interpreter::slice(const Expression& e)
{
    const Value value = evaluate(*e.children[0]);
    if (!value.is<std::string>() && !value.is<List>())
        throw TemplateError("the chat template takes a part of a " + typeName(value));
    const auto items = itemsOf(value);
    const auto size = static_cast<std::int64_t>(items.size());
    step(items.size());
    const auto part = [&](int at) {
        return e.children[at] ? evaluate(*e.children[at]) : Value(None {});
    };
    const Value stepValue = part(3);
    const std::int64_t stride = stepValue.is<None>() ? 1 : wholeOf(stepValue);
    if (stride == 0)
        throw TemplateError("the chat template takes a part with step 0");
    const auto place = [&](const Value& given, std::int64_t fallback) {
        if (given.is<None>())
            return fallback;
        std::int64_t at = wholeOf(given);
        at = at < 0 ? std::max<std::int64_t>(at, -size - 1) + size : at;
        return std::clamp<std::int64_t>(at, stride > 0 ? 0 : -1, stride > 0 ? size : size - 1);
    };
    const std::int64_t begin = place(part(1), stride > 0 ? 0 : size - 1);
    const std::int64_t end = place(part(2), stride > 0 ? size : -1);
    std::vector<Value> taken;
    const std::int64_t safe = std::clamp<std::int64_t>(stride, -size - 1, size + 1);
    for (std::int64_t i = begin; stride > 0 ? i < end : i > end; i += safe)
        taken.push_back(items[static_cast<std::size_t>(i)]);
    if (value.is<List>())
        return makeList(std::move(taken));
    std::string out;
    for (const Value& one : taken)
        out += *one.as<std::string>();
    return text(std::move(out));
}

} // namespace slook::text::jinja
