#include "flasher/usb/boot_boards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "flasher/usb/errors.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::usb {

namespace {

using Clock = std::chrono::steady_clock;

bool chosen(const BoardFacts& board, const Selection& selection) {
    if (!selection.port.empty()) return board.port == selection.port;
    if (!selection.serial.empty()) return board.serial == selection.serial;
    return true;
}

Error not_there(const Selection& selection, const std::vector<BoardFacts>& others) {
    if (selection.port.empty() && selection.serial.empty()) return no_board_error();
    Error error = no_board_error();
    error.message += selection.port.empty() ? fmt::format(" with serial number {}", selection.serial)
                                            : fmt::format(" at USB port {}", selection.port);
    for (const auto& other : others)
        error.causes.push_back(fmt::format("there is one at port {}{}{}", other.port,
                                           other.serial.empty() ? "" : ", serial number ", other.serial));
    if (!selection.serial.empty() && !others.empty())
        error.causes.emplace_back("a board in its boot ROM may have no serial number yet: choose it by port");
    if (!others.empty()) error.hint = "rpi-kit usb list";
    return error;
}

Error several(const std::vector<BoardFacts>& boards) {
    Error error{.message = fmt::format("{} boards wait for USB boot", boards.size()),
                .hint = fmt::format("choose one with --port {}, or take all with --all", boards.front().port),
                .kind = ErrorKind::usage};
    for (const auto& board : boards)
        error.causes.push_back(fmt::format("one at port {}", board.port));
    return error;
}

/// The boards that are booted, a thread each.
class Crew {
  public:
    Crew(Bus& bus, const ServedFolder& folder, const BootOptions& options, const std::stop_token& stop)
        : bus_(bus), folder_(folder), options_(options), stop_(stop) {}
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    /// The threads are joined first: they write to the rest.
    ~Crew() { threads_.clear(); }

    bool has(const std::string& port) const { return threads_.contains(port); }

    void start(const BoardFacts& board) {
        ++running_;
        threads_[board.port] = std::jthread([this, board] { boot(board); });
    }

    bool running() const { return running_ > 0; }

    std::vector<BoardReport> finish() {
        threads_.clear();
        std::ranges::sort(reports_, {}, &BoardReport::port);
        return std::move(reports_);
    }

  private:
    void boot(const BoardFacts& board) {
        say(options_.note, board.port,
            board.stage == Stage::second_stage ? "sending the second stage" : "serving files");
        const Trace trace = [&](std::string_view line) { say(options_.trace, board.port, line); };
        auto report = boot_board(bus_, board, folder_, options_.timing, trace, stop_);
        say(options_.note, board.port, report.failure ? report.failure->message : "done");
        const std::scoped_lock lock(mutex_);
        reports_.push_back(std::move(report));
        --running_;
    }

    void say(const std::function<void(std::string_view, std::string_view)>& whom, std::string_view port,
             std::string_view line) {
        if (!whom) return;
        const std::scoped_lock lock(mutex_);
        whom(port, line);
    }

    Bus& bus_;
    const ServedFolder& folder_;
    const BootOptions& options_;
    const std::stop_token& stop_;
    std::mutex mutex_;  ///< of reports_ and of the two callbacks
    std::vector<BoardReport> reports_;
    std::atomic<int> running_ = 0;
    std::map<std::string, std::jthread> threads_;
};

Result<std::vector<BoardFacts>> wait_for_boards(Bus& bus, const BootOptions& options,
                                                const std::stop_token& stop) {
    const auto deadline = Clock::now() + options.wait;
    // Boards on one hub get power together, and come one after the other.
    constexpr std::chrono::seconds company(1);
    const bool any =
        options.selection.port.empty() && options.selection.serial.empty() && !options.selection.all;
    bool alone = false;
    for (bool told = false;; told = true) {
        TRY_ASSIGN(const auto all, bus.boards());
        std::vector<BoardFacts> wanted;
        std::ranges::copy_if(all, std::back_inserter(wanted),
                             [&](const auto& board) { return chosen(board, options.selection); });
        if (!wanted.empty() && any && told && !std::exchange(alone, true)) {
            TRY(pause(company, stop));
            continue;
        }
        if (!wanted.empty()) return wanted;
        if (Clock::now() >= deadline) return fail(not_there(options.selection, all));
        if (!told && options.note) {
            const auto seconds = std::chrono::duration<double>(options.wait).count();
            options.note("", fmt::format("waiting up to {} for a board", format_duration(seconds)));
        }
        TRY(pause(options.timing.poll, stop));
    }
}

/// With --all: boards that come meanwhile join in; each port has one turn.
void boot_newcomers(Bus& bus, const BootOptions& options, const std::stop_token& stop, Crew& crew) {
    while (!stop.stop_requested()) {
        const bool working = crew.running();
        bool joined = false;
        // A look at the bus that fails is no reason to give up those at work; they will tell.
        if (const auto boards = bus.boards()) {
            for (const auto& board : *boards) {
                if (crew.has(board.port)) continue;
                crew.start(board);
                joined = true;
            }
        }
        if ((!working && !joined) || !pause(options.timing.poll, stop)) return;
    }
}

}  // namespace

Result<std::vector<BoardReport>> boot_boards(Bus& bus, const ServedFolder& folder, const BootOptions& options,
                                             const std::stop_token& stop) {
    TRY_ASSIGN(const auto boards, wait_for_boards(bus, options, stop));
    if (boards.size() > 1 && !options.selection.all) return fail(several(boards));
    Crew crew(bus, folder, options, stop);
    for (const auto& board : boards)
        crew.start(board);
    if (options.selection.all) boot_newcomers(bus, options, stop, crew);
    return crew.finish();
}

}  // namespace rpikit::usb
