#pragma once
#include "core/result.h"
#include <optional>
#include <string>
#include <string_view>

/// How `secondlook-worker serve` and its parent talk: frames over the child's stdin and stdout,
/// each a length of 4 bytes (little-endian) and as many bytes of one JSON object.
///
/// The worker speaks first: {"protocol": 2, "program": "..."}; another number must be refused.
/// Requests carry an "id" and a "kind"; every request ends in one reply with that id and either
/// "ok": true or "ok": false with "error", one sentence. End of input means quit.
///
///   load    model, adapter, device, int8  -> family, context
///   ask     image (a file, or none), turns (the user's texts), decoding, corruption (an object as
///           image::toJson() writes it, done to the picture first; or none), artifact (of a
///           training that answers instead of what was loaded; or none)
///           -> first, before the reply, a frame {"id", "answer": {turn, prompt, text, tokenIds,
///              tokens (their texts), logprobs (of each, nats), finish, logprob, pixelsSha256,
///              seconds}} for every turn
///   distance  image, corruption           -> cosine: 1 - cos of the mean features of the picture
///              as it is and corrupted, as the language model gets them
///   compare a, b (texts), encoder (folder of a text encoder; or none: the loaded model reads them)
///           -> embedding (cosine of both sentence states), tokenF1, as SRF compares
///   seen    image, out (a PNG file to write) -> width, height, pixelsSha256
///   tokens  text                          -> ids, pieces
///   int8    model, questions ({image, text, letters} each), maxNewTokens; needs no load and ends
///           it -> how far weights in int8 are from the plain ones (worker/int8_report.h)
namespace slook::runs {

inline constexpr int serveProtocol = 2;
inline constexpr std::size_t longestFrame = 16u << 20; ///< bytes

/// @throws std::invalid_argument for more than longestFrame bytes
[[nodiscard]] std::string toFrame(std::string_view json);

/// Takes the first whole frame out of `buffer`; nothing while it is not complete.
/// Errors: Invalid for a length beyond longestFrame: the stream cannot be read any further.
[[nodiscard]] Result<std::optional<std::string>> takeFrame(std::string& buffer);

/// A frame from a descriptor, waiting for it; `buffer` keeps what came behind it. Nothing at the
/// end of input. Errors: Io, Invalid (see takeFrame, or an end in the middle of a frame).
[[nodiscard]] Result<std::optional<std::string>> readFrame(int fd, std::string& buffer);
/// Errors: Io (also where nobody listens any more; SIGPIPE must be ignored).
[[nodiscard]] Result<void> writeFrame(int fd, std::string_view json);

} // namespace slook::runs
