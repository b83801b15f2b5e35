#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "flasher/usb/transport.hpp"
#include "tests/support/emulated_board.hpp"

namespace rpikit::test {

/// What goes wrong with a fake board's transfer.
enum class UsbFault { timeout, vanish, stall, short_read, short_write, nothing_taken, too_much_taken };

/// A fake board, plugged in.
struct FakeSocket {
    explicit FakeSocket(BoardPlan plan) : board(std::move(plan)) {}

    EmulatedBoard board;
    std::string serial = {};
    bool present = true;
    bool returns = true;          ///< after its second stage
    bool returns_as_rom = false;  ///< it started anew
    int looks_away = 0;           ///< looks at the bus for which it is not there once it left
    int open_failures = 0;        ///< before it can be opened
    std::optional<Error> open_error = {};
    std::optional<std::pair<std::size_t, UsbFault>> fault = {};  ///< at the n-th transfer, from 0
    std::size_t transfers = 0;
    std::size_t largest_piece = 0;  ///< bulk, bytes
    unsigned address = 2;
    int away = 0;
    std::function<void()> on_transfer = {};
};

/// The USB seam's fake: emulated boards at ports, that fail when they are told to.
class FakeUsb final : public usb::Bus {
  public:
    FakeSocket& plug(const std::string& port, BoardPlan plan);

    Result<std::vector<usb::BoardFacts>> boards() override;
    Result<std::unique_ptr<usb::Transport>> open(const usb::BoardFacts& board, std::stop_token stop) override;

    std::function<void(int look)> on_look = {};  ///< called first by boards()
    std::mutex mutex;                            ///< of all sockets

  private:
    std::map<std::string, FakeSocket> sockets_;
    std::atomic<int> looks_ = 0;  // each session looks in a thread of its own
};

}  // namespace rpikit::test
