#include "sdk/toolchain/compiler_probe.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "sdk/host/file.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::toolchain {
namespace {

/// What changes when the file does; empty when it cannot be read.
std::string file_state(const std::filesystem::path& program) {
    struct stat status{};
    if (stat(program.c_str(), &status) != 0) return {};
    return fmt::format("{} {} {} {}.{:09}", program.string(), status.st_ino, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::filesystem::path record_file(const host::Host& host, const std::filesystem::path& program) {
    return host.cache / "compilers" / sha256(program.string()).substr(0, 16);
}

/// Lines: state, hash, what --version said. Anything else is no record.
std::optional<CompilerProbe> read_record(const std::filesystem::path& file, const std::string& state) {
    constexpr std::size_t limit = 64 << 10;
    const auto text = host::read_file(file, limit);
    if (!text) return std::nullopt;
    const auto parts = lines(*text);
    if (parts.size() != 3 || parts[0] != state || parts[1].size() != 64) return std::nullopt;
    const auto version = parse_version(parts[2]);
    if (!version) return std::nullopt;
    return CompilerProbe{.version = *version, .line = std::string(parts[2]), .sha256 = std::string(parts[1])};
}

}  // namespace

Result<CompilerProbe> ask_version(const host::Host& host, const std::filesystem::path& program) {
    auto environment = host.environment.only({"PATH", "HOME", "TMPDIR"});
    environment.set("LC_ALL", "C");
    const host::Command command{.argv = {program.string(), "--version"},
                                .environment = std::move(environment)};
    constexpr std::chrono::seconds limit(30);
    TRY_ASSIGN(const auto exit,
               host::run_checked(host.processes, command, {.time_limit = limit, .stop = host.stop}));
    const auto line = exit.output.substr(0, exit.output.find('\n'));
    const auto version = parse_version(line);
    if (!version) {
        return fail({.message = fmt::format("{} does not tell its version", program.string()),
                     .detail = last_lines(exit.output, 10)});
    }
    return CompilerProbe{.version = *version, .line = line};
}

Result<CompilerProbe> probe_compiler(const host::Host& host, const std::filesystem::path& compiler,
                                     const std::filesystem::path& program) {
    const auto state = file_state(program);
    const auto record = record_file(host, program);
    if (!state.empty()) {
        if (auto known = read_record(record, state)) return *std::move(known);
    }
    TRY_ASSIGN(auto probe, ask_version(host, compiler));
    TRY_ASSIGN(probe.sha256, sha256_file(program));
    // Only a shortcut: where the cache cannot be written, the compiler is asked again.
    const auto text = fmt::format("{}\n{}\n{}\n", state, probe.sha256, probe.line);
    auto remembered = host::make_directories(record.parent_path());
    if (remembered) remembered = host::write_file(record, text);
    if (!remembered)
        host.note(fmt::format("the compiler's version is not remembered: {}", remembered.error().message));
    return probe;
}

}  // namespace rpikit::toolchain
