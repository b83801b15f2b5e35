#include "flasher/device/udisks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include "flasher/device/attribute.hpp"

namespace rpikit::device {

namespace {

constexpr const char* service = "org.freedesktop.UDisks2";
/// Long enough for somebody to find and type a password.
constexpr std::uint64_t patience = 120'000'000;  // microseconds

using Bus = std::unique_ptr<sd_bus, decltype(&sd_bus_flush_close_unref)>;
using Message = std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)>;

struct BusError {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    BusError() = default;
    BusError(const BusError&) = delete;
    BusError& operator=(const BusError&) = delete;
    ~BusError() { sd_bus_error_free(&error); }
};

Error failure(int code, const sd_bus_error* told = nullptr) {
    Error error{.message = "udisks2 does not open the device"};
    const bool has_text = told != nullptr && told->message != nullptr;
    if (told != nullptr && sd_bus_error_has_name(told, SD_BUS_ERROR_SERVICE_UNKNOWN) != 0) {
        error.causes = {"udisks2 does not run"};
    } else {
        error.causes = {clean_text(has_text ? told->message : std::strerror(-code))};
    }
    return error;
}

Result<Bus> connect(const std::string& address) {
    sd_bus* raw = nullptr;
    int code = 0;
    if (address.empty()) {
        code = sd_bus_open_system(&raw);
    } else {
        code = sd_bus_new(&raw);
        if (code >= 0) code = sd_bus_set_address(raw, address.c_str());
        if (code >= 0) code = sd_bus_set_bus_client(raw, 1);
        if (code >= 0) code = sd_bus_negotiate_fds(raw, 1);
        if (code >= 0) code = sd_bus_start(raw);
    }
    Bus bus(raw, sd_bus_flush_close_unref);
    if (code < 0) {
        return fail({.message = "udisks2 does not open the device",
                     .causes = {fmt::format("there is no system bus: {}", std::strerror(-code))}});
    }
    sd_bus_set_allow_interactive_authorization(raw, 1);
    return bus;
}

Result<Message> new_call(sd_bus* bus, const char* object, const char* interface, const char* method) {
    sd_bus_message* raw = nullptr;
    const int code = sd_bus_message_new_method_call(bus, &raw, service, object, interface, method);
    if (code < 0) return fail(failure(code));
    return Message(raw, sd_bus_message_unref);
}

Result<Message> call(sd_bus* bus, sd_bus_message* message) {
    BusError told;
    sd_bus_message* raw = nullptr;
    const int code = sd_bus_call(bus, message, patience, &told.error, &raw);
    Message reply(raw, sd_bus_message_unref);
    if (code < 0) return fail(failure(code, &told.error));
    return reply;
}

/// The object that stands for a device: its name there is udisks2's own affair.
Result<std::string> object_of(sd_bus* bus, const std::filesystem::path& node) {
    TRY_ASSIGN(const auto message, new_call(bus, "/org/freedesktop/UDisks2/Manager",
                                            "org.freedesktop.UDisks2.Manager", "ResolveDevice"));
    int code = sd_bus_message_append(message.get(), "a{sv}a{sv}", 1, "path", "s", node.c_str(), 0);
    if (code < 0) return fail(failure(code));
    TRY_ASSIGN(const auto reply, call(bus, message.get()));
    const char* object = nullptr;
    code = sd_bus_message_enter_container(reply.get(), SD_BUS_TYPE_ARRAY, "o");
    if (code >= 0) code = sd_bus_message_read(reply.get(), "o", &object);
    if (code < 0) return fail(failure(code));
    if (code == 0) {
        return fail({.message = "udisks2 does not open the device",
                     .causes = {fmt::format("it does not know {}", node.string())}});
    }
    return std::string(object);
}

}  // namespace

Result<host::Descriptor> open_through_udisks(const std::string& address, const std::filesystem::path& node,
                                             const std::string& mode, int flags) {
    TRY_ASSIGN(const auto bus, connect(address));
    TRY_ASSIGN(const auto object, object_of(bus.get(), node));
    TRY_ASSIGN(const auto message,
               new_call(bus.get(), object.c_str(), "org.freedesktop.UDisks2.Block", "OpenDevice"));
    int code = sd_bus_message_append(message.get(), "sa{sv}", mode.c_str(), 1, "flags", "i", flags);
    if (code < 0) return fail(failure(code));
    TRY_ASSIGN(const auto reply, call(bus.get(), message.get()));
    int number = -1;
    code = sd_bus_message_read(reply.get(), "h", &number);
    if (code < 0) return fail(failure(code));
    // The message owns the descriptor that came with it.
    host::Descriptor descriptor(::fcntl(number, F_DUPFD_CLOEXEC, 0));
    if (!descriptor.valid()) return fail(failure(-errno));
    return descriptor;
}

}  // namespace rpikit::device
