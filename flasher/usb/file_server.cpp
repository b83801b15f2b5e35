#include "flasher/usb/file_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "flasher/usb/errors.hpp"
#include "sdk/support/bytes.hpp"

namespace rpikit::usb {

namespace {

/// More names than any board has, so that a hostile one cannot fill the memory.
constexpr std::size_t most_remembered = 4096;

struct Request {
    Command command = Command::done;
    std::string name;
};

Error protocol_error(const Transport& board, std::string what) {
    return {.message = fmt::format("the board at USB port {} {}", board.facts().port, what),
            .hint = "give it power again, then: rpi-kit usb list"};
}

Result<Request> receive_request(Transport& board, const Timing& timing) {
    std::array<std::byte, sizeof(FileRequest)> bytes{};
    TRY(receive_message(board, bytes, "a request", timing));
    const auto command = load_le<std::uint32_t>(bytes, offsetof(FileRequest, command));
    const auto* name = reinterpret_cast<const char*>(bytes.data()) + offsetof(FileRequest, name);
    const auto* end = std::find(name, name + sizeof(FileRequest::name), '\0');
    if (end == name + sizeof(FileRequest::name))
        return fail(protocol_error(board, "sent a name without an end"));
    if (command > static_cast<std::uint32_t>(Command::done))
        return fail(protocol_error(board, fmt::format("sent the unknown command {:#x}", command)));
    return Request{.command = static_cast<Command>(command), .name = {name, end}};
}

/// One board's requests.
class FileServer {
  public:
    FileServer(Transport& board, const ServedFolder& folder, const Timing& timing, const Trace& trace,
               Served& served)
        : board_(board), folder_(folder), timing_(timing), trace_(trace), served_(served) {}

    Result<> run() {
        while (true) {
            const auto request = receive_request(board_, timing_);
            if (!request) return fail(request.error());
            if (request->name.empty()) return end_by_empty_name(request->command);
            if (request->command == Command::done) {
                trace_(fmt::format("< done: {}", printable(request->name)));
                return {};
            }
            TRY(request->name.starts_with('*') ? remember(request->name) : answer(*request));
            if (served_.metadata.size() + served_.refused.size() + served_.missing.size() > most_remembered)
                return fail(protocol_error(board_, "asks for too many names"));
        }
    }

  private:
    Result<> end_by_empty_name(Command command) {
        trace_("< an empty name: done");
        const auto sent = send_length(board_, 0, timing_);
        // One that said "done" in so many words may be gone already.
        return command == Command::done ? Result<>{} : sent;
    }

    Result<> refuse(const std::string& name, std::string why) {
        trace_(fmt::format("! refused '{}': {}", printable(name), why));
        served_.refused[printable(name)] = std::move(why);
        return send_length(board_, 0, timing_);
    }

    /// `*KEY*VALUE`
    Result<> remember(const std::string& name) {
        const auto second = name.find('*', 1);
        if (second == std::string::npos || second == 1 ||
            name_refusal(name.substr(1)).value_or("") == "it is not printable")
            return refuse(name, "it is neither a file's name nor *KEY*VALUE");
        const auto key = name.substr(1, second - 1);
        auto value = name.substr(second + 1);
        trace_(fmt::format("< metadata {} = {}", key, value));
        served_.metadata[key] = std::move(value);
        return send_length(board_, 0, timing_);
    }

    Result<> answer(const Request& request) {
        TRY_ASSIGN(const auto found, folder_.find(board_.facts().port, request.name));
        if (!found.refusal.empty()) return refuse(request.name, found.refusal);
        const std::string_view what = request.command == Command::read_file ? "read" : "size of";
        if (!found.file) {
            trace_(fmt::format("< {} {}: missing", what, request.name));
            served_.missing.insert(request.name);
            return send_length(board_, 0, timing_);
        }
        const auto& file = *found.file;
        trace_(fmt::format("< {} {}: {}, {} bytes", what, request.name, file.shown(), file.size()));
        if (file.size() > std::numeric_limits<std::int32_t>::max())
            return fail(
                {.message = fmt::format("{} is too large for USB boot: 2 GiB or more", file.shown())});
        const auto size = static_cast<std::uint32_t>(file.size());
        if (request.command == Command::get_file_size) return send_length(board_, size, timing_);
        TRY(send_message(
            board_, size,
            [&](std::uint64_t offset, std::span<std::byte> piece) { return file.read_at(offset, piece); },
            timing_));
        ++served_.files;
        served_.bytes += size;
        return {};
    }

    Transport& board_;
    const ServedFolder& folder_;
    const Timing& timing_;
    const Trace& trace_;
    Served& served_;
};

}  // namespace

Result<> serve_files(Transport& board, const ServedFolder& folder, const Timing& timing, const Trace& trace,
                     Served& served) {
    return FileServer(board, folder, timing, trace, served).run();
}

}  // namespace rpikit::usb
