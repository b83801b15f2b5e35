#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "flasher/usb/transport.hpp"

namespace rpikit::usb {

/// The BCM2711 boot ROM's protocol. A length travels in the setup packet of a vendor request: its low half is
/// wValue, its high half wIndex (USB 2.0, 9.3).

/// The first message to the boot ROM.
struct SecondStageHeader {
    std::uint32_t length;                    ///< bytes of bootcode4.bin, little-endian
    std::array<std::uint8_t, 20> signature;  ///< zero on the BCM2711
};
static_assert(sizeof(SecondStageHeader) == 24);

/// A request of the second stage, little-endian.
struct FileRequest {
    std::int32_t command;  ///< Command
    std::array<char, 256> name;
};
static_assert(sizeof(FileRequest) == 260);

enum class Command : std::int32_t { get_file_size = 0, read_file = 1, done = 2 };

/// How long things may take. The second stage pauses while it erases its EEPROM.
struct Timing {
    std::chrono::milliseconds control{20'000};    ///< a request's answer
    std::chrono::milliseconds bulk{20'000};       ///< one piece of a message
    std::chrono::milliseconds settle{1'000};      ///< between the second stage and its status
    std::chrono::milliseconds poll{100};          ///< between two looks at the bus
    std::chrono::milliseconds come_back{20'000};  ///< after the second stage, and for a board to open
};

/// One line of the protocol's trace, for people.
using Trace = std::function<void(std::string_view line)>;

/// Fills `piece` with the message's bytes from `offset`.
using MessageSource = std::function<Result<>(std::uint64_t offset, std::span<std::byte> piece)>;

/// Tells the board a length: the announcement of a message, or the answer to GetFileSize.
Result<> send_length(Transport& board, std::uint32_t length, const Timing& timing);

/// Announces `length` bytes and sends them in pieces of at most 16 KiB. A board that takes none is an error.
Result<> send_message(Transport& board, std::uint32_t length, const MessageSource& source,
                      const Timing& timing);
Result<> send_message(Transport& board, std::span<const std::byte> message, const Timing& timing);

/// Asks for exactly as many bytes as `message` holds; a shorter answer is an error.
/// \param what "its status", for messages
Result<> receive_message(Transport& board, std::span<std::byte> message, std::string_view what,
                         const Timing& timing);

/// Sends bootcode4.bin to a boot ROM and asks how it took it; anything but 0 is an error.
Result<> send_second_stage(Transport& board, std::span<const std::byte> bootcode, const Timing& timing,
                           const Trace& trace, const std::stop_token& stop);

/// Sleeps, but not longer than until a stop is asked for: then an error of kind `interrupted`.
Result<> pause(std::chrono::milliseconds time, const std::stop_token& stop);

}  // namespace rpikit::usb
