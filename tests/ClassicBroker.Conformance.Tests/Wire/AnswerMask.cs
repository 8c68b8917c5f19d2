using System.Collections;
using ClassicBroker.Primitives;

namespace ClassicBroker.Conformance.Tests.Wire;

/// <summary>
/// The rules by which two answers may differ though they say the same: what differs from run to run (ports, ids, times, sizes), what follows
/// from how much was written before (offsets, of which only the sign is compared), and that the recorded cluster had three brokers where
/// there is one here.
/// </summary>
internal sealed class AnswerMask(Func<Uuid, string?> topicOf)
{
    private static readonly HashSet<string> Ignored = new(StringComparer.Ordinal)
    {
        "Host", "Port", "Rack", "ClusterId", "LogDir", "UsableBytes", "TotalBytes", "PartitionSize", "ReplicationFactor", "Configs",
    };

    /// <summary>Numbers of which only whether they are negative is a rule.</summary>
    private static readonly HashSet<string> Signed = new(StringComparer.Ordinal)
    {
        "BaseOffset", "HighWatermark", "LastStableOffset", "LogStartOffset", "Offset", "EndOffset", "LowWatermark", "FirstOffset",
        "ProducerId", "SessionId", "LeaderId", "ControllerId", "LeaderEpoch", "CurrentLeaderEpoch", "PartitionEpoch", "Epoch", "Timestamp",
        "LogAppendTimeMs", "LastTimestamp", "CurrentTxnStartOffset", "ProducerIdStart", "NumPartitions",
    };

    private static readonly HashSet<string> Brokers = new(StringComparer.Ordinal)
    {
        "ReplicaNodes", "IsrNodes", "OfflineReplicas", "Replicas", "Isr", "AddingReplicas", "RemovingReplicas", "OldStyleOffsets",
    };

    public string? Render(string field, object? value) =>
        Ignored.Contains(field) ? null
        : value is Uuid id ? id.IsZero ? "zero" : topicOf(id) is { } topic ? $"id of {topic}" : $"{id}"
        : value is ICollection list && Brokers.Contains(field) ? list.Count > 0 ? "some" : "none"
        : Signed.Contains(field) && value is IConvertible number ? Sign(field, number)
        : MessageTree.Plain(value);

    private static string Sign(string field, IConvertible number) =>
        number.ToInt64(null) switch
        {
            < 0 => MessageTree.Plain(number),
            0 when field == "SessionId" => "none",
            _ => "some",
        };
}
