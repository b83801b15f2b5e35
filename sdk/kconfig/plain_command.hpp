#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rpikit::kconfig {

/// What a shell would print for the comparisons and the choice of a word that scripts/Kconfig.include makes:
/// `set -- A B && echo $2`, `{ test "A" = B; } >/dev/null 2>&1 && echo "y" || echo "n"`, and the same with
/// `test -z "A"`. Nothing for any other command, and for words that a shell might change.
std::optional<std::string> plain_output(std::string_view command);

}  // namespace rpikit::kconfig
