#include "flasher/usb/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "flasher/usb/errors.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::usb {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view second_stage_name = "bootcode4.bin";
/// It goes to the chip's own memory.
constexpr std::uint64_t largest_second_stage = std::uint64_t{1} << 20;

class Session {
  public:
    Session(Bus& bus, const ServedFolder& folder, const Timing& timing, const Trace& trace,
            const std::stop_token& stop, BoardReport& report)
        : bus_(bus), folder_(folder), timing_(timing), trace_(trace), stop_(stop), report_(report) {}

    Result<> run(BoardFacts board) {
        if (board.stage == Stage::second_stage) {
            TRY(give_second_stage(board));
            TRY_ASSIGN(board, wait_until_back(board));
            if (!board.serial.empty()) report_.serial = board.serial;
        }
        TRY_ASSIGN(const auto open, open_board(board));
        trace_("the file server's turn");
        return serve_files(*open, folder_, timing_, trace_, report_.served);
    }

  private:
    /// The board is closed behind it, so that it can come back.
    Result<> give_second_stage(const BoardFacts& board) {
        TRY_ASSIGN(const auto bootcode, read_second_stage(folder_, board.port));
        TRY_ASSIGN(const auto open, open_board(board));
        return send_second_stage(*open, std::as_bytes(std::span(bootcode)), timing_, trace_, stop_);
    }

    /// Just after a board came its node may lack its rights, or another program look at it.
    Result<std::unique_ptr<Transport>> open_board(BoardFacts board) {
        const auto deadline = Clock::now() + std::min(timing_.come_back, open_patience);
        while (true) {
            auto open = bus_.open(board, stop_);
            if (open) {
                trace_(fmt::format("open: interface {}, endpoint {}", board.interface, board.endpoint));
                return open;
            }
            if (open.error().kind == ErrorKind::interrupted || Clock::now() >= deadline) return open;
            trace_(fmt::format("not yet: {}", open.error().message));
            TRY(pause(timing_.poll, stop_));
            // A plug that bounces gives it another address.
            TRY_ASSIGN(const auto boards, bus_.boards());
            const auto found = std::ranges::find(boards, board.port, &BoardFacts::port);
            if (found != boards.end() && found->stage == board.stage) board = *found;
        }
    }

    Result<BoardFacts> wait_until_back(const BoardFacts& before) {
        const auto deadline = Clock::now() + timing_.come_back;
        trace_("waiting for it to come back");
        while (true) {
            TRY_ASSIGN(const auto boards, bus_.boards());
            const auto found = std::ranges::find(boards, before.port, &BoardFacts::port);
            if (found != boards.end() && found->stage == Stage::file_server) return *found;
            if (found != boards.end() && found->address != before.address)
                return fail(started_anew(before.port));
            if (Clock::now() >= deadline) return fail(did_not_come_back(before.port));
            TRY(pause(timing_.poll, stop_));
        }
    }

    static Error started_anew(const std::string& port) {
        return {
            .message = fmt::format("the board at USB port {} started anew instead of its second stage", port),
            .causes = {"bootcode4.bin does not run on it, or its power is too weak"},
            .hint = "take bootcode4.bin from a fresh copy of Raspberry Pi's usbboot"};
    }

    Error did_not_come_back(const std::string& port) const {
        const auto waited = format_duration(std::chrono::duration<double>(timing_.come_back).count());
        return {.message = fmt::format("the board at USB port {} took its second stage and did not come back "
                                       "within {}",
                                       port, waited),
                .hint = "look at its power and cable; --timeout gives it longer"};
    }

    static constexpr std::chrono::milliseconds open_patience{3000};

    Bus& bus_;
    const ServedFolder& folder_;
    const Timing& timing_;
    const Trace& trace_;
    const std::stop_token& stop_;
    BoardReport& report_;
};

Error no_second_stage(const ServedFolder& folder, const std::string& refusal) {
    Error error{
        .message = fmt::format("{} lacks {}, the second stage that every USB boot starts with",
                               folder.path().string(), second_stage_name),
        .causes = {"it is looked for in the folder, in its folder 2711, and in bootfiles.bin; Debian's "
                   "package raspi-firmware does not have it"},
        .hint = fmt::format("git clone --depth 1 https://github.com/raspberrypi/usbboot && "
                            "cp usbboot/firmware/bootfiles.bin {}",
                            shell_quote(folder.path().string()))};
    if (!refusal.empty()) {
        error.causes.insert(error.causes.begin(), refusal);
        error.hint = fmt::format("serve a copy without links: cp -rL {0} {0}.copy",
                                 shell_quote(folder.path().string()));
    }
    return error;
}

}  // namespace

Result<std::string> read_second_stage(const ServedFolder& folder, const std::string& port) {
    TRY_ASSIGN(const auto found, folder.find(port, second_stage_name));
    if (!found.file) return fail(no_second_stage(folder, found.refusal));
    if (found.file->size() == 0 || found.file->size() > largest_second_stage) {
        return fail({.message = fmt::format("{} is no second stage: it has {} bytes", found.file->shown(),
                                            found.file->size())});
    }
    std::string bytes(found.file->size(), '\0');
    TRY(found.file->read_at(0, std::as_writable_bytes(std::span(bytes))));
    return bytes;
}

BoardReport boot_board(Bus& bus, const BoardFacts& board, const ServedFolder& folder, const Timing& timing,
                       const Trace& trace, const std::stop_token& stop) {
    BoardReport report{.port = board.port, .serial = board.serial};
    auto result = Session(bus, folder, timing, trace, stop, report).run(board);
    if (!result) report.failure = std::move(result).error();
    return report;
}

}  // namespace rpikit::usb
