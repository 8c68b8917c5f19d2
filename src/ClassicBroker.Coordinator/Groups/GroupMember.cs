using ClassicBroker.Platform;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// One member of a group: what it supports, what it was assigned, what it waits for (Kafka's MemberMetadata). Owned by its
/// <see cref="Group"/>. Threading: under the group's lock.
/// </summary>
internal sealed class GroupMember(string id, string? instanceId, string clientId, string clientHost, string protocolType)
{
    /// <summary>Stands for a timer that is not armed.</summary>
    public const long NotArmed = -1;

    /// <summary>Changes where a static member comes back under its instance id.</summary>
    public string Id { get; set; } = id;

    /// <summary>Null for a dynamic member.</summary>
    public string? InstanceId { get; } = instanceId;

    public string ClientId { get; } = clientId;

    public string ClientHost { get; } = clientHost;

    public string ProtocolType { get; } = protocolType;

    public int RebalanceTimeoutMs { get; set; }

    public int SessionTimeoutMs { get; set; }

    /// <summary>In the member's order of preference.</summary>
    public MemberProtocol[] Protocols { get; set; } = [];

    public byte[] Assignment { get; set; } = [];

    /// <summary>It has never got an answer to JoinGroup, so no heartbeat can come from it.</summary>
    public bool IsNew { get; set; }

    public bool IsStatic => InstanceId is not null;

    /// <summary>The parked JoinGroup; changed through the group, which counts them.</summary>
    public TaskCompletionSource<JoinResult>? AwaitingJoin { get; set; }

    /// <summary>The parked SyncGroup.</summary>
    public TaskCompletionSource<SyncResult>? AwaitingSync { get; set; }

    /// <summary>When the session ends unless the member is heard of, in monotonic milliseconds.</summary>
    public long DeadlineMs { get; set; }

    /// <summary>When the armed timer looks at the deadline, which may have moved meanwhile.</summary>
    public long TimerDueMs { get; set; } = NotArmed;

    public IScheduledWork? Timer { get; set; }

    /// <summary>What it told under a protocol it supports.</summary>
    public byte[] MetadataOf(string protocol)
    {
        foreach (var supported in Protocols)
        {
            if (supported.Name == protocol)
            {
                return supported.Metadata;
            }
        }

        throw new Primitives.InvariantViolatedException($"Member {Id} does not support protocol {protocol}.");
    }

    /// <summary>Whether it would join with what it joined with before.</summary>
    public bool Matches(MemberProtocol[] protocols)
    {
        if (protocols.Length != Protocols.Length)
        {
            return false;
        }

        for (var i = 0; i < protocols.Length; i++)
        {
            if (!protocols[i].Matches(Protocols[i]))
            {
                return false;
            }
        }

        return true;
    }

    public void StopTimer()
    {
        Timer?.Cancel();
        (Timer, TimerDueMs) = (null, NotArmed);
    }
}
