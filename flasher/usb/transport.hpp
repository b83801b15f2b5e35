#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "sdk/support/result.hpp"

namespace rpikit::usb {

/// What a board on the bus waits for.
enum class Stage {
    second_stage,  ///< its boot ROM: bootcode4.bin
    file_server,   ///< what it runs then: somebody who answers its requests for files
};

/// What the descriptors of a BCM2711 that waits for USB boot say.
struct BoardFacts {
    std::string port;      ///< bus and ports on the way to it, "1-1.2" as in /sys/bus/usb/devices; it stays
    unsigned address = 0;  ///< on its bus; another one whenever it comes back
    Stage stage = Stage::second_stage;
    std::string serial = {};    ///< empty: it has none at this stage
    std::uint8_t endpoint = 1;  ///< bulk OUT, of the one interface that takes files
    std::uint8_t interface = 0;
    bool may_open = true;  ///< this user has the rights to
};

/// The seam for one open board: its vendor requests (bRequest 0, to the device) and its bulk OUT endpoint.
/// Failures are named after the board's port; a stop request ends each call soon, with an error of kind
/// `interrupted`.
class Transport {
  public:
    virtual ~Transport() = default;

    virtual const BoardFacts& facts() const = 0;
    /// bmRequestType 0x40, without data.
    virtual Result<> control_out(std::uint16_t value, std::uint16_t index,
                                 std::chrono::milliseconds limit) = 0;
    /// bmRequestType 0xC0. \returns bytes that came, no more than fit
    virtual Result<std::size_t> control_in(std::uint16_t value, std::uint16_t index,
                                           std::span<std::byte> bytes, std::chrono::milliseconds limit) = 0;
    /// \returns bytes that were taken, perhaps fewer than given
    virtual Result<std::size_t> bulk_out(std::span<const std::byte> bytes,
                                         std::chrono::milliseconds limit) = 0;
};

/// The seam for what is plugged in; called from several threads at once.
class Bus {
  public:
    virtual ~Bus() = default;

    /// All boards that wait for USB boot, sorted by port.
    virtual Result<std::vector<BoardFacts>> boards() = 0;
    /// Opens the board with these facts and claims its interface. Fails for a moment after the board came.
    virtual Result<std::unique_ptr<Transport>> open(const BoardFacts& board, std::stop_token stop) = 0;
};

}  // namespace rpikit::usb
