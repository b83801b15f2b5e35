#include "sdk/kconfig/dependencies.hpp"

#include <algorithm>

#include "sdk/kconfig/dependency_graph.hpp"

namespace rpikit::kconfig {

namespace {

/// Walks the graph depth first. The stack is a vector, since a hostile tree can make the way as long as it
/// has symbols.
class Walk {
  public:
    using Node = DependencyGraph::Node;
    using Edge = DependencyGraph::Edge;

    enum class Circles : std::uint8_t { fail, ignore };

    Walk(const Model& model, Circles circles)
        : model_(model),
          graph_(model, circles == Circles::ignore),
          circles_(circles),
          marks_(graph_.size(), Mark::fresh) {}

    Result<Order> order() {
        Order order;
        if (model_.modules != 0) TRY(from(graph_.of_symbol(model_.modules), order));
        order.before_modules = order.units.size();
        for (Node node = 0; node < graph_.size(); ++node)
            TRY(from(node, order));
        return order;
    }

  private:
    enum class Mark : std::uint8_t { fresh, active, done };
    struct Frame {
        Edge by;                ///< the edge that led here
        std::size_t begin = 0;  ///< its edges in edges_ are the ones from here
        std::size_t next = 0;   ///< the one to follow next
    };

    void enter(const Edge& by) {
        marks_[by.to] = Mark::active;
        frames_.push_back({.by = by, .begin = edges_.size(), .next = edges_.size()});
        graph_.edges(by.to, edges_);
    }

    void leave(Order& order) {
        const Node node = frames_.back().by.to;
        marks_[node] = Mark::done;
        if (graph_.is_unit(node)) order.units.push_back(graph_.unit(node));
        edges_.resize(frames_.back().begin);
        frames_.pop_back();
    }

    Result<> from(Node start, Order& order) {
        if (marks_[start] != Mark::fresh) return {};
        enter({.to = start});
        while (!frames_.empty()) {
            Frame& frame = frames_.back();
            if (frame.next == edges_.size()) {
                leave(order);
                continue;
            }
            const Edge edge = edges_[frame.next++];
            if (marks_[edge.to] == Mark::active && circles_ == Circles::fail) return circle(edge);
            if (marks_[edge.to] == Mark::fresh) enter(edge);
        }
        return {};
    }

    /// \param closing the edge back to a node that is still active
    std::unexpected<Error> circle(const Edge& closing) const {
        const auto first =
            std::ranges::find_if(frames_, [&](const Frame& frame) { return frame.by.to == closing.to; });
        std::vector<Edge> way;
        for (auto frame = first + 1; frame != frames_.end(); ++frame)
            way.push_back(frame->by);
        way.push_back(closing);
        // Begins with an edge that leaves a unit, so that each step has a name.
        const auto named = std::ranges::find_if(way, [&](const Edge& edge) { return is_named(edge.to); });
        std::ranges::rotate(way, named == way.end() ? way.begin() : named + 1);
        return fail(describe(way));
    }

    bool is_named(Node node) const { return graph_.is_unit(node) || (node < model_.symbols.size()); }

    Error describe(const std::vector<Edge>& way) const {
        Error error{.message = "recursive dependency"};
        std::string from = is_named(way.back().to) ? graph_.name(way.back().to) : "";
        for (const Edge& edge : way) {
            if (edge.reason.empty() || !is_named(edge.to)) continue;
            const std::string to = graph_.name(edge.to);
            error.causes.push_back(from + " " + std::string(edge.reason) + " " + to + " (" +
                                   model_.to_string(edge.place) + ")");
            if (!error.where)
                error.where = Location{.file = model_.files[edge.place.file], .line = edge.place.line};
            from = to;
        }
        error.message += " of " + from;
        error.hint = "break the circle at one of these lines: the kernel's own conf refuses it too";
        return error;
    }

    const Model& model_;
    DependencyGraph graph_;
    Circles circles_;
    std::vector<Mark> marks_;
    std::vector<Frame> frames_;
    std::vector<Edge> edges_;  ///< of all frames, one behind the other
};

}  // namespace

Result<Order> dependency_order(const Model& model) {
    TRY(Walk(model, Walk::Circles::fail).order());
    return Walk(model, Walk::Circles::ignore).order();
}

}  // namespace rpikit::kconfig
