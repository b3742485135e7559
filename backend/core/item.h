#pragma once
#include "core/ids.h"
#include <string>
#include <vector>

namespace slook {

/// One option of a multiple-choice question.
struct Option {
    std::string label; ///< "A", "B", ...
    std::string text;
};

/// A picture as the project knows it. Identity is the SHA-256 of the decoded RGB pixels.
struct ImageRow {
    ImageId id;
    std::string sha256; ///< of the decoded RGB bytes, row by row
    std::string fileSha256; ///< of the encoded bytes
    int width = 0;
    int height = 0;
    std::string format; ///< "png", "jpeg", "webp", "bmp"
    std::string path; ///< where it lies; empty when the bytes are kept in the project
    bool storedBytes = false;
};

/// A question with what is needed to ask it and to mark the answer.
struct Item {
    ItemId id;
    SourceId source;
    std::string key; ///< the file's own index or id, unique within a source
    std::string question;
    std::string hint;
    std::vector<Option> options; ///< empty for an open question
    std::string answer; ///< an option's label, or the text of an open question; empty when unknown
    std::string category;
    std::string split;
    std::vector<ImageId> images; ///< in the order of the prompt
    std::string fields; ///< JSON object: every foreign field as it was written
    int line = 0; ///< where the record begins in the source file, counted from 1
};

} // namespace slook
