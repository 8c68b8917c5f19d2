namespace ClassicBroker.Coordinator.Log;

/// <summary>How the reading of a coordinator's partition ended.</summary>
internal enum ReplayOutcome
{
    /// <summary>Everything that can be read has been read.</summary>
    Complete,

    /// <summary>This broker does not lead the partition any more, or leads it in another epoch.</summary>
    Unwanted,

    /// <summary>The disk failed.</summary>
    Failed,
}
