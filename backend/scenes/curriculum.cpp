#include "scenes/curriculum.h"
#include "image/decode.h"
#include "scenes/conversations.h"
#include "scenes/render.h"
#include <algorithm>
#include <cmath>

namespace slook::scenes {
namespace {

constexpr std::string_view kPurpose = "training"; // no other purpose draws from these streams
constexpr std::size_t kFewObjects = 3; // in most pictures of the warm-up

Scene sceneFor(
    Stage stage, std::uint64_t seed, std::uint64_t number, double hardShare, Random& random)
{
    if (stage == Stage::Full)
        return makeScene(
            seed, number, random.chance(hardShare) ? Level::Hard : Level::Easy, kPurpose);
    const bool few = random.chance(.7);
    for (std::uint64_t attempt = 0;; ++attempt) { // a third of all scenes have few objects
        Scene scene =
            makeScene(seed, (number << 8) + attempt % 256, Level::Easy, "training warm-up");
        if (!few || scene.objects.size() <= kFewObjects || attempt == 255)
            return scene;
    }
}

} // namespace

PatchLabels patchLabels(const Scene& scene)
{
    constexpr int side = 8;
    constexpr double patch = static_cast<double>(kPictureSide) / side;
    PatchLabels labels;
    labels.cell.fill(-1);
    labels.big.fill(-1);
    for (const Object& o : scene.objects)
        for (int i = 0; i < side * side; ++i) {
            const double dx = (i % side + .5) * patch - o.x;
            const double dy = (i / side + .5) * patch - o.y;
            const double reach = std::max(o.radius * .95, patch * .55);
            const bool holdsCentre = std::abs(dx) <= patch / 2 && std::abs(dy) <= patch / 2;
            if (!holdsCentre && dx * dx + dy * dy >= reach * reach)
                continue;
            const auto at = static_cast<std::size_t>(i);
            labels.shape[at] = static_cast<std::int8_t>(1 + static_cast<int>(o.shape));
            labels.colour[at] = static_cast<std::int8_t>(1 + o.colour);
            labels.cell[at] = static_cast<std::int8_t>(o.cell);
            labels.big[at] = o.big ? 1 : 0;
        }
    return labels;
}

Curriculum::Curriculum(CurriculumOptions options, std::vector<EasyVqaPicture> easyVqa)
    : m_options(std::move(options))
    , m_easyVqa(std::move(easyVqa))
{
    if (!m_options.measure)
        m_options.measure = [](const std::string& text) { return text.size() / 4; };
}

std::size_t Curriculum::lengthOf(const Conversation& conversation) const
{
    std::size_t length = 0;
    for (const Turn& turn : conversation)
        length += m_options.measure(turn.user) + m_options.measure(turn.reply.text)
            + 8; // USER, ASSISTANT, end
    return length;
}

std::vector<Conversation> Curriculum::filled(
    const std::function<std::optional<Conversation>()>& next) const
{
    std::vector<Conversation> conversations;
    std::size_t length = 0;
    for (int attempt = 0; attempt < 200 && length <= m_options.rowLength; ++attempt) {
        auto conversation = next();
        if (!conversation)
            continue;
        const std::size_t more = lengthOf(*conversation);
        if (!conversations.empty() && length + more > m_options.rowLength + 40) {
            if (length > m_options.rowLength * 3 / 4)
                break;
            continue;
        }
        length += more;
        conversations.push_back(std::move(*conversation));
    }
    return conversations;
}

Result<TrainingRow> Curriculum::row(Stage stage, std::uint64_t number) const
{
    Random random =
        Random::of(m_options.seed, stage == Stage::Look ? "rows warm-up" : "rows", number);
    TrainingRow row;
    if (stage == Stage::Full && !m_easyVqa.empty() && random.chance(m_options.easyVqaShare)) {
        const EasyVqaPicture& source = random.pick(m_easyVqa);
        auto picture = image::decodeFile(source.file);
        if (!picture)
            return fail(picture.error());
        row.picture = std::move(*picture);
        row.conversations = filled([&] { return easyVqaConversation(source, m_options, random); });
        return row;
    }
    const Scene scene = sceneFor(stage, m_options.seed, number, m_options.hardShare, random);
    row.picture = render(scene);
    row.labels = patchLabels(scene);
    row.conversations = filled([&] {
        return stage == Stage::Look ? lookConversation(scene, random)
                                    : fullConversation(scene, m_options, random);
    });
    return row;
}

BindingRow Curriculum::binding(BindingStage stage, std::uint64_t number) const
{
    Random random =
        Random::of(m_options.seed, "binding", number * 2 + (stage == BindingStage::All ? 1 : 0));
    const Scene scene = makeScene(m_options.seed, number, Level::Easy, "binding");
    return bindingRow(stage, scene, m_options, random);
}

} // namespace slook::scenes
