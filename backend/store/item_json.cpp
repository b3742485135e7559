#include "store/item_json.h"
#include "core/json.h"
#include <SQLiteCpp/Column.h>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace slook::store {

std::string optionsToText(const std::vector<Option>& options)
{
    auto list = Json::array();
    for (const auto& option : options)
        list.push_back(Json::array({ option.label, option.text }));
    return dumpLine(list);
}

namespace {

/// Takes the options out of [[label, text], ...] while it is read: a project has a million of them.
/// What is no pair of texts is left out.
class OptionsReader {
public:
    std::vector<Option> options;

    // The interface of nlohmann::json_sax.
    bool null() { return other(); }
    bool boolean(bool) { return other(); }
    bool number_integer(Json::number_integer_t) { return other(); }
    bool number_unsigned(Json::number_unsigned_t) { return other(); }
    bool number_float(Json::number_float_t, const std::string&) { return other(); }
    bool binary(Json::binary_t&) { return false; }
    bool start_object(std::size_t) { return false; } // none of ours
    bool key(const std::string&) { return false; }
    bool end_object() { return false; }
    bool start_array(std::size_t)
    {
        m_texts = ++m_depth == 2 ? 0 : tooMany;
        return true;
    }
    bool string(std::string& text)
    {
        if (m_depth == 2 && m_texts < 2)
            (m_texts == 0 ? m_option.label : m_option.text) = std::move(text);
        ++m_texts;
        return true;
    }
    bool end_array()
    {
        if (m_depth-- == 2 && m_texts == 2)
            options.push_back(std::move(m_option));
        m_texts = tooMany; // a pair with an array in it is none
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) { return false; }

private:
    static constexpr int tooMany = 3;
    bool other()
    {
        m_texts = tooMany;
        return true;
    }
    int m_depth = 0;
    int m_texts = tooMany; ///< of the pair that is being read
    Option m_option;
};

} // namespace

std::vector<Option> optionsFromText(const std::string& text)
{
    if (text == "[]")
        return {};
    OptionsReader reader;
    return Json::sax_parse(text, &reader) ? std::move(reader.options) : std::vector<Option>();
}

std::string numbersToText(const std::vector<std::int64_t>& numbers)
{
    std::string text = "[";
    for (const auto number : numbers)
        text += (text.size() == 1 ? "" : ",") + std::to_string(number);
    return text + "]";
}

std::vector<std::int64_t> numbersFromText(const std::string& text)
{
    std::vector<std::int64_t> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::int64_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error == std::errc())
            numbers.push_back(number);
        at = next == at ? at + 1 : next;
    }
    return numbers;
}

std::vector<ImageId> imagesFromText(const std::string& text)
{
    std::vector<ImageId> images;
    for (const auto number : numbersFromText(text))
        images.push_back({ number });
    return images;
}

void bindReal(SQLite::Statement& statement, int index, double value)
{
    if (std::isnan(value))
        statement.bind(index);
    else
        statement.bind(index, value);
}

double realAt(const SQLite::Statement& statement, int column)
{
    return statement.isColumnNull(column) ? std::numeric_limits<double>::quiet_NaN()
                                          : statement.getColumn(column).getDouble();
}

} // namespace slook::store
