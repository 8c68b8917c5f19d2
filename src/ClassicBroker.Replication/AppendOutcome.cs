using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication;

/// <summary>What a produce request is told of one partition, before any wait for replicas.</summary>
public readonly record struct AppendOutcome
{
    public ErrorCode Error { get; init; }

    /// <summary>Meaningful without an error only.</summary>
    public LogAppend Appended { get; init; }

    /// <summary>Where the log began when the append was refused; -1 where unknown.</summary>
    public long LogStartOffset { get; init; }

    public string? Message { get; init; }

    /// <summary>What was wrong with the records, for metrics.</summary>
    public RecordFault Fault { get; init; }

    /// <summary>The records at fault (KIP-467); null where the set as a whole is.</summary>
    public IReadOnlyList<RecordError>? RecordErrors { get; init; }

    public static AppendOutcome Refused(ErrorCode error, long logStartOffset = -1) =>
        new() { Error = error, LogStartOffset = logStartOffset };
}
