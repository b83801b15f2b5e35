#include "sdk/source/git_mirror.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "sdk/host/file.hpp"
#include "sdk/host/lock_file.hpp"
#include "sdk/support/sha256.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::source {

namespace fs = std::filesystem;

namespace {

/// What reaches git of the user's environment: where programs, keys, certificates and proxies are.
const std::vector<std::string> allowed_variables = {
    "PATH",          "HOME",         "XDG_CONFIG_HOME", "TMPDIR",      "SSH_AUTH_SOCK",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy",      "https_proxy", "HTTPS_PROXY",
    "all_proxy",     "ALL_PROXY",    "no_proxy",        "NO_PROXY"};

constexpr std::chrono::seconds answer_limit{10};

/// "Receiving objects:  45% (3600/8000), 1.2 MiB" as objects done of all.
void report(std::string_view output, const host::Progress& progress) {
    constexpr std::string_view title = "Receiving objects:";
    const auto start = output.rfind(title);
    if (start == std::string_view::npos) return;
    const auto open = output.find('(', start);
    const auto slash = output.find('/', start);
    const auto close = output.find(')', start);
    if (open == std::string_view::npos || close == std::string_view::npos || slash > close) return;
    const auto done = parse_number(output.substr(open + 1, slash - open - 1));
    const auto total = parse_number(output.substr(slash + 1, close - slash - 1));
    if (done && total) progress(*done, *total);
}

/// What git died of, in its own words.
std::string git_complaint(std::string_view output) {
    constexpr std::string_view mark = "fatal: ";
    for (const auto line : lines(output)) {
        if (line.starts_with(mark)) return std::string(line.substr(mark.size()));
    }
    return {};
}

}  // namespace

bool is_commit(const std::string& text) {
    return (text.size() == 40 || text.size() == 64) &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

GitMirror::GitMirror(const host::Host& host, std::string url)
    : host_(&host),
      url_(std::move(url)),
      folder_(host.cache / "git" / (sha256(url_).substr(0, 32) + ".git")) {}

host::Command GitMirror::command(std::vector<std::string> arguments) const {
    host::Command command{.argv = {"git", "-c", "gc.auto=0", "-c", "core.autocrlf=false", "-c", "core.eol=lf",
                                   "-c", "tar.umask=0022", "--git-dir", folder_.string()},
                          .environment = host_->environment.only(allowed_variables)};
    std::ranges::move(arguments, std::back_inserter(command.argv));
    auto& environment = *command.environment;
    environment.set("LC_ALL", "C");
    environment.set("GIT_TERMINAL_PROMPT", "0");
    environment.set("GIT_ALLOW_PROTOCOL", "https:http:git:file:ssh");
    environment.set("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
    environment.set("GIT_CONFIG_NOSYSTEM", "1");
    return command;
}

Result<std::string> GitMirror::remote_head(const std::string& branch) const {
    const auto ref = "refs/heads/" + branch;
    const auto ask = command({"ls-remote", "--exit-code", "--", url_, ref});
    TRY_ASSIGN(const auto exit, host_->processes.run(ask, {.time_limit = answer_limit, .stop = host_->stop}));
    if (exit.timed_out) {
        return fail({.message = fmt::format("{} does not answer within {} s", url_, answer_limit.count())});
    }
    if (exit.code == 2 && exit.signal == 0) {
        return fail({.message = fmt::format("{} has no branch '{}'", url_, branch),
                     .hint = fmt::format("git ls-remote --heads {}", shell_quote(url_))});
    }
    if (!exit.success()) {
        auto error = host::command_error(ask, exit, {});
        if (const auto said = git_complaint(exit.output); !exit.stopped && !said.empty())
            error.message = said;
        return fail(std::move(error), fmt::format("cannot reach {}", url_));
    }
    for (const auto line : lines(exit.output)) {
        const auto tab = line.find('\t');
        std::string commit(line.substr(0, tab));
        if (tab != std::string_view::npos && line.substr(tab + 1) == ref && is_commit(commit)) return commit;
    }
    return fail({.message = fmt::format("{} gave no commit for the branch '{}'", url_, branch)});
}

bool GitMirror::has(const std::string& commit) const {
    std::error_code ignored;
    if (!fs::exists(folder_ / "HEAD", ignored)) return false;
    // The reference is written after all that it needs has arrived; the commit's object alone could be first.
    const auto exit = host_->processes.run(
        command({"show-ref", "--verify", "--quiet", "refs/rpi-kit/" + commit}), {.stop = host_->stop});
    return exit && exit->success();
}

Result<> GitMirror::create() const {
    std::error_code ignored;
    if (!fs::exists(folder_ / "HEAD", ignored)) {
        TRY(host::make_directories(folder_));
        TRY(host::run_checked(host_->processes, command({"init", "--quiet", "--bare", "--template="}),
                              {.stop = host_->stop}));
    }
    // A commit's files as they are: nothing left out or replaced, no line ends changed, no filter programs.
    TRY(host::make_directories(folder_ / "info"));
    return host::write_file(folder_ / "info/attributes",
                            "* -export-ignore -export-subst -text -ident -filter -working-tree-encoding\n");
}

void GitMirror::remove_leftovers() const {
    std::error_code ignored;
    std::vector<fs::path> leftovers;
    for (const auto& folder : {folder_, folder_ / "refs/rpi-kit", folder_ / "objects/pack"}) {
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            const auto& path = entry.path();
            if (path.extension() == ".lock" || path.filename().string().starts_with("tmp_")) {
                leftovers.push_back(path);
            }
        }
    }
    for (const auto& path : leftovers)
        fs::remove(path, ignored);
}

Result<> GitMirror::fetch(const std::string& commit, const host::Progress& progress) const {
    TRY_ASSIGN(const auto lock, host::LockFile::acquire(folder_.string() + ".lock", host_->stop, [&] {
                   host_->note(fmt::format("waiting for another rpi-kit that fetches from {}", url_));
               }));
    if (has(commit)) return {};
    TRY(create());
    remove_leftovers();
    const auto on_output = [&](std::string_view output) {
        if (progress) report(output, progress);
        return host::Reaction{};
    };
    TRY(host::run_checked(
        host_->processes,
        command({"fetch", "--progress", "--depth=1", "--no-tags", "--no-write-fetch-head",
                 "--no-recurse-submodules", "--", url_, fmt::format("+{}:refs/rpi-kit/{}", commit, commit)}),
        {.on_output = on_output, .stop = host_->stop}));
    return {};
}

Result<> GitMirror::write_tar(const std::string& commit, const fs::path& file, std::stop_token stop) const {
    auto written =
        host::run_checked(host_->processes, command({"archive", "--format=tar", "-o", file.string(), commit}),
                          {.stop = std::move(stop)});
    if (written) return {};
    if (written.error().kind != ErrorKind::interrupted) {
        written.error().hint =
            "remove git's copy, it is fetched anew: rm -rf " + shell_quote(folder_.string());
    }
    return fail(std::move(written).error(), fmt::format("cannot read the commit {}", commit));
}

}  // namespace rpikit::source
