#include "flasher/usb/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

#include "flasher/usb/errors.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::usb {

namespace {

/// Of one bulk transfer, bytes; usbfs splits larger ones.
constexpr std::size_t largest_piece = 16384;

Result<> send_piece(Transport& board, std::span<const std::byte> piece, const Timing& timing) {
    while (!piece.empty()) {
        TRY_ASSIGN(const auto taken, board.bulk_out(piece, timing.bulk));
        if (taken == 0 || taken > piece.size()) {
            return fail(
                {.message = fmt::format("the board at USB port {} takes no more bytes", board.facts().port),
                 .hint = "give it power again, then: rpi-kit usb list"});
        }
        piece = piece.subspan(taken);
    }
    return {};
}

Error refused_second_stage(const Transport& board, std::uint32_t status) {
    return {
        .message = fmt::format("the board at USB port {} refused its second stage, status {:#x}",
                               board.facts().port, status),
        .causes = {"bootcode4.bin is damaged, is for another board, or lacks the signature that this board "
                   "was locked to"},
        .hint = "take bootcode4.bin from a fresh copy of Raspberry Pi's usbboot"};
}

}  // namespace

Result<> send_length(Transport& board, std::uint32_t length, const Timing& timing) {
    return board.control_out(static_cast<std::uint16_t>(length & 0xffffU),
                             static_cast<std::uint16_t>(length >> 16U), timing.control);
}

Result<> send_message(Transport& board, std::uint32_t length, const MessageSource& source,
                      const Timing& timing) {
    TRY(send_length(board, length, timing));
    std::vector<std::byte> buffer(std::min<std::size_t>(length, largest_piece));
    for (std::uint64_t offset = 0; offset < length; offset += buffer.size()) {
        const auto piece = std::span(buffer).first(std::min<std::size_t>(buffer.size(), length - offset));
        TRY(source(offset, piece));
        TRY(send_piece(board, piece, timing));
    }
    return {};
}

Result<> send_message(Transport& board, std::span<const std::byte> message, const Timing& timing) {
    const auto copy = [&](std::uint64_t offset, std::span<std::byte> piece) -> Result<> {
        std::ranges::copy(message.subspan(offset, piece.size()), piece.begin());
        return {};
    };
    return send_message(board, static_cast<std::uint32_t>(message.size()), copy, timing);
}

Result<> receive_message(Transport& board, std::span<std::byte> message, std::string_view what,
                         const Timing& timing) {
    const auto length = static_cast<std::uint32_t>(message.size());
    TRY_ASSIGN(const auto came,
               board.control_in(static_cast<std::uint16_t>(length & 0xffffU),
                                static_cast<std::uint16_t>(length >> 16U), message, timing.control));
    if (came == message.size()) return {};
    return fail({.message = fmt::format("the board at USB port {} sent {} of {} bytes of {}",
                                        board.facts().port, came, message.size(), what),
                 .hint = "give it power again, then: rpi-kit usb list"});
}

Result<> send_second_stage(Transport& board, std::span<const std::byte> bootcode, const Timing& timing,
                           const Trace& trace, const std::stop_token& stop) {
    std::array<std::byte, sizeof(SecondStageHeader)> header{};
    store_le(std::span<std::byte>(header), offsetof(SecondStageHeader, length),
             static_cast<std::uint32_t>(bootcode.size()));
    trace(fmt::format("> second stage: header of {} bytes", header.size()));
    TRY(send_message(board, header, timing));
    trace(fmt::format("> second stage: bootcode4.bin, {} bytes", bootcode.size()));
    TRY(send_message(board, bootcode, timing));
    TRY(pause(timing.settle, stop));
    std::array<std::byte, sizeof(std::uint32_t)> answer{};
    TRY(receive_message(board, answer, "its status", timing));
    const auto status = load_le<std::uint32_t>(answer, 0);
    trace(fmt::format("< second stage: status {:#x}", status));
    if (status != 0) return fail(refused_second_stage(board, status));
    return {};
}

Result<> pause(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, time, [] { return false; });
    if (stop.stop_requested()) return fail(stopped_error());
    return {};
}

}  // namespace rpikit::usb
