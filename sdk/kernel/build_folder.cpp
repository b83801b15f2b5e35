#include "sdk/kernel/build_folder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

fs::path mark(const fs::path& build) {
    return build / ".rpi-kit-unfinished";
}

/// Nanoseconds since 1970 of the last change of content; none for what is no regular file.
std::optional<std::int64_t> written_at(const fs::path& file) {
    struct stat status{};
    if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

fs::path saved_command(const fs::path& target) {
    return target.parent_path() / ("." + target.filename().string() + ".cmd");
}

/// fixdep writes the dependencies of a compilation behind its command (scripts/basic/fixdep.c); without them
/// a later change of a header or symbol would go unnoticed.
bool breaks_off(const fs::path& command) {
    const auto text = host::read_file(command);
    if (!text || !text->ends_with('\n')) return true;
    const bool has_dependencies = text->contains("-MMD,") || text->contains("-MD,");
    return has_dependencies && !text->contains("\n$(deps_");
}

/// What some rules write without saving a command, and all commands: a rule may append to its saved command
/// (CONFIG_MODVERSIONS) or change its target after it was saved.
bool is_doubtful_when_recent(const fs::path& file, bool has_command) {
    const fs::path extension = file.extension();
    if (extension == ".cmd") return true;
    // Kconfig replaces autoconf.h whole.
    if (has_command || file.filename() == "autoconf.h") return false;
    return extension == ".h" || extension == ".c" || extension == ".S";
}

/// All that a build folder's half-written files are found by.
class Inspection {
  public:
    Inspection(const fs::path& build, std::int64_t since) : build_(build), since_(since) {}

    Result<> scan() {
        std::error_code error;
        fs::recursive_directory_iterator entry(build_, error);
        for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
            if (const auto time = written_at(entry->path())) inspect(entry->path(), *time);
        }
        if (error) return fail({.message = "cannot read " + build_.string() + ": " + error.message()});
        return {};
    }

    std::vector<fs::path> half_written() const {
        // 10 s: what was at work at the moment of the kill need not have written the newest file of all.
        constexpr std::int64_t window = 10'000'000'000;
        std::vector<fs::path> found = broken_;
        for (const auto& [file, time] : doubtful_) {
            if (time >= newest_ - window) found.push_back(file);
        }
        return found;
    }

  private:
    void inspect(const fs::path& file, std::int64_t time) {
        newest_ = std::max(newest_, time);
        if (time < since_) return;
        const auto saved = written_at(saved_command(file));
        const bool broken = file.extension() == ".cmd" ? breaks_off(file) : saved && *saved < time;
        if (broken) {
            broken_.push_back(file);
        } else if (is_doubtful_when_recent(file, saved.has_value())) {
            doubtful_.emplace_back(file, time);
        }
    }

    fs::path build_;
    std::int64_t since_;
    std::int64_t newest_ = 0;
    std::vector<fs::path> broken_;
    std::vector<std::pair<fs::path, std::int64_t>> doubtful_;
};

}  // namespace

std::optional<std::uint64_t> unfinished_objects(const fs::path& build) {
    const auto text = host::read_file(mark(build));
    if (!text) return std::nullopt;
    return parse_number(trim(*text)).value_or(0);
}

Result<> mark_unfinished(const fs::path& build, std::uint64_t objects) {
    return host::write_file(mark(build), std::to_string(objects) + "\n");
}

Result<> mark_finished(const fs::path& build) {
    std::error_code error;
    fs::remove(mark(build), error);
    if (error) return fail({.message = "cannot remove " + mark(build).string() + ": " + error.message()});
    return {};
}

Result<std::size_t> remove_half_written(const fs::path& build) {
    Inspection inspection(build, written_at(mark(build)).value_or(0));
    TRY(inspection.scan());
    const auto files = inspection.half_written();
    for (const fs::path& file : files) {
        std::error_code error;
        fs::remove(file, error);
        if (error) return fail({.message = "cannot remove " + file.string() + ": " + error.message()});
    }
    return files.size();
}

std::optional<int> running_make(const fs::path& build) {
    std::error_code error;
    const fs::path folder = fs::canonical(build, error);
    if (error) return std::nullopt;
    for (fs::directory_iterator process("/proc", error); !error && process != fs::directory_iterator();
         process.increment(error)) {
        const auto number = parse_number(process->path().filename().string());
        if (!number) continue;
        const auto name = host::read_file(process->path() / "comm");
        if (!name || trim(*name) != "make") continue;
        std::error_code unreadable;
        if (fs::read_symlink(process->path() / "cwd", unreadable) == folder) return static_cast<int>(*number);
    }
    return std::nullopt;
}

}  // namespace rpikit::kernel
