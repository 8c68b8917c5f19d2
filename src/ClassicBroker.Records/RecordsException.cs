using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>Records cannot be taken, read or converted. <see cref="Code"/> is what the sender is told.</summary>
public abstract class RecordsException(ErrorCode code, string message, Exception? cause = null) : Exception(message, cause)
{
    public ErrorCode Code { get; } = code;

    /// <summary>What is wrong, for the broker's metrics.</summary>
    public RecordFault Fault { get; init; }
}
