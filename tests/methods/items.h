#pragma once
#include "core/item.h"

inline slook::Item choiceItem(std::string answer = "B")
{
    slook::Item item;
    item.id = slook::ItemId { 1 };
    item.question = "How many cats are there?";
    item.options = { { "A", "One" }, { "B", "Three" }, { "C", "Dark red" }, { "D", "Red" } };
    item.answer = std::move(answer);
    return item;
}

inline slook::Item openItem(std::string answer)
{
    slook::Item item;
    item.id = slook::ItemId { 2 };
    item.question = "What color is the circle?";
    item.answer = std::move(answer);
    return item;
}
