#include "tests/support/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace rpikit::test {

namespace {

struct Pipe {
    int read_end = -1;
    int write_end = -1;
    Pipe() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
        read_end = ends[0];
        write_end = ends[1];
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close(read_end);
        if (write_end >= 0) close(write_end);
    }
    void close_write_end() {
        close(write_end);
        write_end = -1;
    }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

pid_t spawn(std::vector<std::string> argv, std::vector<std::string> environment,
            const std::filesystem::path& directory, const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.write_end, STDERR_FILENO);
    pid_t child = 0;
    const int failure = posix_spawn(&child, argv.front().c_str(), &actions, nullptr, pointers(argv).data(),
                                    pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw std::runtime_error("cannot start " + argv.front());
    return child;
}

constexpr int longest_silence = 300'000;  // milliseconds
constexpr int between_looks = 10;         // for a file, milliseconds

bool cue_seen(const ProgramOptions& options, const ProgramRun& run) {
    if (!options.kill_when_exists.empty()) return std::filesystem::exists(options.kill_when_exists);
    return run.err.contains(options.kill_when);
}

/// Reads both pipes until the program closed them; sends the signal when its cue was seen.
void collect(pid_t child, const Pipe& out, const Pipe& err, const ProgramOptions& options, ProgramRun& run) {
    std::array<pollfd, 2> watched{{{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}}};
    std::array<char, 4096> buffer{};
    bool signalled = options.kill_signal == 0;
    int silence = 0;
    while (watched[0].fd >= 0 || watched[1].fd >= 0) {
        const bool looks = !signalled && !options.kill_when_exists.empty();
        const int wait = looks ? between_looks : longest_silence;
        const int ready = poll(watched.data(), watched.size(), wait);
        silence = ready > 0 ? 0 : silence + wait;
        if (ready < 0 || silence >= longest_silence) {
            kill(child, SIGKILL);
            return;
        }
        for (std::size_t i = 0; i < watched.size(); ++i) {
            if (ready == 0 || watched[i].revents == 0) continue;
            const auto count = read(watched[i].fd, buffer.data(), buffer.size());
            if (count <= 0) {
                watched[i].fd = -1;
                continue;
            }
            (i == 0 ? run.out : run.err).append(buffer.data(), static_cast<std::size_t>(count));
        }
        if (!signalled && cue_seen(options, run)) {
            kill(child, options.kill_signal);
            signalled = true;
        }
    }
}

}  // namespace

ProgramRun run_program(const std::vector<std::string>& argv, const ProgramOptions& options) {
    std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    if (!options.stubs.empty()) path.insert(0, options.stubs.string() + ':');
    std::vector<std::string> environment{"PATH=" + path, "HOME=" + options.home.string(), "LANG=C.UTF-8",
                                         "RPI_KIT_DATA=" RPIKIT_SOURCE_DIR};
    environment.insert(environment.end(), options.environment.begin(), options.environment.end());
    Pipe out;
    Pipe err;
    const pid_t child = spawn(argv, environment, options.directory, out, err);
    out.close_write_end();
    err.close_write_end();
    ProgramRun run;
    collect(child, out, err, options, run);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) run.signal = WTERMSIG(status);
    if (WIFEXITED(status)) run.code = WEXITSTATUS(status);
    return run;
}

}  // namespace rpikit::test
