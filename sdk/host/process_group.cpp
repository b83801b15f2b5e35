#include "sdk/host/process_group.hpp"

#include <csignal>
#include <filesystem>
#include <string>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;

namespace {

/// proc_pid_stat(5): "pid (name) state parent group ..."; the name may hold blanks and brackets.
bool runs_in(const std::string& stat, pid_t group) {
    const auto bracket = stat.rfind(')');
    if (bracket == std::string::npos) return false;
    const auto fields = split(std::string_view(stat).substr(bracket + 1), ' ');
    if (fields.size() < 4 || fields[1] == "Z" || fields[1] == "X") return false;
    return fields[3] == std::to_string(group);
}

}  // namespace

bool group_runs(pid_t group) {
    if (::kill(-group, 0) != 0) return false;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
        if (!parse_number(entry->path().filename().string())) continue;
        // Whoever ends between the listing and here does not run either.
        const auto stat = read_file(entry->path() / "stat");
        if (stat && runs_in(*stat, group)) return true;
    }
    return false;
}

}  // namespace rpikit::host
