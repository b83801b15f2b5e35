#include "sdk/host/sandbox.hpp"

#include <array>

#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace {

/// bwrap's options, one a line with its arguments, carried out in this order.
constexpr std::array<std::string_view, 13> isolation = {
    "--ro-bind / /",
    "--dev /dev",
    "--proc /proc",
    // Root may write /proc/sys and /proc/sysrq-trigger without any capability.
    "--remount-ro /proc",
    "--tmpfs /tmp",
    "--tmpfs /mnt",
    // A socket on a read-only file system still takes data; Docker and others listen below /run.
    "--tmpfs /run",
    "--unshare-user-try",
    "--unshare-net --unshare-pid",
    "--unshare-ipc",
    "--unshare-uts --hostname rpi-kit",
    // Root would keep its capabilities, and could mount the host writable again.
    "--cap-drop ALL",
    "--die-with-parent",
};

/// What a refused namespace usually means, by what bwrap says.
std::string explained(std::string_view output) {
    const auto tail = last_lines(output, 1);
    const std::string said(trim(tail));
    if (said.contains("namespace") || said.contains("uid map") || said.contains("Operation not permitted")) {
        return said +
               "; user namespaces are forbidden here, as in many containers "
               "(sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns)";
    }
    return said.empty() ? "bwrap fails without a word" : said;
}

}  // namespace

SandboxSupport probe_sandbox(const Host& host) {
    if (!host.processes.find_program("bwrap", host.environment)) {
        return {.available = false, .reason = "bubblewrap is not installed: apt-get install bubblewrap"};
    }
    Command probe = sandboxed({.argv = {"true"}}, {});
    probe.environment = host.environment;
    const auto exit = host.processes.run(probe, {.time_limit = std::chrono::seconds(20), .stop = host.stop});
    if (!exit) return {.available = false, .reason = exit.error().message};
    if (!exit->success()) return {.available = false, .reason = explained(exit->output)};
    return {.available = true};
}

Command sandboxed(const Command& command, const std::vector<Binding>& bindings) {
    // bwrap dies of SIGTERM at once and takes all inside along by SIGKILL, half-written files left behind. So
    // it ignores the signal, and the command inside gets it.
    Command wrapped{.argv = {"env", "--ignore-signal=TERM", "bwrap"},
                    .environment = command.environment,
                    .name = command.name.empty()
                                ? std::filesystem::path(command.argv.front()).filename().string()
                                : command.name};
    auto& argv = wrapped.argv;
    for (const auto option : isolation) {
        for (const auto word : split(option, ' '))
            argv.emplace_back(word);
    }
    for (const auto& binding : bindings) {
        argv.insert(argv.end(), {binding.writable ? "--bind" : "--ro-bind", binding.outside.string(),
                                 binding.inside.string()});
    }
    if (!command.directory.empty()) argv.insert(argv.end(), {"--chdir", command.directory.string()});
    argv.insert(argv.end(), {"--", "env", "--default-signal=TERM"});
    argv.insert(argv.end(), command.argv.begin(), command.argv.end());
    return wrapped;
}

}  // namespace rpikit::host
