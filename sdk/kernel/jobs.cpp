#include <algorithm>
#include <limits>
#include <optional>
#include <thread>

#include "sdk/host/file.hpp"
#include "sdk/kernel/make.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace {

constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

/// The number behind `name` in a file of "name number" or "name: number unit" lines.
std::optional<std::uint64_t> field(const char* file, std::string_view name) {
    const auto text = host::read_file(file);
    if (!text) return std::nullopt;
    for (const std::string_view line : lines(*text)) {
        if (!line.starts_with(name)) continue;
        const std::string_view rest = trim(line.substr(name.size()));
        return parse_number(rest.substr(0, rest.find(' ')));
    }
    return std::nullopt;
}

/// proc(5), bytes.
std::uint64_t machine_memory() {
    const auto kib = field("/proc/meminfo", "MemAvailable:");
    return kib ? *kib * 1024 : unknown;
}

/// What the control group of a container leaves (Documentation/admin-guide/cgroup-v2.rst), bytes. The page
/// cache counts as used there but is given back when it is needed.
std::uint64_t container_memory() {
    const auto limit = field("/sys/fs/cgroup/memory.max", "");
    const auto used = field("/sys/fs/cgroup/memory.current", "");
    if (!limit || !used) return unknown;
    const std::uint64_t cache = field("/sys/fs/cgroup/memory.stat", "file ").value_or(0);
    const std::uint64_t kept = *used > cache ? *used - cache : 0;
    return *limit > kept ? *limit - kept : 0;
}

}  // namespace

unsigned jobs_for(unsigned cores, std::uint64_t available) {
    constexpr std::uint64_t job_memory = std::uint64_t{512} << 20;
    const std::uint64_t wanted = std::uint64_t{cores} * 2;
    return static_cast<unsigned>(std::max<std::uint64_t>(1, std::min(wanted, available / job_memory)));
}

unsigned default_jobs() {
    return jobs_for(std::max(1U, std::thread::hardware_concurrency()),
                    std::min(machine_memory(), container_memory()));
}

}  // namespace rpikit::kernel
