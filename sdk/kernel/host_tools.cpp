#include "sdk/kernel/host_tools.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "sdk/host/packages.hpp"
#include "sdk/kernel/make.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::kernel {

namespace fs = std::filesystem;

namespace {

struct Row {
    const char* name;
    const char* package;
    const char* reason;
    const char* minimum = "";
    Need need = Need::required;
    const char* symbols = "";  ///< of Need::sometimes: one of these in a configuration needs it
};

// Versions: Documentation/process/changes.rst. A name with a slash or ".h" is a header.
constexpr std::array rows{
    Row{"make", "make", "runs the build", "4.0"},
    Row{"gcc", "gcc", "compiles the kernel's own build tools", "5.1"},
    Row{"ld", "binutils", "links the kernel's own build tools"},
    Row{"flex", "flex", "makes the readers of Kconfig and device trees", "2.5.35"},
    Row{"bison", "bison", "makes the readers of Kconfig and device trees", "2.0"},
    Row{"bc", "bc", "computes the tables of kernel/time"},
    Row{"awk", "mawk", "used by scripts of the build"},
    Row{"perl", "perl", "used by scripts of the build"},
    Row{"gzip", "gzip", "compresses the kernel and its configuration"},
    Row{"depmod", "kmod", "lists what each module needs"},
    Row{"modinfo", "kmod", "reads which kernel a module was built for"},
    Row{"stdlib.h", "libc6-dev", "headers of the host's C library"},
    Row{"linux/types.h", "linux-libc-dev", "headers for programs of the host"},
    Row{"openssl/opensslv.h", "libssl-dev", "certificates and signing of modules"},
    Row{"bwrap", "bubblewrap", "isolates the build: it can write to its own folder only", "", Need::wished},
    Row{"git", "git", "fetches kernel sources from git servers", "", Need::wished},
    Row{"sfdisk", "fdisk", "checks the image's partition table", "", Need::wished},
    Row{"fsck.fat", "dosfstools", "checks the image's boot partition", "", Need::wished},
    Row{"e2fsck", "e2fsprogs", "checks the image's root file system", "", Need::wished},
    Row{"libelf.h", "libelf-dev", "objtool, BTF", "", Need::sometimes, "OBJTOOL"},
    Row{"cpio", "cpio", "archive of the kernel's headers (IKHEADERS)", "", Need::sometimes, "IKHEADERS"},
    Row{"rsync", "rsync", "installs headers, makes packages", "", Need::sometimes},
    Row{"dpkg-buildpackage", "dpkg-dev", "makes Debian packages (package BOARD --deb)", "", Need::sometimes},
    Row{"dh", "debhelper", "makes Debian packages (package BOARD --deb)", "", Need::sometimes},
    Row{"xz", "xz-utils", "modules or kernel compressed with xz", "", Need::sometimes,
        "KERNEL_XZ MODULE_COMPRESS_XZ"},
    Row{"zstd", "zstd", "modules or kernel compressed with zstd", "", Need::sometimes,
        "KERNEL_ZSTD MODULE_COMPRESS_ZSTD"},
    Row{"ncurses.h", "libncurses-dev", "the kernel's menus (config BOARD menuconfig)", "", Need::sometimes},
    Row{"pahole", "dwarves", "type information for BPF (DEBUG_INFO_BTF)", "1.16", Need::sometimes,
        "DEBUG_INFO_BTF"},
};

HostTool tool_of(const Row& row) {
    return {row.name, row.package, row.reason, row.minimum, row.need};
}

bool is_header(std::string_view name) {
    return name.ends_with(".h");
}

/// The first dotted number of a program's --version: "GNU Make 4.3" gives "4.3".
std::string version_in(std::string_view output) {
    constexpr std::string_view digits = "0123456789";
    for (std::size_t start = output.find_first_of(digits); start != std::string_view::npos;) {
        const std::size_t end = std::min(output.find_first_not_of("0123456789.", start), output.size());
        const std::string_view number = output.substr(start, end - start);
        if (number.contains('.') && !number.ends_with('.')) return std::string(number);
        start = output.find_first_of(digits, end);
    }
    return {};
}

/// Where the host's compiler looks for headers, from what `gcc -E -v` says.
std::vector<fs::path> header_folders(const host::Host& host, const host::Environment& environment) {
    const auto gcc = host.processes.find_program("gcc", environment);
    if (!gcc) return {};
    const host::Command command{.argv = {gcc->string(), "-E", "-v", "-x", "c", "/dev/null"},
                                .environment = environment};
    const auto exit = host.processes.run(command, {});
    if (!exit || !exit->success()) return {};
    std::vector<fs::path> folders;
    bool inside = false;
    for (const std::string_view line : lines(exit->output)) {
        if (line.starts_with("End of search list")) break;
        if (inside) folders.emplace_back(trim(line));
        if (line.starts_with("#include <...> search starts here")) inside = true;
    }
    return folders;
}

class Checker {
  public:
    explicit Checker(const host::Host& host) : host_(host), environment_(host.environment.only({"HOME"})) {
        environment_.set("PATH", build_path(host, {}));
        environment_.set("LC_ALL", "C");
        headers_ = header_folders(host, environment_);
    }

    ToolCheck check(HostTool tool) const {
        ToolCheck result{.tool = std::move(tool), .problem = "not found"};
        if (is_header(result.tool.name)) {
            check_header(result);
        } else if (const auto path = host_.processes.find_program(result.tool.name, environment_)) {
            result.found = true;
            result.problem.clear();
            result.where = path->string();
            if (!result.tool.minimum.empty()) check_version(result);
        }
        return result;
    }

  private:
    void check_header(ToolCheck& result) const {
        for (const fs::path& folder : headers_) {
            std::error_code ignored;
            if (!fs::exists(folder / result.tool.name, ignored)) continue;
            result.found = true;
            result.problem.clear();
            result.where = (folder / result.tool.name).string();
            return;
        }
    }

    void check_version(ToolCheck& result) const {
        const host::Command command{.argv = {result.where, "--version"}, .environment = environment_};
        const auto exit = host_.processes.run(command, {});
        const std::string version = exit && exit->success() ? version_in(exit->output) : "";
        if (version.empty()) {
            result.found = false;
            result.problem = result.where + " does not run";
        } else if (older_version(version, result.tool.minimum)) {
            result.found = false;
            result.problem = result.where + " is version " + version + ", needed is " + result.tool.minimum;
        } else {
            result.version = version;
        }
    }

    const host::Host& host_;
    host::Environment environment_;
    std::vector<fs::path> headers_;
};

}  // namespace

bool older_version(std::string_view version, std::string_view minimum) {
    const auto numbers = [](std::string_view text) {
        std::vector<std::uint64_t> parts;
        for (const auto part : split(text, '.'))
            parts.push_back(parse_number(part).value_or(0));
        // "4" and "4.0" are the same version.
        while (!parts.empty() && parts.back() == 0)
            parts.pop_back();
        return parts;
    };
    return numbers(version) < numbers(minimum);
}

std::vector<ToolCheck> check_host_tools(const host::Host& host, std::string_view arch,
                                        std::span<const HostTool> more) {
    const Checker checker(host);
    std::vector<ToolCheck> checks;
    for (const Row& row : rows) {
        HostTool tool = tool_of(row);
        // Nearly every configuration of x86 runs objtool: mitigations, static calls, the ORC unwinder.
        if (arch == "x86" && tool.name == "libelf.h") tool.need = Need::required;
        checks.push_back(checker.check(std::move(tool)));
    }
    for (const HostTool& tool : more)
        checks.push_back(checker.check(tool));
    return checks;
}

ToolCheck check_host_tool(const host::Host& host, std::string_view name) {
    return Checker(host).check(tool_of(*std::ranges::find(rows, name, &Row::name)));
}

std::vector<std::string> missing_packages(const std::vector<ToolCheck>& checks, Need weakest) {
    std::set<std::string> packages;
    for (const ToolCheck& check : checks) {
        if (!check.found && check.tool.need <= weakest) packages.insert(check.tool.package);
    }
    return {packages.begin(), packages.end()};
}

Result<> require_configured_tools(const host::Host& host, const kconfig::DotConfig& config) {
    const auto is_set = [&](std::string_view symbol) { return config.value(std::string(symbol)) == "y"; };
    std::vector<ToolCheck> checks;
    std::optional<Checker> checker;
    for (const Row& row : rows) {
        if (!std::ranges::any_of(split(row.symbols, ' '), is_set)) continue;
        if (!checker) checker.emplace(host);
        checks.push_back(checker->check(tool_of(row)));
    }
    const auto packages = missing_packages(checks, Need::sometimes);
    if (packages.empty()) return {};
    Error error{.message = "this machine lacks what this configuration's build needs"};
    for (const ToolCheck& check : checks) {
        if (!check.found)
            error.causes.push_back(check.tool.name + ": " + check.problem + " (" + check.tool.reason + ")");
    }
    error.hint = join(host::install_command(packages, ::geteuid() == 0), " ");
    return fail(std::move(error));
}

}  // namespace rpikit::kernel
