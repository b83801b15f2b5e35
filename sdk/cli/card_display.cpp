#include "sdk/cli/card_display.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sdk/cli/json_text.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

constexpr auto between_drawings = std::chrono::milliseconds(100);
constexpr auto between_events = std::chrono::seconds(1);
/// How often a plain line tells of what has no known end.
constexpr std::uint64_t told_of_a_stream = std::uint64_t{256} << 20;  // bytes
/// Before that a speed says nothing.
constexpr double settled = 0.5;  // seconds
/// What stands behind a bar is no wider: "  100 %  999.9 MiB of about 999.9 MiB  999.9 MiB/s  ETA 59 min 59
/// s".
constexpr std::size_t widest_numbers = 68;
constexpr std::size_t longest_bar = 30;
constexpr std::size_t shortest_bar = 8;

/// "  [####----]" where the terminal has room for it; all cards' bars are equally long.
std::string bar(std::uint64_t done, std::uint64_t total, std::size_t room) {
    constexpr std::size_t frame = 4;
    if (room < shortest_bar + frame) return {};
    const auto width = std::min(room - frame, longest_bar);
    const auto share = static_cast<double>(done) / static_cast<double>(total);
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
    return fmt::format("  [{}{}]", std::string(filled, '#'), std::string(width - filled, '-'));
}

}  // namespace

std::string_view to_string(card::Phase phase) {
    switch (phase) {
        case card::Phase::write:
            return "write";
        case card::Phase::flush:
            return "flush";
        case card::Phase::verify:
            return "verify";
        case card::Phase::finish:
            return "finish";
        case card::Phase::done:
            return "done";
        case card::Phase::failed:
            break;
    }
    return "failed";
}

CardDisplay::CardDisplay(const Context& context, std::vector<std::string> names) : context_(&context) {
    for (const auto& name : names)
        name_width_ = std::max(name_width_, name.size());
    for (auto& name : names)
        cards_.push_back(
            {.name = std::move(name), .progress = {}, .started = {}, .phase_started = {}, .told = {}});
}

void CardDisplay::update(const card::CardProgress& progress) {
    auto& card = cards_.at(progress.card);
    const auto now = context_->host.clock.now();
    const bool new_phase = !card.begun || card.progress.phase != progress.phase;
    if (!card.begun) card.started = now;
    if (new_phase) card.phase_started = now;
    card.begun = true;
    card.progress = progress;
    if (context_->json) return json(card, new_phase);
    if (!context_->screen.interactive()) return plain(card, new_phase);
    if (!new_phase && shown_ && now - drawn_ < between_drawings) return;
    drawn_ = now;
    redraw();
}

void CardDisplay::finish() {
    if (!context_->json && context_->screen.interactive() && shown_) redraw();
}

double CardDisplay::bytes_per_second(const Card& card) const {
    const std::chrono::duration<double> elapsed = context_->host.clock.now() - card.phase_started;
    return elapsed.count() < settled ? 0 : static_cast<double>(card.progress.done) / elapsed.count();
}

std::string CardDisplay::line(const Card& card, std::size_t columns) const {
    const auto name = fmt::format("{:<{}}", card.name, name_width_);
    if (!card.begun) return name + "  waits";
    if (card.progress.phase >= card::Phase::done) {
        const std::chrono::duration<double> time = card.phase_started - card.started;
        return fmt::format("{}  {:<6}  {}", name,
                           card.progress.phase == card::Phase::done ? to_string(card::Phase::done) : "FAILED",
                           format_duration(time.count()));
    }
    const auto text = fmt::format("{}  {:<6}", name, to_string(card.progress.phase));
    const auto used = text.size() + widest_numbers;
    return text + numbers(card, columns > used ? columns - used : 0);
}

std::string CardDisplay::numbers(const Card& card, std::size_t room_for_bar) const {
    const auto& progress = card.progress;
    const auto done = progress.total == 0 ? progress.done : std::min(progress.done, progress.total);
    const auto total = progress.total;
    std::string text;
    if (total != 0) text = bar(done, total, room_for_bar) + fmt::format("  {:3} %", done * 100 / total);
    if (done != 0) text += "  " + format_size(done);
    if (done != 0 && total != 0) text += (progress.guessed ? " of about " : " of ") + format_size(total);
    // The last block is a small one, and waits for the card's own work: it says nothing of a speed.
    const auto speed = progress.phase == card::Phase::finish ? 0 : bytes_per_second(card);
    if (speed > 0) text += fmt::format("  {}/s", format_size(static_cast<std::uint64_t>(speed)));
    if (speed > 0 && total > done) {
        text += "  ETA " + format_duration(static_cast<double>(total - done) / speed);
    }
    return text;
}

void CardDisplay::redraw() {
    std::string text = shown_ ? fmt::format("\x1b[{}A", cards_.size()) : std::string();
    const auto columns = static_cast<std::size_t>(std::max(context_->screen.columns(), 20));
    for (const auto& card : cards_) {
        auto shown = line(card, columns - 1).substr(0, columns - 1);
        shown.erase(shown.find_last_not_of(' ') + 1);
        text += "\r\x1b[K" + shown + '\n';
    }
    shown_ = true;
    context_->screen.write(text);
}

void CardDisplay::plain(Card& card, bool new_phase) {
    const auto done = card.progress.done;
    const auto total = card.progress.total;
    const auto tenths = total == 0 ? done / told_of_a_stream : std::min(done, total) * 10 / total;
    if (!new_phase && tenths <= card.tenths) return;
    card.tenths = tenths;
    auto told = line(card, 0);
    told.erase(told.find_last_not_of(' ') + 1);
    context_->screen.write(told + '\n');
}

void CardDisplay::json(Card& card, bool new_phase) {
    const auto now = context_->host.clock.now();
    const auto& progress = card.progress;
    const bool complete = progress.total != 0 && progress.done == progress.total;
    if (!new_phase && !complete && now - card.told < between_events) return;
    card.told = now;
    nlohmann::ordered_json event = {{"event", "progress"},
                                    {"device", card.name},
                                    {"phase", to_string(progress.phase)},
                                    {"done", progress.done},
                                    {"total", progress.total},
                                    {"bytes_per_second", static_cast<std::uint64_t>(bytes_per_second(card))}};
    if (progress.guessed && progress.total != 0) event["guessed"] = true;
    context_->out(json_text(event, -1));
}

}  // namespace rpikit::cli
