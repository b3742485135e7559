#pragma once
#include "core/hash.h"
#include "must.h"
#include "store/project.h"
#include "temporary_folder.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <unistd.h>

namespace slook::store::test {

inline NewImage storedImage(const std::string& bytes, const std::string& pixels)
{
    NewImage image;
    image.bytes = bytes;
    image.row.sha256 = sha256(pixels);
    image.row.fileSha256 = sha256(bytes);
    image.row.width = 2;
    image.row.height = 3;
    image.row.format = "png";
    image.row.storedBytes = true;
    return image;
}

inline Item itemNamed(const std::string& key)
{
    Item item;
    item.key = key;
    item.question = "What is in picture " + key + "?";
    item.hint = "Look twice.";
    item.options = { { "A", "a \"red\" box" }, { "B", "None" }, { "C", "\xE7\xBA\xA2" } };
    item.answer = "B";
    item.category = "colour";
    item.split = "dev";
    item.fields = R"({"source":"made up"})";
    item.line = 7;
    return item;
}

/// `count` items, two pictures altogether, one problem.
inline ImportBatch batchOf(int count, const std::string& name = "made")
{
    ImportBatch batch;
    batch.source.name = name;
    batch.source.file = "/data/" + name + ".tsv";
    batch.source.sha256 = sha256(name);
    batch.source.format = "vlmevalkit";
    batch.images = { storedImage("first file", "first pixels"),
        storedImage(std::string("second\0file", 11), "second pixels") };
    for (int i = 0; i < count; ++i) {
        batch.items.push_back(itemNamed(std::to_string(i)));
        batch.itemImages.push_back(i % 3 == 0
                ? std::vector<std::size_t> { 1, 0 }
                : std::vector<std::size_t> { static_cast<std::size_t>(i % 2) });
    }
    batch.problems = { { 99, "99", "the picture is missing" } };
    return batch;
}

inline RunRow runNamed(const std::string& name)
{
    RunRow run;
    run.name = name;
    run.recipe = "scl";
    run.model = "/models/small";
    run.job = R"({"recipe":"scl"})";
    run.jobSha256 = sha256(run.job);
    return run;
}

} // namespace slook::store::test
