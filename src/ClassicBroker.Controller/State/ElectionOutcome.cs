using ClassicBroker.Metadata;

namespace ClassicBroker.Controller.State;

/// <summary>Who leads from now on, and the brokers that are told by LeaderAndIsr.</summary>
internal sealed record ElectionOutcome(LeaderAndIsr LeaderAndIsr, IReadOnlyList<int> Recipients)
{
    /// <summary>Committed records may be lost by it.</summary>
    public bool IsUnclean { get; init; }
}
