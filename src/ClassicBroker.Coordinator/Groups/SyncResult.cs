using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>What a member is told that asked for its assignment. Immutable.</summary>
public sealed record SyncResult(ErrorCode Error, string? ProtocolType, string? ProtocolName, byte[] Assignment)
{
    public static SyncResult Failed(ErrorCode error) => new(error, null, null, []);
}
