using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// Where an epoch ended: the largest epoch not above the asked one, and the offset after its last record (KIP-101, KIP-279).
/// </summary>
public readonly record struct EpochEndOffset(LeaderEpoch Epoch, long EndOffset)
{
    /// <summary>The log knows nothing of the epoch asked for.</summary>
    public static EpochEndOffset Undefined { get; } = new(LeaderEpoch.None, -1);

    public bool IsDefined => EndOffset >= 0;
}
