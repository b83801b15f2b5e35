#include <fmt/format.h>

#include "sdk/support/text.hpp"
#include "sdk/toolchain/compiler_probe.hpp"
#include "sdk/toolchain/store.hpp"
#include "sdk/toolchain/toolchain.hpp"

namespace rpikit::toolchain {
namespace {

namespace fs = std::filesystem;

/// A place to look: the store's folder alone, or PATH as it is.
struct Place {
    std::string origin;
    host::Environment environment;
    std::vector<fs::path> search = {};
    std::shared_ptr<const host::LockFile> in_use = {};

    bool in_store() const { return origin != "system"; }
};

/// Where the cache cannot be written nobody can remove anything from it, so there is nothing to lock. Nothing
/// when the installation is being removed.
std::optional<Place> store_place(const host::Host& host, const std::string& name) {
    const auto installation = current_installation(host, name);
    if (!installation) return std::nullopt;
    Place place{.origin = is_tarball(*installation) ? "tarball" : "store",
                .environment = host.environment,
                .search = {*installation / "bin"}};
    place.environment.set("PATH", (*installation / "bin").string());
    auto lock = host::LockFile::try_share(use_lock(host, name));
    if (!lock) return place;
    if (!*lock) return std::nullopt;
    place.in_use = std::make_shared<const host::LockFile>(**std::move(lock));
    return place;
}

/// The store goes first: somebody asked for it, because the system's was missing or too old.
std::vector<Place> places(const host::Host& host, const Description& description) {
    std::vector<Place> all;
    if (auto store = store_place(host, description.name)) all.push_back(*std::move(store));
    all.push_back({.origin = "system", .environment = host.environment});
    return all;
}

/// What LLVM programs have behind their names: "clang-19" comes with "ld.lld-19".
std::string version_suffix(const Description& description, const std::string& compiler) {
    const auto dash = compiler.rfind('-');
    if (!description.llvm || dash == std::string::npos) return {};
    return compiler.substr(dash);
}

std::string tool_name(const Description& description, const std::string& compiler, const std::string& tool) {
    if (description.llvm) return tool + version_suffix(description, compiler);
    return description.cross_compile + tool;
}

std::vector<std::string> make_variables(const Description& description, const std::string& compiler) {
    if (description.llvm) {
        const auto suffix = version_suffix(description, compiler);
        // Documentation/kbuild/llvm.rst: LLVM=-14 stands for clang-14, ld.lld-14 and so on.
        return {"LLVM=" + (suffix.empty() ? "1" : suffix)};
    }
    std::vector<std::string> variables = {"CROSS_COMPILE=" + description.cross_compile};
    if (compiler != description.cross_compile + "gcc") variables.push_back("CC=" + compiler);
    return variables;
}

/// The first compiler of the list that is there with all its tools; `incomplete` gets what was missing.
struct Candidate {
    std::string name;
    fs::path file;
};
std::optional<Candidate> look(const host::Host& host, const Description& description, const Place& place,
                              std::string& incomplete) {
    for (const auto& compiler : description.compilers) {
        const auto file = host.processes.find_program(compiler, place.environment);
        if (!file) continue;
        std::vector<std::string> missing;
        for (const auto& tool : description.tools) {
            auto name = tool_name(description, compiler, tool);
            if (!host.processes.find_program(name, place.environment)) missing.push_back(std::move(name));
        }
        if (missing.empty()) return Candidate{.name = compiler, .file = *file};
        incomplete += fmt::format("{} is there, but not {}\n", file->string(), join(missing, ", "));
    }
    return std::nullopt;
}

Result<Toolchain> describe(const host::Host& host, const Description& description, const Place& place,
                           const Candidate& found) {
    const auto program = place.in_store() ? program_behind(found.file) : found.file;
    std::error_code ignored;
    const auto real = fs::canonical(program, ignored);
    TRY_ASSIGN(const auto probe, probe_compiler(host, found.file, real.empty() ? program : real));
    return Toolchain{
        .name = description.name,
        .cross_compile = description.cross_compile,
        .llvm = description.llvm,
        .compiler = found.file,
        .version = probe.version.text(),
        .search = place.search,
        .make_variables = make_variables(description, found.name),
        .origin = place.origin,
        .identity = fmt::format("{} {} ({}) {}", description.name, found.name, probe.line, probe.sha256),
        .in_use = place.in_use};
}

}  // namespace

Result<Toolchain> find(const host::Host& host, const Description& description) {
    std::string incomplete;
    for (const auto& place : places(host, description)) {
        if (const auto found = look(host, description, place, incomplete)) {
            return describe(host, description, place, *found);
        }
    }
    return fail({.message = fmt::format("the toolchain {} is not installed", description.name),
                 .detail = incomplete + fmt::format("looked in rpi-kit's store and on PATH for: {}\n",
                                                    join(description.compilers, ", ")),
                 .hint = fmt::format("rpi-kit toolchain install {}", description.name)});
}

}  // namespace rpikit::toolchain
