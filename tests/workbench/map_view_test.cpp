#include "core/file.h"
#include "must.h"
#include "temporary_folder.h"
#include "workbench/map_view.h"
#include <gmock/gmock.h>

using namespace slook;
using workbench::layoutChain;

namespace {

std::vector<LayoutRow> layouts(const std::vector<std::pair<int, int>>& idsAndStarts)
{
    std::vector<LayoutRow> rows;
    for (const auto& [id, start] : idsAndStarts) {
        LayoutRow row;
        row.id = { id };
        row.start = { start };
        rows.push_back(row);
    }
    return rows;
}

std::vector<std::int64_t> chain(const std::vector<LayoutRow>& rows, std::int64_t of)
{
    std::vector<std::int64_t> ids;
    for (const LayoutId id : layoutChain(rows, { of }))
        ids.push_back(id.value);
    return ids;
}

} // namespace

TEST(LayoutChain, HoldsWhatGoesBackToOneFirstLayoutOldestFirst)
{
    // Newest first, as a project lists them: 1 <- 2 <- 4, 1 <- 5, and 3 alone.
    const auto rows = layouts({ { 5, 1 }, { 4, 2 }, { 3, 0 }, { 2, 1 }, { 1, 0 } });
    for (const std::int64_t of : { 1, 2, 4, 5 })
        EXPECT_THAT(chain(rows, of), testing::ElementsAre(1, 2, 4, 5)) << of;
    EXPECT_THAT(chain(rows, 3), testing::ElementsAre(3));
    EXPECT_TRUE(chain(rows, 9).empty());
}

TEST(LayoutChain, BeginsAnewWhereItsStartWasDeleted)
{
    const auto rows = layouts({ { 4, 2 }, { 3, 2 }, { 1, 0 } }); // 2 is gone
    EXPECT_THAT(chain(rows, 4), testing::ElementsAre(4));
    EXPECT_THAT(chain(rows, 1), testing::ElementsAre(1));
}

TEST(LayoutChain, EndsInAFileWhoseStartsGoRound)
{
    const auto rows = layouts({ { 2, 1 }, { 1, 2 } });
    EXPECT_THAT(chain(rows, 2), testing::ElementsAre(1, 2));
}

TEST(MapCsv, HasALineAPointWithTheKindOfItsQuestion)
{
    workbench::MapView view;
    workbench::MapPoint point;
    point.place = { {}, { 7 }, 0.5, -1 };
    point.run = "0002-embed";
    point.source = "a, b";
    point.category = "counting";
    point.kind = "number";
    point.type = 2;
    point.right = false;
    point.question = "How many?";
    view.points = { point };
    const TemporaryFolder folder;
    ASSERT_TRUE(writeMapCsv(view, folder.path() / "map.csv"));
    EXPECT_EQ(must(readFile(folder.path() / "map.csv")),
        "run,item,x,y,source,category,kind,type,right,score,question\r\n"
        "0002-embed,7,0.5,-1,\"a, b\",counting,number,wrong-right,no,,How many?\r\n");
}
