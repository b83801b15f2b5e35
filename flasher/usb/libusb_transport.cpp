#include "flasher/usb/libusb_transport.hpp"

#include <fmt/format.h>
#include <libusb.h>

#include <algorithm>
#include <vector>

#include "flasher/usb/errors.hpp"

namespace rpikit::usb {

namespace {

/// How often a waiting transfer looks whether it shall stop.
constexpr timeval between_looks{.tv_sec = 0, .tv_usec = 100'000};
/// How often events are handled for a cancelled transfer before it is given up: 10 s.
constexpr int cancel_patience = 100;

struct TransferFreer {
    void operator()(libusb_transfer* transfer) const { libusb_free_transfer(transfer); }
};

/// A transfer on its way, with the memory that libusb uses meanwhile.
struct Pending {
    explicit Pending(std::vector<unsigned char> bytes) : buffer(std::move(bytes)) {}

    std::vector<unsigned char> buffer;
    std::unique_ptr<libusb_transfer, TransferFreer> transfer{libusb_alloc_transfer(0)};
    int done = 0;
};

class LibusbTransport final : public Transport {
  public:
    LibusbTransport(LibusbContext context, libusb_device_handle* handle, BoardFacts facts,
                    std::stop_token stop)
        : context_(std::move(context)), handle_(handle), facts_(std::move(facts)), stop_(std::move(stop)) {}
    LibusbTransport(const LibusbTransport&) = delete;
    LibusbTransport& operator=(const LibusbTransport&) = delete;
    ~LibusbTransport() override {
        if (claimed_) libusb_release_interface(handle_, facts_.interface);
        libusb_close(handle_);
    }

    Result<> claim() {
        const int code = libusb_claim_interface(handle_, facts_.interface);
        if (code != 0) return fail(libusb_error(code, facts_.port, "while its interface was claimed"));
        claimed_ = true;
        return {};
    }

    const BoardFacts& facts() const override { return facts_; }

    Result<> control_out(std::uint16_t value, std::uint16_t index, std::chrono::milliseconds limit) override {
        TRY_ASSIGN(const auto moved, control(LIBUSB_ENDPOINT_OUT, value, index, {}, limit));
        (void)moved;
        return {};
    }

    Result<std::size_t> control_in(std::uint16_t value, std::uint16_t index, std::span<std::byte> bytes,
                                   std::chrono::milliseconds limit) override {
        return control(LIBUSB_ENDPOINT_IN, value, index, bytes, limit);
    }

    Result<std::size_t> bulk_out(std::span<const std::byte> bytes, std::chrono::milliseconds limit) override {
        const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
        auto pending = std::make_unique<Pending>(std::vector(data, data + bytes.size()));
        libusb_fill_bulk_transfer(pending->transfer.get(), handle_, facts_.endpoint | LIBUSB_ENDPOINT_OUT,
                                  pending->buffer.data(), static_cast<int>(bytes.size()), finished,
                                  &pending->done, static_cast<unsigned>(limit.count()));
        return complete(pending, "while it was sent data");
    }

  private:
    /// \param answer empty for OUT
    Result<std::size_t> control(std::uint8_t direction, std::uint16_t value, std::uint16_t index,
                                std::span<std::byte> answer, std::chrono::milliseconds limit) {
        auto pending =
            std::make_unique<Pending>(std::vector<unsigned char>(LIBUSB_CONTROL_SETUP_SIZE + answer.size()));
        auto& buffer = pending->buffer;
        libusb_fill_control_setup(buffer.data(), direction | LIBUSB_REQUEST_TYPE_VENDOR, 0, value, index,
                                  static_cast<std::uint16_t>(answer.size()));
        libusb_fill_control_transfer(pending->transfer.get(), handle_, buffer.data(), finished,
                                     &pending->done, static_cast<unsigned>(limit.count()));
        TRY_ASSIGN(const auto came, complete(pending, answer.empty() ? "while it was told a length"
                                                                     : "while it was asked something"));
        const auto usable = std::min(came, answer.size());
        std::ranges::copy(std::as_bytes(std::span(buffer)).subspan(LIBUSB_CONTROL_SETUP_SIZE, usable),
                          answer.begin());
        return usable;
    }

    static void LIBUSB_CALL finished(libusb_transfer* transfer) {
        *static_cast<int*>(transfer->user_data) = 1;
    }

    /// Submits and waits; a stop request cancels it. \returns bytes moved
    Result<std::size_t> complete(std::unique_ptr<Pending>& pending, std::string_view doing) {
        if (stop_.stop_requested()) return fail(stopped_error());
        if (const int code = libusb_submit_transfer(pending->transfer.get()); code != 0)
            return fail(libusb_error(code, facts_.port, doing));
        int left = cancel_patience;
        while (pending->done == 0) {
            auto wait = between_looks;
            const int code = libusb_handle_events_timeout_completed(context_.get(), &wait, &pending->done);
            const bool broken = code != 0 && code != LIBUSB_ERROR_INTERRUPTED;
            if (!broken && !stop_.stop_requested()) continue;
            libusb_cancel_transfer(pending->transfer.get());
            if (--left > 0) continue;
            // The memory is libusb's until it says that the transfer is done.
            [[maybe_unused]] const auto* left_to_libusb = pending.release();
            return fail(libusb_error(LIBUSB_ERROR_OTHER, facts_.port, doing));
        }
        return outcome(*pending->transfer, doing);
    }

    Result<std::size_t> outcome(const libusb_transfer& transfer, std::string_view doing) const {
        switch (transfer.status) {
            case LIBUSB_TRANSFER_COMPLETED:
                return static_cast<std::size_t>(transfer.actual_length);
            case LIBUSB_TRANSFER_CANCELLED:
                if (stop_.stop_requested()) return fail(stopped_error());
                return fail(libusb_error(LIBUSB_ERROR_INTERRUPTED, facts_.port, doing));
            case LIBUSB_TRANSFER_TIMED_OUT:
                return fail(libusb_error(LIBUSB_ERROR_TIMEOUT, facts_.port, doing));
            case LIBUSB_TRANSFER_NO_DEVICE:
                return fail(libusb_error(LIBUSB_ERROR_NO_DEVICE, facts_.port, doing));
            case LIBUSB_TRANSFER_STALL:
                return fail(libusb_error(LIBUSB_ERROR_PIPE, facts_.port, doing));
            case LIBUSB_TRANSFER_OVERFLOW:
                return fail(libusb_error(LIBUSB_ERROR_OVERFLOW, facts_.port, doing));
            case LIBUSB_TRANSFER_ERROR:
                break;
        }
        return fail(libusb_error(LIBUSB_ERROR_IO, facts_.port, doing));
    }

    LibusbContext context_;
    libusb_device_handle* handle_;
    BoardFacts facts_;
    std::stop_token stop_;
    bool claimed_ = false;
};

}  // namespace

void ContextCloser::operator()(libusb_context* context) const {
    libusb_exit(context);
}

Result<LibusbContext> make_libusb_context() {
    libusb_context* context = nullptr;
    const int code = libusb_init(&context);
    if (code != 0) return fail(no_usb_error(libusb_strerror(code)));
    return LibusbContext(context);
}

Result<std::unique_ptr<Transport>> make_libusb_transport(LibusbContext context, libusb_device_handle* handle,
                                                         BoardFacts facts, std::stop_token stop) {
    auto transport =
        std::make_unique<LibusbTransport>(std::move(context), handle, std::move(facts), std::move(stop));
    TRY(transport->claim());
    return transport;
}

Error libusb_error(int code, std::string_view port, std::string_view doing) {
    switch (code) {
        case LIBUSB_ERROR_ACCESS:
            return no_permission_error(port);
        case LIBUSB_ERROR_NO_DEVICE:
        case LIBUSB_ERROR_NOT_FOUND:
            return left_the_bus_error(port, doing);
        case LIBUSB_ERROR_BUSY:
            return {.message = fmt::format("the board at USB port {} is used by another program", port),
                    .hint = "end it; perhaps another usb boot runs"};
        case LIBUSB_ERROR_TIMEOUT:
            return {.message = fmt::format("the board at USB port {} did not answer in time {}", port, doing),
                    .hint = "give it power again, then: rpi-kit usb list"};
        case LIBUSB_ERROR_PIPE:
            return {.message = fmt::format("the board at USB port {} refused a request {}", port, doing),
                    .hint = "give it power again, then: rpi-kit usb list"};
        default:
            return {.message = fmt::format("the transfer to the board at USB port {} failed {}", port, doing),
                    .causes = {fmt::format("libusb: {}", libusb_strerror(code))},
                    .hint = "look at its power and cable, then: rpi-kit usb list"};
    }
}

}  // namespace rpikit::usb
