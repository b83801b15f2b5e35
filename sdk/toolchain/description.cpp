#include "sdk/toolchain/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/board/formats.hpp"
#include "sdk/board/inherit.hpp"
#include "sdk/board/schema.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {
namespace {

using enum board::Type;
namespace format = board::format;

// clang-format off
constexpr auto rows = std::to_array<board::Row>({
    {.key = "description", .type = string, .required = true, .format = format::not_empty,
     .doc = "What it compiles for, in a few words."},
    {.key = "cross_compile", .type = string, .format = format::prefix,
     .doc = "The prefix of its programs (CROSS_COMPILE)."},
    {.key = "llvm", .type = boolean, .fallback = "false", .doc = "Clang and the LLVM tools (make LLVM=1)."},
    {.key = "compilers", .type = strings, .required = true, .format = format::file_name,
     .doc = "Names of the compiler, the preferred one first."},
    {.key = "tools", .type = strings, .required = true, .format = format::file_name,
     .doc = "Programs that must be there too; without prefix, and without the version in the compiler's name."},
    {.key = "packages", .type = strings, .required = true, .format = format::package,
     .doc = "Debian packages that bring it."},
});
// clang-format on

Result<Description> read(const std::filesystem::path& file) {
    TRY_ASSIGN(auto document, board::load_document(file));
    auto errors = board::validate(document, rows);
    if (errors.empty() && document.array_at("compilers").empty()) {
        errors.push_back({.message = "'compilers' must name at least one program",
                          .where = document.find("compilers")->where});
    }
    if (!errors.empty()) return fail(board::combine(std::move(errors)));
    board::complete(document, rows);
    return Description{.name = file.stem().string(),
                       .description = document.text_at("description"),
                       .cross_compile = document.text_at("cross_compile"),
                       .llvm = document.boolean_at("llvm"),
                       .compilers = document.texts_at("compilers"),
                       .tools = document.texts_at("tools"),
                       .packages = document.texts_at("packages"),
                       .file = file};
}

}  // namespace

std::span<const board::Row> description_schema() {
    return rows;
}

Result<Description> load(const std::string& name, const std::filesystem::path& folder) {
    const board::SearchPath search{.folders = {folder}};
    const auto known = board::names_below(search, "");
    if (std::ranges::count(known, name) > 0) return read(folder / (name + ".toml"));
    auto message = fmt::format("there is no toolchain \"{}\"", name);
    if (const auto near = near_match(name, known)) message += fmt::format("; did you mean \"{}\"?", *near);
    return fail({.message = std::move(message),
                 .detail = fmt::format("searched: {}\ntoolchains: {}\n", folder.string(), join(known, ", ")),
                 .hint = "rpi-kit toolchain list"});
}

Result<std::vector<Description>> load_all(const std::filesystem::path& folder) {
    std::vector<Description> all;
    for (const auto& name : board::names_below({.folders = {folder}}, "")) {
        TRY_ASSIGN(all.emplace_back(), read(folder / (name + ".toml")));
    }
    return all;
}

}  // namespace rpikit::toolchain
