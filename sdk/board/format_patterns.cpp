#include <array>

#include "sdk/board/formats.hpp"

namespace rpikit::board::format {
namespace {

struct Pattern {
    Complaint (*format)(std::string_view);
    std::string_view regex;
};

// Pieces that more than one pattern has.
#define CLEAN "[^\\u0000-\\u001f\\u007f]"
#define NOT_BLANK "(?=.*[^ \\t\\r\\n])"
#define COMPONENT "[^/\\\\\\u0000-\\u001f\\u007f]+"
#define NO_DOTS "(?!(.*/)?\\.\\.?(/|$))"

// Of ECMA 262, as JSON Schema has them. What they cannot say (a limit of the kernel's command line) they let
// pass.
constexpr std::array patterns = std::to_array<Pattern>({
    {not_empty, "^" NOT_BLANK CLEAN "+$"},
    {one_line, "^" CLEAN "*$"},
    {file_name, "^(?!-)(?!\\.\\.?$)" NOT_BLANK COMPONENT "$"},
    {relative_path, "^(?!-)" NO_DOTS NOT_BLANK COMPONENT "(/" COMPONENT ")*$"},
    {dtb, "^(?!-)" NO_DOTS NOT_BLANK "(?=.*\\.dtb$)" COMPONENT "(/" COMPONENT ")*$"},
    {name, "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
    {board_name, "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"},
    {prefix, "^([A-Za-z0-9][A-Za-z0-9._-]*-)?$"},
    {hostname, "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"},
    {package, "^[a-z0-9][a-z0-9+.-]+$"},
    {sha256, "^[0-9a-f]{64}$"},
    {url, "^((https?|ssh|git)://|file:///|(?!.*(::|://))[A-Za-z0-9][^ ]*:)[^ ]*$"},
    {git_branch, "^(?![./-])(?!.*\\.\\.)(?!.*/$)[A-Za-z0-9_./+-]+$"},
    {memory, "^[0-9]+[KMGT]?$"},
    {command_line, "^[^{}\\u0000-\\u001f\\u007f]*\\{root\\}[^{}\\u0000-\\u001f\\u007f]*$"},
    {menu_title, "^" NOT_BLANK "([^{}\\u0000-\\u001f\\u007f]|\\{release\\})+$"},
    {config_txt_line, "^" CLEAN "{0,98}$"},
    {symbol, "^(?!CONFIG_)[A-Za-z0-9_]+$"},
    {added_file, "^" NOT_BLANK CLEAN "+$"},
    {compatible, "^[A-Za-z0-9][A-Za-z0-9,._+-]*$"},
    {device_tree_node, "^(/|(/[A-Za-z0-9,._+@-]+)+)$"},
    {device_tree_pattern, "^(/|(/[A-Za-z0-9,._+@*?-]+)+)$"},
    {device_tree_property, "^[A-Za-z0-9,._+?#-]+$"},
    {partition_type,
     "^(0x[0-9a-fA-F]{2}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$"},
});

#undef CLEAN
#undef NOT_BLANK
#undef COMPONENT
#undef NO_DOTS

}  // namespace

std::string_view pattern_of(Complaint (*format)(std::string_view)) {
    for (const auto& pattern : patterns)
        if (pattern.format == format) return pattern.regex;
    return {};
}

}  // namespace rpikit::board::format
