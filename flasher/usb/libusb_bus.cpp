#include "flasher/usb/libusb_bus.hpp"

#include <fmt/format.h>
#include <libusb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>

#include "flasher/usb/errors.hpp"
#include "flasher/usb/libusb_transport.hpp"
#include "sdk/host/file.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::usb {

namespace fs = std::filesystem;

namespace {

constexpr std::uint16_t broadcom = 0x0a5c;
constexpr std::uint16_t bcm2711 = 0x2711;
/// The boot ROM's serial number string; what runs behind it has another.
constexpr std::array<std::uint8_t, 2> boot_rom_serial_indices{0, 3};
/// USB 3.2, 10.14: at most five hubs between a device and its root.
constexpr int most_ports = 7;

struct ListFreer {
    void operator()(libusb_device** list) const { libusb_free_device_list(list, 1); }
};

std::string port_of(libusb_device* device) {
    std::array<std::uint8_t, most_ports> numbers{};
    const int count = libusb_get_port_numbers(device, numbers.data(), most_ports);
    std::string port = fmt::format("{}", libusb_get_bus_number(device));
    for (int i = 0; i < count; ++i)
        port += fmt::format("{}{}", i == 0 ? '-' : '.', numbers[static_cast<std::size_t>(i)]);
    return port;
}

/// A board with one interface takes its files at that; one that shows a disk too, at its second.
/// \returns false while the kernel has not configured it yet
bool choose_endpoint(libusb_device* device, BoardFacts& facts) {
    libusb_config_descriptor* configuration = nullptr;
    if (libusb_get_active_config_descriptor(device, &configuration) != 0) return false;
    const bool alone = configuration->bNumInterfaces == 1;
    libusb_free_config_descriptor(configuration);
    facts.interface = alone ? 0 : 1;
    facts.endpoint = alone ? 1 : 3;
    return true;
}

class LibusbBus final : public Bus {
  public:
    explicit LibusbBus(fs::path sysfs) : sysfs_(std::move(sysfs)) {}

    Result<std::vector<BoardFacts>> boards() override {
        TRY_ASSIGN(const auto context, make_libusb_context());
        std::vector<BoardFacts> boards;
        TRY(each_board(context.get(),
                       [&](libusb_device*, BoardFacts facts) { boards.push_back(std::move(facts)); }));
        std::ranges::sort(boards, {}, &BoardFacts::port);
        return boards;
    }

    Result<std::unique_ptr<Transport>> open(const BoardFacts& board, std::stop_token stop) override {
        TRY_ASSIGN(auto context, make_libusb_context());
        libusb_device_handle* handle = nullptr;
        int code = LIBUSB_ERROR_NO_DEVICE;
        TRY(each_board(context.get(), [&](libusb_device* device, const BoardFacts& facts) {
            if (facts.port == board.port && facts.address == board.address)
                code = libusb_open(device, &handle);
        }));
        if (code != 0) return fail(libusb_error(code, board.port, "before it was opened"));
        return make_libusb_transport(std::move(context), handle, board, std::move(stop));
    }

  private:
    Result<> each_board(libusb_context* context,
                        const std::function<void(libusb_device*, BoardFacts)>& visit) const {
        libusb_device** raw = nullptr;
        const auto count = libusb_get_device_list(context, &raw);
        if (count < 0) return fail(no_usb_error(libusb_strerror(static_cast<int>(count))));
        const std::unique_ptr<libusb_device*, ListFreer> list(raw);
        for (auto* device : std::span(raw, static_cast<std::size_t>(count))) {
            libusb_device_descriptor descriptor{};
            if (libusb_get_device_descriptor(device, &descriptor) != 0) continue;
            if (descriptor.idVendor != broadcom || descriptor.idProduct != bcm2711) continue;
            if (auto facts = facts_of(device, descriptor.iSerialNumber)) visit(device, *std::move(facts));
        }
        return {};
    }

    std::optional<BoardFacts> facts_of(libusb_device* device, std::uint8_t serial_index) const {
        BoardFacts facts{.port = port_of(device), .address = libusb_get_device_address(device)};
        const bool rom =
            std::ranges::find(boot_rom_serial_indices, serial_index) != boot_rom_serial_indices.end();
        facts.stage = rom ? Stage::second_stage : Stage::file_server;
        if (!choose_endpoint(device, facts)) return std::nullopt;
        // The kernel has read it; asking the board again would get in the way of its protocol.
        if (const auto serial = host::read_file(sysfs_ / "bus/usb/devices" / facts.port / "serial", 4096))
            facts.serial = printable(trim(*serial));
        const auto node =
            fmt::format("/dev/bus/usb/{:03}/{:03}", libusb_get_bus_number(device), facts.address);
        facts.may_open = ::access(node.c_str(), R_OK | W_OK) == 0;
        return facts;
    }

    fs::path sysfs_;
};

}  // namespace

std::unique_ptr<Bus> make_libusb_bus(fs::path sysfs) {
    return std::make_unique<LibusbBus>(std::move(sysfs));
}

}  // namespace rpikit::usb
