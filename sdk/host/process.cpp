#include "sdk/host/process.hpp"

// Below Boost 1.86 Process v2 is compiled into one source of the user; this is the one.
#include <boost/version.hpp>
#if BOOST_VERSION < 108600
#define BOOST_PROCESS_V2_SEPARATE_COMPILATION
#endif
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/process/v2/process.hpp>
#if BOOST_VERSION < 108600
#include <boost/process/v2/src.hpp>
#endif
#include <array>
#include <cerrno>
#include <csignal>

#include "sdk/host/child_setup.hpp"
#include "sdk/host/descriptor.hpp"
#include "sdk/host/file.hpp"
#include "sdk/host/process_group.hpp"
#include "sdk/host/program.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::host {

namespace fs = std::filesystem;
namespace asio = boost::asio;
namespace process = boost::process::v2;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How often a stopped group is looked at, and a silent child's on_output is called.
constexpr milliseconds group_poll{20};
constexpr seconds tick{1};

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(file_error("cannot make", "a pipe", errno));
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Initializer of Boost.Process, called in the child between fork and exec.
struct ChildInitializer {
    ChildSetup setup;
    const char* const* environment = nullptr;

    template <class Launcher>
    boost::system::error_code on_setup(Launcher& launcher, const boost::filesystem::path&,
                                       const char* const*) const {
        if (environment != nullptr) launcher.env = environment;
        return {};
    }

    template <class Launcher>
    boost::system::error_code on_exec_setup(Launcher&, const boost::filesystem::path&,
                                            const char* const*) const {
        if (!setup.apply()) return {errno, boost::system::system_category()};
        return {};
    }
};

/// One run of one command, from launch to end.
class Run {
  public:
    Run(const Command& command, const RunOptions& options) : command_(&command), options_(&options) {}

    Result<Exit> execute(const fs::path& program);

  private:
    enum class Read { some, nothing_now, end };

    Result<> open_streams();
    Result<> launch(const fs::path& program);
    void wait_for_output();
    Read read_output();
    void consume(std::string_view output);
    void react(std::string_view output);
    void send(const std::string& input);
    void tick_on();
    void limit_time();
    void stop(bool Exit::* reason);
    void kill_when_grace_ends();
    void signal_child(int number) const;
    void ended();
    void finish();

    const Command* command_;
    const RunOptions* options_;
    asio::io_context context_;
    asio::posix::stream_descriptor output_{context_};
    asio::posix::stream_descriptor input_{context_};
    asio::steady_timer ticker_{context_};
    asio::steady_timer limit_{context_};
    asio::steady_timer killer_{context_};
    Descriptor child_input_;
    Descriptor child_output_;
    Descriptor log_;
    std::optional<process::process> child_;
    pid_t pid_ = -1;
    std::array<char, std::size_t{64} << 10> buffer_{};
    std::string pending_input_;
    std::string sending_;
    bool quiet_ = true;  ///< no output since the last tick
    bool stopping_ = false;
    bool reaped_ = false;
    std::chrono::steady_clock::time_point kill_at_;
    std::optional<Error> log_error_;
    Exit exit_;
};

Result<> Run::open_streams() {
    if (!options_->log.empty()) {
        if (options_->log.has_parent_path()) TRY(make_directories(options_->log.parent_path()));
        log_ = Descriptor(::open(options_->log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
        if (!log_.valid()) return fail(file_error("cannot write the log", options_->log, errno));
    }
    if (options_->interactive) return {};
    TRY_ASSIGN(Pipe output, make_pipe());
    output_.assign(output.read_end.release());
    output_.native_non_blocking(true);
    child_output_ = std::move(output.write_end);
    if (options_->feed_input) {
        TRY_ASSIGN(Pipe input, make_pipe());
        input_.assign(input.write_end.release());
        child_input_ = std::move(input.read_end);
    } else {
        child_input_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    return {};
}

Result<> Run::launch(const fs::path& program) {
    std::vector<std::string> entries;
    std::vector<const char*> environment;
    if (command_->environment) {
        entries = command_->environment->entries();
        for (const auto& entry : entries)
            environment.push_back(entry.c_str());
        environment.push_back(nullptr);
    }
    const ChildInitializer initializer{
        .setup = {.directory = command_->directory.empty() ? nullptr : command_->directory.c_str(),
                  .input = child_input_.get(),
                  .output = child_output_.get(),
                  .own_group = !options_->interactive},
        .environment = command_->environment ? environment.data() : nullptr,
    };
    const std::vector<std::string> arguments(command_->argv.begin() + 1, command_->argv.end());
    try {
        child_.emplace(context_, boost::filesystem::path(program.string()), arguments, initializer);
    } catch (const boost::system::system_error& error) {
        return fail({.message = fmt::format("cannot start {}", program.string()),
                     .causes = {error.code().message()}});
    }
    pid_ = child_->id();
    child_input_.reset();
    child_output_.reset();
    return {};
}

/// Waits only, and reads by itself: asio's own read could hold bytes that `finish` would then miss.
void Run::wait_for_output() {
    output_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
        if (!error && read_output() != Read::end) wait_for_output();
    });
}

Run::Read Run::read_output() {
    ssize_t count = -1;
    do {
        count = ::read(output_.native_handle(), buffer_.data(), buffer_.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) return errno == EAGAIN ? Read::nothing_now : Read::end;
    if (count == 0) return Read::end;
    consume({buffer_.data(), static_cast<std::size_t>(count)});
    return Read::some;
}

void Run::consume(std::string_view output) {
    quiet_ = false;
    for (auto left = output; log_.valid() && !left.empty();) {
        const ssize_t count = ::write(log_.get(), left.data(), left.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            log_error_ = file_error("cannot write the log", options_->log, errno);
            log_.reset();
            stop(&Exit::stopped);
            break;
        }
        left.remove_prefix(static_cast<std::size_t>(count));
    }
    exit_.output += output;
    // Twice the size before it is cut: each byte is moved at most once.
    if (exit_.output.size() > 2 * options_->keep) {
        exit_.output.erase(0, exit_.output.size() - options_->keep);
    }
    react(output);
}

void Run::react(std::string_view output) {
    if (!options_->on_output) return;
    const Reaction reaction = options_->on_output(output);
    if (!reaction.input.empty()) send(reaction.input);
    if (reaction.stop) stop(&Exit::stopped);
}

void Run::send(const std::string& input) {
    pending_input_ += input;
    if (!sending_.empty() || !input_.is_open() || pending_input_.empty()) return;
    sending_ = std::exchange(pending_input_, {});
    asio::async_write(input_, asio::buffer(sending_), [this](boost::system::error_code error, std::size_t) {
        sending_.clear();
        if (!error) send({});
    });
}

void Run::tick_on() {
    ticker_.expires_after(tick);
    ticker_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        if (std::exchange(quiet_, true)) react({});
        tick_on();
    });
}

void Run::limit_time() {
    if (!options_->time_limit) return;
    limit_.expires_after(*options_->time_limit);
    limit_.async_wait([this](boost::system::error_code error) {
        if (!error) stop(&Exit::timed_out);
    });
}

void Run::signal_child(int number) const {
    ::kill(options_->interactive ? pid_ : -pid_, number);
}

void Run::stop(bool Exit::* reason) {
    if (std::exchange(stopping_, true)) return;
    exit_.*reason = true;
    signal_child(SIGTERM);
    kill_at_ = std::chrono::steady_clock::now() + options_->grace;
    kill_when_grace_ends();
}

/// The child may be gone long before others of its group; the group is what must be gone.
void Run::kill_when_grace_ends() {
    killer_.expires_after(group_poll);
    killer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        const bool gone = reaped_ && (options_->interactive || !group_runs(pid_));
        if (gone) return finish();
        if (std::chrono::steady_clock::now() >= kill_at_) {
            signal_child(SIGKILL);
            if (reaped_) return finish();
        }
        kill_when_grace_ends();
    });
}

void Run::ended() {
    reaped_ = true;
    if (!stopping_) finish();
}

/// What the child wrote before its end is in the pipe; what a daemon it left behind may still write is not
/// waited for.
void Run::finish() {
    while (output_.is_open() && read_output() == Read::some) {
    }
    context_.stop();
}

Result<Exit> Run::execute(const fs::path& program) {
    const SigpipeBlock no_sigpipe;
    const TerminalMode mode(options_->interactive);
    TRY(open_streams());
    TRY(launch(program));
    child_->async_wait([this](boost::system::error_code, int) { ended(); });
    if (output_.is_open()) wait_for_output();
    tick_on();
    limit_time();
    const std::stop_callback on_stop(options_->stop,
                                     [this] { asio::post(context_, [this] { stop(&Exit::stopped); }); });
    context_.run();

    // evaluate_exit_code() gives 15 for both exit(15) and SIGTERM.
    const int status = child_->native_exit_code();
    if (WIFSIGNALED(status)) exit_.signal = WTERMSIG(status);
    if (WIFEXITED(status)) exit_.code = WEXITSTATUS(status);
    if (exit_.output.size() > options_->keep) exit_.output.erase(0, exit_.output.size() - options_->keep);
    if (log_error_) return fail(*std::move(log_error_));
    return std::move(exit_);
}

class BoostProcessRunner final : public ProcessRunner {
  public:
    Result<Exit> run(const Command& command, const RunOptions& options) override {
        TRY_ASSIGN(const fs::path program, resolve(command));
        try {
            return Run(command, options).execute(program);
        } catch (const boost::system::system_error& error) {
            return fail({.message = fmt::format("cannot run {}", shell_quote(command.argv)),
                         .causes = {error.code().message()}});
        }
    }

    std::optional<fs::path> find_program(const std::string& name, const Environment& environment) override {
        return search_program(name, environment);
    }

  private:
    static Result<fs::path> resolve(const Command& command);
};

Result<fs::path> BoostProcessRunner::resolve(const Command& command) {
    std::error_code ignored;
    if (!command.directory.empty() && !fs::is_directory(command.directory, ignored)) {
        return fail({.message = fmt::format("cannot run {}", shell_quote(command.argv)),
                     .causes = {fmt::format("there is no folder {}", command.directory.string())}});
    }
    std::string name = command.argv.front();
    // As "cd directory && ./name" would.
    if (name.find('/') != std::string::npos) name = (command.directory / name).string();
    const auto environment = command.environment ? *command.environment : Environment::of_this_process();
    if (auto program = search_program(name, environment)) return *std::move(program);
    return fail({.message = fmt::format("cannot find the program {}", name),
                 .causes = {fmt::format("PATH is {}", environment.get("PATH").value_or("not set"))},
                 .hint = "rpi-kit doctor shows which tools are missing and how to install them"});
}

}  // namespace

std::unique_ptr<ProcessRunner> make_process_runner() {
    return std::make_unique<BoostProcessRunner>();
}

}  // namespace rpikit::host
