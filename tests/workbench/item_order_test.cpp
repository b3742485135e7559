#include "workbench/item_order.h"
#include <gtest/gtest.h>

using namespace slook;
using workbench::ItemFacts;
using workbench::ItemOrder;
using workbench::OrderBy;

namespace {

/// Questions with the pictures that are named, in this order.
ItemFacts withPictures(const std::vector<std::vector<std::int64_t>>& pictures)
{
    ItemFacts facts;
    std::int64_t id = 0;
    for (const auto& list : pictures) {
        Item item;
        item.id = { ++id };
        for (const std::int64_t picture : list)
            item.images.push_back({ picture });
        facts.add(item);
    }
    return facts;
}

std::vector<int> rowsOf(const ItemOrder& order)
{
    std::vector<int> rows;
    for (std::size_t place = 0; place < order.size(); ++place)
        rows.push_back(order.rowAt(place));
    return rows;
}

TEST(ItemOrder, QuestionsAboutOnePictureStandTogether)
{
    const ItemOrder order(
        withPictures({ { 7 }, { 5 }, {}, { 7, 5 }, { 5 }, {}, { 6 } }), OrderBy::Picture);
    EXPECT_EQ(rowsOf(order), (std::vector { 1, 4, 6, 0, 3, 2, 5 }));
    for (int row = 0; row < 7; ++row)
        EXPECT_EQ(order.rowAt(static_cast<std::size_t>(order.placeOf(row))), row);
    EXPECT_EQ(order.groupOf(4).size(), 2); // with picture 5
    EXPECT_EQ(order.groupOf(6).size(), 1);
    EXPECT_EQ(order.groupOf(3).begin, order.placeOf(0)) << "its first picture counts";
    EXPECT_EQ(order.groupOf(5).size(), 2) << "those without a picture";
    EXPECT_EQ(order.groupOf(5).end, 7);
}

TEST(ItemOrder, WhatIsInOrderStaysAndNothingIsNothing)
{
    EXPECT_EQ(ItemOrder(withPictures({}), OrderBy::Picture).size(), 0u);
    EXPECT_EQ(rowsOf(ItemOrder(withPictures({ { 1 }, { 1 }, { 2 } }), OrderBy::Picture)),
        (std::vector { 0, 1, 2 }));
    EXPECT_EQ(ItemOrder(withPictures({ {}, {} }), OrderBy::Picture).groupOf(0).size(), 2);
}

TEST(ItemOrder, SortsByWhatTheColumnsHold)
{
    ItemFacts facts({ { { 1 }, "zoo" }, { { 2 }, "art" } });
    const char* const keys[] = { "10", "b", "9", "a" };
    const char* const answers[] = { "B", "A", "", "A" };
    for (int i = 0; i < 4; ++i) {
        Item item;
        item.id = { i + 1 };
        item.source = { i < 3 ? 1 : 2 };
        item.key = keys[i];
        item.answer = answers[i];
        item.question = std::string(static_cast<std::size_t>(i == 1 ? 1 : 5 + i), 'x');
        item.category = i % 2 == 0 ? "even" : "";
        facts.add(item);
    }
    EXPECT_EQ(rowsOf(ItemOrder(facts, OrderBy::Key)), (std::vector { 2, 0, 3, 1 }));
    EXPECT_EQ(rowsOf(ItemOrder(facts, OrderBy::Key, true)), (std::vector { 1, 3, 0, 2 }));
    EXPECT_EQ(rowsOf(ItemOrder(facts, OrderBy::Answer)), (std::vector { 2, 1, 3, 0 }));
    EXPECT_EQ(rowsOf(ItemOrder(facts, OrderBy::QuestionLength)), (std::vector { 1, 0, 2, 3 }));
    EXPECT_EQ(rowsOf(ItemOrder(facts, OrderBy::Category)), (std::vector { 1, 3, 0, 2 }));
    EXPECT_EQ(rowsOf(ItemOrder(facts, OrderBy::Category, true)), (std::vector { 0, 2, 1, 3 }))
        << "equal ones stay in their order";
    EXPECT_EQ(rowsOf(ItemOrder(facts, OrderBy::Source)), (std::vector { 3, 0, 1, 2 }));
    EXPECT_FALSE(ItemOrder(facts, OrderBy::Key).hasGroups());
    EXPECT_THROW((void)ItemOrder(facts, OrderBy::Key).groupOf(0), std::invalid_argument);
}

} // namespace
