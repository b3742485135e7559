#include "scenes/curriculum.h"
#include "image/decode.h"
#include "scenes/conversations.h"
#include "scenes/render.h"

namespace slook::scenes {
namespace {

constexpr std::string_view kPurpose = "training"; // no other purpose draws from these streams
TrainingRow pictureOf(const Scene& scene)
{
    return { render(scene), {}, cellLabels(scene) };
}

} // namespace

CellLabels cellLabels(const Scene& scene)
{
    CellLabels labels;
    for (const Object& o : scene.objects) {
        const auto cell = static_cast<std::size_t>(o.cell);
        labels.shape[cell] = static_cast<std::int8_t>(1 + static_cast<int>(o.shape));
        labels.colour[cell] = static_cast<std::int8_t>(1 + o.colour);
        labels.size[cell] = o.big ? 2 : 1;
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
    std::size_t rowLength, const std::function<std::optional<Conversation>()>& next) const
{
    std::vector<Conversation> conversations;
    std::size_t length = 0;
    for (int attempt = 0; attempt < 200 && length <= rowLength; ++attempt) {
        auto conversation = next();
        if (!conversation)
            continue;
        const std::size_t more = lengthOf(*conversation);
        if (!conversations.empty() && length + more > rowLength + 40) {
            if (length > rowLength * 3 / 4)
                break;
            continue;
        }
        length += more;
        conversations.push_back(std::move(*conversation));
    }
    return conversations;
}

Scene Curriculum::scene(std::uint64_t number, Random& random) const
{
    const Level level = random.chance(m_options.hardShare) ? Level::Hard : Level::Easy;
    return makeScene(m_options.seed, number, level, kPurpose);
}

TrainingRow Curriculum::picture(std::uint64_t number) const
{
    Random random = Random::of(m_options.seed, "pictures", number);
    return pictureOf(scene(number, random));
}

std::vector<Conversation> Curriculum::texts(std::uint64_t number) const
{
    Random random = Random::of(m_options.seed, "texts", number);
    return filled(m_options.textLength, [&] { return textConversation(m_options, random); });
}

Result<TrainingRow> Curriculum::row(std::uint64_t number) const
{
    Random random = Random::of(m_options.seed, "rows", number);
    if (!m_easyVqa.empty() && random.chance(m_options.easyVqaShare)) {
        const EasyVqaPicture& source = random.pick(m_easyVqa);
        auto picture = image::decodeFile(source.file);
        if (!picture)
            return fail(picture.error());
        return TrainingRow { std::move(*picture),
            filled(m_options.rowLength,
                [&] { return easyVqaConversation(source, m_options, random); }),
            std::nullopt };
    }
    const Scene shown = scene(number, random);
    TrainingRow row = pictureOf(shown);
    row.conversations =
        filled(m_options.rowLength, [&] { return sceneConversation(shown, m_options, random); });
    return row;
}

} // namespace slook::scenes
