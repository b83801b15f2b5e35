#include "flasher/usb/errors.hpp"

#include <fmt/format.h>

namespace rpikit::usb {

Error no_board_error() {
    return {
        .message = "no board waits for USB boot",
        .detail =
            "what to look at:\n"
            "  - the cable goes to the board's USB-C socket (Pi 4), or to the carrier's USB slave socket, "
            "and carries data\n"
            "  - a Compute Module 4 needs its jumper: nRPIBOOT to ground, set before it gets power\n"
            "  - a Pi 4 Model B starts from USB only after a setting in its one-time programmable memory, "
            "which cannot be undone,\n"
            "    and when its EEPROM and card do not start it\n"
            "  - power has been taken away and given again since\n",
        .hint = "lsusb -d 0a5c:2711"};
}

Error no_permission_error(std::string_view port) {
    // uaccess is for whoever sits at the machine, plugdev for who comes over the network. Files before
    // 73-seat-late.rules take part in uaccess (systemd's udev rules).
    return {.message = fmt::format("no permission to use the board at USB port {}", port),
            .detail =
                "this rule gives it to the users of this machine, for good; paste it, then plug the board in "
                "again:\n"
                "  echo 'SUBSYSTEM==\"usb\", ATTR{idVendor}==\"0a5c\", ATTR{idProduct}==\"2711\", "
                "MODE=\"0660\", GROUP=\"plugdev\", TAG+=\"uaccess\"' |\n"
                "    sudo tee /etc/udev/rules.d/70-raspberry-pi-boot.rules\n"
                "  sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=usb\n",
            .hint = "sudo rpi-kit usb boot ..."};
}

Error left_the_bus_error(std::string_view port, std::string_view doing) {
    return {.message = fmt::format("the board at USB port {} left the bus {}", port, doing),
            .hint = "look at its power and cable, give it power again, then: rpi-kit usb list"};
}

Error no_usb_error(std::string_view why) {
    Error error{.message = "this machine shows no USB devices",
                .causes = {"/dev/bus/usb is missing or empty"},
                .hint =
                    "in a container: docker run --privileged -v /dev/bus/usb:/dev/bus/usb ...; elsewhere: "
                    "lsusb -t"};
    if (!why.empty()) error.causes.push_back(fmt::format("libusb: {}", why));
    return error;
}

Error stopped_error() {
    return {.message = "interrupted", .kind = ErrorKind::interrupted};
}

std::string printable(std::string_view text) {
    std::string shown;
    for (const char c : text) {
        if (c >= ' ' && c <= '~')
            shown += c;
        else
            shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return shown;
}

}  // namespace rpikit::usb
