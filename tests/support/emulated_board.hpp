#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rpikit::test {

/// A request that an emulated board makes, as it goes over the wire.
struct Wish {
    std::int32_t command = 1;  ///< 0 GetFileSize, 1 ReadFile, 2 Done
    std::string name;          ///< up to 256 bytes; the rest is filled with zeros
};

struct BoardPlan {
    std::uint32_t status = 0;  ///< its ROM's answer to the second stage
    std::vector<Wish> wishes;
};

/// A BCM2711's side of USB boot, without any bus: what is told to it goes in, what it says comes out. Strict:
/// a host that departs from the protocol is answered with a stall, and `mistakes` says why. Uses the standard
/// library alone, so that a USB gadget in a guest can be made of it.
class EmulatedBoard {
  public:
    explicit EmulatedBoard(BoardPlan plan) : plan_(std::move(plan)) {}

    /// Vendor request 0x40, bRequest 0. \returns false: stall
    bool control_out(std::uint16_t value, std::uint16_t index);
    /// Vendor request 0xC0, bRequest 0. \returns nothing: stall
    std::optional<std::vector<std::byte>> control_in(std::uint16_t value, std::uint16_t index,
                                                     std::uint16_t length);
    /// \returns false: stall
    bool bulk_out(std::span<const std::byte> bytes);
    /// Bytes that were announced and have not come yet.
    std::size_t awaited() const { return awaited_; }

    /// Device descriptor (18 bytes), configuration, interface and bulk OUT endpoint 1 (USB 2.0, tables 9-8 to
    /// 9-13).
    std::vector<std::uint8_t> descriptors() const;

    bool in_rom() const { return in_rom_; }
    /// It is about to leave the bus: its second stage starts, or it has all it wants.
    bool leaving() const { return leaving_; }
    bool finished() const { return finished_; }
    /// It appears on the bus again, as what it left as; the ROM's successor is the file server's client.
    void come_back();

    std::string bootcode;
    std::map<std::string, std::string> files;    ///< answers to ReadFile; missing ones are empty
    std::map<std::string, std::uint32_t> sizes;  ///< answers to GetFileSize
    std::vector<std::string> mistakes;           ///< the host's

  private:
    bool mistake(std::string what);
    std::optional<std::vector<std::byte>> answer_status();
    std::optional<std::vector<std::byte>> next_request();
    void take_message();

    BoardPlan plan_;
    bool in_rom_ = true;
    bool leaving_ = false;
    bool finished_ = false;
    bool answer_due_ = false;  ///< the last request has no answer yet
    std::size_t next_wish_ = 0;
    std::size_t awaited_ = 0;
    std::optional<std::uint32_t> bootcode_length_;
    bool bootcode_complete_ = false;
    std::string message_;
};

}  // namespace rpikit::test
