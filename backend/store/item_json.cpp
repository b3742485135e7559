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

std::vector<Option> optionsFromText(const std::string& text)
{
    if (text == "[]")
        return {};
    const auto list = parseJson(text, "options");
    std::vector<Option> options;
    if (!list || !list->is_array())
        return options;
    for (const auto& one : *list)
        if (one.is_array() && one.size() == 2 && one[0].is_string() && one[1].is_string())
            options.push_back({ one[0].get<std::string>(), one[1].get<std::string>() });
    return options;
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
