#include "sdk/toolchain/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sdk/board/formats.hpp"
#include "sdk/board/inherit.hpp"
#include "sdk/board/schema.hpp"
#include "sdk/support/text.hpp"
#include "sdk/toolchain/store.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {
namespace {

using enum board::Type;
namespace format = board::format;

/// An address that a download can come from.
format::Complaint tarball_url(std::string_view text) {
    if (const auto bad = format::url(text)) return bad;
    for (const auto* scheme : {"https://", "http://", "file:///"}) {
        if (text.starts_with(scheme)) return std::nullopt;
    }
    return fmt::format("\"{}\" is not an address that starts with https, http or file", text);
}

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
    {.key = "packages", .type = strings, .format = format::package,
     .doc = "Debian packages that bring it; not needed beside a tarball."},
    {.key = "tarball", .type = table, .doc = "An archive that its makers hand out, for hosts without such packages."},
    {.key = "tarball.url", .type = string, .required = true, .format = tarball_url,
     .doc = "Its address (https, http, file); {host} stands for x86_64 or aarch64, which we run on."},
    {.key = "tarball.strip", .type = integer, .fallback = "1",
     .doc = "How many leading path parts to drop, so that bin/ comes to the top."},
    {.key = "tarball.sha256", .type = table, .required = true, .doc = "The archive's SHA-256 for each host."},
    {.key = "tarball.sha256.x86_64", .type = string, .format = format::sha256, .doc = "On amd64."},
    {.key = "tarball.sha256.aarch64", .type = string, .format = format::sha256, .doc = "On arm64."},
});
// clang-format on

constexpr std::int64_t most_stripped = 8;

/// What else must hold, which one row alone cannot say.
std::vector<Error> check(const board::Value& document) {
    std::vector<Error> errors;
    if (document.array_at("compilers").empty()) {
        errors.push_back({.message = "'compilers' must name at least one program",
                          .where = document.find("compilers")->where});
    }
    if (document.array_at("packages").empty() && document.find("tarball") == nullptr) {
        const auto* packages = document.find("packages");
        errors.push_back({.message = "neither 'packages' nor 'tarball' say what to install",
                          .where = packages != nullptr ? packages->where : document.where});
    }
    const auto* strip = document.find("tarball.strip");
    if (strip != nullptr && (*strip->integer() < 0 || *strip->integer() > most_stripped)) {
        errors.push_back({.message = fmt::format("'tarball.strip' must be from 0 to {}", most_stripped),
                          .where = strip->where});
    }
    return errors;
}

/// Nothing when there is none for the architecture that we run on.
std::optional<Tarball> read_tarball(const board::Value& document) {
    const std::string triplet = host_architecture().triplet;
    const auto machine = triplet.substr(0, triplet.find('-'));
    Tarball tarball{.url = document.text_at("tarball.url"),
                    .sha256 = document.text_at("tarball.sha256." + machine),
                    .strip = static_cast<unsigned>(document.integer_at("tarball.strip"))};
    if (tarball.sha256.empty()) return std::nullopt;
    constexpr std::string_view placeholder = "{host}";
    for (auto at = tarball.url.find(placeholder); at != std::string::npos; at = tarball.url.find(placeholder))
        tarball.url.replace(at, placeholder.size(), machine);
    return tarball;
}

Result<Description> read(const std::filesystem::path& file) {
    TRY_ASSIGN(auto document, board::load_document(file));
    auto errors = board::validate(document, rows);
    if (errors.empty()) errors = check(document);
    if (!errors.empty()) return fail(board::combine(std::move(errors)));
    board::complete(document, rows);
    return Description{.name = file.stem().string(),
                       .description = document.text_at("description"),
                       .cross_compile = document.text_at("cross_compile"),
                       .llvm = document.boolean_at("llvm"),
                       .compilers = document.texts_at("compilers"),
                       .tools = document.texts_at("tools"),
                       .packages = document.texts_at("packages"),
                       .tarball = read_tarball(document),
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
