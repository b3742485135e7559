#pragma once
#include "core/item.h"
#include "store/project.h"
#include <map>
#include <string>

namespace slook::workbench {

/// What a question asks for, by its own words and its options alone, so that it is the same for
/// every model and every answer. The first that fits, in this order:
///   "yes/no"       every option is yes, no, true, false or a way to say that neither is known; or
///                  there are no options and it asks for yes or no, or begins with a form of to
///                  be, to do, to have, can, could, will, would or should and offers no "or"
///   "description"  describe, caption, summarise
///   "number"       how many, how much, count, what number
///   "colour"       what or which, then colour
///   "shape"        what or which, then shape
///   "position"     where; or what or which, then side, corner, direction, position or half
///   "text"         what is written, what something says or reads; what or which word or letter
///   "choice"       anything else with options
///   "open"         anything else
/// The words are English: of questions in another language only the options and the form tell.
[[nodiscard]] std::string questionKind(const Item& item);

/// Of all questions of a project.
[[nodiscard]] Result<std::map<ItemId, std::string>> questionKinds(const store::Project& project);

} // namespace slook::workbench
