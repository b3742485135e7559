// Model folders are foreign files: three hundred damaged ones, each refused in one sentence that
// names a file of the folder, or read where the damage changes nothing that can be checked.
#include "core/file.h"
#include "damage.h"
#include "engine/session.h"
#include "fixture.h"
#include "image/picture.h"
#include "memory_used.h"
#include <gmock/gmock.h>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> realFolders()
{
    std::vector<fs::path> folders { fs::path(SLOOK_SOURCE_DIR) / "resources/model" };
    for (const auto* family : { "llava15", "llavanext", "smolvlm", "llama_text" })
        if (fs::exists(test::parityDir() / family / "model/config.json"))
            folders.push_back(test::parityDir() / family / "model");
    return folders;
}

bool isRead(const fs::path& file)
{
    const auto name = file.filename().string();
    return name != "README.md" && name != "special_tokens_map.json";
}

std::string damagedFile(const fs::path& file, Random& random)
{
    auto bytes = readFile(file).value();
    if (file.extension() == ".safetensors")
        return test::damagedTensors(std::move(bytes), random);
    if (file.extension() == ".json")
        return test::damagedJson(std::move(bytes), random);
    return test::damagedBytes(std::move(bytes), random);
}

/// What a run does first: a prompt with a picture, and two tokens.
Result<void> use(Session& session)
{
    std::vector<SeenPicture> pictures;
    text::Message message { "user", { text::textPart("What is this?") } };
    if (session.seesPictures()) {
        auto seen = session.see(image::filled(40, 30, { 200, 10, 90 }));
        if (!seen)
            return fail(seen.error());
        pictures.push_back(std::move(*seen));
        message.content.insert(message.content.begin(), text::imagePart());
    }
    const auto prompt = session.prompt({ &message, 1 }, pictures);
    if (!prompt)
        return fail(prompt.error());
    GenerationOptions options;
    options.maxNewTokens = 2;
    options.eosTokenIds = session.defaults().eosTokenIds;
    const auto turns = generate(session.model(), options, { &prompt->opening, 1 });
    if (!turns)
        return fail(turns.error());
    return {};
}

struct Outcome {
    bool refused = false; ///< by what reads it, or by what uses it first
    bool namesTheFile = false;
};

Outcome outcomeOf(const fs::path& folder, const std::string& damaged)
{
    auto session = Session::load(folder);
    if (!session) {
        const auto said = message(session.error());
        EXPECT_NE(session.error().kind, ErrorKind::Internal) << said;
        EXPECT_THAT(said, ::testing::HasSubstr(folder.string()));
        EXPECT_LT(said.size(), folder.string().size() + 500) << said.substr(0, 2000);
        EXPECT_EQ(said.find('\n'), std::string::npos) << said;
        return { true, said.find(damaged) != std::string::npos };
    }
    const auto used = use(**session);
    if (!used) {
        EXPECT_NE(used.error().kind, ErrorKind::Internal) << message(used.error());
    }
    return { !used, true };
}

TEST(HostileFolders, AreRefusedInASentenceOrReadWithoutHarm)
{
    constexpr std::uint64_t folders = 300;
    const auto real = realFolders();
    std::vector<fs::path> files;
    const test::TemporaryFolder place;
    for (const auto& folder : real) // the largest that an undamaged one needs
        ASSERT_FALSE(outcomeOf(folder, {}).refused) << folder;
    const auto before = test::peakMebibytes();
    std::size_t refused = 0, unnamed = 0;
    for (std::uint64_t i = 0; i < folders; ++i) {
        auto random = Random::of(20261122, "damage", i);
        const auto& from = real[i % real.size()];
        files.clear();
        for (const auto& entry : fs::directory_iterator(from))
            if (entry.is_regular_file() && isRead(entry.path()))
                files.push_back(entry.path());
        std::ranges::sort(files);
        const auto& victim = files[random.next() % files.size()];
        const auto folder = place.path() / std::to_string(i);
        fs::create_directory(folder);
        for (const auto& file : files)
            if (file != victim)
                fs::create_symlink(file, folder / file.filename());
        ASSERT_TRUE(writeFileAtomically(folder / victim.filename(), damagedFile(victim, random)));
        SCOPED_TRACE("folder " + std::to_string(i) + ", " + victim.string());
        try {
            const auto outcome = outcomeOf(folder, victim.filename().string());
            refused += outcome.refused ? 1 : 0;
            unnamed += outcome.refused && !outcome.namesTheFile ? 1 : 0;
        } catch (const std::exception& e) {
            ADD_FAILURE() << e.what();
        }
        fs::remove_all(folder);
    }
    EXPECT_LT(test::peakMebibytes() - before, 256);
    // A config and its weights may both be well-formed and not fit: then the other one is named.
    EXPECT_LT(unnamed, refused / 10);
    std::printf("%zu refused, %zu of them by the name of another file, %.0f MiB of growth\n",
        refused, unnamed, test::peakMebibytes() - before);
    EXPECT_GT(refused, folders / 2) << "too little damage to say anything";
}

} // namespace
} // namespace slook::engine
