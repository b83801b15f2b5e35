#include "tests/support/fake_usb.hpp"

#include <algorithm>

namespace rpikit::test {

namespace {

std::unexpected<Error> failed(std::string what) {
    return fail({.message = "fake: " + std::move(what)});
}

class FakeTransport final : public usb::Transport {
  public:
    FakeTransport(FakeUsb& bus, FakeSocket& socket, usb::BoardFacts facts, std::stop_token stop)
        : bus_(&bus), socket_(&socket), facts_(std::move(facts)), stop_(std::move(stop)) {}

    const usb::BoardFacts& facts() const override { return facts_; }

    Result<> control_out(std::uint16_t value, std::uint16_t index, std::chrono::milliseconds) override {
        const std::scoped_lock lock(bus_->mutex);
        TRY_ASSIGN(const auto fault, begin());
        if (fault) return failed("fault in control OUT");
        if (!socket_->board.control_out(value, index)) return failed("stall in control OUT");
        return {};
    }

    Result<std::size_t> control_in(std::uint16_t value, std::uint16_t index, std::span<std::byte> bytes,
                                   std::chrono::milliseconds) override {
        const std::scoped_lock lock(bus_->mutex);
        TRY_ASSIGN(const auto fault, begin());
        if (fault && *fault != UsbFault::short_read) return failed("fault in control IN");
        const auto answer = socket_->board.control_in(value, index, static_cast<std::uint16_t>(bytes.size()));
        if (!answer) return failed("stall in control IN");
        std::copy_n(answer->begin(), std::min(answer->size(), bytes.size()), bytes.begin());
        if (fault) return answer->size() - 1;
        // The second stage starts, or the board goes its way: gone from the bus before the host looks again.
        if (socket_->board.leaving()) leave();
        return answer->size();
    }

    Result<std::size_t> bulk_out(std::span<const std::byte> bytes, std::chrono::milliseconds) override {
        const std::scoped_lock lock(bus_->mutex);
        TRY_ASSIGN(const auto fault, begin());
        socket_->largest_piece = std::max(socket_->largest_piece, bytes.size());
        if (fault == UsbFault::nothing_taken) return std::size_t{0};
        if (fault == UsbFault::too_much_taken) return bytes.size() + 1;
        if (fault == UsbFault::short_write) bytes = bytes.first((bytes.size() + 1) / 2);
        if (fault && fault != UsbFault::short_write) return failed("fault in bulk OUT");
        if (!socket_->board.bulk_out(bytes)) return failed("stall in bulk OUT");
        return bytes.size();
    }

  private:
    /// Counts the transfer. \returns what goes wrong with it
    Result<std::optional<UsbFault>> begin() {
        if (socket_->on_transfer) socket_->on_transfer();
        if (stop_.stop_requested()) return fail({.message = "interrupted", .kind = ErrorKind::interrupted});
        if (!socket_->present || socket_->address != facts_.address) return failed("left the bus");
        const auto number = socket_->transfers++;
        if (!socket_->fault || socket_->fault->first != number) return std::nullopt;
        if (socket_->fault->second == UsbFault::vanish) socket_->present = false;
        return socket_->fault->second;
    }

    void leave() {
        const bool again = !socket_->board.finished() && socket_->returns;
        socket_->present = false;
        ++socket_->address;
        if (again) socket_->away = socket_->looks_away + 1;
    }

    FakeUsb* bus_;
    FakeSocket* socket_;
    usb::BoardFacts facts_;
    std::stop_token stop_;
};

}  // namespace

FakeSocket& FakeUsb::plug(const std::string& port, BoardPlan plan) {
    const std::scoped_lock lock(mutex);
    return sockets_.try_emplace(port, std::move(plan)).first->second;
}

Result<std::vector<usb::BoardFacts>> FakeUsb::boards() {
    if (on_look) on_look(looks_++);
    const std::scoped_lock lock(mutex);
    std::vector<usb::BoardFacts> found;
    for (auto& [port, socket] : sockets_) {
        if (socket.away > 0 && --socket.away == 0) {
            socket.present = true;
            if (!socket.returns_as_rom) socket.board.come_back();
        }
        if (!socket.present) continue;
        found.push_back({.port = port,
                         .address = socket.address,
                         .stage = socket.board.in_rom() ? usb::Stage::second_stage : usb::Stage::file_server,
                         .serial = socket.serial});
    }
    return found;
}

Result<std::unique_ptr<usb::Transport>> FakeUsb::open(const usb::BoardFacts& board, std::stop_token stop) {
    const std::scoped_lock lock(mutex);
    auto& socket = sockets_.at(board.port);
    if (!socket.present || socket.address != board.address) return failed("left the bus");
    if (socket.open_error) return fail(*socket.open_error);
    if (socket.open_failures > 0 && socket.open_failures-- > 0) return failed("not ready");
    return std::make_unique<FakeTransport>(*this, socket, board, std::move(stop));
}

}  // namespace rpikit::test
