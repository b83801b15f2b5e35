#include "tests/support/emulated_board.hpp"

#include <algorithm>
#include <cstring>

namespace rpikit::test {

namespace {

constexpr std::size_t header_size = 24;
constexpr std::size_t request_size = 260;
constexpr std::size_t status_size = 4;

std::vector<std::byte> little_endian(std::uint32_t value, std::size_t size) {
    std::vector<std::byte> bytes(size);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

}  // namespace

bool EmulatedBoard::mistake(std::string what) {
    mistakes.push_back(std::move(what));
    return false;
}

std::vector<std::uint8_t> EmulatedBoard::descriptors() const {
    const std::uint8_t serial_index = in_rom_ ? 0 : 1;
    return {18, 1, 0x00, 0x02, 0xff, 0,    0, 64,   0x5c, 0x0a, 0x11, 0x27, 0, 0, 0, 0, serial_index, 1,  //
            9,  2, 25,   0,    1,    1,    0, 0xc0, 0,                                                    //
            9,  4, 0,    0,    1,    0xff, 0, 0,    0,                                                    //
            7,  5, 0x01, 2,    0x00, 0x02, 0};
}

bool EmulatedBoard::control_out(std::uint16_t value, std::uint16_t index) {
    const auto length = std::size_t{value} | std::size_t{index} << 16;
    if (leaving_) return finished_ && length == 0;
    if (awaited_ > 0) return mistake("a length before the message before it was whole");
    message_.clear();
    if (in_rom_) {
        if (bootcode_complete_) return mistake("a third message to the boot ROM");
        if (length != (bootcode_length_ ? *bootcode_length_ : header_size))
            return mistake("a second stage's message of " + std::to_string(length) + " bytes");
        awaited_ = length;
        return true;
    }
    if (!answer_due_) return mistake("an answer without a request");
    const auto& wish = plan_.wishes[next_wish_ - 1];
    answer_due_ = false;
    if (wish.command == 0) {
        sizes[wish.name] = static_cast<std::uint32_t>(length);
    } else {
        files[wish.name] = "";
        awaited_ = length;
    }
    return true;
}

bool EmulatedBoard::bulk_out(std::span<const std::byte> bytes) {
    if (bytes.size() > awaited_) return mistake("more bytes than were announced");
    message_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    awaited_ -= bytes.size();
    if (awaited_ == 0) take_message();
    return true;
}

void EmulatedBoard::take_message() {
    if (!in_rom_) {
        files[plan_.wishes[next_wish_ - 1].name] = message_;
    } else if (bootcode_length_) {
        bootcode = message_;
        bootcode_complete_ = true;
    } else {
        std::uint32_t length = 0;
        std::memcpy(&length, message_.data(), sizeof length);
        bootcode_length_ = length;
        if (std::any_of(message_.begin() + 4, message_.end(), [](char c) { return c != 0; }))
            mistake("a signature that is not zero");
    }
}

std::optional<std::vector<std::byte>> EmulatedBoard::control_in(std::uint16_t value, std::uint16_t index,
                                                                std::uint16_t length) {
    if ((std::size_t{value} | std::size_t{index} << 16) != length) {
        mistake("wValue and wIndex do not say what wLength says");
        return std::nullopt;
    }
    if (leaving_ || awaited_ > 0 || answer_due_) {
        mistake("asked although the host has the word");
        return std::nullopt;
    }
    if (length != (in_rom_ ? status_size : request_size)) {
        mistake("asked for " + std::to_string(length) + " bytes");
        return std::nullopt;
    }
    return in_rom_ ? answer_status() : next_request();
}

std::optional<std::vector<std::byte>> EmulatedBoard::answer_status() {
    if (!bootcode_complete_) {
        mistake("asked for the status before the second stage was there");
        return std::nullopt;
    }
    leaving_ = plan_.status == 0;
    return little_endian(plan_.status, status_size);
}

std::optional<std::vector<std::byte>> EmulatedBoard::next_request() {
    if (next_wish_ == plan_.wishes.size()) return std::nullopt;
    const auto& wish = plan_.wishes[next_wish_++];
    auto bytes = little_endian(static_cast<std::uint32_t>(wish.command), request_size);
    std::memcpy(bytes.data() + 4, wish.name.data(), std::min<std::size_t>(wish.name.size(), 256));
    answer_due_ = wish.command == 0 || wish.command == 1;
    finished_ = leaving_ = wish.command == 2 || wish.name.empty();
    return bytes;
}

void EmulatedBoard::come_back() {
    in_rom_ = false;
    leaving_ = finished_;
}

}  // namespace rpikit::test
