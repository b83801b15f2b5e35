#pragma once

#include <memory>

#include "flasher/usb/transport.hpp"

struct libusb_context;
struct libusb_device_handle;

namespace rpikit::usb {

struct ContextCloser {
    void operator()(libusb_context* context) const;
};
using LibusbContext = std::unique_ptr<libusb_context, ContextCloser>;

/// A context of its own for each open board, so that no thread waits for another board's events.
Result<LibusbContext> make_libusb_context();

/// Takes an open device over: claims the interface that `facts` name.
Result<std::unique_ptr<Transport>> make_libusb_transport(LibusbContext context, libusb_device_handle* handle,
                                                         BoardFacts facts, std::stop_token stop);

/// What a code of libusb's means for the board at `port`. \param doing "while it was opened"
Error libusb_error(int code, std::string_view port, std::string_view doing);

}  // namespace rpikit::usb
